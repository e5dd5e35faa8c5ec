"""Find mistakes in the parsed SQL of a query: comparisons that are never true, and limits without an order.

`where x = null` returns no row, because the comparison is neither true nor false. LIMIT without ORDER BY returns arbitrary rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from iamsql.runs.store.reader import Reader

# With the schema, because a macro of a run file with the same name would replace the function.
PARSE_SQL = "select system.main.json_serialize_sql($sql::varchar)"
NULL_COMPARISONS = {"COMPARE_EQUAL": ("=", "is null"), "COMPARE_NOTEQUAL": ("<>", "is not null")}


class Mistake(NamedTuple):
    """A mistake: its rule, its message, and its offset in the SQL, in characters."""

    rule: str
    message: str
    offset: int


def find_mistakes(reader: Reader, sql: str) -> Iterator[Mistake]:
    """Yield the mistakes of a SELECT; none for SQL that DuckDB cannot return as a tree, such as PIVOT."""
    ((text,),) = reader.query(PARSE_SQL, {"sql": sql})
    encoded = sql.encode()
    for rule, message, location in _mistakes_in(json.loads(text), is_exists=False):
        yield Mistake(rule, message, len(encoded[:location].decode(errors="ignore")))


def _mistakes_in(node: Any, *, is_exists: bool) -> Iterator[tuple[str, str, int]]:
    """Yield rule, message and location of each mistake in a part of the tree; `is_exists` is true below EXISTS."""
    if isinstance(node, list):
        for child in node:
            yield from _mistakes_in(child, is_exists=is_exists)
        return
    if not isinstance(node, dict):
        return
    yield from _null_comparisons(node)
    if not is_exists:
        yield from _unordered_limits(node)
    is_exists_subquery = node.get("subquery_type") == "EXISTS"
    for name, child in node.items():
        # The query of EXISTS itself, and not the queries in it: EXISTS does not depend on which rows it returns.
        inner = is_exists_subquery if name == "subquery" else is_exists and name == "node"
        yield from _mistakes_in(child, is_exists=inner)


def _null_comparisons(node: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    if node.get("class") == "COMPARISON" and node.get("type") in NULL_COMPARISONS:
        operator, instead = NULL_COMPARISONS[node["type"]]
        if any(_is_null_literal(node.get(side)) for side in ("left", "right")):
            yield "null", f"{operator} null is never true; use {instead}", node["query_location"]


def _unordered_limits(node: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    modifiers = {str(item.get("type")): item for item in node.get("modifiers") or () if isinstance(item, dict)}
    limit = next((item for name, item in modifiers.items() if name.startswith("LIMIT")), None)
    if limit and limit.get("limit") and "ORDER_MODIFIER" not in modifiers:
        yield "limit", "limit without order by returns other rows each time", limit["limit"]["query_location"]


def _is_null_literal(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and isinstance(literal := node.get("literal"), dict)
        and literal["kind"] == "NULL_LITERAL"
    )
