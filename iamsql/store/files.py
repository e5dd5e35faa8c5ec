"""A run file on the disk: the folder it stands in, and how a new one is opened, both for their owner alone."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from iamsql.model import IamsqlError
from iamsql.sqltext import literal
from iamsql.store.connection import Access, AttachError, Attachment, connect
from iamsql.store.folders import copy_new, make_private, require_free, require_private

STORAGE = "v1.2.0"
ENGINE = duckdb.__version__
MEMORY = "768MB"  # 54,000 roles, each with documents of its own, take more than 640 to be shaped
ROWS = 4_096  # in a row group: events are wide, and a group waits in memory until it is full
FOLDING = (f"set memory_limit = '{MEMORY}'",)


def private_folder(folder: Path) -> None:
    """Make the runs folder for its owner alone, where there is none; raise IamsqlError when that cannot be.

    A folder that everybody can write is refused.
    """
    try:
        if not folder.is_dir():  # what somebody else made keeps its mode
            make_private(folder)
    except OSError as error:
        raise IamsqlError(
            f"Cannot write the runs folder {folder}: {error.strerror}.\nName another with --runs DIR."
        ) from error
    require_private(folder)


class Template(NamedTuple):
    """The file that a run file begins as, and its SHA-256."""

    path: Path
    sha256: str


def attach(
    partial: Path,
    template: Template | None = None,
    settings: Sequence[str] = (),
    folders: Sequence[Path] = (),
    *,
    is_new: bool = True,
) -> duckdb.DuckDBPyConnection:
    """Open a new file, empty or a copy of another, readable by DuckDB 1.2 and later, for its owner alone.

    SQL reaches the folder of the file and the further `folders`, and nothing else. DuckDB creates its log later: the caller
    keeps the umask while it writes. A file that this process has begun is opened again where `is_new` is false.
    """
    options = f"storage_version '{STORAGE}', block_size 16384, row_group_size {ROWS}"
    usual = (f"set memory_limit = '{MEMORY}'", f"set temp_directory = {literal(f'{partial}.tmp')}")
    made = False
    try:
        if is_new:
            require_free(partial)
        if template:
            digest = copy_new(template.path, partial)
            made = True
            if digest != template.sha256:  # it is not read afterwards: closing it again would release DuckDB's lock
                raise OSError(errno.ESTALE, f"{template.path} was changed while it was copied")
        connection = connect(
            attach=[Attachment(partial, "r", options)],
            settings=(*usual, *settings),
            access=Access(folders=[partial.parent.resolve(), *folders]),
        )
    except (OSError, AttachError) as error:
        if made:
            partial.unlink(missing_ok=True)
        raise IamsqlError(
            f"Cannot write {partial}: {str(error).splitlines()[0]}\nName another folder with --runs DIR."
        ) from error
    connection.execute("use r")
    return connection


def fold(path: Path) -> None:
    """Write what stands in a file's log into the file itself, so that it is one file; raise IamsqlError where it is in use."""
    try:
        access = Access(folders=[path.parent.resolve()])
        with connect(attach=[Attachment(path, "r", "read_write")], settings=FOLDING, access=access) as connection:
            connection.execute("checkpoint r")
    except (AttachError, duckdb.Error) as error:
        raise IamsqlError(
            f"{path} cannot be taken up: {str(error).splitlines()[0]}\nIf a sync is writing it, wait until it is done."
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal; read it in chunks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
