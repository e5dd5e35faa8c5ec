"""Intervals: their literals as PostgreSQL reads them, and the functions that build, normalize and add up intervals."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, number, paren, renamed, text
from iamsql.dialect.typing import Function, Rewrite, Types
from iamsql.model import IamsqlError

_MICROSECONDS_PER_DAY = 86_400_000_000
_ARGUMENTS = ("years", "months", "weeks", "days", "hours", "mins", "secs")  # of make_interval


class Unit(NamedTuple):
    """A unit of time; one of the three numbers is not 0."""

    months: int = 0
    days: int = 0
    microseconds: int = 0


_UNITS: dict[str, Unit] = {
    **dict.fromkeys("us usec usecs usecond useconds microsecond microseconds".split(), Unit(microseconds=1)),
    **dict.fromkeys("ms msec msecs msecond mseconds millisecond milliseconds".split(), Unit(microseconds=1000)),
    **dict.fromkeys("s sec secs second seconds".split(), Unit(microseconds=1_000_000)),
    **dict.fromkeys("m min mins minute minutes".split(), Unit(microseconds=60_000_000)),
    **dict.fromkeys("h hr hrs hour hours".split(), Unit(microseconds=3_600_000_000)),
    **dict.fromkeys("d day days".split(), Unit(days=1)),
    **dict.fromkeys("w week weeks".split(), Unit(days=7)),
    **dict.fromkeys("mon mons month months".split(), Unit(months=1)),
    **dict.fromkeys("y yr yrs year years".split(), Unit(months=12)),
    **dict.fromkeys("dec decs decade decades".split(), Unit(months=120)),
    **dict.fromkeys("c cent century centuries".split(), Unit(months=1200)),
    **dict.fromkeys("mil mils millennium millennia".split(), Unit(months=12000)),
}
_ISO_DATE_UNITS = {"Y": "y", "M": "mon", "W": "w", "D": "d"}
_ISO_TIME_UNITS = {"H": "h", "M": "m", "S": "s"}
_TERM = re.compile(
    r"\s*(?:(?P<clock>(?P<sign>[+-]?)(?P<hour>\d+):(?P<minute>\d+)(?::(?P<second>\d+(?:\.\d*)?))?)(?![\d:])|"
    r"(?P<years>[+-]?\d+)-(?P<months>\d+)(?=\s|$)|(?P<number>[+-]?\s*(?:\d+\.?\d*|\.\d+))\s*(?P<unit>[a-z]*)|(?P<ago>ago))\s*",
    re.IGNORECASE,
)
_ISO_TERM = re.compile(r"([+-]?\d+(?:\.\d*)?)([YMWDHS])", re.IGNORECASE)


def interval_literal(value: str) -> exp.Expr:
    """Return an interval of DuckDB from PostgreSQL's text of an interval; raise IamsqlError for any other text."""
    body = value.strip().removeprefix("@").strip()
    if not body:
        raise _invalid(value)
    total = _Total()
    if body[0] in "pP":
        _add_iso(total, value, body)
    else:
        _add_terms(total, value, body)
    return cast(
        text(f"{int(total.months)} months {int(total.days)} days {round(total.microseconds)} microseconds"), "interval"
    )


def argument_interval(node: exp.Expr) -> exp.Expr:
    """Return an argument that must be an interval, where it is a literal without a type."""
    return interval_literal(literal_text(node) or "")


def _invalid(value: str) -> IamsqlError:
    return IamsqlError(f"'{value}' is not an interval: write it as '1 month 2 days 03:04:05'.")


class _Total:
    """The sum of the terms of an interval."""

    def __init__(self) -> None:
        self.months = self.days = self.microseconds = Fraction(0)

    def add(self, amount: str, unit: Unit) -> None:
        """Add an amount of a unit: a fraction of a month is days, of which it has 30, a fraction of a day is time."""
        exact = Fraction(Decimal(amount))
        if unit.months:
            months = exact * unit.months
            self.months += int(months)
            if unit.months == 1:
                self._add_days((months - int(months)) * 30)
        elif unit.days:
            self._add_days(exact * unit.days)
        else:
            self.microseconds += exact * unit.microseconds

    def _add_days(self, days: Fraction) -> None:
        self.days += int(days)
        self.microseconds += round((days - int(days)) * _MICROSECONDS_PER_DAY)

    def negate(self) -> None:
        """Change the sign of all parts."""
        self.months, self.days, self.microseconds = -self.months, -self.days, -self.microseconds


