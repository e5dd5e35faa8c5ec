"""Write columns of text as a table: names in bold, numbers right-aligned, colors by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iamsql.render.terminal.columns import NUMBER, TextColumn, shorten
from iamsql.render.terminal.fit import GAP
from iamsql.render.terminal.style import MEANINGFUL, Style, meaning_of
from iamsql.render.terminal.width import elide, width_of


def table_lines(columns: Sequence[TextColumn], widths: Sequence[int], style: Style) -> Iterator[str]:
    """Yield the lines of a table: names, rule, rows. Cells that are wider than their column are shortened."""
    heads = [
        _align(style.paint(elide(column.name, width), "heading"), width - min(width_of(column.name), width), column)
        for column, width in zip(columns, widths, strict=True)
    ]
    rules = [style.paint("-" * width, "dim") for width in widths]
    padded = [_cells(column, width, style) for column, width in zip(columns, widths, strict=True)]
    gap = " " * GAP
    for cells in (heads, rules, *zip(*padded, strict=True)):
        yield gap.join(cells).rstrip(" ")


def _cells(column: TextColumn, width: int, style: Style) -> list[str]:
    """Return the cells of a column, shortened, in color, and padded to the width."""
    has_color = style.color and (column.name in MEANINGFUL or "unknown" in column.cells)
    cells = []
    for text, size in zip(column.cells, column.sizes, strict=True):
        shown, missing = text, width - size
        if missing < 0:
            shown = shorten(text, width, column.type)
            missing = width - width_of(shown)
        if has_color:
            shown = style.paint(shown, meaning_of(column.name, text))
        cells.append(_align(shown, missing, column))
    return cells


def _align(text: str, missing: int, column: TextColumn) -> str:
    """Add the missing spaces, before a number and after other text."""
    spaces = " " * missing
    return spaces + text if column.type == NUMBER else text + spaces
