"""Which runs may go, and why each of the others stays: the newest complete one always does, and what is no run of ours.

A run goes when it is beyond every limit that is given. Nothing is deleted unless that was asked for.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.model import IamsqlError, Result
from iamsql.runs.checksums import recorded, update
from iamsql.runs.directory import PARTIAL, RunFile, run_file, whole_name
from iamsql.runs.status import FINISHED, Glance, glances

Found = Sequence[tuple[RunFile, Glance]]
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
SPAN = re.compile(r"(\d{1,5})([dwmy])", re.ASCII)
BESIDE = (".wal", ".tmp", ".spool", ".lock", ".sig")  # what a sync that was cut off may leave, and a signature
FOREIGN = {
    "foreign": "it is no run of iamsql",
    "corrupt": "it cannot be opened: see iamsql runs verify",
    "newer": "only a newer iamsql can read it",
}


@dataclass(frozen=True)
class Limits:
    """What stays: the `keep` newest finished runs, and those that started less than `older_than` ago; None is no limit."""

    keep: int | None = None
    older_than: timedelta | None = None

    def beyond(self, newer: int, started: datetime, now: datetime) -> str:
        """Say why a run goes that has so many newer finished ones; '' when one of the limits keeps it."""
        why = []
        if self.keep is not None:
            if newer < self.keep:
                return ""
            why.append(f"not among the {self.keep} newest" if self.keep != 1 else "not the newest")
        if self.older_than is not None:
            if now - started <= self.older_than:
                return ""
            why.append(f"started {(now - started).days} days ago")
        return ", ".join(why)


@dataclass
class Plan:
    """Which runs go, each with its start and the reason, and a sentence for each that stays although it is beyond the limits."""

    go: list[tuple[RunFile, datetime | None, str]] = field(default_factory=list)
    stay: list[str] = field(default_factory=list)

    def table(self) -> Result:
        """Show the runs that go as rows."""
        rows = [(run.run_id, started, run.size, why) for run, started, why in self.go]
        return Result(
            ("run", "started_at", "bytes", "why"), rows, ("VARCHAR", "TIMESTAMP WITH TIME ZONE", "BIGINT", "VARCHAR")
        )


@dataclass(frozen=True)
class Pruned:
    """What was planned, whether it was done, what could not be deleted, a line each, and why SHA256SUMS is not up to date."""

    plan: Plan
    done: bool
    failures: list[str]
    unlisted: str = ""

    def lines(self) -> list[str]:
        """Say how it went."""
        count = len(self.plan.go) - len(self.failures) if self.done else len(self.plan.go)
        size = sum(run.size for run, *_ in self.plan.go)
        runs = f"{count} run{'' if count == 1 else 's'}"
        told = f"Deleted {runs}." if self.done else f"{runs} of {size} bytes would go. To delete: add --yes"
        unlisted = [self.unlisted] if self.unlisted else []
        return [*self.plan.stay, *self.failures, *unlisted, told if self.plan.go else "No run goes."]


def read_span(text: str) -> timedelta:
    """Read an age such as 90d, 12w, 6m or 1y; a month is 30 days, a year 365. Raise ValueError for anything else."""
    if not (found := SPAN.fullmatch(text.strip().lower())):
        raise ValueError(f"{text!r} is no age: write it as 90d, 12w, 6m or 1y.")
    return timedelta(days=int(found[1]) * DAYS[found[2]])


def prune(folder: Path, limits: Limits, *, yes: bool = False, now: datetime | None = None) -> Pruned:
    """Tell which runs are beyond the limits, and with `yes` delete them, with the folder locked.

    Raise IamsqlError while a run is being written in the folder. What cannot be deleted is told, and the rest goes on.
    """
    with _locked(folder) if yes else nullcontext():
        found = glances(folder)
        if writing := [run.run_id for run, told in found if told.status == "running"]:
            raise IamsqlError(
                f"{writing[0]} is being written, and may carry over from an earlier run: nothing is deleted meanwhile."
                "\nPrune when the sync is done."
            )
        plan = planned(found, limits, now or datetime.now(UTC))
        failures = [line for run, *_ in plan.go for line in _delete(run)] if yes else []
        return Pruned(plan, yes, failures, _unlist(folder, plan) if yes else "")


def _unlist(folder: Path, plan: Plan) -> str:
    """Remove the deleted runs from SHA256SUMS; return why that failed, or ''."""
    gone = {run.path.name for run, *_ in plan.go if not os.path.lexists(run.path)}
    try:
        if gone & recorded(folder).keys():
            update(folder, {}, gone)
    except IamsqlError as error:
        return str(error)
    return ""


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; a folder that is not there is not made for it."""
    from iamsql.runs.lock import folder_lock

    with folder_lock(folder) if folder.is_dir() else nullcontext():
        yield


def planned(found: Found, limits: Limits, now: datetime) -> Plan:
    """Choose among the runs of a folder, newest first."""
    plan = Plan()
    safe = _safe(found)
    newer = 0
    for run, told in found:
        started = told.started or run.started
        finished = told.status in FINISHED
        why = limits.beyond(newer, started or now, now) if started else ""
        if stays := _stays(run, told, why, run is safe, newer):
            plan.stay.append(f"{run.path.name} is left alone: {stays}.")
        elif why:
            plan.go.append((run, started, why))
        newer += finished
    return plan


def _safe(found: Found) -> RunFile | None:
    """Find the run that never goes: the newest complete one, or where none is, the newest that was finished."""
    finished = [(run, told) for run, told in found if told.status in FINISHED]
    return next((run for run, told in finished if told.status == "complete"), finished[0][0] if finished else None)


def _stays(run: RunFile, told: Glance, why: str, safe: bool, newer: int) -> str:
    """Say why a run stays all the same; '' for one that need not, or that the limits keep."""
    if told.status in FOREIGN:
        return FOREIGN[told.status]
    if not why:
        return ""
    if safe:
        return "it is the newest complete run" if told.status == "complete" else "no newer run was finished"
    if told.run_id not in ("", run.run_id):
        return f"it is the run {told.run_id} under another name"
    if told.status == "partial" and not run.partial:
        return "it was never finished, though its name says so"
    return "it can be resumed" if told.status == "partial" and not newer else ""


def _delete(run: RunFile) -> Iterator[str]:
    """Delete a run and what lies beside it; yield a line when that fails. One that was touched meanwhile stays."""
    from iamsql.store.held import is_being_written

    now = run_file(run.path)
    if now is None or now.path != run.path:
        return
    if now.mark != run.mark or is_being_written(run.path):
        yield f"{run.path.name} could not be deleted: it was written meanwhile."
        return
    try:
        run.path.unlink(missing_ok=True)
        for beside in _beside(run):
            _remove(beside)
    except OSError as error:
        yield f"{run.path.name} could not be deleted: {error.strerror or error}."


def _beside(run: RunFile) -> Iterator[Path]:
    """Name what a sync may have left of a run: beside it, and beside its partial where no such run is there any more."""
    whole = whole_name(run.path)
    partial = whole.with_name(whole.name + PARTIAL)
    owners = [run.path] if run.path == partial or partial.exists() else [run.path, partial]
    for owner in owners:
        yield from (owner.with_name(owner.name + ending) for ending in BESIDE)


def _remove(path: Path) -> None:
    """Remove a file or a folder; of a link the link alone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
