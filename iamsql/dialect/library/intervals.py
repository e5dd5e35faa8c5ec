"""Intervals: made of amounts, evened out, and added up."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, number, paren
from iamsql.dialect.library.times import span
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

MADE = ("years", "months", "weeks", "days", "hours", "mins", "secs")
EVENED = ("justify_days", "justify_hours", "justify_interval")


def _make_interval(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    amounts: dict[str, exp.Expr] = {}
    for place, arg in enumerate(node.expressions):
        named = isinstance(arg, exp.Kwarg)
        amounts[arg.this.name.lower() if named else MADE[place]] = arg.expression if named else arg
    if unknown := set(amounts) - set(MADE):
        raise IamsqlError(f"make_interval has no argument {min(unknown)}; it has {', '.join(MADE)}.")
    made: exp.Expr | None = None
    for name, amount in amounts.items():
        one = _unit(name, amount)
        made = one if made is None else exp.Add(this=made, expression=one)
    return paren(made) if made is not None else span("0 seconds")


def _unit(name: str, amount: exp.Expr) -> exp.Expr:
    if name == "secs":
        micros = call("round", exp.Mul(this=cast(amount, "double"), expression=number(1_000_000)))
        return call("to_microseconds", cast(micros, "bigint"))
    function = {"mins": "to_minutes"}.get(name, f"to_{name}")
    return call(function, cast(amount, "bigint" if name in ("hours", "mins") else "integer"))


def _sum(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Add up intervals part by part, which DuckDB does not do."""
    if kinds.of(node.expressions[0]) != "interval":
        return node
    if isinstance(node.parent, exp.Filter | exp.Window) or isinstance(node.expressions[0], exp.Distinct):
        raise IamsqlError(
            "sum of intervals with FILTER, OVER or DISTINCT is not supported: add up their extract(epoch from …)."
        )
    return call("pg_sum_intervals", node.expressions[0])


def _macro(name: str) -> Rewrite:
    return lambda node, kinds: call(name, *node.expressions)


REWRITES: dict[str, Rewrite] = {
    "make_interval": _make_interval,
    "sum": _sum,
    **{name: _macro(f"pg_{name}") for name in EVENED},
}
KINDS = {"sum": "sum", **dict.fromkeys(("make_interval", *EVENED), "interval")}
