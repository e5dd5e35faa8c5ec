"""Errors of DuckDB while a run is written, as sentences with the next step; nothing that was landed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from iamsql.model import IamsqlError
from iamsql.store.open_new import MEMORY

DISK = ("Could not write", "No space left", "offload")  # in DuckDB's errors about a disk that takes no more


class OutOfMemory(IamsqlError):
    """DuckDB needs more memory than it has for the tables of a run; a disk that is full is another error."""


@contextmanager
def explained() -> Iterator[None]:
    """Raise IamsqlError where memory or disk do not suffice, and KeyboardInterrupt for a statement that was interrupted."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) and not is_of_the_disk(error):
            raise OutOfMemory(
                f"The tables of the run need more than the {MEMORY} of memory that DuckDB has to make them.\n"
                "Read fewer accounts at once with --account."
            ) from error
        if not isinstance(error, duckdb.IOException) and not is_of_the_disk(error):
            raise
        words = str(error).partition("\n")[0]
        raise IamsqlError(
            f"The run file could not be written: {words}\n"
            "Make room and go on with `iamsql sync --resume`, or name another folder with --runs DIR."
        ) from error


def is_of_the_disk(error: BaseException) -> bool:
    """Return whether DuckDB says that the disk takes no more; a commit that fails for that is no IOException."""
    return any(sign in str(error) for sign in DISK)
