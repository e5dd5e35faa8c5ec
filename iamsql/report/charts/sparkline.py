"""Sparklines. A missing value breaks a line; nothing is interpolated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamsql.report.charts.data import known_values, value_text
from iamsql.report.charts.scale import Scale
from iamsql.report.charts.svg import Point, circle, drawing, polyline

_SPARKLINE_SIZE = (120, 28)


def sparkline(title: str, values: Sequence[float | None]) -> str:
    """Return a line of 120 × 28 pixels without axes, as SVG; its last value has a mark."""
    width, height = _SPARKLINE_SIZE
    known_numbers = known_values(values)
    vertical_scale = Scale(min(known_numbers, default=0), max(known_numbers, default=0), height - 4, 4)
    horizontal_scale = Scale(0, max(len(values) - 1, 0), 4, width - 4)
    points = [
        None if value is None else (horizontal_scale.position(index), vertical_scale.position(value))
        for index, value in enumerate(values)
    ]
    if len(values) == 1 and points[0]:
        points = [(width - 4, points[0][1])]
    parts = [_draw_line(points, "spark")]
    if points and points[-1]:
        parts.append(circle(*points[-1], 3, "chart-dot spark"))
    about = ", ".join(value_text(value, "unknown") for value in values)
    return drawing(title, about, _SPARKLINE_SIZE, parts, "chart-spark")


def _draw_line(points: Sequence[Point | None], css_class: str) -> str:
    """Return the parts of a line between missing points; a point between two gaps is a dot."""
    return "".join(
        polyline(part, f"chart-line {css_class}") if len(part) > 1 else circle(*part[0], 2.5, f"chart-dot {css_class}")
        for part in _split_at_gaps(points)
    )


def _split_at_gaps(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    part: list[Point] = []
    for point in [*points, None]:
        if point is not None:
            part.append(point)
        elif part:
            yield part
            part = []
