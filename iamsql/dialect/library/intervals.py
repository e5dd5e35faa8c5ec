"""Intervals: the literals that PostgreSQL accepts, and the functions that build, normalize and add up intervals."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_DOWN, Decimal

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, paren, text
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_UNITS = (
    "us usec usecs usecond useconds microsecond microseconds ms msec msecs msecond mseconds millisecond milliseconds s sec secs "
    "second seconds m min mins minute minutes h hr hrs hour hours d day days w week weeks mon mons month months y yr yrs year "
    "years dec decs decade decades c cent century centuries mil mils millennium millennia"
).split()
_CLOCK = r"-?\d+:\d+(?::\d+(?:\.\d*)?)?"
_AMOUNT = rf"-?\d+(?:\.\d*)?\s*(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
_INTERVAL = re.compile(rf"(?:(?:{_CLOCK}|{_AMOUNT})\s*)+")
_ISO_DATE_UNITS = {"y": "years", "m": "months", "w": "weeks", "d": "days"}
_ISO_TIME_UNITS = {"h": "hours", "m": "minutes", "s": "seconds"}
# DuckDB accepts PostgreSQL's syntax of intervals except these notations, which are replaced in this order.
_NOTATIONS = {
    r"\+\s*": "",
    r"-\s+": "-",
    r"(?<![\d.])\.(?=\d)": "0.",
    r"(-?)(\d+)-(\d+)(?=\s|ago|$)": r"\1\2 years \1\3 months ",
    r"(-?\d+)\s+(?=-?\d+:)": r"\1 days ",
    r"(?<![\d:.])(-?\d+\.?\d*)$": r"\1 seconds",
}
_AGO = re.compile(r"(?<![a-z])ago$")
# The group of the unit determines the decimal places to shift: microseconds, milliseconds, seconds.
_FRACTION = re.compile(
    r"(?<!\d)(-?\d{1,12}\.\d+)\s*(?:(us[a-z]*|micro[a-z]*)|(ms[a-z]*|millis[a-z]*)|s(?:ec[a-z]*)?)(?![a-z])"
)
_DECIMAL_PLACES = {1: 6, 2: 0, 3: 3}


def interval_literal(value: str) -> exp.Expr:
    """Return an interval of DuckDB from PostgreSQL's text of an interval; raise IamsqlError for any other text."""
    body = value.strip().lower().removeprefix("@").strip()
    terms = _iso_terms(body[1:]) if body.startswith("p") else body
    for notation, replacement in _NOTATIONS.items():
        terms = re.sub(notation, replacement, terms)
    # `ago` is removed last, because PostgreSQL refuses a number without a unit before it.
    terms = _AGO.sub("", terms).strip()
    if not _INTERVAL.fullmatch(terms):
        raise IamsqlError(f"'{value}' is not an interval: write it as '1 month 2 days 03:04:05'.")
    interval = cast(text(_FRACTION.sub(_whole_microseconds, terms)), "interval")
    # The `ago` of DuckDB does not negate a clock time.
    return paren(exp.Neg(this=interval)) if body.endswith("ago") else interval


def _whole_microseconds(amount: re.Match[str]) -> str:
    """Round an amount to microseconds, halves towards zero; DuckDB rounds halves up or truncates, depending on the unit."""
    microseconds = Decimal(amount[1]).scaleb(_DECIMAL_PLACES[amount.lastindex or 1])
    return f"{microseconds.quantize(Decimal(1), ROUND_HALF_DOWN)} us"


def _iso_terms(duration: str) -> str:
    """Return the terms of an ISO 8601 duration without its P."""
    date, _, time = duration.partition("t")
    return f"{_spell_units(date, _ISO_DATE_UNITS)} {_spell_units(time, _ISO_TIME_UNITS)}".strip()


def _spell_units(part: str, units: dict[str, str]) -> str:
    return re.sub("[a-z]", lambda letter: f" {units.get(letter[0], '?')} ", part).strip()


def argument_interval(node: exp.Expr) -> exp.Expr:
    """Return an argument that must be an interval, where it is a literal without a type."""
    return interval_literal(literal_text(node) or "")


def _sum(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Add up intervals by their parts; DuckDB has no sum of intervals."""
    if types.of(node.expressions[0]) != "interval":
        return None
    if isinstance(node.parent, exp.Filter | exp.Window) or isinstance(node.expressions[0], exp.Distinct):
        raise IamsqlError(
            "sum of intervals with FILTER, OVER or DISTINCT is not supported: add up their extract(epoch from …)."
        )
    return call("pg_sum_intervals", node.expressions[0])


FUNCTIONS: dict[str, Function] = {
    "sum": Function(_sum, "sum"),
}
