"""Choose the widths of columns, so a row fits a terminal. Cells wrap in narrower columns; names are never cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from iamsql.render.terminal.columns import MIN_WIDTH_BEFORE_NAMES_WRAP, TextColumn

COLUMN_GAP = 2  # spaces between two columns


def fitting_columns(
    columns: Sequence[TextColumn], width: int, *, in_order: bool = False
) -> tuple[list[TextColumn], list[TextColumn]]:
    """Return the columns that fit a terminal of `width` columns at their minimum, the first one always, and the others.

    With `in_order`, no column after the first that does not fit is among them.
    """
    fitting, other_columns, used_width = (
        [*columns[:1]],
        list[TextColumn](),
        sum(column.minimum for column in columns[:1]),
    )
    for column in columns[1:]:
        if used_width + COLUMN_GAP + column.minimum <= width and not (in_order and other_columns):
            fitting.append(column)
            used_width += COLUMN_GAP + column.minimum
        else:
            other_columns.append(column)
    return fitting, other_columns


def fit_widths(columns: Sequence[TextColumn], width: int) -> list[int]:
    """Return the widths of columns that fit a terminal of `width` columns; a single column is never wider than that.

    Columns shrink in steps until the row fits, the widest first: headings wrap; text with a few long cells wraps; all text
    wraps; names with a few long cells wrap; all names wrap; and very long names are divided. No column becomes narrower than
    its minimum.
    """
    available = width - COLUMN_GAP * (len(columns) - 1)
    natural = [column.natural_width for column in columns]
    if sum(natural) <= available:
        return natural
    compact = [column.compact for column in columns]
    typical = [column.typical_width if column.wraps_first else column.compact for column in columns]
    partial = [
        max(min(size, MIN_WIDTH_BEFORE_NAMES_WRAP), column.minimum) if column.wraps_first else size
        for column, size in zip(columns, typical, strict=True)
    ]
    usual = [min(size, column.typical_width) for column, size in zip(columns, partial, strict=True)]
    last = [column.minimum for column in columns] if len(columns) > 1 else [min(columns[0].minimum, width)]
    unbroken = [min(size, column.unbroken_width) for column, size in zip(columns, usual, strict=True)]
    steps = pairwise([natural, compact, typical, partial, usual, unbroken, last])
    return next(_shrink_to(*step, available) for step in steps if sum(step[1]) <= available)


def _shrink_to(widths: Sequence[int], least: Sequence[int], available: int) -> list[int]:
    """Return widths whose sum is `available`: all widths above a level shrink to the level, but not below `least`."""

    def widths_at(level: int) -> list[int]:
        return [max(min(width, level), floor) for width, floor in zip(widths, least, strict=True)]

    low_level, high_level = 0, max(widths)
    while high_level - low_level > 1:
        middle_level = (low_level + high_level) // 2
        low_level, high_level = (
            (middle_level, high_level) if sum(widths_at(middle_level)) <= available else (low_level, middle_level)
        )
    shrunk_widths = widths_at(low_level)
    for index, wider_width in enumerate(widths_at(high_level)):
        shrunk_widths[index] += wider_width > shrunk_widths[index] and sum(shrunk_widths) < available
    return shrunk_widths
