"""The calls that add columns to a table but no rows: without them, an answer that reads none of the columns is complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from iamsql.model import Call, Column, Table, View
from iamsql.tables.compiler.compiler import paths
from iamsql.tables.registry import find_calls, find_relation, typed_names


@cache
def columns_of_calls(name: str) -> dict[str, frozenset[str]]:
    """Map each call of a table that returns columns but no rows, as service:operation, to the names of these columns.

    For a resource type, such as aws_resource_policy:s3_bucket, these are the calls of the type.
    """
    table, _, resource_type = name.partition(":")
    if resource_type:  # the name of a table in another file can contain a colon
        calls = {_call_key(call) for call in find_calls(name)} if name in typed_names(table) else set()
        return {call: columns for call, columns in columns_of_calls(table).items() if call in calls}
    relation = find_relation(name)
    if relation is None:
        return {}
    columns_by_call: dict[str, set[str]] = {}
    for call, columns in relation.columns_of if isinstance(relation, View) else _joined_calls(relation):
        columns_by_call.setdefault(_call_key(call), set()).update(columns)
    if isinstance(relation, Table):
        for call in relation.calls:  # a fallback replaces all data of another call
            is_complete = call.fallback_for is not None or call == relation.call
            for row_call in filter(None, (call.fallback_for, call if is_complete else None)):
                columns_by_call.pop(_call_key(row_call), None)
    return {key: frozenset(columns) for key, columns in columns_by_call.items() if columns}


def without_columns(
    candidates: Mapping[tuple[str, str], frozenset[str]], columns_read: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the candidates without a column that a statement reads, as `table service:operation`.

    `candidates` has the columns of each table and call, and `columns_read` the columns that the statement reads of each table.
    All calls of a table that is not in `columns_read` count.
    """
    return frozenset(
        f"{table} {call}"
        for (table, call), columns in candidates.items()
        if (stored := table.partition(":")[0]) in columns_read and not columns & columns_read[stored]
    )


def _joined_calls(table: Table) -> Iterator[tuple[Call, set[str]]]:
    """Yield each joined call with the columns that it returns."""
    columns = (*table.columns, *table.extra_columns)
    for join in table.joins:
        yield join.call, {column.name for column in columns if join.name in _join_names(column)}


def _join_names(column: Column) -> set[str]:
    """Return the names of the joins that a column comes from; '' is the table's own call."""
    heads = (path.partition(":$" if ":$" in path else "@$") for path in paths(column))
    return {name if mark else "" for name, mark, _ in heads}


def _call_key(call: Call) -> str:
    return f"{call.service}:{call.operation}"
