"""Stacked columns by day or hour: sign-ins, or findings by severity. A day without data is hatched, never empty."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.report.charts.data import Series, known_values, value_text
from iamsql.report.charts.scale import Scale, nice_ticks, tick_text
from iamsql.report.charts.svg import LINE_HEIGHT, WIDTH, drawing, hatching, line, rect, text, text_width

_HEIGHT, _TOP_MARGIN, _BOTTOM_MARGIN, _AXIS_WIDTH = 200, 30, 28, 40
_MISSING_CAP_HEIGHT = 10  # the height of the hatching above a column


def timeline(
    title: str,
    days: Sequence[str],
    series: Sequence[Series],
    *,
    unknown: str = "unknown",
    width: int = WIDTH,
) -> str:
    """Return stacked columns by day or hour, as SVG, the first series at the bottom. Missing values of a day are hatched."""
    totals = [sum(known_values(column)) for column in zip(*(item.values for item in series), strict=True)]
    ticks = nice_ticks(0, max(totals, default=0), 4, integers=True)
    scale = Scale(0, ticks[-1], _HEIGHT - _BOTTOM_MARGIN, _TOP_MARGIN)
    step = (width - _AXIS_WIDTH) / max(len(days), 1)
    classes = [item.css_class or f"series-{number % 6 + 1}" for number, item in enumerate(series)]
    parts = [_draw_legend(series, classes, unknown)]
    parts += [_draw_gridline(tick, scale, width) for tick in ticks]
    parts += [_draw_column(index, day, series, classes, step, scale, unknown) for index, day in enumerate(days)]
    parts += _draw_day_labels(days, step)
    return drawing(title, _describe(days, series, unknown), (width, _HEIGHT), parts)


def _draw_column(
    index: int, day: str, series: Sequence[Series], classes: Sequence[str], step: float, scale: Scale, unknown: str
) -> str:
    space = 2 if step > 6 else 0.5
    left_edge, size = _AXIS_WIDTH + index * step + space / 2, max(min(step - space, 48), 1)
    left_edge += max(step - space - size, 0) / 2
    base, parts = 0.0, []
    for item, css_class in zip(series, classes, strict=True):
        value = item.values[index]
        if value:
            top = scale.position(base + value)
            tip = f"{day} · {item.name} {value_text(value, unknown)}"
            parts.append(rect(left_edge, top, size, scale.position(base) - top, f"chart-bar {css_class}", tip))
            base += value
    values = [item.values[index] for item in series]
    if None in values:
        # A day without any value is hatched up to the top; a day without some values, above its column.
        top, bottom = scale.end, scale.position(base)
        top = max(bottom - _MISSING_CAP_HEIGHT, top) if known_values(values) else top
        parts += [rect(left_edge, top, size, bottom - top, "chart-missing", f"{day} · {unknown}")]
        parts += [hatching(left_edge, top, size, bottom - top)]
    return "".join(parts)


def _draw_legend(series: Sequence[Series], classes: Sequence[str], unknown: str) -> str:
    """Return the names of the series with their sums, and the number of days with a missing value."""
    entries = [
        (f"{item.name} {value_text(sum(known_values(item.values)), '')}", css_class)
        for item, css_class in zip(series, classes, strict=True)
    ]
    missing_days = _count_missing(series)
    parts, x = [], float(_AXIS_WIDTH)
    for label, css_class in [*entries, *([(f"{unknown} {missing_days}", "unknown")] if missing_days else [])]:
        parts += [rect(x, 3, 10, 10, f"chart-bar {css_class}"), text(x + 15, 12, label, "chart-label")]
        x += text_width(label) + 30
    return "".join(parts)


def _count_missing(series: Sequence[Series]) -> int:
    return sum(None in column for column in zip(*(item.values for item in series), strict=True))


def _draw_gridline(tick: float, scale: Scale, width: float) -> str:
    y = scale.position(tick)
    return line(_AXIS_WIDTH, y, width, y, "chart-grid" if tick else "chart-axis") + text(
        _AXIS_WIDTH - 6, y + 4, tick_text(tick), "chart-tick", "end"
    )


def _draw_day_labels(days: Sequence[str], step: float) -> list[str]:
    """Return the labels of as many days as fit, evenly spaced from the first."""
    widest = max(map(text_width, days), default=0) + 12
    interval = max(int(-(-widest // step)), 1)
    return [
        text(
            max(_AXIS_WIDTH + (index + 0.5) * step, widest / 2),
            _HEIGHT - _BOTTOM_MARGIN + LINE_HEIGHT,
            days[index],
            "chart-tick",
            "middle",
        )
        for index in range(0, len(days), interval)
        if _AXIS_WIDTH + (index + 0.5) * step + widest / 2 - 6 <= _AXIS_WIDTH + len(days) * step or interval == 1
    ]


def _describe(days: Sequence[str], series: Sequence[Series], unknown: str) -> str:
    span = f"{days[0]} – {days[-1]}. " if days else ""
    missing_days = _count_missing(series)
    totals = [f"{item.name}: {value_text(sum(known_values(item.values)), unknown)}" for item in series]
    return span + "; ".join([*totals, *([f"{unknown}: {missing_days}"] if missing_days else [])])
