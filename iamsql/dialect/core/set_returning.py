"""Set-returning functions over JSON and arrays.

There are no rows for NULL, for JSON null and for a document of another type; PostgreSQL raises an error for some of them.
"""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, text
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.core.renamed import rename_function
from iamsql.dialect.typing import Function, Rewrite, Types
from iamsql.model import IamsqlError


def _children_rewrite(path: str, as_text: bool) -> Rewrite:
    """Return a rewrite to the values at a path with a wildcard."""

    def rewrite(node: exp.Expr, types: Types) -> exp.Expr:
        # Without the cast DuckDB cannot unnest an argument that it folds to a constant NULL, because the NULL has no type.
        values = cast(call("json_extract", as_json(node.expressions[0], types), text(path)), "json[]")
        return (
            call("list_transform", values, exp.Var(this="lambda item_: pg_scalar_text(item_)")) if as_text else values
        )

    return rewrite


def _rewrite_unnest(node: exp.Expr, types: Types) -> exp.Expr:
    array: exp.Expr = node.expressions[0]
    if types.of(array).endswith("[][]"):
        raise IamsqlError("unnest of an array of more than one dimension is not supported.")
    return array.copy()


_JSON_ROWS = {
    "array_elements": Function(_children_rewrite("$[*]", as_text=False), "json"),
    "array_elements_text": Function(_children_rewrite("$[*]", as_text=True), "text"),
    "object_keys": rename_function("json_keys", "json", "text"),
    "each": rename_function("pg_each", "json", "row"),
    "each_text": rename_function("pg_each_text", "json", "row"),
    # The column value of each and each_text in FROM (from_clause.py).
    "each value": Function(_children_rewrite("$.*", as_text=False), "json"),
    "each_text value": Function(_children_rewrite("$.*", as_text=True), "text"),
}
SET_RETURNING = {
    **{f"{prefix}_{name}": rows for prefix in ("json", "jsonb") for name, rows in _JSON_ROWS.items()},
    "unnest": Function(_rewrite_unnest, "element"),
}
