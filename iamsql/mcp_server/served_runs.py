"""The runs that the server reads: those of the runs folder, and of the organization of the run that it was started with."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from iamsql.api import Run
from iamsql.model import IamsqlError
from iamsql.runs.directory import RunFile, list_runs, run_file
from iamsql.runs.latest import choose, same_organization
from iamsql.runs.run_names import BY_AGE
from iamsql.runs.status import RunStatus, run_status
from iamsql.store.limits import with_limits

LATEST, PREVIOUS = BY_AGE
# One message for every reason: an assistant must not learn which files and runs exist elsewhere.
NO_RUN = (
    "old is previous, or the ID of another run of this organization in the runs folder, and no such run can be compared.\n"
    "The IDs are the names of the files, without .duckdb. A person lists them with: iamsql runs"
)


class ServedRuns:
    """The runs that answers may come from."""

    def __init__(self, run: Run) -> None:
        """Take the run that is served."""
        self._run, self._folder = run, run.settings.folder

    @cached_property
    def _served(self) -> tuple[RunFile, RunStatus] | None:
        """The run that the server was started with; None for a file that is not a run."""
        return self._status(self._run.path)

    def require_same_organization(self) -> None:
        """Raise IamsqlError if the newest run of the folder, which `latest` would now select, is of another organization."""
        if self._run.name not in BY_AGE or self._served is None:
            return
        with with_limits(self._run.settings.limits):
            newest = choose(self._folder, self._run.name).path
        if newest != self._run.path and not self._is_served(newest):
            raise IamsqlError(
                f"The run {self._run.name} is now of another organization than the run that is served.\n"
                "A person starts the server again, with --run and the ID of a run."
            )

    def older(self, name: str) -> Path:
        """Return the run for `previous` or an ID. Raise IamsqlError, with the same message for every reason."""
        try:
            path = self._named(name)
        except IamsqlError:
            path = None
        if path is None or not self._is_inside(path) or not self._is_served(path):
            raise IamsqlError(NO_RUN)
        return path

    def _named(self, name: str) -> Path | None:
        if name == PREVIOUS:
            with with_limits(self._run.settings.limits):
                return choose(self._folder, PREVIOUS).path
        return next((run.path for run in list_runs(self._folder) if run.run_id == name and not run.partial), None)

    def _is_inside(self, path: Path) -> bool:
        """Return whether a file is in the runs folder, and not a link to a file elsewhere."""
        return path.resolve().parent == self._folder.resolve()

    def _is_served(self, path: Path) -> bool:
        found = self._status(path)
        return found is not None and self._served is not None and same_organization(self._served, found)

    def _status(self, path: Path) -> tuple[RunFile, RunStatus] | None:
        """Return a run and its status; None for a file that is not a run of iamsql."""
        file = run_file(path)
        if file is None:
            return None
        with with_limits(self._run.settings.limits):
            status = run_status(file)
        return (file, status) if status.run_id else None
