"""Write rows as table, CSV, JSON, JSON lines, Markdown or records, to a stream or a file.

NULL is an empty cell in all but JSON; the empty text is `''` in table, Markdown and records, `""` in CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from iamsql.model import IamsqlError, Result
from iamsql.render.csv_rows import write_csv
from iamsql.render.files import atomic_write
from iamsql.render.json_rows import write_json, write_jsonl
from iamsql.render.markdown import write_markdown
from iamsql.render.records import write_records as write_records
from iamsql.render.text_table import write_table

FORMATS: dict[str, Callable[[Result, TextIO], None]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "markdown": write_markdown,
    "line": write_records,
}
FILE_FORMATS = ("xlsx", "parquet")  # which other packages write
FORMAT_BY_SUFFIX = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "markdown",
    ".txt": "table",
}


def format_named(name: str, others: Sequence[str] = ()) -> str:
    """Return the name of a format, or of one of `others`; raise IamsqlError for an unknown format."""
    names = (*FORMATS, *others)
    if name in names:
        return name
    if name in FILE_FORMATS:
        raise IamsqlError(f"{name} is a format of files: use --out FILE.{name}")
    hint = "".join(f"; did you mean {match}?" for match in get_close_matches(name.lower(), names, n=1))
    raise IamsqlError(f"unknown output format {name!r}{hint} (formats are {', '.join(names)})")


def write(result: Result, fmt: str, stream: TextIO, csv_safe: bool = False, visible: bool | None = None) -> None:
    """Write rows in a format; `csv_safe` and `visible` apply to CSV."""
    writer = FORMATS[format_named(fmt)]
    if writer is write_csv:
        write_csv(result, stream, csv_safe, visible)
    else:
        writer(result, stream)


def export(result: Result, path: Path, fmt: str | None = None, csv_safe: bool = False) -> None:
    """Write rows to a file of mode 0600, atomically; the suffix selects the format."""
    fmt = fmt or FORMAT_BY_SUFFIX.get(path.suffix.lower())
    if fmt is None:
        raise IamsqlError(
            f"cannot determine the format of {path}: use --output, or a name that ends in {', '.join(FORMAT_BY_SUFFIX)}"
        )
    format_name = format_named(fmt)  # before the file is created
    atomic_write(path, lambda stream: write(result, format_name, stream, csv_safe))
