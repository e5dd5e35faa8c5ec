"""Tell which calls an answer does not depend on: those that give only columns which its SQL does not read.

A table's rows come from its own call, its columns from that and from the calls joined to it. A call that failed and gives
tags alone leaves every answer whole that reads no tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache

from iamsql.model import Call, Column, Table, View, camel
from iamsql.runfile.template import plan_file
from iamsql.runs.versions import is_newer
from iamsql.schema.registry import relation_of
from iamsql.store.columns import Plans
from iamsql.store.gaps import Coverage
from iamsql.store.read import Reader

# Accounts that could not be entered lack the rows too.
CAME_IN = """
select c.service || ':' || c.operation from iamsql.coverage c
join iamsql.accounts a on a.account_id = c.account_id and a.outcome in ('read', 'partial')
group by all having bool_and(c.status in ('ok', 'not_applicable'))
"""


@cache
def columns_of_calls(name: str) -> dict[str, frozenset[str]]:
    """Map each call of a table, service:operation, that gives no rows to the columns that it gives."""
    relation = relation_of(name)
    if relation is None:
        return {}
    given: dict[str, set[str]] = {}
    for call, columns in relation.columns_of if isinstance(relation, View) else _joined(relation):
        given.setdefault(_key(call), set()).update(columns)
    of_rows = () if isinstance(relation, View) else (relation.call, *relation.alternates)
    for call in relation.calls:  # a stand-in makes up for a whole call
        for one in filter(None, (call.instead_of, call if call.instead_of or call in of_rows else None)):
            given.pop(_key(one), None)
    return {key: frozenset(columns) for key, columns in given.items() if columns}


def unread(
    reader: Reader, sql: str, tables: set[str], plans: Plans | None = None, every: bool = False
) -> frozenset[str]:
    """List the calls, each as `table service:operation`, that did not come in everywhere and whose columns SQL does not read.

    With `every` calls that came in are listed too. Where the columns cannot be told, every call of a table counts.
    """
    held = {(table, call): columns for table in tables for call, columns in columns_of_calls(table).items()}
    if not held or not reader.facts.run_id or is_newer(reader.facts):
        return frozenset()
    if not every:
        came_in = {call for (call,) in reader.run(CAME_IN).rows}
        held = {one: columns for one, columns in held.items() if one[1] not in came_in}
    if not held:
        return frozenset()
    if plans:
        read = plans.columns(sql)
    else:
        with closing(Plans(plan_file())) as own:
            read = own.columns(sql)
    return frozenset(
        f"{table} {call}" for (table, call), columns in held.items() if table in read and not columns & read[table]
    )


def coverage(reader: Reader, sql: str, tables: set[str]) -> Coverage:
    """Say which accounts the tables lack, and why, as far as the answer to SQL depends on it."""
    found = reader.coverage_gaps(tables)
    beside = unread(reader, sql, tables) if found.gaps or found.uncollected else ()
    return reader.coverage_gaps(tables, beside) if beside else found


def _joined(table: Table) -> Iterator[tuple[Call, set[str]]]:
    """Yield each joined call with the columns that are read from it."""
    columns = (*table.columns, *table.own)
    for join in table.joins:
        yield join.call, {column.name for column in columns if join.name in _sources(column)}


def _sources(column: Column) -> set[str]:
    """Name the joins that a column is read from, '' for the table's own call."""
    paths = (column.path or "$." + camel(column.name)).split(" | ")
    heads = (path.partition(":$" if ":$" in path else "@$") for path in paths)
    return {head if mark else "" for head, mark, _ in heads}


def _key(call: Call) -> str:
    return f"{call.service}:{call.operation}"
