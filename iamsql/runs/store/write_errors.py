"""Errors of DuckDB while a run file is written, with the next step. Items that were written before are not lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from iamsql.model import IamsqlError
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.open_new import MEMORY
from iamsql.runs.store.open_new import is_disk_full as is_disk_full


class OutOfMemoryError(IamsqlError):
    """DuckDB needs more memory than its limit to create the typed tables."""


class UnexpectedValueError(IamsqlError):
    """A value in a response has another type than AWS documents, such as a string where a list is expected."""


@contextmanager
def write_errors() -> Iterator[None]:
    """Raise IamsqlError if memory or disk space is insufficient, or if a value does not fit the type of its column.

    Raise KeyboardInterrupt for an interrupted statement.
    """
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) and not is_disk_full(error):
            raise OutOfMemoryError(
                f"The tables of the run need more than DuckDB's memory limit of {MEMORY}.\n"
                "Read fewer accounts at once with --account."
            ) from error
        message = str(error).partition("\n")[0]
        if isinstance(error, duckdb.ConversionException):
            raise UnexpectedValueError(
                f"A response contains a value that AWS does not return: {message}\nLeave out the response."
            ) from error
        if not isinstance(error, duckdb.IOException) and not is_disk_full(error):
            raise
        raise IamsqlError(
            f"The run file could not be written: {message}\n"
            "Free disk space and continue with `iamsql sync --resume`, or name another folder with --runs DIR."
        ) from error
