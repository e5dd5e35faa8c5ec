"""How people name a run: latest, previous, an id or its beginning, the day it started, or a path."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.directory import ENDING, FIRST, PARTIAL, RunFile, home, list_runs

DAY = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)(?:[T ](\d{2}(?::?\d{2}(?::?\d{2})?)?Z?)?)?", re.ASCII)
BY_AGE = ("latest", "previous")
LONGEST = 4096  # letters; no system takes a longer path
SHOWN = 60  # letters of a name that is repeated to the user


def resolve(folder: Path, name: str = "latest") -> Path:
    """Find the file that a --run option means; raise IamsqlError for a name that means none, or several.

    A day such as 2026-11-25, or an hour of it such as 2026-11-25T08, is the newest finished run that started in it (UTC).
    """
    _hold(name)
    runs = list_runs(folder)
    whole = [run for run in runs if not run.partial and run.started]
    if name in BY_AGE:
        return _by_age(folder, name, whole)
    if os.sep in name or name.endswith((ENDING, PARTIAL)) or _is_file(Path(name)):
        return _by_path(home(Path(name)), folder)
    if found := [run for run in runs if run.run_id == name] or [run for run in runs if run.run_id.startswith(name)]:
        return _only(name, found)
    if day := DAY.fullmatch(name):
        return _by_day(folder, name, day, whole)
    raise IamsqlError(f"There is no run {_short(name)} in {folder}{_near(name, runs)}")


def _hold(name: str) -> None:
    """Refuse what can be no name: nothing, control characters, and more letters than a path may have."""
    from iamsql.render import seen

    if not name.strip():
        raise IamsqlError("The name of the run is empty.\nName one as latest, previous, an id, a day or a path.")
    if len(name.encode(errors="surrogatepass")) > LONGEST:
        raise IamsqlError(f"The name of the run is too long: {_short(name)}\nSee the runs with: iamsql runs")
    if seen(name) != name:
        raise IamsqlError(f"{_short(name)} is no name of a run.\nSee the runs with: iamsql runs")


def _by_age(folder: Path, name: str, whole: Sequence[RunFile]) -> Path:
    place = BY_AGE.index(name)
    if not whole:
        raise IamsqlError(f"There is no run yet in {folder}. {FIRST}")
    if place >= len(whole):
        raise IamsqlError(f"There is one run only in {folder}, and none before it: {whole[0].run_id}.")
    return whole[place].path


def _by_path(path: Path, folder: Path) -> Path:
    for one in (path, folder / path.name if len(path.parts) == 1 else path):
        if _is_file(one):
            return one
    raise IamsqlError(f"There is no file {_short(str(path))}.\nSee the runs with: iamsql runs")


def _by_day(folder: Path, name: str, day: re.Match[str], whole: Sequence[RunFile]) -> Path:
    """Find the newest finished run that started on a day, or in an hour or minute of it."""
    stamp = day[1].replace("-", "") + ("T" + day[2].replace(":", "").removesuffix("Z") if day[2] else "")
    for run in whole:
        if run.run_id.startswith(stamp):
            return run.path
    days = sorted({f"{run.started:%Y-%m-%d}" for run in whole if run.started}, reverse=True)
    hint = f"Runs started on {', '.join(days[:5])}{' and earlier' if days[5:] else ''}." if days else FIRST
    raise IamsqlError(f"There is no finished run in {folder} that started on {name}.\n{hint}")


def _only(name: str, found: Sequence[RunFile]) -> Path:
    if len(found) > 1:
        ids = ", ".join(run.run_id for run in found[:5])
        raise IamsqlError(f"{_short(name)} begins {len(found)} runs: {ids}.\nName more of it.")
    return found[0].path


def _near(name: str, runs: Sequence[RunFile]) -> str:
    from iamsql.catalog.params import near

    close = near(name, [*BY_AGE, *dict.fromkeys(run.run_id for run in runs)]) if runs else ""
    return f"{close or '.'}\n" + ("See them with: iamsql runs" if runs else FIRST)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a part of it is too long
        return False


def _short(name: str) -> str:
    """Spell a name so that it cannot move the cursor, and shorter where it is long."""
    from iamsql.render import seen

    spelled = seen(name)
    return spelled if len(spelled) <= SHOWN else spelled[: SHOWN // 2] + "…" + spelled[-SHOWN // 3 :]
