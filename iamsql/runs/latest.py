"""Choose the run for `latest` and `previous`: the newest run that can answer, with the reason if there is a newer run.

A run that was limited to some tables or accounts, that stopped early, or that read no account does not replace a full run.
Only runs of the newest run's organization count, and imported runs are never mixed with synchronized runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from iamsql.catalog import shortened_list
from iamsql.model import IamsqlError
from iamsql.runs.directory import Folder, RunFile, exposed_folder_warnings, openable
from iamsql.runs.run_names import BY_AGE, resolve
from iamsql.runs.status import RunStatus, iter_finished
from iamsql.runs.store.source import Openable, run_path

MAX_LISTED = 3  # tables that a sentence lists
RunWithStatus = tuple[RunFile, RunStatus]
RunName = str | Openable  # the value of --run, or a run that was chosen


@dataclass(frozen=True)
class Requirements:
    """The tables and accounts that a query needs; () means all accounts.

    `named` returns the tables for a run. It is called at most once, and only for a limited run. Without `named`, the tables
    are unknown. A query that needs no table is about the run itself.
    """

    named: Callable[[Openable], Collection[str]] | None = None
    accounts: tuple[str, ...] = ()
    _tables: list[frozenset[str]] = field(default_factory=list)

    def tables(self, run: Openable) -> frozenset[str] | None:
        """Return the tables; None if they are unknown. An invalid query has no tables here, and raises its error later."""
        if self.named and not self._tables:
            try:
                self._tables.append(frozenset(self.named(run)))
            except IamsqlError:
                self._tables.append(frozenset())
        return self._tables[0] if self.named else None


@dataclass(frozen=True)
class Choice:
    """A run, and notes on why it was chosen if it is not the newest, or not of every account."""

    run: Openable
    notes: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Return the path of the run file."""
        return run_path(self.run)


@dataclass(frozen=True)
class _Candidate:
    run: RunFile
    status: RunStatus
    reason: str


def choose(folder: Folder, name: RunName = "latest", needs: Requirements | None = None) -> Choice:
    """Return the run for a --run option, or the run that is given; raise IamsqlError for a name that no run has.

    `latest` is the newest run with everything that is needed, otherwise the run that lacks the least. `previous` is the newest run
    before it with the same scope. Any other name selects its run, with any scope. A note warns of a world-writable folder.
    """
    candidates = _runs_of_one_organization(folder) if name in BY_AGE else iter(())
    first, needs = next(candidates, None), needs or Requirements()
    if not isinstance(name, str):
        choice = Choice(name)
    elif first is None or first[1].scope is None:
        choice = Choice(openable(folder, resolve(folder, name)))
    elif name == "latest":
        choice = _select_latest(first, candidates, needs)
    else:
        runs = [first, *candidates]
        choice = _select_previous(runs, _select_best(runs, needs)[0], needs)
    return replace(choice, notes=[*exposed_folder_warnings(folder, run_path(choice.run)), *choice.notes])


def _select_latest(first: RunWithStatus, older: Iterable[RunWithStatus], needs: Requirements) -> Choice:
    """Return the newest run if it meets the requirements, as it usually does; otherwise the best one, with the reasons."""
    if not _reason_against(*first, needs):
        return Choice(first[0].openable)
    latest, rejected = _select_best(chain([first], older), needs)
    return Choice(latest.run.openable, _notes_on(latest, rejected))


def newest_run_with_tables(folder: Folder, tables: Collection[str]) -> Choice | None:
    """Return the newest run that collected all of the tables in every account; None if there is none."""
    for run, status in _runs_of_one_organization(folder):
        scope = status.scope
        if scope and status.read and scope.includes(()) and not set(tables) & set(scope.uncollected):
            return Choice(
                run.openable,
                [f"Using run {run.run_id}: newer runs did not collect {shortened_list(sorted(tables), MAX_LISTED)}."],
            )
    return None


def _runs_of_one_organization(folder: Folder) -> Iterator[RunWithStatus]:
    """Yield the finished runs of the newest run's organization, newest first, without shards.

    The newest run is the first in any case.
    """
    newest: RunWithStatus | None = None
    for run, status in iter_finished(folder):
        if run.is_shard or (status.scope and status.scope.shard):
            continue
        if newest is None or (status.scope and same_organization(newest, (run, status))):
            newest = newest or (run, status)
            yield run, status


def same_organization(newest: RunWithStatus, other: RunWithStatus) -> bool:
    """Return whether two runs are of one organization or, if one could not read it, of the same caller.

    An imported run and a synchronized one are never of the same organization.
    """
    (newest_run, newest_status), (run, status) = newest, other
    if bool(newest_status.scope and newest_status.scope.imported) != bool(status.scope and status.scope.imported):
        return False
    if newest_status.organization and status.organization:
        return newest_status.organization == status.organization
    same_caller = bool(newest_status.caller) and newest_status.caller == status.caller
    # The ID of a run ends with its organization, or with its account.
    return same_caller or newest_run.owner == run.owner


