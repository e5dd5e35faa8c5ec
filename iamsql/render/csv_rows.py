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

BATCH = 500  # rows
EMPTY = "\ufdd0"  # stands for the empty text: a noncharacter of Unicode, which names rarely contain
PLAIN = {NoneType, bool, int, float, date, datetime}  # types that csv.writer writes as `cell` does, as it does str
_QUOTED = re.compile('[,"\r\n]')


def write_csv(result: Result, stream: TextIO, csv_safe: bool = False, visible: bool | None = None) -> None:
    """Write RFC 4180 CSV with exact values; `csv_safe` escapes what a spreadsheet would evaluate as a formula.

    With `visible`, the default on a terminal, invisible characters and line breaks are escaped as in a table.
    """
    text = escape_formulas if csv_safe else None
    is_visible = stream.isatty() if visible is None else visible
    _write_any_rows([result.columns], stream, text, is_visible)
    rows = iter(result.rows)
    if is_visible or len(result.columns) < 2:  # csv.writer would quote the only field of a row if it is NULL
        _write_any_rows(rows, stream, text, is_visible)
    while batch := list(islice(rows, BATCH)):
        written = _write_with_csv_writer(batch, text)
        if written is None:
            _write_any_rows(batch, stream, text, is_visible)
        else:
            stream.write(written)


def _write_with_csv_writer(rows: Sequence[Sequence[Any]], text: Callable[[str], str] | None) -> str | None:
    """Return rows as CSV by csv.writer, which takes half of the time; None if a value contains EMPTY."""
    columns, empty = [], 0
    for values in zip(*rows, strict=True):
        column: Sequence[Any] = values
        types = set(map(type, values)) - PLAIN
        if types - {str}:
            column = [_cell_text(value, text) for value in values]
        elif types and text:
            column = [text(value) if type(value) is str else value for value in values]
        if count := column.count(""):
            empty += count
            column = [EMPTY if value == "" else value for value in column]
        columns.append(column)
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(zip(*columns, strict=True))
    written = buffer.getvalue()
    if written.count(EMPTY) != empty:
        return None
    return written.replace(EMPTY, '""') if empty else written


def _write_any_rows(
    rows: Iterable[Sequence[Any]], stream: TextIO, text: Callable[[str], str] | None, is_visible: bool
) -> None:
    """Write rows of any values."""
    for row in rows:
        fields = (_cell_text(value, text) for value in row)
        line = ",".join(["" if field is None else _quote_field(field) for field in fields])
        stream.write((printable(line) if is_visible else line) + "\r\n")


def _cell_text(value: Any, text: Callable[[str], str] | None) -> str | None:
    """Return the text of a value. Numbers and times are not escaped, because a spreadsheet may evaluate them."""
    if value is None:
        return None
    if text and isinstance(value, str | list | tuple | dict):
        return text(cell(value))
    return cell(value)


def _quote_field(text: str) -> str:
    if not text or _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
