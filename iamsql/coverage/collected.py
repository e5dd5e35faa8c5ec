"""The tables that a run did not collect: their own call was made in no account. A denied call was made."""

from __future__ import annotations

from collections.abc import Collection

from iamsql.coverage.calls import calls_table
from iamsql.model import Table
from iamsql.schema.registry import all_calls, all_tables
from iamsql.store.reader import Reader

RAW = "raw."
# Rows of coverage for calls that were left out on purpose, or that no imported file answers.
LEFT_OUT = "status = 'skipped' and coalesce(error_code, '') in ('not_selected', 'account_not_selected', 'not_imported')"
MADE_CALLS = f"select distinct service, operation from iamsql.coverage where not ({LEFT_OUT})"
CALLS = f"""
with made_calls as ({MADE_CALLS}), calls as (
    select distinct t.table_name, t.service, t.operation,
        m.operation is not null or exists (
            from {{calls}} s join made_calls n on n.service = s.service and n.operation = s.operation
            where s.table_name = t.table_name and s.fallback_for = t.operation) as is_made
    from {{calls}} t
    left join made_calls m on m.service = t.service and m.operation = t.operation
    where t.fallback_for is null and ($tables is null or list_contains($tables, t.table_name))
)
select table_name, coalesce(list_sort(list(service || ':' || operation) filter (where not is_made)), []), bool_or(is_made)
from calls group by table_name having not bool_and(is_made)
"""


def not_collected(reader: Reader, tables: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Map the tables that the run did not collect to the calls that it did not make, for `tables` or for all tables.

    A table was collected even if a joined call is missing, or if a stand-in was called in the place of its call. Raw tables
    have the prefix `raw.`.
    """
    if not reader.facts.run_id:
        return {}
    typed = None if tables is None else sorted(name for name in tables if not name.startswith(RAW))
    # A view is collected if any of its calls was made: the caveats of an answer list the others.
    rows = reader.query(CALLS.format(calls=calls_table(reader)), {"tables": typed})
    found = {name: tuple(calls) for name, calls, some_made in rows if not some_made or _own_call(name) in calls}
    return found | _raw_not_collected(reader, {name for name in tables or () if name.startswith(RAW)})


def _own_call(name: str) -> str:
    """Return the call, as service:operation, that the rows of a table come from; '' for a view."""
    relation = all_tables().get(name)
    return f"{relation.call.service}:{relation.call.operation}" if isinstance(relation, Table) else ""


def _raw_not_collected(reader: Reader, tables: Collection[str]) -> dict[str, tuple[str, ...]]:
    if not tables:
        return {}
    calls = {f"{RAW}{call.raw}": f"{call.service}:{call.operation}" for call in all_calls()}
    made_calls = {f"{service}:{operation}" for service, operation in reader.query(MADE_CALLS)}
    return {name: (calls[name],) for name in tables if name in calls and calls[name] not in made_calls}
