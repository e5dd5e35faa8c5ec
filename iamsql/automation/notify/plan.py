"""Plan the comparisons that the targets need, and make each comparison once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from iamsql.automation.notify.compare import Comparer, Comparison
from iamsql.automation.notify.earlier_runs import MAX_EARLIER_RUNS, comparable_runs, named_earlier_run, parse_start_time
from iamsql.automation.notify.findings_file import FindingsFile
from iamsql.automation.notify.model import Notice, Target
from iamsql.automation.notify.request import NotifyRequest
from iamsql.automation.notify.state import Key, NotifyState
from iamsql.automation.notify.steps import Step, build_steps, is_due
from iamsql.runs.latest import RunWithStatus

Pair = tuple[Path, Path | None]  # the run files of a comparison


class Planner:
    """Finds the steps of each target for a run."""

    def __init__(self, request: NotifyRequest, runs_dir: Path, run: RunWithStatus, state: NotifyState) -> None:
        """Store the request and the run to deliver."""
        self._request, self._runs_dir, self._run, self._state = request, runs_dir, run, state

    def plan(self, targets: Mapping[str, Target]) -> dict[str, tuple[Key, list[Step]]]:
        """Return the key of the state and the steps of each target, by its text. Raise IamsqlError for an invalid --since."""
        return {
            text: (key := self._state_key(target), self._target_steps(target, key)) for text, target in targets.items()
        }

    def _state_key(self, target: Target) -> Key:
        status = self._run[1]
        # A run whose organization is unknown is of the account that made it.
        return target.label, status.organization or status.caller, self._request.selection

    def _target_steps(self, target: Target, key: Key) -> list[Step]:
        state = self._state.of(key)
        if not self._request.since:
            return build_steps(state, self._run, self._earlier_runs, target.takes_all)
        earlier_run = named_earlier_run(self._runs_dir, self._request.since, self._run)
        older_runs = [run for run in self._earlier_runs if parse_start_time(run) < parse_start_time(earlier_run)]
        with_all = target.takes_all and is_due(state.all_at, parse_start_time(self._run))
        return [Step(self._run, [earlier_run, *older_runs[:MAX_EARLIER_RUNS]], with_all)]

    @cached_property
    def _earlier_runs(self) -> Sequence[RunWithStatus]:
        return list(comparable_runs(self._runs_dir, self._run))


class Comparisons:
    """The comparison of each step. Steps with the same two runs share a comparison."""

    def __init__(self, comparer: Comparer, request: NotifyRequest, steps: Sequence[Step], stack: ExitStack) -> None:
        """Store which steps need all open findings. The findings stay on disk until `stack` is closed."""
        self._comparer, self._stack = comparer, stack
        with_all = {_run_pair(step) for step in steps if (step.with_all or step.owed) and "opened" in request.kinds}
        self._pairs_with_findings, self._comparisons = with_all, dict[Pair, Comparison]()

    def of(self, step: Step) -> Comparison:
        """Return the comparison of a step."""
        pair = _run_pair(step)
        if pair not in self._comparisons:
            findings_file = FindingsFile() if pair in self._pairs_with_findings else None
            if findings_file is not None:
                self._stack.callback(findings_file.close)
            self._comparisons[pair] = self._comparer.compare(step.run, step.earlier_runs, findings_file)
        return self._comparisons[pair]

    @property
    def notes(self) -> list[str]:
        """Return the notes on what comes from the working folder."""
        return [line for comparison in self._comparisons.values() for line in comparison.origin_notes]

    @property
    def latest(self) -> Notice | None:
        """Return the notice of the latest run, with the changes of the selected kinds; None if nothing was compared."""
        notices = [comparison.notice for comparison in self._comparisons.values()]
        return max(notices, key=lambda notice: notice.run.started_at, default=None)


def _run_pair(step: Step) -> Pair:
    return step.run[0].path, step.earlier_runs[0][0].path if step.earlier_runs else None
