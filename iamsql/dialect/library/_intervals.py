"""PostgreSQL's text of an interval, read as it reads it: units with signs, clocks, years and months, ISO 8601."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from iamsql.model import IamsqlError

DAY = 86_400_000_000
# months, days and microseconds in one unit
UNITS: dict[str, tuple[int, int, int]] = {
    **dict.fromkeys("us usec usecs usecond useconds microsecond microseconds".split(), (0, 0, 1)),
    **dict.fromkeys("ms msec msecs msecond mseconds millisecond milliseconds".split(), (0, 0, 1000)),
    **dict.fromkeys("s sec secs second seconds".split(), (0, 0, 1_000_000)),
    **dict.fromkeys("m min mins minute minutes".split(), (0, 0, 60_000_000)),
    **dict.fromkeys("h hr hrs hour hours".split(), (0, 0, 3_600_000_000)),
    **dict.fromkeys("d day days".split(), (0, 1, 0)),
    **dict.fromkeys("w week weeks".split(), (0, 7, 0)),
    **dict.fromkeys("mon mons month months".split(), (1, 0, 0)),
    **dict.fromkeys("y yr yrs year years".split(), (12, 0, 0)),
    **dict.fromkeys("dec decs decade decades".split(), (120, 0, 0)),
    **dict.fromkeys("c cent century centuries".split(), (1200, 0, 0)),
    **dict.fromkeys("mil mils millennium millennia".split(), (12000, 0, 0)),
}
PIECE = re.compile(
    r"\s*(?:(?P<clock>(?P<sign>[+-]?)(?P<hour>\d+):(?P<minute>\d+)(?::(?P<second>\d+(?:\.\d*)?))?)(?![\d:])|"
    r"(?P<years>[+-]?\d+)-(?P<months>\d+)(?=\s|$)|(?P<number>[+-]?\s*(?:\d+\.?\d*|\.\d+))\s*(?P<unit>[a-z]*)|(?P<ago>ago))\s*",
    re.IGNORECASE,
)
ISO = re.compile(r"([+-]?\d+(?:\.\d*)?)([YMWDHS])", re.IGNORECASE)


def read(words: str) -> tuple[int, int, int]:
    """Give the months, days and microseconds of a text."""
    plain = words.strip().removeprefix("@").strip()
    if not plain:
        raise _wrong(words)
    return _iso(words, plain) if plain[0] in "pP" else _plain(words, plain)


def _wrong(words: str) -> IamsqlError:
    return IamsqlError(f"'{words}' is no interval: write it as '1 month 2 days 03:04:05'.")


def _add(total: list[Fraction], amount: Fraction, unit: tuple[int, int, int]) -> None:
    """Add an amount of a unit; a part of a month is days of 30, a part of a day is time."""
    months, days, micros = unit
    if months:
        exact = amount * months
        total[0] += int(exact)
        if months == 1:
            rest = (exact - int(exact)) * 30
            total[1] += int(rest)
            total[2] += round((rest - int(rest)) * DAY)
    elif days:
        exact = amount * days
        total[1] += int(exact)
        total[2] += round((exact - int(exact)) * DAY)
    else:
        total[2] += amount * micros


def _done(total: list[Fraction]) -> tuple[int, int, int]:
    return int(total[0]), int(total[1]), round(total[2])


def _plain(words: str, plain: str) -> tuple[int, int, int]:
    total = [Fraction(0), Fraction(0), Fraction(0)]
    at, ago = 0, False
    while at < len(plain):
        piece = PIECE.match(plain, at)
        if not piece:
            raise _wrong(words)
        at = piece.end()
        if piece["ago"]:
            ago = True
        elif piece["clock"]:
            second = Fraction(Decimal(piece["second"] or "0"))
            clock = (int(piece["hour"]) * 3600 + int(piece["minute"]) * 60 + second) * 1_000_000
            total[2] += -clock if piece["sign"] == "-" else clock
        elif piece["years"]:
            sign = -1 if piece["years"].startswith("-") else 1
            total[0] += int(piece["years"]) * 12 + sign * int(piece["months"])
        else:
            _add(total, Fraction(Decimal(piece["number"].replace(" ", ""))), _unit(words, piece["unit"], plain[at:]))
    months, days, micros = _done(total)
    return (-months, -days, -micros) if ago else (months, days, micros)


def _unit(words: str, unit: str, rest: str) -> tuple[int, int, int]:
    """Find a unit; a number without one is seconds, or days before a clock."""
    if not unit:
        return UNITS["day" if re.match(r"[+-]?\d+:", rest) else "second"]
    if unit.lower() not in UNITS:
        raise _wrong(words)
    return UNITS[unit.lower()]


def _iso(words: str, plain: str) -> tuple[int, int, int]:
    total = [Fraction(0), Fraction(0), Fraction(0)]
    date, _, time = plain[1:].upper().partition("T")
    for part, names in ((date, {"Y": "y", "M": "mon", "W": "w", "D": "d"}), (time, {"H": "h", "M": "m", "S": "s"})):
        if ISO.sub("", part):
            raise _wrong(words)
        for number, letter in ISO.findall(part):
            if letter not in names:
                raise _wrong(words)
            _add(total, Fraction(Decimal(number)), UNITS[names[letter]])
    return _done(total)
