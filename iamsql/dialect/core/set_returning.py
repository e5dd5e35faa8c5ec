"""Set-returning functions over JSON and arrays, and the functions that measure a document.

There are no rows for NULL, for JSON null and for a document of another type; PostgreSQL raises an error for some of them.
"""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, number, text
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.typing import Function, Rewrite, RowsRewrite, Types
from iamsql.model import IamsqlError


def _unnest(rows: exp.Expr, part: str) -> exp.Expr:
    """Unnest a list, or the positions of its elements."""
    if part == "ordinality":
        rows = call("generate_series", number(1), call("len", rows))
    return call("unnest", rows)


def _document(node: exp.Expr, types: Types) -> exp.Expr:
    document = node.expressions[0]
    return cast(exp.null(), "json") if isinstance(document, exp.Null) else as_json(document, types)


# Without the cast DuckDB cannot unnest an argument that it folds to a constant NULL, because the NULL has no type.
def _children(document: exp.Expr, path: str) -> exp.Expr:
    return cast(call("json_extract", document, text(path)), "json[]")


def _elements(node: exp.Expr, types: Types, part: str) -> exp.Expr:
    return _unnest(_children(_document(node, types), "$[*]"), part)


def _element_texts(node: exp.Expr, types: Types, part: str) -> exp.Expr:
    rows = _elements(node, types, part)
    return rows if part else call("pg_scalar_text", rows)


def _each(node: exp.Expr, types: Types, part: str) -> exp.Expr:
    document, as_text = _document(node, types), str(node.this).endswith("_text")
    if part == "value":
        values = _unnest(_children(document, "$.*"), "")
        return call("pg_scalar_text", values) if as_text else values
    if part:
        return _unnest(call("json_keys", document), part)
    return _unnest(call("pg_each_text" if as_text else "pg_each", document), "")


def _keys(node: exp.Expr, types: Types, part: str) -> exp.Expr:
    return _unnest(call("json_keys", _document(node, types)), part)


def _array(node: exp.Expr, types: Types, part: str) -> exp.Expr:
    if types.of(node.expressions[0]).endswith("[][]"):
        raise IamsqlError("unnest of an array of more than one dimension is not supported.")
    return _unnest(node.expressions[0].copy(), part)


def _measured(macro: str) -> Rewrite:
    return lambda node, types: call(macro, as_json(node.expressions[0], types))


_JSON_ROWS: dict[str, Function[RowsRewrite]] = {
    "array_elements": Function(_elements, "json"),
    "array_elements_text": Function(_element_texts, "text"),
    "object_keys": Function(_keys, "text"),
    **dict.fromkeys(("each", "each_text"), Function(_each, "row")),
}
_JSON_FUNCTIONS = {
    "array_length": Function(_measured("pg_json_length"), "int"),
    "typeof": Function(_measured("pg_json_typeof"), "text"),
    "pretty": Function(_measured("pg_json_pretty"), "text"),
}
UNNESTED: dict[str, Function[RowsRewrite]] = {
    **{f"{prefix}_{name}": rows for prefix in ("json", "jsonb") for name, rows in _JSON_ROWS.items()},
    "unnest": Function(_array, "element"),
}
FUNCTIONS: dict[str, Function[Rewrite]] = {
    f"{prefix}_{name}": function for prefix in ("json", "jsonb") for name, function in _JSON_FUNCTIONS.items()
}
