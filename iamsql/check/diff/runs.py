"""The runs of one organization in a folder, with their accounts and scopes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.coverage.not_collected import find_uncollected
from iamsql.runs.coverage.scope import Scope, run_scope
from iamsql.runs.directory import Folder, list_runs
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.source import Openable, run_path


@dataclass(frozen=True, eq=False)
class Run:
    """A run and its metadata, start, accounts and scope."""

    source: Openable
    metadata: RunMetadata
    started: datetime
    accounts: frozenset[str]
    scope: Scope

    @property
    def path(self) -> Path:
        """Return the path of the run file."""
        return run_path(self.source)

    def is_of(self, other: Run) -> bool:
        """Return whether two runs are of the same organization or, if one of them has no organization ID, share an account."""
        own_id, other_id = self.metadata.organization_id, other.metadata.organization_id
        return own_id == other_id if own_id and other_id else bool(self.accounts & other.accounts)


def read_run(source: Openable) -> Run:
    """Read the metadata of a run. Raise IamsqlError for a file that is not a run."""
    with closing(open_run(source)) as reader:
        metadata = reader.metadata
        if not metadata.run_id or metadata.started_at is None:
            raise IamsqlError(f"{run_path(source)} is not a run of iamsql.\nList the runs with: iamsql runs")
        accounts = reader.run("select account_id from iamsql.accounts").rows
        account_ids = frozenset(account_id for (account_id,) in accounts)
        return Run(source, metadata, metadata.started_at, account_ids, run_scope(reader, find_uncollected(reader)))


def find_history(folder: Folder, run: Run, *more: Run) -> tuple[list[Run], list[str]]:
    """Return these runs and the finished runs of the same organization in a folder, latest first.

    The second value has a line for each file that is not included.
    """
    # The runs to compare may be in another folder, or be reached through a link.
    runs: dict[Path, Run] = {other_run.path.resolve(): other_run for other_run in (run, *more)}
    reasons = []
    for file in list_runs(folder):
        if file.partial:
            reasons.append(f"{file.path.name}: never finished")
        elif file.path.resolve() not in runs:
            try:
                other_organization_run = read_run(file.openable)
            except IamsqlError as error:
                reasons.append(f"{file.path.name}: {str(error).splitlines()[0]}")
                continue
            if other_organization_run.is_of(run):
                runs[file.path.resolve()] = other_organization_run
            else:
                reasons.append(f"{file.path.name}: of another organization")
    return sorted(runs.values(), key=lambda other_run: other_run.started, reverse=True), reasons
