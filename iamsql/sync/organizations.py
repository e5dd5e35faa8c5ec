"""Sync each organization of the configuration in its own process, and return the run that each process wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamsql.catalog.settings.processes import LineCallback, OrganizationResult, exit_code, run_organizations
from iamsql.model import Result
from iamsql.runs.directory import list_runs

COLUMNS = ("organization", "exit_code", "run", "error")
Marks = dict[Path, tuple[int, ...]]


@dataclass(frozen=True)
class SyncsResult:
    """A row for each organization (name, exit code, run file, error), and the exit code of the command."""

    result: Result
    exit_code: int


def sync_organizations(
    arguments: Sequence[str],
    folders: Mapping[str, Path],
    jobs: int,
    on_line: LineCallback,
    environment: Mapping[str, str],
    *,
    run: Callable[..., list[OrganizationResult]] = run_organizations,
) -> SyncsResult:
    """Sync the organizations, `jobs` at a time. `arguments`: the options of each sync. `folders`: the runs folders by name."""
    before = {name: _marks_by_path(folder) for name, folder in folders.items()}
    results = run(["sync", *arguments], list(folders), jobs, on_line, environment)
    rows = [
        (item.name, item.exit_code, _newest_new_run(folders[item.name], before[item.name]), item.error)
        for item in results
    ]
    return SyncsResult(Result(COLUMNS, rows, ("VARCHAR", "INTEGER", "VARCHAR", "VARCHAR")), exit_code(results))


def _marks_by_path(folder: Path) -> Marks:
    return {run.path: run.mark for run in list_runs(folder)}


def _newest_new_run(folder: Path, before: Marks) -> str | None:
    """Return the path of the newest run that was finished since; None if there is none."""
    new = [run.path for run in list_runs(folder) if not run.partial and before.get(run.path) != run.mark]
    return str(new[0]) if new else None
