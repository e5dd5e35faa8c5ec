"""Operators of PostgreSQL that sqlglot has no class for: those of networks and of JSON path predicates."""

from __future__ import annotations

from sqlglot import exp


class Within(exp.Expression, exp.Binary):
    """`a << b`: a network strictly inside another, or bits shifted to the left."""


class WithinEq(exp.Expression, exp.Binary):
    """`a <<= b`: a network inside another or equal to it."""


class Covers(exp.Expression, exp.Binary):
    """`a >> b`: a network that strictly holds another, or bits shifted to the right."""


class CoversEq(exp.Expression, exp.Binary):
    """`a >>= b`: a network that holds another or equals it."""


class PathMatch(exp.Expression, exp.Binary):
    """`a @@ b`: what a JSON path predicate says of a document."""


class NotLike(exp.Expression, exp.Binary):
    """`a !~~ b`, which is how PostgreSQL spells NOT LIKE as an operator."""


class Unfold(exp.Expression, exp.Condition):
    """A set-returning function's rows as a column; `part` is key, value, ordinality or '' for the element."""

    arg_types = {"this": True, "part": False}  # noqa: RUF012 sqlglot's own way to declare
