"""What charts draw. A `css_class` is a class of charts.css: a severity, a status, an account outcome, or series-1 to series-6."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iamsql.report.charts.scale import number_text


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


def value_text(value: float | None, unknown: str) -> str:
    """Return a value as text, or the word for an unknown value."""
    return unknown if value is None else number_text(value)


def describe_values(pairs: Iterable[tuple[str, float | None]], unknown: str) -> str:
    """Return the description of a chart for screen readers: its labels and values."""
    return "; ".join(f"{label}: {value_text(value, unknown)}" for label, value in pairs)


def known_values(values: Iterable[float | None]) -> list[float]:
    """Return the values that are known."""
    return [value for value in values if value is not None]
