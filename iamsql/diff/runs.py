"""The runs of one organization in a folder, and the findings of each run, which are computed once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from iamsql.coverage.scope import Scope, scope_of
from iamsql.diff.findings import FindingSet, FindingSource
from iamsql.model import IamsqlError
from iamsql.runs import list_runs
from iamsql.store.metadata import RunMetadata
from iamsql.store.reader import open_run


@dataclass(frozen=True)
class Run:
    """A run file and its metadata, accounts and scope."""

    path: Path
    facts: RunMetadata
    accounts: frozenset[str]
    scope: Scope

    @property
    def started(self) -> datetime:
        """Return the start of the run. Raise IamsqlError for a file that has none."""
        if self.facts.started_at is None:
            raise IamsqlError(f"{self.path} is not a run of iamsql.\nList the runs with: iamsql runs")
        return self.facts.started_at

    def is_of(self, other: Run) -> bool:
        """Return whether two runs are of the same organization or, if one of them has no organization ID, share an account."""
        mine, others = self.facts.organization_id, other.facts.organization_id
        return mine == others if mine and others else bool(self.accounts & other.accounts)


def read_run(path: Path) -> Run:
    """Read the metadata of a run file. Raise IamsqlError for a file that is not a run."""
    with closing(open_run(path)) as reader:
        if not reader.facts.run_id:
            raise IamsqlError(f"{path} is not a run of iamsql.\nList the runs with: iamsql runs")
        return Run(
            path,
            reader.facts,
            frozenset(account_id for (account_id,) in reader.run("select account_id from iamsql.accounts").rows),
            scope_of(reader),
        )


@dataclass
class History:
    """The runs of one organization, latest first; `left_out` has a line for each file that is not among them."""

    runs: list[Run] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _computed: dict[tuple[FindingSource, Path], dict[str, FindingSet]] = field(default_factory=dict)

    def before(self, run: Run) -> list[Run]:
        """Return the runs before a run, latest first."""
        return [
            earlier for earlier in self.runs if earlier.started < run.started and not earlier.path.samefile(run.path)
        ]

    def findings(self, source: FindingSource, path: Path) -> dict[str, FindingSet]:
        """Return the findings of a run, computed once; a run that cannot be queried gets a line in `left_out`."""
        try:
            return self.require_findings(source, path)
        except IamsqlError as error:
            self.left_out.append(f"{path.name}: {str(error).splitlines()[0]}")
            return self._computed.setdefault((source, path), {})

    def require_findings(self, source: FindingSource, path: Path) -> dict[str, FindingSet]:
        """Return the findings of a run. Raise IamsqlError if the run cannot be queried."""
        if (source, path) not in self._computed:
            self._computed[source, path] = source(path)
        return self._computed[source, path]

    def earlier(self, source: FindingSource, run: Run, name: str) -> Iterator[FindingSet]:
        """Yield the findings of one query or control in the runs before a run, latest first."""
        for earlier_run in self.before(run):
            if findings := self.findings(source, earlier_run.path).get(name):
                yield findings


def history_of(folder: Path, run: Run, *more: Run) -> History:
    """Return the given runs, and the finished runs of the same organization in a folder."""
    # The runs to compare may be in another folder, or be reached through a link.
    found: dict[Path, Run] = {known.path.resolve(): known for known in (run, *more)}
    left_out = []
    for file in list_runs(folder):
        if file.partial or file.path.resolve() in found:
            left_out += [f"{file.path.name}: never finished"] if file.partial else []
            continue
        try:
            other = read_run(file.path)
        except IamsqlError as error:
            left_out.append(f"{file.path.name}: {str(error).splitlines()[0]}")
            continue
        if other.is_of(run) and other.facts.started_at:
            found[file.path.resolve()] = other
        else:
            left_out.append(f"{file.path.name}: of another organization")
    return History(sorted(found.values(), key=lambda known: known.started, reverse=True), left_out)
