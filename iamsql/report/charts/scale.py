"""Axes: ticks at round numbers, positions on an axis, and numbers as text in every language of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

DIGIT_SEPARATOR = " "  # groups digits in every language, as ISO 80000-1 recommends
_ROUND_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """Positions of values on an axis: `low` is at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def position(self, value: float) -> float:
        """Return the position of a value; the middle of the axis if all values are equal."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + share * (self.end - self.start)


def nice_ticks(low: float, high: float, count: int = 5, integers: bool = False) -> list[float]:
    """Return about `count` round numbers that enclose the values from `low` to `high`."""
    if high <= low:
        low, high = min(low, 0.0), max(high, 0.0)
    if high <= low:
        high = low + 1
    step = _round_step((high - low) / max(count - 1, 1), integers)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _round_step(least: float, integers: bool) -> float:
    """Return the smallest step of 1, 2, 2.5 or 5 times a power of ten that is not less than `least`."""
    least = max(least, 1.0) if integers else least
    power = 10.0 ** floor(log10(least))
    steps = (float(step * power) for step in _ROUND_STEPS if step * power >= least * (1 - 1e-9))
    return next(step for step in steps if not integers or step.is_integer())


def value_ticks(values: Sequence[float], count: int = 5) -> list[float]:
    """Return ticks for the values. The axis begins at zero, unless the values vary little in comparison with their size."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low >= 0 and high - low >= high / 5:
        low = 0.0
    return nice_ticks(low, high, count, all(float(value).is_integer() for value in values))


def number_text(value: float) -> str:
    """Return a number as text: exact if it is an integer, otherwise with four significant digits; from 10000, grouped by three."""
    if not isfinite(value):
        return str(value)
    if float(value).is_integer():
        return f"{int(value):,}".replace(",", DIGIT_SEPARATOR) if abs(value) >= 10_000 else str(int(value))
    if abs(value) >= 10_000:
        return f"{value:,.0f}".replace(",", DIGIT_SEPARATOR)
    return f"{value:.4g}"


def tick_text(value: float) -> str:
    """Return the short text of a tick: 2500, 15k, 2.5M."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if suffix == 'k' else size):g}{suffix}"
    return f"{value:g}"
