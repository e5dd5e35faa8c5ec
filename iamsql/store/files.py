"""A run file on the disk: the folder it stands in, and how a new one is opened, both for their owner alone."""

from __future__ import annotations

from pathlib import Path

import duckdb

from iamsql.model import IamsqlError
from iamsql.sqltext import literal
from iamsql.store.folders import copy_new, require_free, require_private

STORAGE = "v1.2.0"
ENGINE = duckdb.__version__
MEMORY = "768MB"  # 54,000 roles, each with documents of its own, take more than 640 to be shaped
ROWS = 4_096  # in a row group: events are wide, and a group waits in memory until it is full


def private_folder(folder: Path) -> None:
    """Make the runs folder for its owner alone, where there is none; raise IamsqlError when that cannot be.

    A folder that everybody can write is refused.
    """
    try:
        if not folder.is_dir():  # what somebody else made keeps its mode
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        raise IamsqlError(
            f"Cannot write the runs folder {folder}: {error.strerror}.\nName another with --runs DIR."
        ) from error
    require_private(folder)


def attach(partial: Path, template: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open a new file, empty or a copy of another, readable by DuckDB 1.2 and later, seen by nobody but its owner.

    Its log is a file that comes later: the caller keeps the umask while it writes.
    """
    con = duckdb.connect(":memory:", config={"memory_limit": MEMORY, "temp_directory": str(partial) + ".tmp"})
    made = False
    try:
        require_free(partial)
        if template:
            copy_new(template, partial)
            made = True
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        con.execute(
            f"attach {literal(partial)} as r (storage_version '{STORAGE}', block_size 16384, row_group_size {ROWS})"
        )
        con.execute("use r")
    except (OSError, duckdb.Error) as error:
        con.close()
        if made:
            partial.unlink(missing_ok=True)
        raise IamsqlError(
            f"Cannot write {partial}: {str(error).splitlines()[0]}\nName another folder with --runs DIR."
        ) from error
    return con


def fold(path: Path) -> None:
    """Write what stands in a file's log into the file itself, so that it is one file; raise IamsqlError where it is in use."""
    con = duckdb.connect(":memory:")
    try:
        con.execute(f"attach {literal(path)} as r")
        con.execute("checkpoint r")
    except duckdb.Error as error:
        raise IamsqlError(
            f"{path} cannot be taken up: {str(error).splitlines()[0]}\nIf a sync is writing it, wait until it is done."
        ) from error
    finally:
        con.close()


def opens(path: Path) -> bool:
    """Tell whether a file can be opened as DuckDB's."""
    with duckdb.connect(":memory:") as con:
        try:
            con.execute(f"attach {literal(path)} as r (read_only)")
        except duckdb.Error:
            return False
    return True
