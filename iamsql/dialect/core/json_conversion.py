"""Conversion of values to JSON (to_jsonb): times in ISO 8601, rows as objects, everything in the canonical spelling."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect.build import call, cast, not_null, null, text, typed_column, when
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.literals import key_order
from iamsql.dialect.typing import Function, Types, untyped

_SAME_IN_DUCKDB = ("text", "int", "boolean", "uuid", "inet", "ltree")  # the types whose to_json is the same


def to_document(node: exp.Expr, types: Types) -> exp.Expr:
    """Convert a value to JSON; NULL stays NULL."""
    pg_type = types.of(node)
    if pg_type == "json":
        return node.copy()
    if isinstance(node, exp.Null):
        return cast(null(), "json")
    document = _convert(node, pg_type, types)
    return document if untyped(node) or pg_type == "row" else when(not_null(node.copy()), document)


def json_element(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a value for an array or object that DuckDB builds; it converts the plain types as PostgreSQL does."""
    return node.copy() if types.of(node) in (*_SAME_IN_DUCKDB, "json", "null") else to_document(node, types)


def _convert(node: exp.Expr, pg_type: str, types: Types) -> exp.Expr:
    if pg_type in _SAME_IN_DUCKDB or untyped(node):
        return call("to_json", node.copy())
    if pg_type == "row" and (columns := node.meta.get("columns")) is not None:
        # A duplicate name of a subquery's column has a key with a NUL, and jsonb keeps one member of a name.
        names = sorted((name for name in columns if "\0" not in name), key=key_order)
        return row_object(node.name, {name: columns[name] for name in names}, types)
    if pg_type in ("timestamptz", "timestamp"):
        return call("to_json", call("pg_iso_time", cast(node.copy(), "varchar")))
    if pg_type in ("date", "time", "interval"):
        return call("to_json", as_text(node, types))
    if pg_type in ("float", "number"):
        return cast(call("pg_text", node.copy()), "json")
    if pg_type.endswith("[]"):
        return _array(node, pg_type.removesuffix("[]"), types)
    return call("pg_jsonb", call("to_json", node.copy()))


def _array(node: exp.Expr, element_type: str, types: Types) -> exp.Expr:
    if element_type in (*_SAME_IN_DUCKDB, "json"):
        return call("to_json", node.copy())
    name = exp.to_identifier("value_")
    element = exp.Column(this=name)
    element.meta["type"] = element_type
    converted = exp.Lambda(this=to_document(element, types), expressions=[name.copy()])
    return call("to_json", call("list_transform", node.copy(), converted))


def row_object(table: str, columns: Mapping[str, str], types: Types) -> exp.Expr:
    """Return the row of a table as an object, with its columns in the given order."""
    members: list[exp.Expr] = []
    for name, pg_type in columns.items():
        members += [text(name), json_element(typed_column(name, table, pg_type), types)]
    return call("json_object", *members)


def mark_json_text(document: exp.Expr, function: str) -> exp.Expr:
    """Mark a document of type json, not jsonb: its text keeps the blanks and the order of the function that built it.

    library/json_functions.py refuses a cast of such a document to text where that spelling is not known. The functions in
    `compact` write no blanks, so their text is that of DuckDB.
    """
    compact = function in ("row_to_json", "array_to_json")
    document.meta["json_text"] = "compact" if compact else function
    return document


def _to_json(node: exp.Expr, types: Types) -> exp.Expr:
    document, pg_type = to_document(node.expressions[0], types), types.of(node.expressions[0])
    is_composite = pg_type == "row" or pg_type.endswith("[]")
    return mark_json_text(document, "to_json") if node.this == "to_json" and is_composite else document


FUNCTIONS = dict.fromkeys(("to_json", "to_jsonb"), Function(_to_json, "json"))
