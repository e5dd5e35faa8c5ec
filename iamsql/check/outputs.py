"""How verdicts leave: FORMATS is a dict of writers; each takes the judging and a stream, and holds no more than it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO, cast

from iamsql import render
from iamsql.catalog.params import did_you_mean
from iamsql.check import junit, sarif, tree
from iamsql.check.judging import COLUMNS, TYPES, Judging, Row
from iamsql.model import IamsqlError, Result

Writer = Callable[[Judging, TextIO], None]
# Endings that say a format; the longer ones come first.
ENDINGS = {
    ".junit.xml": "junit", ".sarif.json": "sarif", ".sarif": "sarif", ".xml": "junit", ".csv": "csv", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown", ".txt": "table",
}  # fmt: skip


def _plain(fmt: str, judging: Judging, stream: TextIO, csv_safe: bool = False) -> None:
    """Write the rows in one of the formats that every answer has, as they come."""

    def rows() -> Iterator[Row]:
        return (row for judged in judging.run() for row in judged.rows())

    render.write(Result(COLUMNS, cast(Sequence[Row], rows()), TYPES), fmt, stream, csv_safe)


FORMATS: dict[str, Writer] = {
    "table": tree.write_table,
    "brief": tree.write_brief,
    **{fmt: partial(_plain, fmt) for fmt in ("csv", "json", "jsonl", "markdown")},
    "junit": junit.write,
    "sarif": sarif.write,
}


def format_named(name: str) -> str:
    """Check a format's name."""
    if name not in FORMATS:
        raise IamsqlError(f"unknown output {name!r}{did_you_mean(name, FORMATS)} (outputs are {', '.join(FORMATS)})")
    return name


def format_of(path: Path) -> str:
    """Tell the format of a file by the ending of its name."""
    found = next((fmt for ending, fmt in ENDINGS.items() if path.name.lower().endswith(ending)), None)
    if found is None:
        raise IamsqlError(f"cannot tell the format of {path}: end its name in {', '.join(ENDINGS)}, or say --output")
    return found


def write(judging: Judging, fmt: str, stream: TextIO, csv_safe: bool = False) -> None:
    """Write the verdicts in a format; `csv_safe` keeps CSV texts from being formulas of a spreadsheet."""
    writer = partial(_plain, "csv", csv_safe=True) if csv_safe and fmt == "csv" else FORMATS[fmt]
    writer(judging, stream)


def export(judging: Judging, fmt: str, path: Path, csv_safe: bool = False) -> None:
    """Write the verdicts to a file, whole or not at all, readable by its owner alone."""
    render.atomic_write(path, lambda stream: write(judging, fmt, stream, csv_safe))
