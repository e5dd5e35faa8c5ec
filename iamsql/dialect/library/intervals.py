"""Intervals: the literals that PostgreSQL accepts, and the functions that build, normalize and add up intervals."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_DOWN, Decimal

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, text
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_UNITS = (
    "s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days w week weeks"
    " mon mons month months y yr yrs year years decade decades century centuries"
).split()
_CLOCK = r"-?\d+:\d+(?::\d+(?:\.\d*)?)?"
# PostgreSQL rounds a fraction of a microsecond or millisecond, DuckDB does not.
_AMOUNT = rf"-?\d+(?:\s*(?:micro|milli)seconds?|(?:\.\d+)?\s*(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))}))"
_INTERVAL_PATTERN = re.compile(rf"(?:(?:{_CLOCK}|{_AMOUNT})\s*)+")
# DuckDB accepts PostgreSQL's syntax of intervals except these notations, which are replaced in this order.
_NOTATIONS = {r"\+\s*": "", r"-\s+": "-", r"(-?\d+)\s+(?=-?\d+:)": r"\1 days ", r"(?<![\d:.])(-?\d+)$": r"\1 seconds"}
_SECONDS_PATTERN = re.compile(r"(?<!\d)(-?\d{1,12}\.\d+)\s*s(?:ec[a-z]*)?(?![a-z])")


def interval_literal(value: str) -> exp.Expr:
    """Return an interval of DuckDB from PostgreSQL's text of an interval; raise IamsqlError for any other text."""
    terms = value.strip().lower()
    for notation, replacement in _NOTATIONS.items():
        terms = re.sub(notation, replacement, terms)
    if not _INTERVAL_PATTERN.fullmatch(terms):
        raise IamsqlError(f"'{value}' is not supported as an interval: write it as '1 month 2 days 03:04:05'.")
    return cast(text(_SECONDS_PATTERN.sub(_round_to_microseconds, terms)), "interval")


def _round_to_microseconds(seconds: re.Match[str]) -> str:
    """Round seconds to microseconds, halves towards zero; DuckDB rounds halves up."""
    return f"{Decimal(seconds[1]).scaleb(6).quantize(Decimal(1), ROUND_HALF_DOWN)} us"


def argument_interval(node: exp.Expr) -> exp.Expr:
    """Return an argument that must be an interval, where it is a literal without a type."""
    return interval_literal(literal_text(node) or "")


def _rewrite_sum(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Add up intervals by their parts; DuckDB has no sum of intervals."""
    if types.of(node.expressions[0]) != "interval":
        return None
    if isinstance(node.parent, exp.Filter | exp.Window) or isinstance(node.expressions[0], exp.Distinct):
        raise IamsqlError(
            "sum of intervals with FILTER, OVER or DISTINCT is not supported: add up their extract(epoch from …)."
        )
    return call("pg_sum_intervals", node.expressions[0])


FUNCTIONS: dict[str, Function] = {
    "sum": Function(_rewrite_sum, "sum"),
}
