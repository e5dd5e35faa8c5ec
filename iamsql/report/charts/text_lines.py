"""Line charts as text, in Braille characters of 2 × 4 dots. A missing value is a gap. They fit the width of the terminal.

No library draws them: plotext has a compiled part for each platform, and importing it takes 100 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from iamsql.escaping import printable
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import elide, width_of
from iamsql.report.charts.data import LineChart, Series, known
from iamsql.report.charts.scale import Scale, number_text, tick_text, time_ticks, value_ticks

_ROWS = 16
_BLANK, _SPACE = 0x2800, 0x20  # the Braille pattern without dots, which has another width in some fonts, and a space
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column in a character
_NAMES = 30  # the greatest width of the names at the right
_LEAST = 10  # columns of the lines, in a terminal that is too narrow

Dot = tuple[int, int]


@dataclass
class Canvas:
    """Dots in a grid of characters, counted from the upper left; a character has the color of its last line."""

    cells: dict[Dot, int] = field(default_factory=dict)
    colors: dict[Dot, str] = field(default_factory=dict)

    def line(self, start: Dot, end: Dot, color: str) -> None:
        """Draw a straight line; from a dot to itself, one dot."""
        (x, y), steps = start, max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            self._dot(x + round((end[0] - x) * step / steps), y + round((end[1] - y) * step / steps), color)

    def _dot(self, x: int, y: int, color: str) -> None:
        cell = (x // 2, y // 4)
        self.cells[cell] = self.cells.get(cell, _BLANK) | _DOTS[y % 4][x % 2]
        self.colors[cell] = color

    def row(self, number: int, width: int, style: Style) -> str:
        """Return a row of characters; neighbors of one color share an escape sequence."""
        runs = groupby(range(width), lambda x: self.colors.get((x, number), ""))
        texts = ((color, "".join(chr(self.cells.get((x, number), _SPACE)) for x in run)) for color, run in runs)
        return "".join(style.paint(text, color) for color, text in texts)


def line_lines(chart: LineChart, style: Style) -> list[str]:
    """Return the lines of text of a chart: a vertical axis, the lines with their names at the end, a time axis."""
    if not chart.times:
        return []
    ticks = value_ticks([value for item in chart.series for value in known(item.values)], 4)
    up = Scale(ticks[0], ticks[-1], _ROWS * 4 - 1, 0)
    names = [_name(item) for item in chart.series]
    axis = max(len(tick_text(tick)) for tick in ticks)
    width = max(style.width - axis - 3 - max(map(width_of, names)) - 1, _LEAST)
    across = Scale(chart.times[0].timestamp(), chart.times[-1].timestamp(), 0, width * 2 - 1)
    canvas, ends = Canvas(), []
    for number, item in enumerate(chart.series):
        dots = _dots(chart, item, across, up)
        for start, end in _strokes(dots):
            canvas.line(start, end, _color(number))
        ends.append(next((dot[1] // 4 for dot in reversed(dots) if dot), _ROWS - 1))
    labels = {round(up.position(tick)) // 4: tick_text(tick) for tick in ticks}
    at_end = {row: style.paint(names[index], _color(index)) for index, row in enumerate(_apart(ends))}
    rows = [
        f"{labels.get(row, ''):>{axis}} {'┤' if row in labels else '│'}{canvas.row(row, width, style)} {at_end.get(row, '')}"
        for row in range(_ROWS)
    ]
    return [*(row.rstrip() for row in rows), *_time_axis(chart, across, axis, width)]


def _color(number: int) -> str:
    return f"series-{number % 6 + 1}"


def _name(item: Series) -> str:
    last = item.values[-1]
    return elide(f"{printable(item.name)} {'unknown' if last is None else number_text(last, ',')}", _NAMES)


def _dots(chart: LineChart, item: Series, across: Scale, up: Scale) -> list[Dot | None]:
    return [
        None if value is None else (round(across.position(moment.timestamp())), round(up.position(value)))
        for moment, value in zip(chart.times, item.values, strict=True)
    ]


def _strokes(dots: Sequence[Dot | None]) -> Iterator[tuple[Dot, Dot]]:
    """Yield the lines between neighbors, and a line from a dot to itself, which makes a dot without neighbors visible."""
    yield from ((dot, dot) for dot in dots if dot)
    yield from ((start, end) for start, end in pairwise(dots) if start and end)


def _apart(wanted: Sequence[int]) -> list[int]:
    """Return a row for each name: the wanted one, or the nearest that is free."""
    taken: list[int] = []
    for row in wanted:
        free = (near for near in sorted(range(_ROWS), key=lambda near: abs(near - row)) if near not in taken)
        taken.append(next(free, row))
    return taken


def _time_axis(chart: LineChart, across: Scale, axis: int, width: int) -> list[str]:
    """Return the axis and the labels below its ticks."""
    line, labels, free = ["─"] * width, [" "] * (axis + 3 + width), 0
    for moment, label in time_ticks(chart.times[0], chart.times[-1], max(width // 14, 1)):
        at = round(across.position(moment.timestamp())) // 2
        start = min(max(axis + 2 + at - len(label) // 2, 0), len(labels) - len(label))
        if start >= free:
            line[at] = "┬"
            labels[start : start + len(label)] = label
            free = start + len(label) + 1
    return [f"{' ' * axis} └{''.join(line)}", "".join(labels).rstrip()]
