"""The files of expected rows: CSV next to the query, read and written only inside its folder."""

from __future__ import annotations

import io
from pathlib import Path

from iamsql.catalog.settings.untrusted_files import MAX_FILE_BYTES, leads_out, read_text
from iamsql.model import IamsqlError, Result
from iamsql.render.csv_rows import write_csv
from iamsql.render.files import atomic_write

EXPECTED_SUFFIX = ".expected.csv"
# Columns that differ between two syncs of the same data: they are neither written nor compared.
VARYING_COLUMNS = frozenset(
    "seconds finished_at run_id iamsql_version schema_fingerprint options synced_at _ctx sp_ctx".split()
)


def csv_text(result: Result) -> str:
    """Return rows as CSV, as `--output csv` writes them."""
    stream = io.StringIO(newline="")
    write_csv(result, stream)
    return stream.getvalue()


def without_varying_columns(result: Result) -> Result:
    """Return rows without the columns that differ between syncs."""
    indexes = [index for index, name in enumerate(result.columns) if name not in VARYING_COLUMNS]
    columns = tuple(result.columns[index] for index in indexes)
    return Result(columns, [tuple(row[index] for index in indexes) for row in result.rows])


def with_line_feeds(text: str) -> str:
    """Return the text with \\n as line separator, as files are read."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_expected(path: Path, folder: Path) -> str | None:
    """Return the text of a file of expected rows, with \\n as line separator; None if there is no file.

    Raise IamsqlError for a link, and for a file that is not UTF-8 text of at most 1 MiB.
    """
    if not path.exists() and not path.is_symlink():
        return None
    _require_inside(path, folder)
    return read_text(path)


def write_expected(path: Path, folder: Path, text: str) -> None:
    """Write a file of expected rows, atomically.

    Raise IamsqlError for a link, a path outside of the folder, and more than 1 MiB, which `read_expected` refuses.
    """
    _require_inside(path, folder)
    if len(text.encode()) > MAX_FILE_BYTES:
        raise IamsqlError(
            f"the rows for {path} take more than {MAX_FILE_BYTES >> 20} MiB\n"
            "Test a smaller answer: add a case with other parameters."
        )
    atomic_write(path, lambda stream: stream.write(text), follow=False)


def _require_inside(path: Path, folder: Path) -> None:
    if path.is_symlink() or leads_out(path.parent, folder):
        raise IamsqlError(
            f"{path} is a link, or outside of {folder}\nExpected rows are a regular file next to the query."
        )
