"""Charts of values over time: lines and sparklines. A missing value breaks a line; nothing is interpolated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from iamsql.report.charts.data import Series, known, value_text
from iamsql.report.charts.scale import Scale, tick_text, time_ticks, value_ticks
from iamsql.report.charts.svg import LINE, WIDTH, Point, circle, drawing, elide, line, polyline, text, text_width

_HEIGHT, _TOP, _BOTTOM, _AXIS = 240, 12, 30, 44
_SPARK = (120, 28)


def line_chart(
    title: str,
    times: Sequence[datetime],
    series: Sequence[Series],
    *,
    description: str = "",
    unknown: str = "unknown",
    width: int = WIDTH,
) -> str:
    """Return a line for each series over times, as SVG. Each line has its name and last value at its end."""
    names = [f"{item.name} {value_text(_last(item.values), unknown)}" for item in series]
    right = min(max(map(text_width, names), default=0) + 12, width * 0.35)
    ticks = value_ticks([value for item in series for value in known(item.values)])
    up = Scale(ticks[0], ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    across = Scale(*_span(times), _AXIS, width - right)
    parts = [_grid(ticks, up, across), _time_axis(times, across)]
    ends = []
    for number, item in enumerate(series, 1):
        css_class = item.css_class or f"series-{(number - 1) % 6 + 1}"
        points = [_point(moment, value, across, up) for moment, value in zip(times, item.values, strict=True)]
        parts.append(_line(points, css_class))
        ends.append(next((point[1] for point in reversed(points) if point), up.start))
    for y, name, number in zip(_apart(ends, _TOP, _HEIGHT - 6), names, range(len(series)), strict=True):
        css_class = series[number].css_class or f"series-{number % 6 + 1}"
        parts.append(text(width - right + 8, y + 4, elide(name, right - 8), f"chart-name {css_class}"))
    return drawing(title, description or _described(times, series, unknown), (width, _HEIGHT), parts)


def sparkline(title: str, values: Sequence[float | None], *, description: str = "", unknown: str = "unknown") -> str:
    """Return a line of 120 × 28 pixels without axes, as SVG; its last value has a mark."""
    width, height = _SPARK
    numbers = known(values)
    up = Scale(min(numbers, default=0), max(numbers, default=0), height - 4, 4)
    across = Scale(0, max(len(values) - 1, 0), 4, width - 4)
    points = [
        None if value is None else (across.position(index), up.position(value)) for index, value in enumerate(values)
    ]
    if len(values) == 1 and points[0]:
        points = [(width - 4, points[0][1])]
    parts = [_line(points, "spark")]
    if points and points[-1]:
        parts.append(circle(*points[-1], 3, "chart-dot spark"))
    about = description or ", ".join(value_text(value, unknown) for value in values)
    return drawing(title, about, _SPARK, parts, "chart-spark")


def _span(times: Sequence[datetime]) -> tuple[float, float]:
    return (min(times).timestamp(), max(times).timestamp()) if times else (0, 0)


def _last(values: Sequence[float | None]) -> float | None:
    return values[-1] if values else None


def _point(moment: datetime, value: float | None, across: Scale, up: Scale) -> Point | None:
    return None if value is None else (across.position(moment.timestamp()), up.position(value))


def _line(points: Sequence[Point | None], css_class: str) -> str:
    """Return the parts of a line between missing points; a point between two gaps is a dot."""
    return "".join(
        polyline(part, f"chart-line {css_class}") if len(part) > 1 else circle(*part[0], 2.5, f"chart-dot {css_class}")
        for part in _parts(points)
    )


def _parts(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    part: list[Point] = []
    for point in [*points, None]:
        if point is not None:
            part.append(point)
        elif part:
            yield part
            part = []


def _grid(ticks: Sequence[float], up: Scale, across: Scale) -> str:
    return "".join(
        line(across.start, up.position(tick), across.end, up.position(tick), "chart-grid" if index else "chart-axis")
        + text(across.start - 6, up.position(tick) + 4, tick_text(tick), "chart-tick", "end")
        for index, tick in enumerate(ticks)
    )


def _time_axis(times: Sequence[datetime], across: Scale) -> str:
    if not times:
        return ""
    most = max(int((across.end - across.start) // 100), 1)
    ticks = time_ticks(min(times), max(times), most)
    return "".join(
        line(x, _HEIGHT - _BOTTOM, x, _HEIGHT - _BOTTOM + 4, "chart-axis")
        + text(x, _HEIGHT - _BOTTOM + LINE, label, "chart-tick", "middle")
        for label, x in ((label, across.position(moment.timestamp())) for moment, label in ticks)
    )


def _apart(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Return positions of labels near the wanted ones, at least a line apart and inside the image if all fit."""
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    placed = dict.fromkeys(order, 0.0)
    least = low
    for index in order:
        placed[index] = max(wanted[index], least)
        least = placed[index] + LINE - 3
    most = high
    for index in reversed(order):
        placed[index] = min(placed[index], most)
        most = placed[index] - LINE + 3
    return [placed[index] for index in range(len(wanted))]


def _described(times: Sequence[datetime], series: Sequence[Series], unknown: str) -> str:
    span = f"{min(times):%Y-%m-%d} – {max(times):%Y-%m-%d}. " if times else ""
    return span + "; ".join(
        f"{item.name}: {', '.join(value_text(value, unknown) for value in item.values)}" for item in series
    )
