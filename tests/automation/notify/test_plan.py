"""Targets have steps by their state, and steps with the same runs share a comparison."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.automation.notify import plan
from iamsql.automation.notify.request import NotifyRequest
from iamsql.automation.notify.state import TargetState
from iamsql.automation.notify.steps import Step
from tests.automation.notify.known_runs import START, run


class Comparer:
    """Counts comparisons."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []

    def compare(self, known_run: Any, earlier: Any, file: Any) -> Any:
        self.calls.append((known_run[1].run_id, file is not None))
        return SimpleNamespace(
            notice=SimpleNamespace(run=SimpleNamespace(started_at=known_run[1].started)), origin_notes=["from x"]
        )


def comparisons(steps: list[Step], comparer: Any, stack: ExitStack, **options: Any) -> plan.Comparisons:
    return plan.Comparisons(comparer, NotifyRequest(("slack",), **options), steps, stack)


def test_steps_with_the_same_runs_are_compared_once() -> None:
    comparer, steps = (
        Comparer(),
        [Step(run(5), [run(4)]), Step(run(5), [run(4), run(3)]), Step(run(4), [run(3)]), Step(run(5))],
    )
    with ExitStack() as stack:
        result = comparisons(steps, comparer, stack)
        assert result.latest is None and result.notes == []
        notices = [result.of(step).notice for step in steps]
        assert notices[0] is notices[1] and comparer.calls == [("run-5", False), ("run-4", False), ("run-5", False)]
        assert result.latest and result.latest.run.started_at == run(5)[1].started
        assert result.notes == ["from x"] * 3


@pytest.mark.parametrize(("kinds", "is_stored"), [(("opened",), True), (("resolved",), False)])
def test_open_findings_are_stored_for_targets_that_take_them(kinds: tuple[str, ...], is_stored: bool) -> None:
    comparer = Comparer()
    with ExitStack() as stack:
        step = Step(run(5), [run(4)], with_all=True)
        comparisons([step], comparer, stack, kinds=kinds).of(step)
    assert comparer.calls == [("run-5", is_stored)]


def planned(monkeypatch: pytest.MonkeyPatch, state: TargetState, **options: Any) -> tuple[Any, list[list[str]]]:
    """Return the key of a target, and the runs of each step."""
    monkeypatch.setattr(plan, "comparable_runs", lambda folder, known_run: iter([run(4), run(3)]))
    monkeypatch.setattr(plan, "named_earlier_run", lambda folder, name, known_run: run(int(name)))
    states: Any = SimpleNamespace(of=lambda key: state)
    request = NotifyRequest(("hub",), **options)
    target: Any = SimpleNamespace(label="hub-1", takes_all=True)
    (key, steps) = plan.Planner(request, Path("x"), run(5), states).plan({"hub": target})["hub"]
    assert key[2] == request.selection
    return key, [[known_run[1].run_id for known_run in (step.run, *step.earlier_runs)] for step in steps]


def test_a_target_has_the_steps_of_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    key, steps = planned(monkeypatch, TargetState())
    assert key[:2] == ("hub-1", "") and steps == [["run-5", "run-4", "run-3"]]
    assert planned(monkeypatch, TargetState("run-5", run(5)[1].started))[1] == []


def test_a_named_run_replaces_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    delivered = TargetState("run-5", run(5)[1].started, all_at=START)
    assert planned(monkeypatch, delivered, since="4")[1] == [["run-5", "run-4", "run-3"]]
    assert planned(monkeypatch, delivered, since="3")[1] == [["run-5", "run-3"]]
