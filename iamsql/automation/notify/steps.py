"""Determine which comparisons a target still needs: with the run that was delivered last, and with a run delivered in part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from iamsql.automation.notify.earlier_runs import MAX_EARLIER_RUNS, parse_start_time
from iamsql.automation.notify.model import REFRESH_DAYS
from iamsql.automation.notify.state import TargetState
from iamsql.runs.latest import RunWithStatus


@dataclass(frozen=True)
class Step:
    """A run to deliver, compared with the first of the earlier runs; none for the first run.

    `with_all`: whether the target receives all open findings.
    `owed`: the groups whose open findings the target receives, because earlier messages about them failed.
    `is_repeated`: whether the target already received everything else. `notes`: sentences about the earlier run.
    """

    run: RunWithStatus
    earlier_runs: Sequence[RunWithStatus] = ()
    with_all: bool = False
    notes: tuple[str, ...] = ()
    owed: frozenset[str] = frozenset()
    is_repeated: bool = False


def build_steps(
    state: TargetState, run: RunWithStatus, earlier_runs: Sequence[RunWithStatus], takes_all: bool
) -> list[Step]:
    """Return the steps that bring a target from its state to a run; [] if it received all of the run, or a later one.

    `earlier_runs` are the comparable runs before `run`, latest first. A run that the target received in part is completed first, so
    a finding that was sent and then resolved is also resolved there.
    """
    if state.delivered_at and state.delivered_at >= parse_start_time(run):
        is_owed = bool(state.owed) and state.delivered == run[1].run_id
        return [Step(run, _limit_runs(earlier_runs), owed=state.owed, is_repeated=True)] if is_owed else []
    ids = [other[1].run_id for other in earlier_runs]
    with_all = takes_all and is_due(state.all_at, parse_start_time(run))
    steps = []
    if state.partial in ids and (state.delivered not in ids or ids.index(state.partial) < ids.index(state.delivered)):
        index = ids.index(state.partial)
        steps.append(_make_step(state, earlier_runs[index], earlier_runs[index + 1 :], with_all))
        steps.append(Step(run, _limit_runs(earlier_runs[index:])))
    else:
        steps.append(_make_step(state, run, earlier_runs, with_all))
    return steps


def is_due(last_sent_at: datetime | None, now: datetime) -> bool:
    """Return whether a target receives all open findings again."""
    return last_sent_at is None or now - last_sent_at >= timedelta(days=REFRESH_DAYS)


def _make_step(state: TargetState, run: RunWithStatus, earlier_runs: Sequence[RunWithStatus], with_all: bool) -> Step:
    ids = [other[1].run_id for other in earlier_runs]
    if not state.delivered or state.delivered in ids:
        index = ids.index(state.delivered) if state.delivered else 0
        return Step(run, _limit_runs(earlier_runs[index:]), with_all, owed=state.owed)
    lost_run = f"The run {state.delivered}, which was delivered last, is gone or has another scope"
    note = f"{lost_run}: changes between it and {ids[0]} are missing." if ids else f"{lost_run}."
    return Step(run, _limit_runs(earlier_runs), with_all, (note,), state.owed)


def _limit_runs(earlier_runs: Sequence[RunWithStatus]) -> Sequence[RunWithStatus]:
    return earlier_runs[: MAX_EARLIER_RUNS + 1]
