"""Create a run file that DuckDB 1.2 and later can read, in a folder and with a mode that give access to its owner only."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from iamsql.model import IamsqlError
from iamsql.render.files import make_private
from iamsql.runs.private_files import copy_new, require_free, require_private
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.sandbox import Access, AttachError, Attachment, connect
from iamsql.sqltext import literal

STORAGE = "v1.2.0"
ENGINE = duckdb.__version__
MEMORY = "512MB"  # with 300 MB for the rest of the process, 1,000 accounts of 1,000 users are read within 1 GiB
THREADS = 4  # each needs up to 100 MB, because its JSON functions store the parsed items of a chunk of rows
DISK_FULL = ("Could not write", "No space left", "offload")  # in DuckDB's messages about a full disk
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
ROW_GROUP_SIZE = 4_096  # rows: events are wide, and a row group stays in memory until it is full
CHECKPOINT = (f"set memory_limit = '{MEMORY}'",)


def private_folder(folder: Path) -> None:
    """Create the runs folder with mode 0700 unless it exists.

    Raise IamsqlError if it cannot be created, and for a folder that everyone can write.
    """
    try:
        if not folder.is_dir():  # an existing folder keeps its mode
            make_private(folder)
    except OSError as error:
        raise IamsqlError(
            f"Cannot write the runs folder {folder}: {error.strerror}.\nName another with --runs DIR."
        ) from error
    require_private(folder)


class Template(NamedTuple):
    """The file that a new run file is a copy of, and its SHA-256."""

    path: Path
    sha256: str


def open_new(
    partial: Path,
    template: Template | None = None,
    settings: Sequence[str] = (),
    folders: Sequence[Path] = (),
    *,
    is_new: bool = True,
) -> duckdb.DuckDBPyConnection:
    """Create a file, empty or a copy of the template, and return a connection that writes it as the database `r`.

    SQL can read the folder of the file and `folders`, and nothing else. DuckDB creates its log later, so the caller keeps
    the umask while it writes. `is_new` is false to open a file again that this process has created. Raise IamsqlError.
    """
    # Most tables are small, and each that has rows takes at least one block: 256 KiB by default.
    options = f"storage_version '{STORAGE}', block_size 16384, row_group_size {ROW_GROUP_SIZE}"
    defaults = (
        f"set memory_limit = '{MEMORY}'",
        f"set threads = {min(THREADS, os.cpu_count() or 1)}",
        f"set temp_directory = {literal(f'{partial}.tmp')}",
        # These depend on the number of rows.
        "set allowed_configs = ['disabled_compression_methods', 'enable_optimizer']",
    )
    copied = False
    try:
        if is_new:
            require_free(partial)
        if template:
            digest = copy_new(template.path, partial)
            copied = True
            if digest != template.sha256:  # reading the copy again and closing it would release DuckDB's lock
                raise OSError(errno.ESTALE, f"{template.path} was changed while it was copied")
        connection = connect(
            attach=[Attachment(partial, "r", options)],
            settings=(*defaults, *settings),
            access=Access(folders=[partial.parent.resolve(), *folders]),
        )
    except (OSError, AttachError) as error:
        if copied:
            partial.unlink(missing_ok=True)
        first = "Free some space, or name" if is_disk_full(error) else "Name"
        raise IamsqlError(
            f"Cannot write {partial}: {str(error).splitlines()[0]}\n{first} another folder with --runs DIR."
        ) from error
    connection.execute("use r")
    return connection


def is_disk_full(error: BaseException) -> bool:
    """Return whether a full disk caused an error of the system, or of DuckDB, whose commit then fails without an IOException."""
    return getattr(error, "errno", None) in NO_SPACE or any(sign in str(error) for sign in DISK_FULL)


def checkpoint(path: Path) -> None:
    """Write the log of a file into the file itself. Raise IamsqlError if another process has it open."""
    try:
        access = Access(folders=[path.parent.resolve()])
        with connect(attach=[Attachment(path, "r", "read_write")], settings=CHECKPOINT, access=access) as connection:
            connection.execute("checkpoint r")
    except (AttachError, duckdb.Error) as error:
        raise IamsqlError(
            f"{path} cannot be resumed: {str(error).splitlines()[0]}\nIf a sync is writing it, wait until the sync is done."
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
