"""One lock a runs folder, held for moments: to choose a run's name, to claim a partial, to prune.

The system lets go of it when its holder dies, however that was; the file `.lock` stays and means nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from iamsql.model import IamsqlError
from iamsql.store.open_new import private_folder

NAME = ".lock"


@contextmanager
def folder_lock(folder: Path, wait: float = 10.0) -> Iterator[None]:
    """Hold the lock of a runs folder, which is made where there is none.

    Raise IamsqlError when another process has it for `wait` seconds, and where no lock can be had at all. One thread
    cannot take it twice.
    """
    private_folder(folder)
    lock = FileLock(folder / NAME, timeout=wait, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise IamsqlError(
            f"Another iamsql has held the runs folder {folder} for {wait:g} seconds.\nTry again when it is done."
        ) from None
    except (OSError, NotImplementedError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise IamsqlError(
            f"The runs folder {folder} cannot be locked: {words}.\nName another, on a disk that takes locks, with --runs DIR."
        ) from error
    try:
        yield
    finally:
        lock.release()
