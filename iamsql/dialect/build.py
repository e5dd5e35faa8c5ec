"""Small pieces of DuckDB SQL as sqlglot expressions, so that rewrites read like what they write."""

from __future__ import annotations

from sqlglot import exp


def call(name: str, *args: exp.Expr) -> exp.Anonymous:
    """Call a function or macro of DuckDB."""
    return exp.Anonymous(this=name, expressions=list(args))


def text(value: str) -> exp.Literal:
    """Write a text."""
    return exp.Literal.string(value)


def number(value: float) -> exp.Expr:
    """Write a number; a negative one is in parentheses."""
    return exp.Literal.number(value) if value >= 0 else exp.Paren(this=exp.Neg(this=exp.Literal.number(-value)))


def null() -> exp.Null:
    """Write NULL."""
    return exp.Null()


def cast(node: exp.Expr, kind: str) -> exp.Cast:
    """Cast to a type, by DuckDB's name of it."""
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="duckdb"))


def paren(node: exp.Expr) -> exp.Expr:
    """Put parentheses around what is more than a name, a literal or a call."""
    plain = exp.Column | exp.Literal | exp.Anonymous | exp.Paren | exp.Null | exp.Boolean | exp.Identifier | exp.Cast
    return node if isinstance(node, plain) else exp.Paren(this=node)


def literal(node: exp.Expr | None) -> str | None:
    """Give the text of a text literal, None for anything else; a literal in a cast to text counts."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES:
        node = node.this
    return node.this if isinstance(node, exp.Literal) and node.is_string else None


def whole(node: exp.Expr | None) -> int | None:
    """Give the value of a whole number that is written out, also a negative one; None for anything else."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Neg):
        inner = whole(node.this)
        return None if inner is None else -inner
    return int(node.this) if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit() else None
