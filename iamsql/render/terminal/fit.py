"""Choose the widths of columns so that a row fits a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from iamsql.render.terminal.columns import TextColumn

GAP = 2  # spaces between two columns


def fit_widths(columns: Sequence[TextColumn], width: int, least: int) -> list[int]:
    """Return the widths of the first columns that fit a terminal of `width` columns, one at least.

    `least` is the smallest width of a column of text. If not every cell fits, first the columns with a few long cells shrink, then
    the widest columns, none below its minimum.
    """
    minimum = [column.minimum(least) for column in columns]
    ends = accumulate(least + GAP for least in minimum)
    count = max(sum(end - GAP <= width for end in ends), 1)
    room = width - GAP * (count - 1)
    natural = [column.natural for column in columns[:count]]
    if sum(natural) <= room:
        return natural
    typical = [column.typical(least) for column in columns[:count]]
    if sum(typical) <= room:
        return _shrink(natural, typical, room)
    return _shrink(typical, minimum[:count] if count > 1 else [min(minimum[0], width)], room)


def _shrink(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return widths whose sum is `room`: all widths above a level shrink to the level, but not below `least`."""

    def at(level: int) -> list[int]:
        return [max(min(width, level), floor) for width, floor in zip(widths, least, strict=True)]

    low, high = 0, max(widths)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sum(at(middle)) <= room else (low, middle)
    shrunk = at(low)
    for place, grown in enumerate(at(high)):
        shrunk[place] += grown > shrunk[place] and sum(shrunk) < room
    return shrunk
