"""Which tables a run did not collect: their own call was made in no account, which is something else than denied or empty."""

from __future__ import annotations

from collections.abc import Collection

from iamsql.model import Table
from iamsql.store.absent import Unmade, made_calls, unmade_calls
from iamsql.store.read import Reader

RAW = "raw."


def not_collected(reader: Reader, tables: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the tables, of those given or of all, that the run did not collect, each with the calls that it lacks.

    A table of which only a joined call is missing was collected. Raw tables are named raw.NAME.
    """
    if not reader.facts.run_id:
        return {}
    typed = None if tables is None else {name for name in tables if not name.startswith(RAW)}
    unmade = unmade_calls(reader, typed)
    found = {name: one.calls for name, one in unmade.items() if _is_absent(name, one)}
    return found | _raw(reader, {name for name in tables or () if name.startswith(RAW)})


def _is_absent(name: str, unmade: Unmade) -> bool:
    """Tell whether the call that a table's rows come from is among those that were not made."""
    from iamsql.schema.registry import all_tables

    relation = all_tables().get(name)
    own = f"{relation.call.service}:{relation.call.operation}" if isinstance(relation, Table) else ""
    return unmade.every or own in unmade.calls


def _raw(reader: Reader, named: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return those of the raw tables whose call was not made."""
    if not named:
        return {}
    from iamsql.schema.registry import all_calls

    calls = {f"{RAW}{call.raw}": f"{call.service}:{call.operation}" for call in all_calls()}
    made = made_calls(reader)
    return {name: (calls[name],) for name in named if name in calls and calls[name] not in made}
