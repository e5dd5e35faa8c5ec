"""Constructors of DuckDB expressions, so a rewrite reads like the SQL that it produces."""

from __future__ import annotations

from sqlglot import exp

from iamsql.model import IamsqlError


def call(name: str, *args: exp.Expr) -> exp.Anonymous:
    """Call a function or macro of DuckDB."""
    return exp.Anonymous(this=name, expressions=list(args))


def text(value: str) -> exp.Literal:
    """Return a string literal."""
    return exp.Literal.string(value)


def number(value: float) -> exp.Expr:
    """Return a numeric literal; a negative number is in parentheses."""
    # Without parentheses -1::bigint negates the result of the cast, and 1 - -1 may be written as the comment --1.
    return exp.Literal.number(value) if value >= 0 else exp.Paren(this=exp.Neg(this=exp.Literal.number(-value)))


def cast(node: exp.Expr, type_name: str) -> exp.Cast:
    """Cast to a type of DuckDB."""
    return exp.Cast(this=node, to=exp.DataType.build(type_name, dialect="duckdb"))


def paren(node: exp.Expr) -> exp.Expr:
    """Put an expression in parentheses unless it binds as tightly as a name, a literal or a call."""
    atom = exp.Column | exp.Literal | exp.Anonymous | exp.Paren | exp.Null | exp.Boolean | exp.Identifier | exp.Cast
    return node if isinstance(node, atom) else exp.Paren(this=node)


def without_parentheses(node: exp.Expr | None) -> exp.Expr | None:
    """Return an expression without the parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def is_null(node: exp.Expr) -> exp.Is:
    """Return `node IS NULL`."""
    return exp.Is(this=node, expression=exp.null())


def not_null(node: exp.Expr) -> exp.Not:
    """Return `NOT node IS NULL`."""
    return exp.Not(this=is_null(node))


def when(condition: exp.Expr, value: exp.Expr, default: exp.Expr | None = None) -> exp.Case:
    """Return `CASE WHEN condition THEN value ELSE default END`."""
    branch = exp.If(this=condition, true=value)
    return exp.Case(ifs=[branch]) if default is None else exp.Case(ifs=[branch], default=default)


def identifier(name: str) -> exp.Identifier:
    """Return a quoted identifier."""
    return exp.to_identifier(name, quoted=True)


def typed_column(name: str, table: str, pg_type: str) -> exp.Column:
    """Return a quoted, qualified column of a known type."""
    column = exp.column(name, table, quoted=True)
    column.meta["type"] = pg_type
    return column


def literal_text(node: exp.Expr | None) -> str | None:
    """Return the value of a string literal, including in a cast to text; None for any other expression."""
    node = without_parentheses(node)
    if isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES:
        node = node.this
    return node.this if isinstance(node, exp.Literal) and node.is_string else None


def required_literal(node: exp.Expr | None, meaning: str) -> str:
    """Return the value of a string literal; raise IamsqlError for any other expression. `meaning` begins the message."""
    value = literal_text(node)
    if value is None:
        raise IamsqlError(f"{meaning} must be a string literal.")
    return value


def literal_integer(node: exp.Expr | None) -> int | None:
    """Return the value of an integer literal with its sign; None for any other expression."""
    node = without_parentheses(node)
    if isinstance(node, exp.Neg):
        inner = literal_integer(node.this)
        return None if inner is None else -inner
    return int(node.this) if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit() else None


def quote(value: str) -> str:
    """Return the SQL text of a string literal."""
    return "'" + value.replace("'", "''") + "'"
