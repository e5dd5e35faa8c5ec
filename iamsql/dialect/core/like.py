"""LIKE: a backslash escapes unless another letter is named, and ANY or ALL of several patterns may be asked for."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import literals as documents
from iamsql.dialect.build import call, literal, paren, text
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

_MANY = exp.Any | exp.All


def _escape(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Settle LIKE … ESCAPE; the LIKE within is left to this."""
    inner = node.this
    if not isinstance(inner, exp.Like | exp.ILike):
        return None
    letter = literal(node.expression)
    if letter is None or len(letter) > 1:
        raise IamsqlError("ESCAPE takes one letter, written out.")
    return _like(inner, kinds, letter)


def _plain(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if isinstance(node.parent, exp.Escape) and node.arg_key == "this":
        return None
    return _like(node, kinds, "\\")


def _like(node: exp.Expr, kinds: Kinds, letter: str) -> exp.Expr:
    value = paren(as_text(node.this, kinds))
    negated = bool(node.args.get("negate"))
    pattern = node.expression
    every = isinstance(pattern, exp.All) or (isinstance(pattern, exp.Anonymous) and pattern.this == "all")
    if not every and not isinstance(pattern, exp.Any):
        return _one(type(node), value, pattern, letter, negated)
    patterns = pattern.expressions[0] if isinstance(pattern, exp.Anonymous) else pattern.this
    while isinstance(patterns, exp.Paren):
        patterns = patterns.this
    written = _written(patterns)
    if written is not None:
        tests = [_one(type(node), value.copy(), one, letter, negated) for one in written]
        return (
            exp.Paren(this=(exp.and_ if every else exp.or_)(*tests, copy=False)) if tests else exp.Boolean(this=every)
        )
    if isinstance(patterns, exp.Subquery | exp.Select | exp.SetOperation):
        patterns = _collected(patterns)
    name = exp.to_identifier("pattern_")
    test = _one(type(node), value, exp.Column(this=name), letter, negated)
    truths = call("list_transform", patterns.copy(), exp.Lambda(this=test, expressions=[name.copy()]))
    return call("pg_all" if every else "pg_any", truths)


def _collected(query: exp.Expr) -> exp.Expr:
    """Gather the rows of a subquery as a list; no rows are an empty list."""
    inner = query.this if isinstance(query, exp.Subquery) else query
    alias = exp.TableAlias(this=exp.to_identifier("patterns_"), columns=[exp.to_identifier("pattern_", quoted=True)])
    source = exp.Subquery(this=inner.copy(), alias=alias)
    gathered = call("list", exp.column("pattern_", "patterns_", quoted=True))
    select = exp.Select(
        expressions=[call("coalesce", gathered, exp.Array(expressions=[]))], from_=exp.From(this=source)
    )
    return exp.Subquery(this=select)


def _written(patterns: exp.Expr) -> list[exp.Expr] | None:
    if isinstance(patterns, exp.Cast):
        inner = _written(patterns.this)
        return inner
    if isinstance(patterns, exp.Array):
        return list(patterns.expressions)
    value = literal(patterns)
    if value is None:
        return None
    return [exp.Null() if one is None else text(one) for one in documents.array(value)]


def _one(kind: type[exp.Expr], value: exp.Expr, pattern: exp.Expr, letter: str, negated: bool) -> exp.Expr:
    written = literal(pattern)
    test: exp.Expr = kind(this=value, expression=paren(pattern.copy()))
    if letter and (written is None or letter in written):
        test = exp.Escape(this=test, expression=text(letter))
    return exp.Paren(this=exp.Not(this=test) if negated else test)


OPERATORS = {exp.Like: _plain, exp.ILike: _plain, exp.Escape: _escape}
