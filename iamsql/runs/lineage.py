"""Find the calls that an answer does not depend on, because its SQL reads none of their columns.

The rows of a table come from its own call; its columns come from that call and from joined calls. If a joined call that
returns tags failed, an answer that reads no tags is still complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache

from iamsql.model import Call, Column, Table, View
from iamsql.runs.coverage.caveats import with_other_policies
from iamsql.runs.coverage.newer_version import is_newer
from iamsql.runs.coverage.summary import Coverage, coverage_of
from iamsql.runs.file.known_reads import KnownReads
from iamsql.runs.store.reader import Reader
from iamsql.tables.compiler.compiler import paths
from iamsql.tables.registry import calls_of, relation_of, typed_names

# In an account where no role could be assumed, rows are missing as well.
SUCCEEDED = """
select c.service || ':' || c.operation from iamsql.coverage c
join iamsql.accounts a on a.account_id = c.account_id and a.outcome in ('complete', 'incomplete')
group by all having bool_and(c.status in ('ok', 'not_applicable'))
"""


@cache
def columns_of_calls(name: str) -> dict[str, frozenset[str]]:
    """Map each call of a table that returns columns but no rows, as service:operation, to the names of these columns.

    For a resource type, such as aws_resource_policy:s3_bucket, these are the calls of the type.
    """
    table, _, resource_type = name.partition(":")
    if resource_type:  # the name of a table in another file can contain a colon
        calls = {_key(call) for call in calls_of(name)} if name in typed_names(table) else set()
        return {call: columns for call, columns in columns_of_calls(table).items() if call in calls}
    relation = relation_of(name)
    if relation is None:
        return {}
    columns_by_call: dict[str, set[str]] = {}
    for call, columns in relation.columns_of if isinstance(relation, View) else _joined(relation):
        columns_by_call.setdefault(_key(call), set()).update(columns)
    if isinstance(relation, Table):
        for call in relation.calls:  # a fallback replaces all data of another call
            for other in filter(
                None, (call.fallback_for, call if call.fallback_for or call == relation.call else None)
            ):
                columns_by_call.pop(_key(other), None)
    return {key: frozenset(columns) for key, columns in columns_by_call.items() if columns}


def unused_calls(
    reader: Reader, sql: str, tables: set[str], plans: KnownReads | None = None, every: bool = False
) -> frozenset[str]:
    """Return the calls that failed in some account and return no column that SQL reads, as `table service:operation`.

    With `every`, calls that succeeded in all accounts are included. If DuckDB's plan does not list the columns of a table,
    all calls of the table count.
    """
    candidates = {(table, call): columns for table in tables for call, columns in columns_of_calls(table).items()}
    if not candidates or not reader.metadata.run_id or is_newer(reader.metadata):
        return frozenset()
    if not every:
        succeeded = {call for (call,) in reader.query(SUCCEEDED)}
        candidates = {key: columns for key, columns in candidates.items() if key[1] not in succeeded}
    if not candidates:  # planning the SQL takes longest
        return frozenset()
    if plans:
        read = plans.reads(sql).columns
    else:
        with closing(KnownReads()) as new_plans:
            read = new_plans.reads(sql).columns
    return frozenset(
        f"{table} {call}"
        for (table, call), columns in candidates.items()
        if (stored := table.partition(":")[0]) in read and not columns & read[stored]
    )


def coverage(reader: Reader, sql: str, tables: set[str], plans: KnownReads | None = None) -> Coverage:
    """Return the completeness of the tables, as far as the answer to SQL depends on them."""
    # The SQL is planned, which takes time, only if data is missing.
    summary = coverage_of(reader, tables)
    if (summary.gaps or summary.uncollected) and (unused := unused_calls(reader, sql, tables, plans)):
        summary = coverage_of(reader, tables, unused)
    return with_other_policies(summary, reader.metadata, sql)


def _joined(table: Table) -> Iterator[tuple[Call, set[str]]]:
    """Yield each joined call with the columns that it returns."""
    columns = (*table.columns, *table.extra_columns)
    for join in table.joins:
        yield join.call, {column.name for column in columns if join.name in _sources(column)}


def _sources(column: Column) -> set[str]:
    """Return the names of the joins that a column comes from; '' is the table's own call."""
    heads = (path.partition(":$" if ":$" in path else "@$") for path in paths(column))
    return {head if mark else "" for head, mark, _ in heads}


def _key(call: Call) -> str:
    return f"{call.service}:{call.operation}"
