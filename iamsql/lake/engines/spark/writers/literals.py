"""Literals, and expressions of literals."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.names import quote
from iamsql.lake.engines.spark.types import kind

Writer = Callable[[SparkGenerator, exp.Expr], str]


def constant_text(node: exp.Expr | None) -> str | None:
    """Return the text of an expression of string literals; None for another expression."""
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    if isinstance(node, exp.Paren) or (isinstance(node, exp.Cast) and kind(node.args["to"]) == "text"):
        return constant_text(node.this)
    texts = (
        [constant_text(part) for part in concatenated_parts(node)] if isinstance(node, exp.DPipe | exp.Concat) else []
    )
    return "".join(text for text in texts if text is not None) if texts and None not in texts else None


def concatenated_parts(node: exp.Expr | None) -> list[exp.Expr]:
    """Return the parts that an expression concatenates; only the expression if it does not concatenate."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.DPipe):
        return [*concatenated_parts(node.this), *concatenated_parts(node.expression)]
    return list(node.expressions) if isinstance(node, exp.Concat) else [node] if node is not None else []


def whole_number(node: exp.Expr | None) -> int | None:
    """Return the number of a literal; None for another expression."""
    return int(node.name) if isinstance(node, exp.Literal) and node.is_int else None


def _write_literal(_: SparkGenerator, node: exp.Expr) -> str:
    if node.is_string:
        return quote(node.name)
    return str(node.name) if node.is_int else f"{node.name}{'D' if 'e' in node.name.lower() else 'BD'}"


WRITERS: dict[type[exp.Expr], Writer] = {exp.Literal: _write_literal}
