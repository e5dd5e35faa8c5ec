"""Write CSV of RFC 4180: NULL is an empty field, the empty text is `""`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from types import NoneType
from typing import Any, TextIO

from iamsql.escaping import escape_formulas, printable
from iamsql.model import Result
from iamsql.render.cells import cell

BATCH_ROWS = 500  # rows
EMPTY_TEXT_MARKER = "\ufdd0"  # stands for the empty text: a noncharacter of Unicode, which names rarely contain
PLAIN_TYPES = {
    NoneType,
    bool,
    int,
    float,
    date,
    datetime,
}  # types that csv.writer writes as `cell` does, as it does str
_NEEDS_QUOTES_PATTERN = re.compile('[,"\r\n]')


def write_csv(result: Result, stream: TextIO, csv_safe: bool = False, visible: bool | None = None) -> None:
    """Write RFC 4180 CSV with exact values; `csv_safe` escapes what a spreadsheet would evaluate as a formula.

    With `visible`, the default on a terminal, invisible characters and line breaks are escaped as in a table.
    """
    escape_text = escape_formulas if csv_safe else None
    is_visible = stream.isatty() if visible is None else visible
    _write_any_rows([result.columns], stream, escape_text, is_visible)
    rows = iter(result.rows)
    if is_visible or len(result.columns) < 2:  # csv.writer would quote the only field of a row if it is NULL
        _write_any_rows(rows, stream, escape_text, is_visible)
    while batch := list(islice(rows, BATCH_ROWS)):
        csv_text = _write_with_csv_writer(batch, escape_text)
        if csv_text is None:
            _write_any_rows(batch, stream, escape_text, is_visible)
        else:
            stream.write(csv_text)


def _write_with_csv_writer(rows: Sequence[Sequence[Any]], escape_text: Callable[[str], str] | None) -> str | None:
    """Return rows as CSV by csv.writer, which takes half of the time; None if a value contains EMPTY_TEXT_MARKER."""
    columns, empty_count = [], 0
    for values in zip(*rows, strict=True):
        column: Sequence[Any] = values
        types = set(map(type, values)) - PLAIN_TYPES
        if types - {str}:
            column = [_cell_text(value, escape_text) for value in values]
        elif types and escape_text:
            column = [escape_text(value) if type(value) is str else value for value in values]
        if count := column.count(""):
            empty_count += count
            column = [EMPTY_TEXT_MARKER if value == "" else value for value in column]
        columns.append(column)
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(zip(*columns, strict=True))
    csv_text = buffer.getvalue()
    if csv_text.count(EMPTY_TEXT_MARKER) != empty_count:
        return None
    return csv_text.replace(EMPTY_TEXT_MARKER, '""') if empty_count else csv_text


def _write_any_rows(
    rows: Iterable[Sequence[Any]], stream: TextIO, escape_text: Callable[[str], str] | None, is_visible: bool
) -> None:
    """Write rows of any values."""
    for row in rows:
        fields = (_cell_text(value, escape_text) for value in row)
        line = ",".join(["" if field is None else _quote_field(field) for field in fields])
        stream.write((printable(line) if is_visible else line) + "\r\n")


def _cell_text(value: Any, escape_text: Callable[[str], str] | None) -> str | None:
    """Return the text of a value. Numbers and times are not escaped, because a spreadsheet may evaluate them."""
    if value is None:
        return None
    if escape_text and isinstance(value, str | list | tuple | dict):
        return escape_text(cell(value))
    return cell(value)


def _quote_field(text: str) -> str:
    if not text or _NEEDS_QUOTES_PATTERN.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
