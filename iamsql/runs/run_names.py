"""Resolve the name of a run: latest, previous, an ID or its prefix, the day of its start, or a path."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from iamsql.catalog.params import did_you_mean
from iamsql.escaping import printable
from iamsql.model import IamsqlError
from iamsql.runs.directory import (
    HOW_TO_MAKE_A_RUN,
    MERGE_HINT,
    PARTIAL_SUFFIX,
    RUN_SUFFIX,
    Folder,
    RunFile,
    expand_user,
    folder_path,
    list_runs,
)

DAY_PATTERN = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)(?:[T ](\d{2}(?::?\d{2}(?::?\d{2})?)?Z?)?)?", re.ASCII)
BY_AGE = ("latest", "previous")
MAX_PATH_BYTES = 4096  # no operating system supports a longer path
MAX_CHARACTERS = 60  # characters of a name in an error


def resolve(folder: Folder, name: str = "latest") -> Path:
    """Return the file for a --run option; raise IamsqlError for a name that no run, or more than one, has.

    A day such as 2026-11-25, or an hour such as 2026-11-25T08, is the newest finished run that started in it (UTC).
    """
    _validate(name)
    runs, folder = list_runs(folder), folder_path(folder)
    finished = [run for run in runs if not run.partial and run.started and not run.is_shard]
    if name in BY_AGE:
        if runs and all(run.is_shard for run in runs):
            raise IamsqlError(f"{folder} has only shards of runs.\n{MERGE_HINT}")
        return _select_by_age(folder, name, finished)
    if os.sep in name or name.endswith((RUN_SUFFIX, PARTIAL_SUFFIX)) or _is_file(Path(name)):
        return _find_file(expand_user(Path(name)), folder)
    if matches := [run for run in runs if run.run_id == name] or [run for run in runs if run.run_id.startswith(name)]:
        return _single_path(name, matches)
    if day := DAY_PATTERN.fullmatch(name):
        return _select_by_day(folder, name, day, finished)
    raise IamsqlError(f"There is no run {_shorten_name(name)} in {folder}{_next_step(name, runs)}")


def _validate(name: str) -> None:
    """Raise IamsqlError for a name that is empty, too long, or contains control characters."""
    if not name.strip():
        raise IamsqlError("The name of the run is empty.\nUse latest, previous, an ID, a day or a path.")
    if len(name.encode(errors="surrogatepass")) > MAX_PATH_BYTES:
        raise IamsqlError(f"The name of the run is too long: {_shorten_name(name)}\nList the runs with: iamsql runs")
    if printable(name) != name:
        raise IamsqlError(f"{_shorten_name(name)} is not the name of a run.\nList the runs with: iamsql runs")


def _select_by_age(folder: Path, name: str, finished: Sequence[RunFile]) -> Path:
    index = BY_AGE.index(name)
    if not finished:
        raise IamsqlError(f"There is no run yet in {folder}. {HOW_TO_MAKE_A_RUN}")
    if index >= len(finished):
        raise IamsqlError(f"{folder} has only one run, {finished[0].run_id}.")
    return finished[index].path


def _find_file(path: Path, folder: Path) -> Path:
    for candidate in (path, folder / path.name if len(path.parts) == 1 else path):
        if _is_file(candidate):
            return candidate
    raise IamsqlError(f"There is no file {_shorten_name(str(path))}.\nList the runs with: iamsql runs")


def _select_by_day(folder: Path, name: str, day: re.Match[str], finished: Sequence[RunFile]) -> Path:
    """Return the newest finished run that started on a day, or in an hour or minute of it."""
    stamp = day[1].replace("-", "") + ("T" + day[2].replace(":", "").removesuffix("Z") if day[2] else "")
    for run in finished:
        if run.run_id.startswith(stamp):
            return run.path
    days = sorted({f"{run.started:%Y-%m-%d}" for run in finished if run.started}, reverse=True)
    hint = f"Runs started on {', '.join(days[:5])}{' and earlier' if days[5:] else ''}." if days else HOW_TO_MAKE_A_RUN
    raise IamsqlError(f"There is no finished run in {folder} that started on {name}.\n{hint}")


def _single_path(name: str, runs: Sequence[RunFile]) -> Path:
    if len(runs) > 1:
        ids = ", ".join(run.run_id for run in runs[:5])
        raise IamsqlError(f"{_shorten_name(name)} is the prefix of {len(runs)} runs: {ids}.\nSpecify more characters.")
    return runs[0].path


def _next_step(name: str, runs: Sequence[RunFile]) -> str:
    close = did_you_mean(name, [*BY_AGE, *dict.fromkeys(run.run_id for run in runs)]) if runs else ""
    return f"{close or '.'}\n" + ("List the runs with: iamsql runs" if runs else HOW_TO_MAKE_A_RUN)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name in the path is too long
        return False


def _shorten_name(name: str) -> str:
    """Return a name without control characters, shortened if it is long."""
    text = printable(name)
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS // 2] + "…" + text[-MAX_CHARACTERS // 3 :]
