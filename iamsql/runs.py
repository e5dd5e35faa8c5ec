"""Where runs are kept and how people name one: latest, previous, an id or its beginning, or a path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from iamsql.model import IamsqlError, Result

STAMP = re.compile(r"(\d{8}T\d{6}Z)-")
ENDING = ".duckdb"
PARTIAL = ".partial"
FIRST = "Make one with: iamsql sync\nOr try a made-up organization: iamsql sync --demo"


@dataclass(frozen=True)
class RunFile:
    """A run as the folder shows it; a partial one was never finished and is never `latest`."""

    run_id: str
    path: Path
    started: datetime | None
    size: int
    partial: bool


def runs_folder(option: str | Path | None = None) -> Path:
    """Find the folder of runs: --runs, else IAMSQL_RUNS, else the platform's data folder."""
    if named := option or os.environ.get("IAMSQL_RUNS"):
        return Path(named).expanduser()
    from platformdirs import user_data_dir

    return Path(user_data_dir("iamsql", appauthor=False)) / "runs"


def list_runs(folder: Path) -> list[RunFile]:
    """List the runs of a folder, newest first, unfinished ones among them."""
    try:
        paths = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    except OSError as error:
        raise IamsqlError(f"Cannot read the runs folder {folder}: {error.strerror}.") from error
    found = [_run_file(path) for path in paths if path.name.removesuffix(PARTIAL).endswith(ENDING)]
    return sorted(found, key=lambda run: run.started or datetime.min.replace(tzinfo=UTC), reverse=True)


def table_of_runs(folder: Path) -> Result:
    """Show the runs of a folder as rows."""
    rows = [
        (run.run_id, run.started, "unfinished" if run.partial else "complete", run.size, str(run.path))
        for run in list_runs(folder)
    ]
    types = ("VARCHAR", "TIMESTAMP WITH TIME ZONE", "VARCHAR", "BIGINT", "VARCHAR")
    return Result(("run", "started_at", "state", "bytes", "path"), rows, types)


def resolve(folder: Path, name: str = "latest") -> Path:
    """Find the file that a --run option means."""
    runs = list_runs(folder)
    whole = [run for run in runs if not run.partial]
    if name in ("latest", "previous"):
        return _by_age(folder, name, [run for run in whole if run.started])
    if os.sep in name or name.endswith((ENDING, PARTIAL)) or Path(name).is_file():
        return _by_path(Path(name).expanduser(), folder)
    near = [run for run in runs if run.run_id == name] or [run for run in runs if run.run_id.startswith(name)]
    if len({run.path for run in near}) > 1:
        raise IamsqlError(
            f"{name} begins {len(near)} runs: {', '.join(run.run_id for run in near[:5])}.\nName more of it."
        )
    if not near:
        raise IamsqlError(f"There is no run {name} in {folder}.\n" + ("See them with: iamsql runs" if runs else FIRST))
    return _finished(near[0])


def _by_age(folder: Path, name: str, whole: list[RunFile]) -> Path:
    place = 0 if name == "latest" else 1
    if not whole:
        raise IamsqlError(f"There is no run yet in {folder}. {FIRST}")
    if place >= len(whole):
        raise IamsqlError(f"There is one run only in {folder}, and none before it: {whole[0].run_id}.")
    return whole[place].path


def _by_path(path: Path, folder: Path) -> Path:
    for one in (path, folder / path.name if len(path.parts) == 1 else path):
        if one.is_file():
            return one
    raise IamsqlError(f"There is no file {path}.\nSee the runs with: iamsql runs")


def _finished(run: RunFile) -> Path:
    if run.partial:
        raise IamsqlError(f"{run.run_id} was never finished.\nTo look into it all the same: --run {run.path}")
    return run.path


def _run_file(path: Path) -> RunFile:
    partial = path.name.endswith(PARTIAL)
    run_id = path.name.removesuffix(PARTIAL).removesuffix(ENDING)
    stamp = STAMP.match(run_id)
    return RunFile(run_id, path, _time(stamp[1]) if stamp else None, path.stat().st_size, partial)


def _time(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
