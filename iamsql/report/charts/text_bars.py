"""Bars and histograms as text: a line for each bar, in eighths of a character. They fit the width of the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.escaping import printable
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import elide, width_of
from iamsql.report.charts.data import Bar, BarChart, Histogram, known
from iamsql.report.charts.scale import number_text

_FULL, _PARTS, _UNKNOWN = "█", " ▏▎▍▌▋▊▉", "░░░"
_LEAST = 10  # columns of the longest bar, in a terminal that is too narrow


def bar_lines(chart: BarChart, style: Style) -> list[str]:
    """Return a line for each bar: label, bar, value."""
    return _rows(chart.bars, style)


def histogram_lines(chart: Histogram, style: Style) -> list[str]:
    """Return a line for each bucket; the number of rows without a value is set apart."""
    bars = [Bar(label, count) for label, count in chart.buckets]
    if not chart.unknown:
        return _rows(bars, style)
    rows = _rows([*bars, Bar("no value", chart.unknown, "unknown")], style)
    return [*rows[:-1], "", rows[-1]]


def _rows(bars: Sequence[Bar], style: Style) -> list[str]:
    labels = [elide(printable(bar.label), max(style.width * 2 // 5, 8)) for bar in bars]
    values = ["unknown" if bar.value is None else number_text(bar.value, ",") for bar in bars]
    left, right = (max(map(width_of, texts), default=0) for texts in (labels, values))
    bar_width = max(style.width - left - right - 3, _LEAST)
    low, high = min([0, *known(bar.value for bar in bars)]), max([0, *known(bar.value for bar in bars)])
    rows = zip(bars, labels, values, strict=True)
    return [
        " ".join(filter(None, (label + " " * (left - width_of(label)), _bar(bar, low, high, bar_width, style), value)))
        for bar, label, value in rows
    ]


def _bar(bar: Bar, low: float, high: float, width: int, style: Style) -> str:
    """Return a bar from zero to the value. With negative values, zero is inside the bar area."""
    scale = width / (high - low or 1)
    zero = round(-low * scale)
    if bar.value is None:
        return " " * zero + style.paint(_UNKNOWN, "unknown")
    if bar.value < 0:
        length = max(round(-bar.value * scale), 1)
        return " " * (zero - length) + style.paint(_FULL * length, bar.css_class or "series-1")
    eighths = min(max(round(bar.value * scale * 8), 1 if bar.value else 0), (width - zero) * 8)
    drawn = _FULL * (eighths // 8) + _PARTS[eighths % 8].strip()
    return " " * zero + style.paint(drawn, bar.css_class or "series-1")
