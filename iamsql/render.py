"""Write rows. Only `cell` converts a value to text, so that all text formats agree and NULL differs from ''.

NULL is an empty cell in table, markdown and csv; the empty text is `''` in table and markdown, `""` in csv.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from itertools import chain, zip_longest
from math import isfinite
from pathlib import Path
from tempfile import mkstemp
from typing import Any, NoReturn, TextIO

import tabulate

from iamsql.escaping import escape_formulas, escape_json, escape_markdown, printable
from iamsql.model import IamsqlError, Result

_BREAKS = {ord(mark): " " for mark in "\t\r\n"}  # white space that JSON allows only between values
_QUOTED = re.compile('[,"\r\n]')
_NUMBER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT|REAL")


def cell(value: Any) -> str:
    """Return a value as text: 2026-03-01 10:11:12+00:00, True, 32 days 00:00:00, bytes in hexadecimal, lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return _interval(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple | dict):
        return json_text(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _interval(value: timedelta) -> str:
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    clock = str(timedelta(seconds=span.seconds, microseconds=span.microseconds)).zfill(8)
    clock = clock if clock[2] == ":" else f"0{clock}"
    return f"{sign}{span.days} days {clock}" if span.days else sign + clock


def json_text(value: Any, kind: str = "") -> str:
    """Return a value as JSON: exact numbers, JSON columns unchanged, times in ISO 8601, NaN and infinity as null."""
    if isinstance(value, str):
        return _embedded(value) if kind == "JSON" else json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float | Decimal):
        return cell(value) if isinstance(value, int) or isfinite(value) else "null"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(item, kind.removesuffix("[]")) for item in value) + "]"
    if isinstance(value, dict):
        return _object([json.dumps(cell(key), ensure_ascii=False) for key in value], map(json_text, value.values()))
    text = value.isoformat() if isinstance(value, date | datetime | time) else cell(value)
    return json.dumps(text, ensure_ascii=False)


def _embedded(text: str) -> str:
    """Return a JSON column as JSON on one line, or as a string if it is not strict JSON."""
    # The text is not parsed and written again, which would round numbers and lose keys that occur twice.
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return json.dumps(text, ensure_ascii=False)
    return text.translate(_BREAKS).strip()


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _object(keys: list[str], values: Iterator[str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=False)) + "}"


def _display(value: Any) -> str:
    return "''" if value == "" else cell(value)


def write_table(result: Result, stream: TextIO) -> None:
    """Write a table for a terminal: numbers right-aligned, no control characters."""
    rows = list(result.rows)
    # tabulate would otherwise parse texts such as 1e5 as numbers, and strip the spaces of names.
    shown = [[printable(_display(value)) for value in row] for row in rows]
    sides = tuple("right" if number else "left" for number in _numeric(result))
    headers = [printable(name) for name in result.columns]
    text = tabulate.tabulate(
        shown, headers, "simple", disable_numparse=True, colalign=sides if rows else None, preserve_whitespace=True
    )
    stream.write(text + "\n")


def _numeric(result: Result) -> list[bool]:
    """Return for each column whether it has numbers, by its type. Columns without types have none."""
    kinds = result.types or [""] * len(result.columns)
    return [_NUMBER.fullmatch(kind) is not None for kind in kinds]


def write_markdown(result: Result, stream: TextIO) -> None:
    """Write a GitHub table without live markup."""
    sides = ["---:" if number else "---" for number in _numeric(result)]
    shown = ([escape_markdown(_display(value)) for value in row] for row in result.rows)
    for row in chain(([escape_markdown(name) for name in result.columns], sides), shown):
        stream.write("| " + " | ".join(row) + " |\n")


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


def write_json(result: Result, stream: TextIO) -> None:
    """Write a JSON array with an object on each line."""
    lead = "["
    for line in _json_rows(result):
        stream.write(f"{lead}\n  {line}")
        lead = ","
    stream.write("[]\n" if lead == "[" else "\n]\n")


def write_jsonl(result: Result, stream: TextIO) -> None:
    """Write JSON lines."""
    for line in _json_rows(result):
        stream.write(line + "\n")


def _json_rows(result: Result) -> Iterator[str]:
    keys = [json.dumps(name, ensure_ascii=False) for name in distinct(result.columns)]
    for row in result.rows:
        kinds = zip_longest(row, result.types[: len(row)], fillvalue="")
        line = _object(keys, (json_text(value, kind) for value, kind in kinds))
        yield escape_json(line)


def distinct(names: tuple[str, ...]) -> list[str]:
    """Make column names unique: later duplicates get _2, _3 …, without names that exist."""
    out: list[str] = []
    for name in names:
        choices = (name, *(f"{name}_{number}" for number in range(2, len(names) + 2)))
        taken = {*out, *names} if name in out else set(out)  # a new name must not take that of a later column
        out.append(next(choice for choice in choices if choice not in taken))
    return out


FORMATS: dict[str, Callable[[Result, TextIO], None]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "markdown": write_markdown,
}
SUFFIXES = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown", ".txt": "table"}


def format_named(name: str) -> str:
    """Return the name of a format; raise IamsqlError for an unknown format."""
    if name in FORMATS:
        return name
    hint = "".join(f"; did you mean {match}?" for match in get_close_matches(name.lower(), FORMATS, n=1))
    raise IamsqlError(f"unknown output format {name!r}{hint} (formats are {', '.join(FORMATS)})")


def write(result: Result, fmt: str, stream: TextIO, csv_safe: bool = False, visible: bool | None = None) -> None:
    """Write rows in a format; `csv_safe` and `visible` apply to CSV."""
    writer = FORMATS[format_named(fmt)]
    if writer is write_csv:
        write_csv(result, stream, csv_safe, visible)
    else:
        writer(result, stream)


def export(result: Result, path: Path, fmt: str | None = None, csv_safe: bool = False) -> None:
    """Write rows to a file of mode 0600, atomically; the suffix selects the format."""
    fmt = fmt or SUFFIXES.get(path.suffix.lower())
    if fmt is None:
        raise IamsqlError(
            f"cannot determine the format of {path}: use --output, or a name that ends in {', '.join(SUFFIXES)}"
        )
    named = format_named(fmt)  # before the file is created
    atomic_write(path, lambda stream: write(result, named, stream, csv_safe))


def atomic_write(path: Path, writing: Callable[[TextIO], object], *, follow: bool = True) -> None:
    """Write a file of mode 0600, atomically.

    Raise IamsqlError for a link to another folder; without `follow`, replace a link.
    """
    # A rename replaces a link itself: the file that the link leads to is written, unless it is in another folder.
    target = Path(os.path.realpath(path)) if follow else path
    if follow and path.is_symlink() and target.parent != Path(os.path.realpath(path.parent)):
        raise IamsqlError(
            f"cannot write {path}: it is a link to another folder; use the path of the file itself, {target}"
        )
    if target.exists() and not target.is_file():
        raise IamsqlError(f"cannot write {path}: it is not a file")
    partial: Path | None = None
    try:
        # In the folder of the target, because a rename is atomic only within a file system.
        handle, name = mkstemp(prefix=f".{target.name[:50]}.", suffix=".partial", dir=target.parent)
        partial = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            writing(stream)
        partial.replace(target)
    except OSError as error:
        raise IamsqlError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        if partial:
            partial.unlink(missing_ok=True)
