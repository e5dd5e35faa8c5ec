"""The error for a table that a run did not collect: which, and the command that brings it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from iamsql.model import IamsqlError
from iamsql.runs.collected import RAW
from iamsql.store.read import Facts

SHOWN = 4  # tables or calls that a sentence names


class NotCollected(IamsqlError):
    """What was asked for stands on tables that the run did not collect."""

    def __init__(self, message: str, tables: Collection[str]) -> None:
        """Keep the tables, for whoever looks for a run that has them."""
        super().__init__(message)
        self.tables = frozenset(tables)


def refusal(
    facts: Facts, lacking: Mapping[str, tuple[str, ...]], tables: Collection[str], query: str = ""
) -> NotCollected:
    """Say which of the tables are lacking, with their calls, and what brings all of them; `query` names a shipped query."""
    names, verb = _listed(sorted(lacking)), "was" if len(lacking) == 1 else "were"
    if facts.options.get("import"):
        calls = _listed(sorted({call for calls in lacking.values() for call in calls}))
        why = f"{names} {verb} not in the files that run {facts.run_id} was imported from: no file answers {calls}."
        return NotCollected(f"{why}\nAdd such a file and import all of them again: iamsql import PATH…", lacking)
    why = f"{names} {verb} not collected in run {facts.run_id}."
    return NotCollected(f"{why}\nGet it with: {command(facts, lacking, tables, query)}", lacking)


def command(facts: Facts, lacking: Collection[str], tables: Collection[str], query: str = "") -> str:
    """Return the sync that brings tables: the plain one where that collects what is lacking."""
    sync = "iamsql sync --demo" if facts.options.get("demo") else "iamsql sync"
    if not any(map(_is_on_demand, lacking)):
        return sync
    if query:
        return f"{sync} --for {query}"
    return sync + "".join(f" --table {one}" for one in sorted({typed for name in tables for typed in _typed(name)}))


def _is_on_demand(name: str) -> bool:
    """Tell whether a default sync leaves a table out."""
    from iamsql.schema.registry import all_tables, calls_of

    return any(call.on_demand for one in _typed(name) if one in all_tables() for call in calls_of(one)[:1])


def _typed(name: str) -> list[str]:
    """Return the typed tables to name for a table: for a raw one, the first that stands on its call."""
    if not name.startswith(RAW):
        return [name]
    from iamsql.schema.registry import all_tables, calls_of

    return [one for one in all_tables() if any(f"{RAW}{call.raw}" == name for call in calls_of(one))][:1]


def _listed(names: Collection[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:SHOWN]) + (f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else "")
