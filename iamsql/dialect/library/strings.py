"""Functions of text: concatenation."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, text
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.typing import Function, Types


def _concat_text(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a value as concat prints it: as a cast to text prints it, but a boolean as t or f."""
    return call("pg_boolean_text", node) if types.of(node) == "boolean" else as_text(node, types)


def _rewrite_concat(node: exp.Expr, types: Types) -> exp.Expr:
    # The empty text makes the result text; DuckDB concatenates arrays to an array.
    return call("concat", text(""), *(_concat_text(argument, types) for argument in node.expressions))


def _rewrite_concat_ws(node: exp.Expr, types: Types) -> exp.Expr:
    separator, *arguments = node.expressions
    return call("concat_ws", separator, *(_concat_text(argument, types) for argument in arguments))


FUNCTIONS: dict[str, Function] = {
    "concat": Function(_rewrite_concat, "text"),
    "concat_ws": Function(_rewrite_concat_ws, "text"),
}