def _add_terms(total: _Total, value: str, body: str) -> None:
    position, is_ago = 0, False
    while position < len(body):
        term = _TERM.match(body, position)
        if not term:
            raise _invalid(value)
        position = term.end()
        if term["ago"]:
            is_ago = True
        elif term["clock"]:
            seconds = int(term["hour"]) * 3600 + int(term["minute"]) * 60 + Fraction(Decimal(term["second"] or "0"))
            total.microseconds += seconds * (-1_000_000 if term["sign"] == "-" else 1_000_000)
        elif term["years"]:
            sign = -1 if term["years"].startswith("-") else 1
            total.months += int(term["years"]) * 12 + sign * int(term["months"])
        else:
            total.add(term["number"].replace(" ", ""), _unit(value, term["unit"], body[position:]))
    if is_ago:
        total.negate()


def _unit(value: str, name: str, rest: str) -> Unit:
    """Return the unit of a name; a number without a unit is days before a clock time, else seconds."""
    if not name:
        return _UNITS["day" if re.match(r"[+-]?\d+:", rest) else "second"]
    if name.lower() not in _UNITS:
        raise _invalid(value)
    return _UNITS[name.lower()]


def _add_iso(total: _Total, value: str, body: str) -> None:
    date, _, time = body[1:].upper().partition("T")
    for part, units in ((date, _ISO_DATE_UNITS), (time, _ISO_TIME_UNITS)):
        if _ISO_TERM.sub("", part):
            raise _invalid(value)
        for amount, letter in _ISO_TERM.findall(part):
            if letter not in units:
                raise _invalid(value)
            total.add(amount, _UNITS[units[letter]])


def _make_interval(node: exp.Expr, types: Types) -> exp.Expr:
    amounts: dict[str, exp.Expr] = {}
    for position, argument in enumerate(node.expressions):
        named = isinstance(argument, exp.Kwarg)
        name = argument.this.name.lower() if named else _ARGUMENTS[position]
        amounts[name] = argument.expression if named else argument
    if unknown := set(amounts) - set(_ARGUMENTS):
        raise IamsqlError(f"make_interval has no argument {min(unknown)}; it has {', '.join(_ARGUMENTS)}.")
    total: exp.Expr | None = None
    for name, amount in amounts.items():
        part = _interval_part(name, amount)
        total = part if total is None else exp.Add(this=total, expression=part)
    return paren(total) if total is not None else interval_literal("0 seconds")


def _interval_part(name: str, amount: exp.Expr) -> exp.Expr:
    if name == "secs":
        microseconds = call("round", exp.Mul(this=cast(amount, "double"), expression=number(1_000_000)))
        return call("to_microseconds", cast(microseconds, "bigint"))
    function = "to_minutes" if name == "mins" else f"to_{name}"
    return call(function, cast(amount, "bigint" if name in ("hours", "mins") else "integer"))


def _sum(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Add up intervals by their parts; DuckDB has no sum of intervals."""
    if types.of(node.expressions[0]) != "interval":
        return None
    if isinstance(node.parent, exp.Filter | exp.Window) or isinstance(node.expressions[0], exp.Distinct):
        raise IamsqlError(
            "sum of intervals with FILTER, OVER or DISTINCT is not supported: add up their extract(epoch from …)."
        )
    return call("pg_sum_intervals", node.expressions[0])


FUNCTIONS: dict[str, Function[Rewrite]] = {
    "make_interval": Function(_make_interval, "interval"),
    "sum": Function(_sum, "sum"),
    "justify_days": Function(renamed("pg_justify_days"), "interval"),
    "justify_hours": Function(renamed("pg_justify_hours"), "interval"),
    "justify_interval": Function(renamed("pg_justify_interval"), "interval"),
}
