"""Write rows to the file of --out. The suffix selects the writer: text formats are in `render`, other formats load when used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from iamsql import render
from iamsql.catalog.settings.groups import RowsFile
from iamsql.cli.errors import say_all
from iamsql.cli.options import is_given
from iamsql.model import IamsqlError, Result
from iamsql.render.files import atomic_replace
from iamsql.render.provenance import Provenance

BINARY_SUFFIXES = (".xlsx", ".parquet")  # files that are not text


def has_writer(path: Path) -> bool:
    """Return whether the suffix of a file names a format that is not text."""
    return path.suffix.lower() in BINARY_SUFFIXES


def require_format(path: Path | None, other_suffixes: Sequence[str] = ()) -> None:
    """Raise an error for a file of --out without a format, before a query runs. `others` are suffixes that are known too."""
    if path is None:
        return
    if has_writer(path) and is_given("output"):
        raise click.UsageError(f"{path.suffix} is a format of its own: --out {path} takes no --output.")
    suffixes = (*render.FORMAT_BY_SUFFIX, *BINARY_SUFFIXES, *other_suffixes)
    if not is_given("output") and path.suffix.lower() not in suffixes:
        names = ", ".join(suffixes)
        raise IamsqlError(f"cannot determine the format of {path}: use --output, or a name that ends in {names}")


def export_rows(result: Result, path: Path, options: RowsFile, provenance: Callable[[], Provenance]) -> None:
    """Write rows to a file, atomically and with mode 0600, and print notes about omitted data.

    `provenance` is called after the last row.
    """
    require_format(path)
    if has_writer(path):
        say_all(_write_file(result, path, provenance), quiet=options.quiet)
    else:
        render.export(result, path, options.output if is_given("output") else None, options.csv_safe)


def _write_file(result: Result, path: Path, provenance: Callable[[], Provenance]) -> list[str]:
    """Write rows with the writer of the suffix, and return its notes."""
    notes: list[str] = []
    writer = _find_writer(path)
    atomic_replace(path, lambda partial_file: notes.extend(writer(result, partial_file, provenance)))
    return notes


def _find_writer(path: Path) -> Callable[[Result, Path, Callable[[], Provenance]], Iterable[str]]:
    """Return the writer of a file, which takes a result, an existing file and a function that returns the provenance."""
    if path.suffix.lower() == ".xlsx":
        from iamsql.query.export.xlsx import write_xlsx  # noqa: PLC0415 - XlsxWriter takes long to import

        return write_xlsx
    from iamsql.query.export.parquet import write_parquet  # noqa: PLC0415 - other formats do not need it

    return write_parquet
