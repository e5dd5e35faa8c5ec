"""LIKE: a backslash is the escape character unless ESCAPE names another, and ANY or ALL take several patterns."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, identifier, literal_text, paren, text, unwrapped
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.literals import read_array
from iamsql.dialect.typing import Types
from iamsql.model import IamsqlError


def _escape(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Rewrite LIKE … ESCAPE as a whole; `_like` leaves the LIKE in it to this rewrite."""
    if not isinstance(node.this, exp.Like | exp.ILike):
        return None
    character = literal_text(node.expression)
    if character is None or len(character) > 1:
        raise IamsqlError("ESCAPE takes a string literal of one character.")
    return _match(node.this, types, character)


def _like(node: exp.Expr, types: Types) -> exp.Expr | None:
    is_escaped = isinstance(node.parent, exp.Escape) and node.arg_key == "this"
    return None if is_escaped else _match(node, types, "\\")


def _match(node: exp.Expr, types: Types, escape: str) -> exp.Expr:
    value, pattern = paren(as_text(node.this, types)), node.expression
    every = is_all(pattern)
    if not every and not isinstance(pattern, exp.Any):
        return _test(node, value, pattern, escape)
    operand = pattern.expressions[0] if isinstance(pattern, exp.Anonymous) else pattern.this
    patterns = unwrapped(operand) or operand
    literals = _literals(patterns)
    if literals is not None:
        return combined([_test(node, value.copy(), literal, escape) for literal in literals], every)
    if isinstance(patterns, exp.Subquery | exp.Select | exp.SetOperation):
        patterns = _to_list(patterns)
    name = exp.to_identifier("pattern_")
    test = exp.Lambda(this=_test(node, value, exp.Column(this=name), escape), expressions=[name.copy()])
    return call("pg_all" if every else "pg_any", call("list_transform", patterns.copy(), test))


def is_all(node: exp.Expr) -> bool:
    """Report whether the right operand of an operator is ALL (…)."""
    return isinstance(node, exp.All) or (isinstance(node, exp.Anonymous) and node.this == "all")


def combined(tests: list[exp.Expr], every: bool) -> exp.Expr:
    """Combine tests by AND if `every` must hold, else by OR."""
    if not tests:
        return exp.Boolean(this=every)
    return exp.Paren(this=(exp.and_ if every else exp.or_)(*tests, copy=False))


def _to_list(query: exp.Expr) -> exp.Expr:
    """Return the rows of a subquery as a list, which is empty without rows."""
    inner = query.this if isinstance(query, exp.Subquery) else query
    alias = exp.TableAlias(this=exp.to_identifier("patterns_"), columns=[identifier("pattern_")])
    rows = call("list", exp.column("pattern_", "patterns_", quoted=True))
    select = exp.Select(
        expressions=[call("coalesce", rows, exp.Array(expressions=[]))],
        from_=exp.From(this=exp.Subquery(this=inner.copy(), alias=alias)),
    )
    return exp.Subquery(this=select)


def _literals(patterns: exp.Expr) -> list[exp.Expr] | None:
    if isinstance(patterns, exp.Cast):
        return _literals(patterns.this)
    if isinstance(patterns, exp.Array):
        return list(patterns.expressions)
    items = literal_text(patterns)
    if items is None:
        return None
    return [exp.Null() if item is None else text(item) for item in read_array(items)]


def _test(node: exp.Expr, value: exp.Expr, pattern: exp.Expr, escape: str) -> exp.Expr:
    """Match a value with one pattern by the operator of `node`."""
    literal = literal_text(pattern)
    test: exp.Expr = type(node)(this=value, expression=paren(pattern.copy()))
    if escape and (literal is None or escape in literal):
        test = exp.Escape(this=test, expression=text(escape))
    return exp.Paren(this=exp.Not(this=test) if node.args.get("negate") else test)


OPERATORS = {exp.Like: _like, exp.ILike: _like, exp.Escape: _escape}
