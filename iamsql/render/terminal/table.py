"""Write columns of text as a table: names in bold, numbers right-aligned, colors by meaning. Cells wrap over lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from iamsql.render.terminal.columns import NUMBER_TYPE, TextColumn
from iamsql.render.terminal.fit import COLUMN_GAP
from iamsql.render.terminal.style import Style, cell_meaning
from iamsql.render.terminal.width import display_width, heading_lines, wrap_cell

EMPTY_CELLS = ("", "''")  # NULL and the empty text
INDENT = 2  # spaces before a line below a row, and before the continuation of such a line


@dataclass(frozen=True)
class Grid:
    """The columns of a table, the width of each, the columns on lines below a row, and the spaces before each line."""

    columns: Sequence[TextColumn]
    widths: Sequence[int]
    below: Sequence[TextColumn]
    style: Style
    width: int
    indent: int = 0

    def head(self) -> Iterator[str]:
        """Yield the names and the rule."""
        names = [heading_lines(column.name, width) for column, width in zip(self.columns, self.widths, strict=True)]
        height = max(map(len, names))
        for index in range(height):
            texts = [([""] * (height - len(lines)) + lines)[index] for lines in names]
            yield self._aligned_line(texts, ["heading"] * len(texts))
        yield self._aligned_line(["-" * width for width in self.widths], ["dim"] * len(self.widths))

    def row(self, index: int) -> Iterator[str]:
        """Yield the lines of a row: its cells, then a name and a value for each column below it that has a value."""
        cell_lines = [column.lines(index, width) for column, width in zip(self.columns, self.widths, strict=True)]
        meanings = [cell_meaning(column.name, column.cells[index]) for column in self.columns]
        for texts in zip_longest(*cell_lines, fillvalue=""):
            yield self._aligned_line(texts, meanings)
        for column in self.below:
            if column.cells[index] not in EMPTY_CELLS:
                yield from self._column_below(column, index)

    def _aligned_line(self, texts: Sequence[str], meanings: Sequence[str]) -> str:
        aligned = []
        for column, width, text, meaning in zip(self.columns, self.widths, texts, meanings, strict=True):
            spaces, painted = " " * (width - display_width(text)), self.style.paint(text, meaning)
            aligned.append(spaces + painted if column.type == NUMBER_TYPE else painted + spaces)
        return (" " * self.indent + (" " * COLUMN_GAP).join(aligned)).rstrip(" ")

    def _column_below(self, column: TextColumn, index: int) -> Iterator[str]:
        """Yield the name and the value of a column; continuations are indented."""
        start, label = self.indent + INDENT, f"{column.name}: "
        fits = column.sizes[index] + display_width(label) <= self.width - start
        width = max(self.width - start - (0 if fits else INDENT), 2)
        first, *others = column.divided(index, width, label)
        text = self.style.paint(label, "dim") + first.removeprefix(label) if first.startswith(label) else first
        yield " " * start + text
        for line in others:
            yield " " * (start + INDENT) + line


def write_fields(columns: Sequence[TextColumn], index: int, style: Style, width: int) -> Iterator[str]:
    """Yield a line for each column that has a value in the row: the name, aligned, and the value, which wraps."""
    with_value = [column for column in columns if column.cells[index]]
    label_width = min(max((display_width(column.name) for column in with_value), default=0), width // 3)
    for column in with_value:
        lines = wrap_cell(column.cells[index], max(width - label_width - 2 * INDENT, 2))
        names = heading_lines(column.name, label_width)
        for name, line in zip_longest(names, lines, fillvalue=""):
            spaces = " " * (label_width - display_width(name) + INDENT)
            value = style.paint(line.rstrip(" "), cell_meaning(column.name, column.cells[index]))
            yield f"{' ' * INDENT}{style.paint(name, 'dim')}{spaces}{value}".rstrip(" ")
