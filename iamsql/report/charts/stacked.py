"""One bar of segments that add up to a whole, such as the accounts by outcome, with a label at each segment."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.report.charts.data import Bar, described, value_text
from iamsql.report.charts.svg import LINE, WIDTH, drawing, line, rect, text, text_width

_HEIGHT, _SPACE = 30, 2  # the height of the bar, and the space between segments
_LEAST = 5.0  # pixels, so a segment of 1 in 1000 is visible
_LEAD = 6  # from the line of a label to its text

Placed = tuple[float, int]


def stacked_bar(title: str, segments: Sequence[Bar], *, description: str = "", width: int = WIDTH) -> str:
    """Return one stacked bar, as SVG. Each segment has its label and value below; a segment of zero is left out."""
    shown = [bar for bar in segments if bar.value]
    labels = [f"{bar.label} {value_text(bar.value, '')}" for bar in shown]
    taken = [text_width(label) + _LEAD + 8 for label in labels]
    sizes = _sizes([float(bar.value or 0) for bar in shown], taken, width)
    starts = _starts(sizes)
    rows = _rows(starts, taken)
    parts = []
    for bar, label, start, size, row in zip(shown, labels, starts, sizes, rows, strict=True):
        below = _HEIGHT + 10 + row * LINE
        parts += [
            rect(start, 0, size, _HEIGHT, f"chart-bar {bar.css_class}".rstrip(), label),
            line(start + 1, _HEIGHT, start + 1, below + 8, "chart-lead"),
            text(start + _LEAD, below + 9, label, "chart-label"),
        ]
    height = _HEIGHT + 16 + LINE * (max(rows, default=0) + 1)
    about = description or described(((bar.label, bar.value) for bar in segments), "")
    return drawing(title, about, (width, height), parts)


def _sizes(values: Sequence[float], labels: Sequence[float], width: int) -> list[float]:
    """Return the widths of segments: the greatest with which the labels, whose widths are given, fit the image."""
    for total in range(width, 0, -4):
        sizes = _shares(values, total)
        if all(start + label <= width for start, label in zip(_starts(sizes), labels, strict=True)):
            return sizes
    return _shares(values, width)


def _starts(sizes: Sequence[float]) -> list[float]:
    return [sum(sizes[:index]) + _SPACE * index for index in range(len(sizes))]


def _shares(values: Sequence[float], width: float) -> list[float]:
    """Return the widths of segments in proportion. Small segments get _LEAST, and the others the rest."""
    available = width - _SPACE * max(len(values) - 1, 0)
    small = {index for index, value in enumerate(values) if value * available < _LEAST * sum(values)}
    rest = sum(value for index, value in enumerate(values) if index not in small)
    left = available - _LEAST * len(small)
    return [_LEAST if index in small else value / rest * left for index, value in enumerate(values)]


def _rows(starts: Sequence[float], widths: Sequence[float]) -> list[int]:
    """Return the row of each label, such that no label overlaps another or the line of another."""
    # From right to left: a line passes the rows above its label, and every label there begins further right.
    placed: list[Placed] = []
    for start, width in zip(reversed(starts), reversed(widths), strict=True):
        row = 0
        while any(left < start + width for left, used in placed if used >= row):
            row += 1
        placed.append((start, row))
    return [row for _, row in reversed(placed)]
