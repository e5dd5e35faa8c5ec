"""Which comparisons a target needs, by what it received and by the runs that are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from iamsql.automation.notify.state import TargetState
from iamsql.automation.notify.steps import Step, build_steps, is_due
from tests.automation.notify.known_runs import START, run


def delivered(day: int, partial: str = "") -> TargetState:
    return TargetState(f"run-{day}", START + timedelta(days=day), partial)


def days(steps: Sequence[Step]) -> list[list[str]]:
    """Return for each step its run and the runs that it is compared with."""
    return [
        [known_run[1].run_id.removeprefix("run-") for known_run in (step.run, *step.earlier_runs)] for step in steps
    ]


EARLIER = [run(day) for day in (4, 3, 2, 1)]


def test_a_new_target_is_compared_with_the_previous_run() -> None:
    assert days(build_steps(TargetState(), run(5), EARLIER, takes_all=False)) == [["5", "4", "3", "2", "1"]]
    assert days(build_steps(TargetState(), run(5), [], takes_all=False)) == [["5"]]


def test_a_target_is_compared_with_the_run_that_was_delivered_last() -> None:
    assert days(build_steps(delivered(2), run(5), EARLIER, takes_all=False)) == [["5", "2", "1"]]


def test_a_run_that_was_delivered_or_is_older_needs_no_step() -> None:
    assert build_steps(delivered(5), run(5), EARLIER, takes_all=False) == []
    assert build_steps(delivered(6), run(5), EARLIER, takes_all=True) == []


def test_a_run_that_was_delivered_in_part_is_completed_first() -> None:
    assert days(build_steps(delivered(2, "run-4"), run(5), EARLIER, takes_all=False)) == [
        ["4", "2", "1"],
        ["5", "4", "3", "2", "1"],
    ]
    assert days(build_steps(TargetState(partial="run-4"), run(5), EARLIER, takes_all=False))[0] == ["4", "3", "2", "1"]
    assert days(build_steps(delivered(2, "run-5"), run(5), EARLIER, takes_all=False)) == [["5", "2", "1"]]


def test_a_delivered_run_that_is_gone_is_replaced_by_the_previous_one_with_a_note() -> None:
    (step,) = build_steps(TargetState("gone", START), run(5), EARLIER, takes_all=False)
    assert days([step]) == [["5", "4", "3", "2", "1"]]
    assert step.notes[0].endswith("changes between it and run-4 are missing.")
    (alone,) = build_steps(TargetState("gone", START), run(5), [], takes_all=False)
    assert days([alone]) == [["5"]] and alone.notes


def test_all_findings_are_due_first_and_again_after_sixty_days() -> None:
    assert is_due(None, START) and is_due(START, START + timedelta(days=60))
    assert not is_due(START, START + timedelta(days=59))
    assert build_steps(TargetState(), run(5), EARLIER, takes_all=True)[0].with_all
    assert not build_steps(TargetState(), run(5), EARLIER, takes_all=False)[0].with_all


def test_at_most_ten_earlier_runs_are_searched() -> None:
    many = [run(day) for day in range(40, 0, -1)]
    assert len(build_steps(TargetState(), run(41), many, takes_all=False)[0].earlier_runs) == 11
