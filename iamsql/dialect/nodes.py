"""Operators of PostgreSQL that sqlglot has no class for, and the node of a set-returning call."""

from __future__ import annotations

from sqlglot import exp


class Within(exp.Expression, exp.Binary):
    """`a << b`: a network is strictly inside another, or bits are shifted to the left."""


class WithinEq(exp.Expression, exp.Binary):
    """`a <<= b`: a network is inside another or equal to it."""


class Covers(exp.Expression, exp.Binary):
    """`a >> b`: a network strictly contains another, or bits are shifted to the right."""


class CoversEq(exp.Expression, exp.Binary):
    """`a >>= b`: a network contains another or equals it."""


class PathMatch(exp.Expression, exp.Binary):
    """`a @@ b`: the result of a JSON path predicate for a document."""


class SetReturning(exp.Expression, exp.Condition):
    """A column of a set-returning call in FROM; `part` is key, value, ordinality, or '' for the element."""

    arg_types = {"this": True, "part": False}  # noqa: RUF012 sqlglot declares arguments in this way
