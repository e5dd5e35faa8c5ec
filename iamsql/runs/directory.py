"""The folder of runs as its file names show it: nothing is opened, and a file that vanishes meanwhile is no error."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.store.folders import is_open_to_all

STAMP = re.compile(r"(\d{8}T\d{6}Z)-")
ENDING = ".duckdb"
PARTIAL = ".partial"
FIRST = "Make one with: iamsql sync\nOr try a made-up organization: iamsql sync --demo"


@dataclass(frozen=True)
class RunFile:
    """A run as the folder shows it; a partial one was never finished and is never `latest`.

    `size` is in bytes; `mark` changes when the file does.
    """

    run_id: str
    path: Path
    started: datetime | None
    size: int
    partial: bool
    mark: tuple[int, ...] = ()


def runs_folder(option: str | Path | None = None) -> Path:
    """Find the folder of runs: --runs, else IAMSQL_RUNS, else the platform's data folder."""
    if named := option or os.environ.get("IAMSQL_RUNS"):
        return home(Path(named))
    from platformdirs import user_data_dir

    return Path(user_data_dir("iamsql", appauthor=False)) / "runs"


def home(path: Path) -> Path:
    """Put the user's folder in the place of ~; one of nobody stays as it is."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def list_runs(folder: Path) -> list[RunFile]:
    """List the runs of a folder, newest first, unfinished ones among them."""
    try:
        paths = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    except FileNotFoundError:
        paths = []
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise IamsqlError(f"Cannot read the runs folder {folder}: {words}.") from error
    found = {run.path: run for path in paths if _is_named_so(path) for run in _seen(path)}
    return sorted(found.values(), key=age, reverse=True)


def exposed(folder: Path, path: Path | None = None) -> list[str]:
    """Return a line where everybody can write the folder, and so the run at `path` where it is given; else nothing."""
    if (path is not None and path.parent != folder) or not is_open_to_all(folder):
        return []
    return [f"Everybody can write the runs folder {folder}: its runs may be somebody else's. See: chmod o-w"]


def age(run: RunFile) -> tuple[datetime, str]:
    """Give what runs are put in order by: the start that their names tell, then the name."""
    return run.started or datetime.min.replace(tzinfo=UTC), run.path.name


def whole_name(path: Path) -> Path:
    """Give the name that a partial gets when it is finished."""
    return path.with_name(path.name.removesuffix(PARTIAL))


def _is_named_so(path: Path) -> bool:
    return path.name.removesuffix(PARTIAL).endswith(ENDING)


def _seen(path: Path) -> Iterator[RunFile]:
    """Yield the run of a path, or what has become of it: a partial may just have got its name."""
    for one in dict.fromkeys((path, whole_name(path))):
        run = run_file(one)
        if run:
            yield run
            return


def run_file(path: Path) -> RunFile | None:
    """Tell a file by its name, or that it is none any more."""
    try:
        seen = path.stat()
    except OSError:  # gone, or a link to nothing
        return None
    if not path.is_file():
        return None
    run_id = whole_name(path).name.removesuffix(ENDING)
    stamp = STAMP.match(run_id)
    mark = (seen.st_size, seen.st_mtime_ns, seen.st_ino)
    return RunFile(run_id, path, _time(stamp[1]) if stamp else None, seen.st_size, path.name.endswith(PARTIAL), mark)


def _time(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
