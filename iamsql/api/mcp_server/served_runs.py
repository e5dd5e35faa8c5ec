"""The runs that the server may read: runs of the runs folder that have the organization of the served run."""

from __future__ import annotations

from pathlib import Path

from iamsql.api import Run
from iamsql.model import IamsqlError
from iamsql.runs.directory import RunFile, folder_path, list_runs, openable, run_file
from iamsql.runs.latest import choose, same_organization
from iamsql.runs.run_names import BY_AGE
from iamsql.runs.status import RunStatus, iter_finished, run_status
from iamsql.runs.store.limits import with_limits

LATEST, PREVIOUS = BY_AGE
# One message for every reason: an assistant must not learn which files and runs exist elsewhere.
NO_COMPARABLE_RUN_MESSAGE = (
    "old is previous, or the ID of another run of this organization in the runs folder, and no such run can be compared.\n"
    "The IDs are the names of the files, without .duckdb. A person lists them with: iamsql runs"
)


class ServedRuns:
    """The runs that answers may come from."""

    def __init__(self, run: Run) -> None:
        """Read the run that is served; its status is None for a file that is not a run."""
        self._run, self._folder = run, run.settings.folder
        self._served_run = self._read_status(run.path)
        self._checked_files: list[
            tuple[Path, tuple[int, ...]]
        ] = []  # the files of the folder when they were last checked

    def require_same_organization(self) -> None:
        """Raise IamsqlError if the run that answers is now of another organization, or a link to a file elsewhere."""
        served_file = run_file(self._run.path)
        files = [(file.path, file.mark) for file in (*list_runs(self._folder), *([served_file] if served_file else []))]
        if self._served_run is None or files == self._checked_files:
            return
        newest = self._choose(self._run.name) if self._run.name in BY_AGE else self._run.path
        # the file of the run may have been replaced
        if not (self._is_inside(newest) or newest == self._run.path) or not self._is_served(newest):
            raise IamsqlError(
                f"The run {self._run.name} is now of another organization than the run that is served, or in another folder.\n"
                "A person starts the server again, with --run and the ID of a run."
            )
        self._checked_files = files

    def find_older(self, name: str) -> Path:
        """Return the run for `previous` or an ID. Raise IamsqlError, with the same message for every reason."""
        try:
            path = self._find_run(name)
        except IamsqlError:
            path = None
        if path is None or not self._is_inside(path) or not self._is_served(path):
            raise IamsqlError(NO_COMPARABLE_RUN_MESSAGE)
        return path

    def _find_run(self, name: str) -> Path | None:
        if name == PREVIOUS:
            return self._choose(PREVIOUS)
        if self._served_run is None:
            return None
        # The status of each run is read, and stored, so the time does not reveal which runs of other organizations exist.
        with with_limits(self._run.settings.limits):
            served_runs = {
                run.run_id: run.path
                for run, status in iter_finished(self._folder)
                if same_organization(self._served_run, (run, status))
            }
        return served_runs.get(name)

    def _choose(self, name: str) -> Path:
        with with_limits(self._run.settings.limits):
            return choose(self._folder, name).path

    def _is_inside(self, path: Path) -> bool:
        """Return whether a file is in the runs folder, and not a link to a file elsewhere."""
        return path.resolve().parent == folder_path(self._folder).resolve()

    def _is_served(self, path: Path) -> bool:
        known_run = self._read_status(path)
        return known_run is not None and self._served_run is not None and same_organization(self._served_run, known_run)

    def _read_status(self, path: Path) -> tuple[RunFile, RunStatus] | None:
        """Return a run and its status; None for a file that is not a run of iamsql."""
        source = openable(self._folder, path)
        file = run_file(path, None if isinstance(source, Path) else source)
        if file is None:
            return None
        with with_limits(self._run.settings.limits):
            status = run_status(file)
        return (file, status) if status.run_id else None
