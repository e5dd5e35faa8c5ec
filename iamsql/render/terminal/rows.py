"""Write rows for a terminal: a table that fits its width, groups of rows, sentences, and a record where there is one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from iamsql.model import Result
from iamsql.model.layout import ALL_COLUMNS, PLACEHOLDER_PATTERN, DisplayOptions
from iamsql.render.records import write_records
from iamsql.render.terminal.columns import TextColumn, text_column
from iamsql.render.terminal.fit import COLUMN_GAP, fit_widths, fitting_columns
from iamsql.render.terminal.records import sentence_lines
from iamsql.render.terminal.selection import ColumnSource, select_columns
from iamsql.render.terminal.style import Style, cell_meaning
from iamsql.render.terminal.table import INDENT, Grid
from iamsql.render.terminal.width import pack, wrap, wrap_cell
from iamsql.render.text_table import write_table

FIRST_ADDED_COLUMN = "reason"  # of the columns in free width
MIN_TERMINAL_WIDTH = 20  # a narrower terminal breaks the lines
MAX_COLUMNS_BELOW = 3  # columns on lines below a row, if the query does not list them
MIN_ADDED_TEXT_WIDTH = 40  # the free width that another column of text needs
WIDE_HINT = "--wide or -o line"


def write_rows(
    result: Result,
    stream: TextIO,
    style: Style,
    display: DisplayOptions = ALL_COLUMNS,
    *,
    wide: str = WIDE_HINT,
    one_row_as_record: bool = True,
) -> None:
    """Write rows in the layout of `display`; with `one_row_as_record`, one row of a table as a record, with all columns.

    A table has the columns of `display`, and more columns of the result in free width. `wide` says how to see all columns, for
    the line under the table. With `style.wide`, write the table of `write_table`.

    Raise IamsqlError if the result lacks a column of `display`.
    """
    loaded_result = Result(result.columns, list(result.rows), result.types)
    columns = _Columns(loaded_result, display)
    if style.wide or not columns.sources:
        write_table(loaded_result, stream)
    elif len(loaded_result.rows) == 1 and one_row_as_record and display.layout.form != "record":
        write_records(loaded_result, stream, style)
    else:
        fitted_style = Style(max(style.width, MIN_TERMINAL_WIDTH), style.color)
        lines = _record_lines if display.layout.form == "record" and loaded_result.rows else _table_lines
        stream.writelines(line + "\n" for line in lines(columns, fitted_style, wide))


class _Columns:
    """The columns of a result that a terminal shows, as text: the columns of a table or record, of headings, and below the rows."""

    def __init__(self, result: Result, display: DisplayOptions) -> None:
        """Choose the columns; raise IamsqlError if the result lacks one of them."""
        self.result, self.display, layout = result, display, display.layout
        listed_names = (*display.columns, *(layout.columns if display.columns else ()))
        self.sources = select_columns(result.columns, listed_names, display.path)
        text_columns = self._text_columns_of
        # A heading without the account has complete ARNs: rows of two accounts would otherwise share a heading.
        headings = self._select_sources(layout.groups)
        self.groups = [text_column(source, result, result.rows, headings) for source in headings]
        self.below = text_columns(layout.below)
        self.in_template = dict(
            zip(names := PLACEHOLDER_PATTERN.findall(layout.template), text_columns(names), strict=True)
        )
        other_sources = [
            source for names in ((*layout.groups, *layout.below, *names),) for source in self._select_sources(names)
        ]
        self.table = [self._text_column(source) for source in self.sources if source not in other_sources]
        if not self.table and layout.form != "record":  # the headings have all columns
            self.table, self.groups = self.groups or self.below, []

    def _select_sources(self, names: Sequence[str]) -> list[ColumnSource]:
        return select_columns(self.result.columns, names, self.display.path) if names else []

    def _text_columns_of(self, names: Sequence[str]) -> list[TextColumn]:
        return [self._text_column(source) for name in names for source in self._select_sources([name])]

    def _text_column(self, source: ColumnSource) -> TextColumn:
        return text_column(source, self.result, self.result.rows, self.sources)

    @property
    def count(self) -> int:
        """Return the number of columns of the result that are shown."""
        return len({index for source in self.sources for index in source.indexes})

    def add_in_free_width(self, table: Sequence[TextColumn], width: int) -> list[TextColumn]:
        """Return the table with the next columns of the result that fit next to it, the reason first, if they vary."""
        shown_columns, used_width = list(table), sum(column.natural_width + COLUMN_GAP for column in table)
        if not self.display.columns or self.display.layout.form == "record":
            return shown_columns
        shown_indexes = {index for source in self.sources for index in source.indexes}
        for source in sorted(select_columns(self.result.columns), key=lambda source: source.name != FIRST_ADDED_COLUMN):
            if used_width >= width or shown_indexes & {*source.indexes}:
                continue
            column = self._text_column(source)
            needed_width = (
                min(column.natural_width, MIN_ADDED_TEXT_WIDTH) if column.wraps_first else column.natural_width
            )
            if not column.is_constant and used_width + needed_width <= width:
                shown_columns.append(column)
                self.sources.append(source)
                used_width += needed_width + COLUMN_GAP
        return shown_columns


def _table_lines(columns: _Columns, style: Style, wide: str) -> Iterator[str]:
    """Yield the lines: columns with one value, the table with its groups, and what the table leaves out."""
    first, *others = columns.table
    rows, indent = len(columns.result.rows), INDENT if columns.groups else 0
    constant_lines = [*_constant_column_lines(others, style.width)]
    yield from [*constant_lines, *([""] if constant_lines else [])]
    varying_columns = [first, *(column for column in others if not column.is_constant)]
    varying_columns = columns.add_in_free_width(varying_columns, style.width - indent) if rows else varying_columns
    table_columns, other_columns = fitting_columns(
        varying_columns, style.width - indent, in_order=not columns.display.columns
    )
    is_below = bool(columns.display.columns) or len(other_columns) <= MAX_COLUMNS_BELOW
    columns_below = [*(other_columns if is_below else []), *columns.below]
    grid = Grid(
        table_columns, fit_widths(table_columns, style.width - indent), columns_below, style, style.width, indent
    )
    yield from grid.head()
    yield from _row_lines(grid, columns.groups, rows)
    omitted_names = [] if is_below or not rows else [column.name for column in other_columns]
    yield from _Footer(rows, columns.count, len(columns.result.columns), wide).lines(omitted_names, style)


def _row_lines(grid: Grid, groups: Sequence[TextColumn], rows: int) -> Iterator[str]:
    """Yield the rows; with columns for headings, rows with equal values under one heading."""
    if not groups:
        for index in range(rows):
            yield from grid.row(index)
        return
    rows_by_values: dict[tuple[str, ...], list[int]] = {}
    for index in range(rows):
        rows_by_values.setdefault(tuple(column.cells[index] for column in groups), []).append(index)
    for number, (values, members) in enumerate(rows_by_values.items()):
        yield from [""] if number else []
        yield from _heading_lines(groups, values, grid.style)
        for index in members:
            yield from grid.row(index)


def _heading_lines(groups: Sequence[TextColumn], values: Sequence[str], style: Style) -> Iterator[str]:
    """Yield the heading of a group: its values, or the names of its columns where it has none."""
    named_values = [(column.name, value) for column, value in zip(groups, values, strict=True) if value]
    text = "  ".join(value for _, value in named_values) or f"No {' and no '.join(column.name for column in groups)}"
    first, *others = wrap_cell(text, style.width - INDENT)
    if others or not named_values:
        yield style.paint(first.rstrip(" "), "heading")
        yield from (" " * INDENT + style.paint(line.rstrip(" "), "heading") for line in others)
        return
    yield "  ".join(style.paint(value, cell_meaning(name, value) or "heading") for name, value in named_values)


def _record_lines(columns: _Columns, style: Style, wide: str) -> Iterator[str]:
    """Yield a sentence for each row, and what the sentences leave out."""
    rows = len(columns.result.rows)
    yield from sentence_lines(columns.display.layout.template, columns.in_template, columns.table, rows, style)
    yield from _Footer(rows, columns.count, len(columns.result.columns), wide).lines([], style)


def _constant_column_lines(columns: Sequence[TextColumn], width: int) -> Iterator[str]:
    """Yield lines with the columns whose value is the same in all rows."""
    constant_columns = [column for column in columns if column.is_constant]
    values = [f"{column.name}: {column.cells[0]}" for column in constant_columns if not column.is_empty]
    yield from pack(values, "  ·  ", width)
    if empty_names := [column.name for column in constant_columns if column.is_empty]:
        yield from _wrap_lines(f"No value: {', '.join(empty_names)}", width)


@dataclass(frozen=True)
class _Footer:
    """The number of rows, how many columns of the result are shown, and how to see all."""

    rows: int
    selected: int
    available: int
    wide: str

    def lines(self, omitted: Sequence[str], style: Style) -> Iterator[str]:
        """Yield the number of rows, and the columns that the table leaves out."""
        yield ""
        count = f"{self.rows} {'row' if self.rows == 1 else 'rows'}." if self.rows else "No rows."
        if self.selected < self.available:
            count += f" Columns: {self.selected} of {self.available} ({self.wide} shows all)."
        texts = [count]
        if omitted:
            noun = "column" if len(omitted) == 1 else "columns"
            texts.append(f"{len(omitted)} more {noun}: {', '.join(omitted)} (see {self.wide}).")
        for text in texts:
            yield from (style.paint(line, "dim") for line in _wrap_lines(text, style.width))


def _wrap_lines(text: str, width: int) -> list[str]:
    return [line.strip(" ") for line in wrap(text, width)]
