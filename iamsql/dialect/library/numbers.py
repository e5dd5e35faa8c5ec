"""Numbers: logarithms, whole quotients, and what counts NULLs and combines bits and truth values."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, null, number
from iamsql.dialect.core.aggregates import REWRITES as AGGREGATES
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds


def _log(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Return the logarithm to the base 10, or to the base that is given first."""
    return call("log", *node.expressions)


def _renamed(name: str) -> Rewrite:
    return lambda node, kinds: call(name, *node.expressions)


def _nulls(wanted: bool) -> Rewrite:
    """Count the arguments that are NULL, or those that are not."""

    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        counted: exp.Expr = number(0)
        for arg in node.expressions:
            test = exp.Is(this=exp.Paren(this=arg), expression=null())
            yes, no = (number(1), number(0)) if wanted else (number(0), number(1))
            counted = exp.Add(this=counted, expression=exp.Case(ifs=[exp.If(this=test, true=yes)], default=no))
        return exp.Paren(this=counted)

    return rewrite


def _joined(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Join texts; a delimiter that is NULL is none."""
    words, *delimiter = node.expressions
    if delimiter and isinstance(delimiter[0], exp.Null):
        node.set("expressions", [words, exp.Literal.string("")])
    return AGGREGATES["string_agg"](node, kinds)


REWRITES: dict[str, Rewrite] = {
    "log": _log,
    "log10": _renamed("log10"),
    "div": _renamed("pg_div"),
    "gcd": _renamed("gcd"),
    "lcm": _renamed("lcm"),
    "bit_and": _renamed("bit_and"),
    "bit_or": _renamed("bit_or"),
    "every": _renamed("bool_and"),
    "num_nulls": _nulls(True),
    "num_nonnulls": _nulls(False),
    "string_agg": _joined,
}
KINDS = {
    **dict.fromkeys(("log", "log10"), "float"),
    **dict.fromkeys(("gcd", "lcm", "bit_and", "bit_or", "num_nulls", "num_nonnulls"), "int"),
    "div": "number",
    "every": "boolean",
    "string_agg": "text",
}
