"""Lock a runs folder: for a short time to choose the name of a run, to resume a partial run, to prune; for a whole pipeline.

The operating system releases the lock when the process ends. The file `.lock` stays, and its existence means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from iamsql.model import IamsqlError
from iamsql.runs.store.open_new import private_folder

LOCK_FILE_NAME = ".lock"


@contextmanager
def folder_lock(folder: Path, wait: float = 10.0, name: str = LOCK_FILE_NAME) -> Iterator[None]:
    """Lock a runs folder in a `with` statement; create the folder if necessary. Locks with other names are independent.

    Raise IamsqlError if another process holds the lock for `wait` seconds, or if the folder cannot be locked. A thread cannot
    acquire it twice.
    """
    problem = f"Another iamsql process has locked the runs folder {folder} for {wait:g} seconds.\nTry again later."
    with _acquire(folder, name, wait, problem):
        yield


@contextmanager
def exclusive_lock(folder: Path, name: str, command: str) -> Iterator[None]:
    """Hold the lock file `name` of a runs folder in a `with` statement, so one process at a time executes `command`.

    Raise IamsqlError at once if another process holds it, or if the folder cannot be locked.
    """
    problem = f"Another `{command}` is using the runs folder {folder}.\nWait until it has finished, or use --runs DIR."
    with _acquire(folder, name, 0, problem):
        yield


@contextmanager
def _acquire(folder: Path, name: str, wait: float, problem: str) -> Iterator[None]:
    """Hold a lock file. Raise IamsqlError with `problem` if another process holds it for `wait` seconds."""
    private_folder(folder)
    # A soft lock, which is a mere file, would remain after its process is killed.
    lock = FileLock(folder / name, timeout=wait, mode=0o600, fallback_to_soft=False)
    try:
        locked = lock.acquire()
    except Timeout:
        raise IamsqlError(problem) from None
    except (OSError, NotImplementedError) as error:
        message = getattr(error, "strerror", None) or str(error)
        raise IamsqlError(
            f"The runs folder {folder} cannot be locked: {message}.\nUse a disk that supports locks: --runs DIR."
        ) from error
    with locked:
        yield