def _select_best(runs: Iterable[RunWithStatus], needs: Requirements) -> tuple[_Candidate, list[_Candidate]]:
    """Return the newest run that meets the requirements, otherwise the closest one, and the newer runs that were rejected."""
    rejected_candidates: list[_Candidate] = []
    for run, status in runs:
        candidate = _Candidate(run, status, _reason_against(run, status, needs))
        if not candidate.reason:
            return candidate, rejected_candidates
        rejected_candidates.append(candidate)

    def rank(candidate: _Candidate) -> tuple[bool, bool]:
        return not candidate.status.read, bool(_missing_tables(candidate.run, candidate.status, needs))

    closest_candidate = min(rejected_candidates, key=rank)
    return closest_candidate, rejected_candidates[: rejected_candidates.index(closest_candidate)]


def _reason_against(run: RunFile, status: RunStatus, needs: Requirements) -> str:
    """Return why a run does not meet the requirements; '' if it does. A query about the run itself uses the newest run."""
    scope = status.scope
    if scope is None:
        return "cannot be read"
    if (scope.is_full and status.read) or (needs.named and not needs.tables(run.openable)):
        return ""
    if not status.read:
        return "read no account"
    if scope.max_calls:
        return f"was stopped by --max-calls {scope.max_calls}"
    if not scope.includes(needs.accounts):
        return f"was limited by {scope.flags()}"
    if scope.tables and (missing_tables := _missing_tables(run, status, needs)):
        return f"was limited by {scope.flags()}" + (
            f" and lacks {shortened_list(missing_tables, MAX_LISTED)}" if needs.named else ""
        )
    return f"could not list the organization's accounts ({scope.unlisted})" if scope.unlisted else ""


def _missing_tables(run: RunFile, status: RunStatus, needs: Requirements) -> list[str]:
    """Return the needed tables that the run did not collect; if the needed tables are unknown, all that it did not collect."""
    uncollected, needed = set(status.scope.uncollected) if status.scope else set(), needs.tables(run.openable)
    return sorted(uncollected if needed is None else uncollected & needed)


def _notes_on(candidate: _Candidate, rejected: list[_Candidate]) -> list[str]:
    """Return notes on the chosen run, if a newer one was rejected or if no run meets the requirements."""
    notes = []
    if rejected:
        other_count = len(rejected) - 1
        skipped_note = (
            f"; {other_count} more {'run was' if other_count == 1 else 'runs were'} skipped" if other_count else ""
        )
        notes.append(
            f"Using run {candidate.run.run_id}: the newer run {rejected[0].run.run_id} {rejected[0].reason}{skipped_note}."
        )
    if candidate.reason and not (candidate.status.scope and candidate.reason.startswith("could not list")):
        notes.append(f"Run {candidate.run.run_id} {candidate.reason}, and there is no full run to use instead.")
    return notes


def _select_previous(runs: list[RunWithStatus], latest: _Candidate, needs: Requirements) -> Choice:
    """Return the newest run before `latest` with the same scope; raise IamsqlError if there is none."""
    paths = [run.path for run, _ in runs]
    older_runs = runs[paths.index(latest.run.path) + 1 :]
    if not older_runs:
        raise IamsqlError(_no_previous_message(latest, len(runs)))
    rejected_candidates: list[_Candidate] = []
    for run, status in older_runs:
        candidate = _Candidate(run, status, _reason_against(run, status, needs))
        same_limits = status.scope and latest.status.scope and status.scope.limits == latest.status.scope.limits
        if same_limits if latest.reason else not candidate.reason:
            return Choice(run.openable, _notes_on(_Candidate(run, status, ""), rejected_candidates))
        rejected_candidates.append(candidate)
    run, reason = rejected_candidates[0].run, rejected_candidates[0].reason or "has another scope"
    raise IamsqlError(
        f"No run before {latest.run.run_id} can be compared with it: {run.run_id} {reason}."
        "\nShow the scope of each run with: iamsql runs. A run can still be selected by its ID."
    )


def _no_previous_message(latest: _Candidate, run_count: int) -> str:
    folder, run_id = latest.run.path.parent, latest.run.run_id
    if run_count == 1:
        return f"{folder} has only one run, {run_id}."
    return (
        f"There is no run before {run_id} in {folder}; newer runs were limited and are skipped."
        "\nShow the scope of each run with: iamsql runs. A run can still be selected by its ID."
    )
