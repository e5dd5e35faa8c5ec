"""Write the results of controls in a format. The writers stream the rows, because there can be millions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO, cast

from iamsql import render
from iamsql.catalog.params import did_you_mean
from iamsql.check import fixes, junit, sarif, tree
from iamsql.check.run import COLUMNS, TYPES, ControlRun, Row
from iamsql.model import IamsqlError, Result
from iamsql.render.files import atomic_write

Writer = Callable[[ControlRun, TextIO], None]
# The format by suffix. Longer suffixes come first, because .json also matches .sarif.json.
SUFFIXES = {
    ".junit.xml": "junit", ".sarif.json": "sarif", ".sarif": "sarif", ".xml": "junit", ".csv": "csv", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown", ".txt": "table",
}  # fmt: skip


def _plain(fmt: str, control_run: ControlRun, stream: TextIO, csv_safe: bool = False) -> None:
    """Write the rows in a format of `render`."""
    render.write(_rows(control_run), fmt, stream, csv_safe)


def _rows(control_run: ControlRun) -> Result:
    """Return the rows of all controls, with the column `fix` if the output has fixes."""
    # The rows are an iterator: the writers of these formats read the rows of a Result with types only once.
    if control_run.has_fixes:
        with_fix = (row for results in control_run.run() for row in fixes.rows(results))
        return Result(fixes.COLUMNS_WITH_FIX, cast(Sequence[Row], with_fix), fixes.TYPES_WITH_FIX)
    rows = (row for results in control_run.run() for row in results.rows())
    return Result(COLUMNS, cast(Sequence[Row], rows), TYPES)


FORMATS: dict[str, Writer] = {
    "table": tree.write,
    "brief": partial(tree.write, shown=0),
    **{fmt: partial(_plain, fmt) for fmt in ("csv", "json", "jsonl", "markdown", "line")},
    "junit": junit.write,
    "sarif": sarif.write,
}
WITHOUT_FIXES = ("brief", "junit")  # formats without the commands of --fix


def format_named(name: str) -> str:
    """Return the name of a format. Raise IamsqlError for an unknown format."""
    if name not in FORMATS:
        raise IamsqlError(
            f"unknown output format {name!r}{did_you_mean(name, FORMATS)} (formats are {', '.join(FORMATS)})"
        )
    return name


def format_of(path: Path) -> str:
    """Return the format of a file by its suffix. Raise IamsqlError for an unknown suffix."""
    found = next((fmt for suffix, fmt in SUFFIXES.items() if path.name.lower().endswith(suffix)), None)
    if found is None:
        raise IamsqlError(
            f"cannot determine the format of {path}: use --output, or a name that ends in {', '.join(SUFFIXES)}"
        )
    return found


def write(control_run: ControlRun, fmt: str, stream: TextIO, csv_safe: bool = False) -> None:
    """Write the results. With `csv_safe`, no text of CSV can become a formula in a spreadsheet."""
    writer = partial(_plain, "csv", csv_safe=True) if csv_safe and fmt == "csv" else FORMATS[fmt]
    writer(control_run, stream)


def export(control_run: ControlRun, fmt: str, path: Path, csv_safe: bool = False) -> None:
    """Write the results to a file with mode 0600, which is not left incomplete after an error."""
    atomic_write(path, lambda stream: write(control_run, fmt, stream, csv_safe))
