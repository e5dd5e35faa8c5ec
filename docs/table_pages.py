"""A page for each table: its columns, calls, permissions, example statements, and the queries that read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from fragments import code, table

from iamsql.model import Call, Table, View
from iamsql.query.listing import columns, is_on_demand
from iamsql.query.listing.examples import examples, queries_reading
from iamsql.tables.registry import all_tables, find_calls

# Columns that most tables have for compatibility with Steampipe. tables.md describes them once.
COMMON = ("partition", "sp_connection_name", "sp_ctx", "_ctx")


@cache
def common() -> dict[str, str]:
    """Return the description of each common column that most tables have."""
    meanings: dict[str, Counter[str]] = {name: Counter() for name in COMMON}
    for name in all_tables():
        for column, _, meaning in columns(name).rows:
            if column in meanings:
                meanings[column][str(meaning)] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in meanings.items() if counts}


def pages() -> dict[str, str]:
    """Map the path of each table's page under docs/ to its text."""
    return {f"tables/{name}.md": "\n".join(_page(table)) for name, table in all_tables().items()}


def _page(relation: Table | View) -> Iterator[str]:
    name = relation.name
    yield from (f"# {name}", "", relation.about, "", f"Primary key: {code(*relation.key)}.")
    if is_on_demand(name):
        yield from ("", f"Collected only when it is named: `iamsql sync --table {name}`.")
    rows = [tuple(map(str, row)) for row in columns(name).rows]
    shared = [row[0] for row in rows if common().get(row[0]) == row[2]]
    own = [row for row in rows if row[0] not in shared]
    yield from ("", "## Columns", "", table(("column", "type", "meaning"), own))
    if shared:
        yield from ("", f"Also the [columns of most tables](../tables.md#columns-of-most-tables) {code(*shared)}.")
    yield from ("", "## Source", "", *_sources(relation))
    yield from ("", "## Examples", "", "```sql", *(f"{statement};" for statement in examples(relation)), "```")
    yield from _readers(name)


def _sources(relation: Table | View) -> Iterator[str]:
    calls = find_calls(relation.name)
    if relation.tables:
        yield f"Derived from {', '.join(f'[{other}]({other}.md)' for other in relation.tables)}."
    if calls:
        yield from ([""] if relation.tables else [])
        yield from ("| call | permission | made |", "| --- | --- | --- |")
        yield from dict.fromkeys(
            f"| {call.service}:{call.operation} | `{call.permission}` | {_when(call)} |" for call in calls
        )


def _when(call: Call) -> str:
    parts = [
        f"for each item of {call.parent.operation}" if call.parent else "",
        "in each region that is read" if call.regional else "",
        "once, for the organization" if call.org else "",
        f"when {call.fallback_for.operation} could not be read" if call.fallback_for else "",
        "when the table is named" if call.on_demand else "",
    ]
    return ", ".join(filter(None, parts)) or "once per account"


def _readers(name: str) -> Iterator[str]:
    """Yield the queries that read a table: a line for each report, the names of controls and detections."""
    found = queries_reading(name)
    if not found:
        return
    yield from ("", "## Queries that read it", "")
    links = {query.name: f"[{query.name}](../queries/{query.name}.md)" for query in found}
    yield from (f"- {links[query.name]}: {query.title}" for query in found if query.kind == "report")
    for kind in ("control", "detection"):
        if names := [links[query.name] for query in found if query.kind == kind]:
            yield f"- {kind.capitalize()}s: {', '.join(names)}"
