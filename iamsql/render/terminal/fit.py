"""Choose the widths of columns so that a row fits a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from iamsql.render.terminal.columns import TextColumn

GAP = 2  # spaces between two columns
PART = 28  # the width to which sentences, JSON and ARNs shrink before other columns do


def fit_widths(columns: Sequence[TextColumn], width: int, least: int) -> list[int]:
    """Return the widths of the first columns that fit a terminal of `width` columns, one at least.

    `least` is the smallest width of a column of text. If not every cell fits, columns shrink in four steps, the widest first:
    those with a few long cells; sentences, JSON and ARNs, whose parts tell enough; all but names such as `root_mfa`, which are
    typed; then all, none below its minimum.
    """
    minimum = [column.minimum(least) for column in columns]
    ends = accumulate(narrowest + GAP for narrowest in minimum)
    count = max(sum(end - GAP <= width for end in ends), 1)
    available = width - GAP * (count - 1)
    shown = columns[:count]
    natural = [column.natural for column in shown]
    if sum(natural) <= available:
        return natural
    typical = [column.typical(least) for column in shown]
    partial = [min(size, PART) if column.is_divisible else size for column, size in zip(shown, typical, strict=True)]
    last = minimum[:count] if count > 1 else [min(minimum[0], width)]
    named = [
        size if column.is_name else narrowest for column, size, narrowest in zip(shown, partial, last, strict=True)
    ]
    steps = pairwise([natural, typical, partial, named, last])
    return next(_shrink(*step, available) for step in steps if sum(step[1]) <= available)


def _shrink(widths: Sequence[int], least: Sequence[int], available: int) -> list[int]:
    """Return widths whose sum is `available`: all widths above a level shrink to the level, but not below `least`."""

    def at(level: int) -> list[int]:
        return [max(min(width, level), floor) for width, floor in zip(widths, least, strict=True)]

    low, high = 0, max(widths)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sum(at(middle)) <= available else (low, middle)
    shrunk = at(low)
    for place, grown in enumerate(at(high)):
        shrunk[place] += grown > shrunk[place] and sum(shrunk) < available
    return shrunk
