"""Convert the values of a result to columns of text for a terminal. Each value is converted once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render.cells import display
from iamsql.render.terminal.selection import ColumnSource
from iamsql.render.terminal.spelling import steps_of_paths, within_account
from iamsql.render.terminal.style import MEANINGFUL_COLUMNS
from iamsql.render.terminal.width import ELLIPSIS, beginning, display_width, heading_pieces, pieces, wrap_cell
from iamsql.render.text_table import numeric_columns

MAX_ACCOUNT_NAME_WIDTH = 24  # of the name of an account, in terminal columns; the ID is never shortened
MAX_ROWS_WITH_FULL_TEXT = 40  # rows of a table whose text wraps over any number of lines
MINUTE_TEXT_LENGTH = len("2026-03-01 10:11")
MAX_TEXT_LINES = 3  # lines of text in a longer table, and of JSON
NUMBER_TYPE = "number"
MIN_WIDTH_BEFORE_NAMES_WRAP = 32  # the least width of text before names wrap
MIN_TEXT_WIDTH = 24  # the smallest width of text
MAX_UNBROKEN_WIDTH = 40  # the longest part of a name that is never divided
COMMAND_COLUMNS = frozenset("actions command path remediation sql".split())  # sentences that a reader copies
TEXT_COLUMNS = frozenset(
    "about comment conditions description detail error_message message not_considered note reason text title".split()
)
_FIXED_WIDTH_TYPE_PATTERN = re.compile(r"DATE|TIME.*|BOOLEAN|INTERVAL|number")
_LIST_TYPE_PATTERN = re.compile(r".*\]")
_NESTED_TYPE_PATTERN = re.compile(r"JSON|STRUCT.*|MAP.*")


@dataclass(frozen=True)
class TextColumn:
    """A column as text: printable name and cells, the width of each cell, and the type of the values.

    `type` is `account` for the name and the ID of an account, `number` for numbers, and otherwise DuckDB's type.
    `is_constant`: all rows, two or more, have the same value. `is_empty`: this value is NULL.
    """

    name: str
    cells: list[str]
    sizes: list[int]
    type: str
    is_constant: bool
    is_empty: bool

    @cached_property
    def content_width(self) -> int:
        """Return the width of the widest cell."""
        return max(self.sizes, default=0)

    @cached_property
    def natural_width(self) -> int:
        """Return the width that shows every cell and the name on one line."""
        return max(self.content_width, display_width(self.name))

    @cached_property
    def compact(self) -> int:
        """Return the width that shows every cell on one line; the name wraps after `_`."""
        return max(self.content_width, *map(display_width, heading_pieces(self.name)), 1)

    @cached_property
    def is_text(self) -> bool:
        """Return whether the cells are sentences, lists or JSON; otherwise they are names, commands, IDs, numbers or times."""
        if (
            self.type == "account"
            or _FIXED_WIDTH_TYPE_PATTERN.fullmatch(self.type)
            or self.name in (*COMMAND_COLUMNS, *MEANINGFUL_COLUMNS)
        ):
            return False
        if self.name.endswith(("_names", "_ids", "_arns")):
            return False
        if (
            self.name in TEXT_COLUMNS
            or _NESTED_TYPE_PATTERN.fullmatch(self.type)
            or _LIST_TYPE_PATTERN.fullmatch(self.type)
        ):
            return True
        return any(cell.count(" ") > 3 and not cell.startswith("arn:") for cell in self.cells)

    @cached_property
    def wraps_first(self) -> bool:
        """Return whether the cells are sentences, commands or JSON, which stay readable on several lines."""
        return self.is_text or (self.name in COMMAND_COLUMNS and any(" " in cell for cell in self.cells))

    @cached_property
    def typical_width(self) -> int:
        """Return the width that shows nine of ten cells on one line."""
        shortest_widths = sorted(self.sizes)[: len(self.sizes) - len(self.sizes) // 10]
        return max(self.minimum, min(self.compact, *shortest_widths[-1:]) if shortest_widths else self.minimum)

    @cached_property
    def minimum(self) -> int:
        """Return the smallest width: names wrap after `/`, `:` and spaces only, and numbers, times and IDs do not wrap."""
        heading = max(map(display_width, heading_pieces(self.name)), default=1)
        if _FIXED_WIDTH_TYPE_PATTERN.fullmatch(self.type):
            return max(self.content_width, heading, 1)
        if self.is_text:
            return max(min(self.content_width, MIN_TEXT_WIDTH), heading, 1)
        least_width = min(self.content_width, MIN_TEXT_WIDTH) if self.wraps_first else 1
        return max(min(self._width_of_longest_part, MAX_UNBROKEN_WIDTH), heading, least_width)

    @cached_property
    def unbroken_width(self) -> int:
        """Return the smallest width that divides no part of a name."""
        return self.minimum if self.is_text else max(self.minimum, self._width_of_longest_part)

    @cached_property
    def _width_of_longest_part(self) -> int:
        return max(map(display_width, {part.rstrip(" ") for cell in self.cells for part in pieces(cell)}), default=1)

    @property
    def max_lines(self) -> int:
        """Return the number of lines of a cell: 0 is any, for names, and for text in a table of few rows."""
        is_limited = self.is_text and (
            len(self.cells) > MAX_ROWS_WITH_FULL_TEXT or _NESTED_TYPE_PATTERN.fullmatch(self.type)
        )
        return MAX_TEXT_LINES if is_limited else 0

    def lines(self, row: int, width: int) -> list[str]:
        """Return a cell as lines of at most `width` columns; text that has too many lines is shortened at its end."""
        return [self.cells[row]] if self.sizes[row] <= width else self.divided(row, width)

    def divided(self, row: int, width: int, label: str = "") -> list[str]:
        """Return a cell as lines, as `lines` does, after a label."""
        text = label + self.cells[row]
        lines = [line.rstrip(" ") for line in wrap_cell(text, width)]
        if not self.max_lines or len(lines) <= self.max_lines:
            return lines
        last_line = beginning(lines[self.max_lines - 1], width - display_width(ELLIPSIS)).rstrip(" ")
        return [*lines[: self.max_lines - 1], last_line + ELLIPSIS]


def text_column(
    source: ColumnSource, result: Result, rows: Sequence[tuple[Any, ...]], near: Sequence[ColumnSource] = ()
) -> TextColumn:
    """Return a column of the result as text. `near` are the columns that the terminal shows next to it."""
    values_by_index = [[row[index] for row in rows] for index in source.indexes]
    if source.is_account:
        cells, column_type = list(map(_account_text, *values_by_index)), "account"
    else:
        index = source.indexes[0]
        spell = _build_shortener(result.columns, near)
        cells = [spell(_value_text(row[index]), row) for row in rows]
        column_type = NUMBER_TYPE if numeric_columns(result)[index] else (result.types[index] if result.types else "")
    is_constant = all(map(_is_constant, values_by_index))
    is_empty = is_constant and all(values[0] is None for values in values_by_index)
    return TextColumn(
        printable(source.name), cells, list(map(display_width, cells)), column_type, is_constant, is_empty
    )


def _build_shortener(names: Sequence[str], near: Sequence[ColumnSource]) -> Any:
    """Return a function that shortens ARNs of the row's account, and paths that start with the row's principal."""
    indexes = [index for source in near for index in source.indexes]
    account = next((index for index in indexes if names[index] == "account_id"), None)

    def spell(text: str, row: tuple[Any, ...]) -> str:
        if "]-> " in text:
            owner = "" if account is None else row[account]
            return steps_of_paths(text, owner or "", [row[index] for index in indexes if isinstance(row[index], str)])
        return within_account(text, row[account]) if account is not None and text.startswith("arn:") else text

    return spell


def _value_text(value: Any) -> str:
    """Return a value as printable text, a time to the minute."""
    return str(value)[:MINUTE_TEXT_LENGTH] if isinstance(value, datetime) else printable(display(value))


def _account_text(name: Any, account_id: Any) -> str:
    """Return the name, at most MAX_ACCOUNT_NAME_WIDTH columns wide, and the ID."""
    text = "" if name in (None, "") else _value_text(name)
    shortened_name = (
        text
        if display_width(text) <= MAX_ACCOUNT_NAME_WIDTH
        else beginning(text, MAX_ACCOUNT_NAME_WIDTH - 1) + ELLIPSIS
    )
    return " ".join(
        part for part in (shortened_name, "" if account_id in (None, "") else _value_text(account_id)) if part
    )


def _is_constant(values: Sequence[Any]) -> bool:
    return len(values) > 1 and all(value == values[0] for value in values)
