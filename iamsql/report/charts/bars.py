"""Charts of values by label: horizontal bars, and a histogram."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.report.charts.data import Bar, described, known, value_text
from iamsql.report.charts.scale import Scale, tick_text, value_ticks
from iamsql.report.charts.svg import WIDTH, drawing, elide, line, rect, text, text_width

_ROW, _BAR = 24, 16  # the height of a row, and of the bar in it
_TOP, _BOTTOM, _GAP = 8, 8, 8
_HEIGHT, _AXIS = 220, 40  # of a histogram: the whole image, and the width of the labels of its axis


def bar_chart(
    title: str, bars: Sequence[Bar], *, description: str = "", unknown: str = "unknown", width: int = WIDTH
) -> str:
    """Return horizontal bars with labels and values, as SVG. An unknown value is a hatched bar with the word `unknown`."""
    labels = max((text_width(bar.label) for bar in bars), default=0)
    left = min(labels, width * 0.4) + _GAP
    right = max((text_width(value_text(bar.value, unknown)) for bar in bars), default=0) + _GAP
    values = [*known(bar.value for bar in bars), 0]
    scale = Scale(min(values), max(*values, 1e-9), left, max(width - right, left + 20))
    rows = [_row(bar, index * _ROW + _TOP, scale, unknown) for index, bar in enumerate(bars)]
    height = len(bars) * _ROW + _TOP + _BOTTOM
    zero = scale.position(0)
    baseline = line(zero, _TOP, zero, height - _BOTTOM, "chart-axis")
    about = description or described(((bar.label, bar.value) for bar in bars), unknown)
    return drawing(title, about, (width, height), [*rows, baseline])


def _row(bar: Bar, top: float, scale: Scale, unknown: str) -> str:
    value, zero, y = bar.value, scale.position(0), top + (_ROW - _BAR) / 2
    end = scale.position(max(value, 0)) if value is not None else min(zero + 40, scale.end)
    start = scale.position(min(value, 0)) if value is not None else zero
    length = max(end - start, 1) if value != 0 else 0
    shown = value_text(value, unknown)
    label = text(scale.start - _GAP, top + 16, elide(bar.label, scale.start - _GAP), "chart-label", "end")
    drawn = rect(start, y, length, _BAR, f"chart-bar {bar.css_class if value is not None else 'unknown'}".rstrip())
    return label + drawn + text(max(start + length, zero) + 5, top + 16, shown, "chart-value")


def histogram(
    title: str,
    buckets: Sequence[tuple[str, int]],
    unknown: int = 0,
    *,
    description: str = "",
    unknown_label: str = "unknown",
    css_class: str = "",
    width: int = WIDTH,
) -> str:
    """Return vertical bars for ordered buckets, as SVG. The number of unknown values is a hatched bar set apart."""
    bars = [Bar(label, count, css_class) for label, count in buckets]
    ticks = value_ticks([*(count for _, count in buckets), unknown, 0], 4)
    base = _HEIGHT - 30
    scale = Scale(ticks[0], ticks[-1], base, 22)
    gridlines = "".join(
        line(_AXIS, scale.position(tick), width, scale.position(tick), "chart-axis" if tick == 0 else "chart-grid")
        + text(_AXIS - 6, scale.position(tick) + 4, tick_text(tick), "chart-tick", "end")
        for tick in ticks
    )
    step = (width - _AXIS) / (len(bars) + (1.5 if unknown else 0) or 1)
    columns = [_column(bar, _AXIS + index * step, step, scale) for index, bar in enumerate(bars)]
    if unknown:
        columns.append(_column(Bar(unknown_label, unknown, "unknown"), width - step, step, scale))
    pairs = [(bar.label, bar.value) for bar in bars] + [(unknown_label, unknown)] * bool(unknown)
    return drawing(title, description or described(pairs, ""), (width, _HEIGHT), [gridlines, *columns])


def _column(bar: Bar, left: float, step: float, scale: Scale) -> str:
    size, middle = min(step * 0.7, 72), left + step / 2
    top = scale.position(bar.value or 0)
    height = max(scale.start - top, 1 if bar.value else 0)
    return (
        rect(middle - size / 2, scale.start - height, size, height, f"chart-bar {bar.css_class}".rstrip())
        + text(middle, scale.start - height - 6, value_text(bar.value, ""), "chart-value", "middle")
        + text(middle, scale.start + 18, elide(bar.label, step - 4), "chart-label", "middle")
    )
