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
from iamsql.render.terminal.selection import Source
from iamsql.render.terminal.style import MEANINGFUL
from iamsql.render.terminal.width import elide, width_of
from iamsql.render.text_table import numeric

ACCOUNT_ID = 1 + len("123456789012")  # a space before the ID
LEAST, LEAST_IF_LISTED = 12, 8  # the least width of a column of text, and of one that the query lists
LEAST_HEADING = 10  # the least width of the heading of numbers and times
MINUTE = len("2026-03-01 10:11")
NUMBER = "number"
SHORT_ID = 21  # the length of an access key ID is 20
_FIXED = re.compile(r"DATE|TIME.*|BOOLEAN|INTERVAL|number")
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
_NESTED = re.compile(r"JSON|STRUCT.*|MAP.*|.*\]")


@dataclass(frozen=True)
class TextColumn:
    """A column as text: printable name and cells, the width of each cell, and the type of the values.

    `type` is `account` for the name and the ID of an account, `number` for numbers, and else DuckDB's type. `is_constant` tells
    that all rows, two or more, have the same value; `is_empty` that this value is NULL.
    """

    name: str
    cells: list[str]
    sizes: list[int]
    type: str
    is_constant: bool
    is_empty: bool

    @cached_property
    def content(self) -> int:
        """Return the width of the widest cell."""
        return max(self.sizes, default=0)

    @cached_property
    def natural(self) -> int:
        """Return the width that shows every cell and the name."""
        return max(self.content, width_of(self.name))

    @cached_property
    def is_divisible(self) -> bool:
        """Return whether a part of a cell tells enough: of sentences, JSON and ARNs."""
        is_text = self.type != "account" and any(cell.startswith("arn:") or cell.count(" ") > 2 for cell in self.cells)
        return is_text or _NESTED.fullmatch(self.type) is not None

    @cached_property
    def is_name(self) -> bool:
        """Return whether the cells are names of tables, queries, controls or detections, which a reader types."""
        return any(map(_NAME.fullmatch, self.cells)) and not any(" " in cell or ":" in cell for cell in self.cells)

    def typical(self, least: int) -> int:
        """Return the width that shows the name of the column and nine of ten cells, or the minimum if that is more."""
        most = sorted(self.sizes)[: len(self.sizes) - len(self.sizes) // 10]
        return max(self.minimum(least), min(width_of(self.name), 2 * LEAST), *most[-1:])

    def minimum(self, least: int) -> int:
        """Return the smallest width that is readable, `least` for long text. Numbers, times, IDs and IPv4 addresses are not cut."""
        is_short = self.content < SHORT_ID and (self.name.endswith(("_id", "_ip")) or self.name in MEANINGFUL)
        if is_short or _FIXED.fullmatch(self.type):
            return max(self.content, min(width_of(self.name), LEAST_HEADING))
        return min(self.natural, ACCOUNT_ID + least * 2 // 3 if self.type == "account" else least)


def text_column(source: Source, result: Result, rows: Sequence[tuple[Any, ...]]) -> TextColumn:
    """Return a column of the result as text."""
    parts = [[row[place] for row in rows] for place in source.places]
    if source.is_account:
        cells, kind = list(map(_account, *parts)), "account"
    else:
        place = source.places[0]
        cells = [_text(value) for value in parts[0]]
        kind = NUMBER if numeric(result)[place] else (result.types[place] if result.types else "")
    is_constant = all(map(_is_constant, parts))
    is_empty = is_constant and all(values[0] is None for values in parts)
    return TextColumn(printable(source.name), cells, list(map(width_of, cells)), kind, is_constant, is_empty)


def _text(value: Any) -> str:
    """Return a value as printable text, a time to the minute."""
    return str(value)[:MINUTE] if isinstance(value, datetime) else printable(display(value))


def _account(name: Any, account_id: Any) -> str:
    return " ".join(_text(value) for value in (name, account_id) if value not in (None, ""))


def _is_constant(values: Sequence[Any]) -> bool:
    return len(values) > 1 and all(value == values[0] for value in values)


def shorten(text: str, width: int, kind: str) -> str:
    """Return a cell of a column of this type in at most `width` columns; the end of an ARN and the ID of an account stay."""
    if kind == "account":
        return elide(text, width, ACCOUNT_ID)
    if _NESTED.fullmatch(kind):
        return elide(text, width, 0)
    if text.startswith("arn:"):
        return elide(text, width, width - 1)
    # The beginning of a sentence tells more than its end, and both ends of a name tell the same.
    return elide(text, width, (width - 1) // 4 if " " in text else None)
