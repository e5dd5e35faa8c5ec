"""A histogram: the numbers of values in ordered buckets."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.report.charts.data import Bar, describe_values, value_text
from iamsql.report.charts.scale import Scale, tick_text, value_ticks
from iamsql.report.charts.svg import WIDTH, drawing, elide, line, rect, text

_HEIGHT, _AXIS_WIDTH = 220, 40  # of the whole image, and the width of the labels of the axis


def histogram(
    title: str,
    buckets: Sequence[tuple[str, int]],
    unknown: int = 0,
    *,
    unknown_label: str = "unknown",
) -> str:
    """Return vertical bars for ordered buckets, as SVG. The number of unknown values is a hatched bar set apart."""
    bars = [Bar(label, count) for label, count in buckets]
    ticks = value_ticks([*(count for _, count in buckets), unknown, 0], 4)
    base = _HEIGHT - 30
    scale = Scale(ticks[0], ticks[-1], base, 22)
    gridlines = "".join(
        line(
            _AXIS_WIDTH, scale.position(tick), WIDTH, scale.position(tick), "chart-axis" if tick == 0 else "chart-grid"
        )
        + text(_AXIS_WIDTH - 6, scale.position(tick) + 4, tick_text(tick), "chart-tick", "end")
        for tick in ticks
    )
    step = (WIDTH - _AXIS_WIDTH) / (len(bars) + (1.5 if unknown else 0) or 1)
    columns = [_draw_column(bar, _AXIS_WIDTH + index * step, step, scale) for index, bar in enumerate(bars)]
    if unknown:
        columns.append(_draw_column(Bar(unknown_label, unknown, "unknown"), WIDTH - step, step, scale))
    pairs = [(bar.label, bar.value) for bar in bars] + [(unknown_label, unknown)] * bool(unknown)
    return drawing(title, describe_values(pairs, ""), (WIDTH, _HEIGHT), [gridlines, *columns])


def _draw_column(bar: Bar, left_edge: float, step: float, scale: Scale) -> str:
    size, middle = min(step * 0.7, 72), left_edge + step / 2
    top = scale.position(bar.value or 0)
    height = max(scale.start - top, 1 if bar.value else 0)
    return (
        rect(middle - size / 2, scale.start - height, size, height, f"chart-bar {bar.css_class}".rstrip())
        + text(middle, scale.start - height - 6, value_text(bar.value, ""), "chart-value", "middle")
        + text(middle, scale.start + 18, elide(bar.label, step - 4), "chart-label", "middle")
    )
