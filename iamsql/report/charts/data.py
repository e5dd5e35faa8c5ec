"""What charts draw. A `css_class` is a class of charts.css: a severity, a status, an account outcome, or series-1 to series-6."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from iamsql.report.charts.scale import number_text

# The values of query columns that have a color of their own.
STATUSES = frozenset("critical high medium low info none alarm error ok skip muted unknown".split())


@dataclass(frozen=True)
class Bar:
    """A label with its value; None is unknown."""

    label: str
    value: float | None
    css_class: str = ""


@dataclass(frozen=True)
class Series:
    """Values along an axis; None is unknown."""

    name: str
    values: Sequence[float | None]
    css_class: str = ""


@dataclass(frozen=True)
class BarChart:
    """Values by label, as bars. `notes` are sentences about what the bars do not show."""

    title: str
    bars: Sequence[Bar]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Histogram:
    """Numbers of values by bucket, and the number of rows without a value."""

    title: str
    buckets: Sequence[tuple[str, int]]
    unknown: int = 0
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class LineChart:
    """Values over times in ascending order, as a line for each series."""

    title: str
    times: Sequence[datetime]
    series: Sequence[Series]
    notes: Sequence[str] = ()


Chart = BarChart | Histogram | LineChart


def value_text(value: float | None, unknown: str) -> str:
    """Return a value as text, or the word for an unknown value."""
    return unknown if value is None else number_text(value)


def described(pairs: Iterable[tuple[str, float | None]], unknown: str) -> str:
    """Return the description of a chart for screen readers: its labels and values."""
    return "; ".join(f"{label}: {value_text(value, unknown)}" for label, value in pairs)


def known(values: Iterable[float | None]) -> list[float]:
    """Return the values that are known."""
    return [value for value in values if value is not None]
