"""Write rows for a terminal: a table that fits its width, and a record where there is one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from iamsql.model import Result
from iamsql.render.records import write_records
from iamsql.render.terminal.columns import LEAST, LEAST_IF_LISTED, TextColumn, text_column
from iamsql.render.terminal.fit import fit_widths
from iamsql.render.terminal.selection import select_columns
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.table import table_lines
from iamsql.render.terminal.width import pack, wrap
from iamsql.render.text_table import write_table

LEAST_WIDTH = 20  # a narrower terminal breaks the lines
WIDE = "--wide or -o line"


def write_rows(
    result: Result,
    stream: TextIO,
    style: Style,
    columns: Sequence[str] = (),
    *,
    path: str = "",
    wide: str = WIDE,
    one_row_as_record: bool = True,
) -> None:
    """Write rows as a table that fits the terminal of `style`; with `one_row_as_record`, one row as a record, with all columns.

    `columns` are the columns to show, in this order, as `Query.columns` lists them for the query at `path`; () is all. `wide`
    says how to see all columns, for the line under the table. With `style.wide`, write the table of `write_table`.

    Raise IamsqlError if the result lacks one of `columns`.
    """
    rows = list(result.rows)
    loaded = Result(result.columns, rows, result.types)
    sources = select_columns(result.columns, columns, path)
    if style.wide or not sources:
        write_table(loaded, stream)
    elif len(rows) == 1 and one_row_as_record:
        write_records(loaded, stream, style)
    else:
        shown = [text_column(source, loaded, rows) for source in sources]
        members = sum(len(source.places) for source in sources)
        table = _Table(shown, len(rows), members, len(result.columns), bool(columns), wide)
        stream.writelines(line + "\n" for line in table.lines(style))


@dataclass(frozen=True)
class _Table:
    """The columns of a table, the number of its rows, and how many columns of the result it has."""

    columns: list[TextColumn]
    rows: int
    selected: int
    available: int
    is_listed: bool
    wide: str

    def lines(self, style: Style) -> Iterator[str]:
        """Yield the lines: columns with one value, the table, and what the table leaves out."""
        width = max(style.width, LEAST_WIDTH)
        first, *others = self.columns
        varying = [first, *(column for column in others if not column.is_constant)]
        folded = [*_folded(others, width)]
        yield from folded
        if folded:
            yield ""
        widths = fit_widths(varying, width, LEAST_IF_LISTED if self.is_listed else LEAST)
        yield from table_lines(varying[: len(widths)], widths, style)
        left_out = [column.name for column in varying[len(widths) :]] if self.rows else []
        for line in self._footer(left_out, width):
            yield style.paint(line, "dim")

    def _footer(self, left_out: Sequence[str], width: int) -> Iterator[str]:
        """Yield the number of rows, and the columns that the table leaves out."""
        yield ""
        count = f"{self.rows} {'row' if self.rows == 1 else 'rows'}." if self.rows else "No rows."
        if self.selected < self.available:
            count += f" Columns: {self.selected} of {self.available} ({self.wide} shows all)."
        yield from _wrapped(count, width)
        if left_out:
            noun = "column" if len(left_out) == 1 else "columns"
            yield from _wrapped(f"{len(left_out)} more {noun}: {', '.join(left_out)} (see {self.wide}).", width)


def _folded(columns: Sequence[TextColumn], width: int) -> Iterator[str]:
    """Yield lines with the columns whose value is the same in all rows."""
    constant = [column for column in columns if column.is_constant]
    values = [f"{column.name}: {column.cells[0]}" for column in constant if not column.is_empty]
    yield from pack(values, "  ·  ", width)
    if empty := [column.name for column in constant if column.is_empty]:
        yield from _wrapped(f"No value: {', '.join(empty)}", width)


def _wrapped(text: str, width: int) -> list[str]:
    return [line.strip(" ") for line in wrap(text, width)]
