"""List the runs folder by its file names, without opening a run. A file that disappears at the same time is not an error."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from platformdirs import user_data_dir

from iamsql.model import IamsqlError
from iamsql.runs.private_files import is_open_to_all
from iamsql.runs.store.source import Openable, RunSource

TIMESTAMP_PATTERN = re.compile(r"(\d{8}T\d{6}Z)-")
# Ends the ID of a run file with the data of some accounts, which `runs merge` makes a run of.
SHARD_SUFFIX_PATTERN = re.compile(r"-shard-\d{1,4}-of-\d{1,4}$", re.ASCII)
RUN_SUFFIX = ".duckdb"
PARTIAL_SUFFIX = ".partial"
MERGE_HINT = "Merge them with: iamsql runs merge"
HOW_TO_MAKE_A_RUN = "Make a run with: iamsql sync\nOr try the sample organization: iamsql sync --demo"


@dataclass(frozen=True)
class RunsFolder:
    """A runs folder. The source of each path writes its file when the file is opened."""

    path: Path
    sources: Mapping[Path, RunSource]


Folder = Path | RunsFolder


@dataclass(frozen=True)
class RunFile:
    """A run file in the folder. A partial run was not finished and is never `latest`.

    `size` is in bytes; `mark` changes when the file changes. `source` writes the file when it is opened; None for a file that
    exists.
    """

    run_id: str
    path: Path
    started: datetime | None
    size: int
    partial: bool
    mark: tuple[int, ...] = ()
    source: RunSource | None = field(default=None, compare=False, repr=False)

    @property
    def openable(self) -> Openable:
        """Return what opens the run."""
        return self.source or self.path

    @property
    def is_shard(self) -> bool:
        """Return whether the file is named as a shard of a run, which is never `latest`."""
        return SHARD_SUFFIX_PATTERN.search(self.run_id) is not None

    @property
    def owner(self) -> str:
        """Return the organization or account in the run ID."""
        return SHARD_SUFFIX_PATTERN.sub("", self.run_id.partition("-")[2])


def runs_folder(option: str | Path | None = None) -> Path:
    """Return the runs folder: the option --runs, otherwise IAMSQL_RUNS, otherwise the platform's data folder."""
    if path := option or os.environ.get("IAMSQL_RUNS"):
        return expand_user(Path(path))
    return Path(user_data_dir("iamsql", appauthor=False)) / "runs"


def expand_user(path: Path) -> Path:
    """Expand ~ in a path, unless the user has no home folder."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def folder_path(folder: Folder) -> Path:
    """Return the path of a runs folder."""
    return folder if isinstance(folder, Path) else folder.path


def openable(folder: Folder, path: Path) -> Openable:
    """Return the source of a run file in the folder; the path itself if the file has no source."""
    return path if isinstance(folder, Path) else folder.sources.get(path, path)


def list_runs(folder: Folder) -> list[RunFile]:
    """Return the runs of a folder, newest first, including unfinished ones."""
    sources = {} if isinstance(folder, Path) else folder.sources
    folder = folder_path(folder)
    try:
        paths = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    except FileNotFoundError:
        paths = []
    except (OSError, ValueError) as error:
        message = getattr(error, "strerror", None) or str(error)
        raise IamsqlError(f"Cannot read the runs folder {folder}: {message}.") from error
    run_paths = (path for path in paths if path.name.removesuffix(PARTIAL_SUFFIX).endswith(RUN_SUFFIX))
    # A partial run may have been finished, and renamed, since the folder was read.
    runs = (run_file(path, sources.get(path)) or run_file(file_name(path)) for path in run_paths)
    unique_runs = {run.path: run for run in runs if run}.values()
    earliest_time = datetime.min.replace(tzinfo=UTC)
    entries_by_age = sorted(
        ((run.started or earliest_time, run.path.name, run) for run in unique_runs), key=itemgetter(0, 1), reverse=True
    )
    return [run for *_, run in entries_by_age]


def exposed_folder_warnings(folder: Folder, path: Path | None = None) -> list[str]:
    """Return a warning if everyone can write the folder; [] otherwise, or if the run at `path` is elsewhere."""
    folder = folder_path(folder)
    if (path is not None and path.parent != folder) or not is_open_to_all(folder):
        return []
    return [f"Everyone can write the runs folder {folder}: its runs may be somebody else's. See: chmod o-w"]


def file_name(path: Path) -> Path:
    """Return the path of a partial run after it is finished."""
    return path.with_name(path.name.removesuffix(PARTIAL_SUFFIX))


def run_file(path: Path, source: RunSource | None = None) -> RunFile | None:
    """Return the run of a path, with its source if it has one; None if the file does not exist."""
    try:
        status = path.stat()
    except OSError:  # deleted, or a link to nothing
        return None
    if not path.is_file():
        return None
    run_id, started = path.name.removesuffix(PARTIAL_SUFFIX).removesuffix(RUN_SUFFIX), None
    with suppress(ValueError):  # a stamp that is not a time
        started = datetime.fromisoformat(stamp[1]) if (stamp := TIMESTAMP_PATTERN.match(run_id)) else None
    mark = (status.st_size, status.st_mtime_ns, status.st_ino)
    return RunFile(run_id, path, started, status.st_size, path.name.endswith(PARTIAL_SUFFIX), mark, source)


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file of at most `limit` bytes. Raise OSError for a link, ValueError for another file.

    Anyone who can write the folder can put a link, a pipe or a device there. Opening a pipe must not wait.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            raise ValueError(path.name)
        return stream.read(max_bytes)
