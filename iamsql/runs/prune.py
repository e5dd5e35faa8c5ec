"""Select the runs to delete, and explain why others are kept. The newest complete run and foreign files are always kept.

A run is deleted if it is beyond every given limit. Nothing is deleted without --yes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.model import IamsqlError, Result
from iamsql.render.cells import pluralize
from iamsql.runs.checksums import read_digests, update_digests
from iamsql.runs.directory import PARTIAL_SUFFIX, RunFile, file_name, run_file
from iamsql.runs.lock import folder_lock
from iamsql.runs.status import FINISHED_STATUSES, RunStatus, run_statuses
from iamsql.runs.store.open_errors import is_being_written

RunStatuses = Sequence[tuple[RunFile, RunStatus]]
# Of files that an interrupted sync may leave, and of a signature.
COMPANION_ENDINGS = (".wal", ".tmp", ".spool", ".lock", ".sig")
REASONS_TO_KEEP = {
    "foreign": "it is not a run of iamsql",
    "corrupt": "it cannot be opened: see iamsql runs verify",
    "newer": "only a newer iamsql can read it",
}


@dataclass(frozen=True)
class Limits:
    """The runs to keep: the `keep` newest finished runs, and runs that started less than `older_than` ago; None means no limit."""

    keep: int | None = None
    older_than: timedelta | None = None

    def beyond(self, newer: int, started: datetime, now: datetime) -> str:
        """Return why a run with `newer` newer finished runs is beyond the limits; '' if one of the limits keeps it."""
        reasons = []
        if self.keep is not None:
            if newer < self.keep:
                return ""
            reasons.append(f"not among the {self.keep} newest" if self.keep != 1 else "not the newest")
        if self.older_than is not None:
            if now - started <= self.older_than:
                return ""
            reasons.append(f"started {(now - started).days} days ago")
        return ", ".join(reasons)


@dataclass
class Plan:
    """The runs to delete, each with its start and the reason, and a line for each other run beyond the limits."""

    delete: list[tuple[RunFile, datetime | None, str]] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)

    def table(self) -> Result:
        """Return the runs to delete as rows."""
        rows = [(run.run_id, started, run.size, reason) for run, started, reason in self.delete]
        return Result(
            ("run", "started_at", "bytes", "why"), rows, ("VARCHAR", "TIMESTAMP WITH TIME ZONE", "BIGINT", "VARCHAR")
        )


@dataclass(frozen=True)
class PruneResult:
    """The plan, whether it was carried out, a line for each run that could not be deleted, and an error of SHA256SUMS."""

    plan: Plan
    done: bool
    failures: list[str]
    unlisted: str = ""

    def lines(self) -> list[str]:
        """Return the lines for the user."""
        count = len(self.plan.delete) - len(self.failures) if self.done else len(self.plan.delete)
        size = sum(run.size for run, *_ in self.plan.delete)
        runs = pluralize(count, "run")
        summary = f"Deleted {runs}." if self.done else f"{runs} of {size} bytes would be deleted. To delete: add --yes"
        unlisted = [self.unlisted] if self.unlisted else []
        return [*self.plan.keep, *self.failures, *unlisted, summary if self.plan.delete else "No run is deleted."]


def prune(folder: Path, limits: Limits, *, yes: bool = False, now: datetime | None = None) -> PruneResult:
    """Select the runs beyond the limits and, with `yes`, delete them while the folder is locked.

    Raise IamsqlError while a run is being written in the folder. A run that cannot be deleted is reported.
    """
    with folder_lock(folder) if yes and folder.is_dir() else nullcontext():
        statuses = run_statuses(folder)
        if writing := [run.run_id for run, status in statuses if status.status == "running"]:
            raise IamsqlError(
                f"{writing[0]} is being written and may use data of an earlier run; nothing was deleted."
                "\nPrune when the sync has finished."
            )
        plan = plan_prune(statuses, limits, now or datetime.now(UTC))
        failures = [line for run, *_ in plan.delete for line in _delete(run)] if yes else []
        return PruneResult(plan, yes, failures, _remove_from_checksums(folder, plan) if yes else "")


def _remove_from_checksums(folder: Path, plan: Plan) -> str:
    """Remove the deleted runs from SHA256SUMS; return the error, or ''."""
    deleted = {run.path.name for run, *_ in plan.delete if not os.path.lexists(run.path)}
    try:
        if deleted & read_digests(folder).keys():
            update_digests(folder, {}, deleted)
    except IamsqlError as error:
        return str(error)
    return ""


def plan_prune(statuses: RunStatuses, limits: Limits, now: datetime) -> Plan:
    """Return the plan for the runs of a folder, newest first."""
    plan = Plan()
    protected = _protected_run(statuses)
    newer = 0
    for run, status in statuses:
        started = status.started or run.started
        reason = limits.beyond(newer, started or now, now) if started else ""
        if reason_to_keep := _reason_to_keep(run, status, reason, run is protected, newer):
            plan.keep.append(f"{run.path.name} is kept: {reason_to_keep}.")
        elif reason:
            plan.delete.append((run, started, reason))
        newer += status.status in FINISHED_STATUSES and not run.is_shard
    return plan


def _protected_run(statuses: RunStatuses) -> RunFile | None:
    """Return the run that is never deleted: the newest complete run, otherwise the newest finished run."""
    finished = [(run, status) for run, status in statuses if status.status in FINISHED_STATUSES and not run.is_shard]
    return next((run for run, status in finished if status.status == "complete"), finished[0][0] if finished else None)


def _reason_to_keep(run: RunFile, status: RunStatus, reason: str, protected: bool, newer: int) -> str:
    """Return why a run is kept although it is beyond the limits; '' if it can be deleted."""
    if status.status in REASONS_TO_KEEP:
        return REASONS_TO_KEEP[status.status]
    if not reason:
        return ""
    if protected:
        return "it is the newest complete run" if status.status == "complete" else "no newer run was finished"
    if status.run_id not in ("", run.run_id):
        return f"it is the run {status.run_id} under another name"
    if status.status == "partial" and not run.partial:
        return "it was never finished, though its name says so"
    return "it can be resumed" if status.status == "partial" and not newer else ""


def _delete(run: RunFile) -> Iterator[str]:
    """Delete a run and its companion files; yield a line if that fails. A run that was changed since then is not deleted."""
    current = run_file(run.path)
    if current is None:
        return
    if current.mark != run.mark or is_being_written(run.path):
        yield f"{run.path.name} could not be deleted: it was written in the meantime."
        return
    try:
        run.path.unlink(missing_ok=True)
        for companion in _companion_files(run):
            _remove(companion)
    except OSError as error:
        yield f"{run.path.name} could not be deleted: {error.strerror or error}."


def _companion_files(run: RunFile) -> Iterator[Path]:
    """Yield the files that a sync may have left for a run, and for its partial run if that no longer exists."""
    finished = file_name(run.path)
    partial = finished.with_name(finished.name + PARTIAL_SUFFIX)
    for owner in [run.path] if run.path == partial or partial.exists() else [run.path, partial]:
        yield from (owner.with_name(owner.name + suffix) for suffix in COMPANION_ENDINGS)


def _remove(path: Path) -> None:
    """Remove a file or a folder; of a link, only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
