"""Write CSV of RFC 4180: NULL is an empty field, the empty text is `""`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TextIO

from iamsql.escaping import escape_formulas, printable
from iamsql.model import Result
from iamsql.render.cells import cell

_QUOTED = re.compile('[,"\r\n]')


def write_csv(result: Result, stream: TextIO, csv_safe: bool = False, visible: bool | None = None) -> None:
    """Write RFC 4180 CSV with exact values; `csv_safe` escapes what a spreadsheet would evaluate as a formula.

    With `visible`, the default on a terminal, invisible characters and line breaks are escaped as in a table.
    """
    text = escape_formulas if csv_safe else str
    line = printable if (stream.isatty() if visible is None else visible) else str
    stream.write(line(",".join(_field(text(name)) for name in result.columns)) + "\r\n")
    for row in result.rows:
        stream.write(line(",".join([_csv(value, text) for value in row])) + "\r\n")


def _csv(value: Any, text: Callable[[str], str]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _field(text(value))
    return _field(text(cell(value)) if isinstance(value, list | tuple | dict) else cell(value))


def _field(text: str) -> str:
    if not text or _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
