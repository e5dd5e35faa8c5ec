"""escalation_paths, admins and the control give the expected answer for each escalation case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions.escalation import (
    boundaries_and_denies,
    chains,
    delegations,
    grants_to_others,
    groups,
    protected_roles,
    refusals,
    removed_denies,
    service_principals,
    services,
    targets,
    unread,
)
from tests.tables.permissions.escalation.answers import Answers, Row, answers, checked
from tests.tables.permissions.escalation.case import Case, ExpectedAnswer, joined, of, renamed, with_arns
from tests.tables.permissions.policy_builders import imported

CASES = [
    *chains.CASES,
    *grants_to_others.CASES,
    *groups.CASES,
    *boundaries_and_denies.CASES,
    *services.CASES,
    *service_principals.CASES,
    *unread.CASES,
    *protected_roles.CASES,
    *refusals.CASES,
    *removed_denies.CASES,
    *delegations.CASES,
    *targets.CASES,
]
CONTROL = {"none": "ok", "certain": "alarm", "conditional": "alarm", "unknown": "error", "admin": "skip"}
NUMBERED_CASES = list(enumerate(CASES))
each_case = pytest.mark.parametrize(
    ("number", "case"), NUMBERED_CASES, ids=[f"{case.finding} {case.name}" for case in CASES]
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with every case, and last the case of seven steps."""
    return imported(joined([*CASES, chains.SEVEN]), tmp_path_factory.mktemp("escalation"))


@pytest.fixture(scope="module")
def found(run: Path) -> Answers:
    return answers(run)


def expected_answers(number: int, case: Case) -> Iterator[tuple[str, ExpectedAnswer]]:
    """Yield each principal's ARN and the expected answer, with the account IDs of the case."""
    for short, expected in case.expected.items():
        path = with_arns(expected.path) if expected.path else None
        arn, path = renamed([with_arns(short), path], number)
        yield arn, ExpectedAnswer(expected.verdict, expected.method, expected.steps, path, expected.conditions)


def fits(row: Row, expected: ExpectedAnswer) -> bool:
    """Return whether a row is as expected."""
    return (
        row.verdict == expected.verdict
        and expected.method in (None, row.method)
        and expected.steps in (None, row.steps)
        and expected.path in (None, row.path)
        and (expected.conditions or "") in (row.conditions or "")
    )


def test_names_are_unique() -> None:
    names = [(case.finding, case.name) for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.slow
@each_case
def test_escalation_paths(found: Answers, number: int, case: Case) -> None:
    for arn, expected in expected_answers(number, case):
        rows = found.paths.get(arn, [])
        best = min((row.verdict for row in rows), key=("certain", "conditional", "unknown").index, default="none")
        assert best == expected.verdict.replace("admin", "none"), (arn, rows)
        assert best == "none" or [row for row in rows if fits(row, expected)], (arn, expected, rows)
        assert best != "unknown" or len(rows) == 1, (arn, rows)
        assert len({row.method for row in rows}) == len(rows), (arn, "each method has a single row", rows)


@pytest.mark.slow
@each_case
def test_admins(found: Answers, number: int, case: Case) -> None:
    for arn, expected in expected_answers(number, case):
        how, verdict = found.admins.get(arn, (None, None))
        expected_row: tuple[Any, Any] = {"none": (None, None), "admin": ("direct", "certain")}.get(
            expected.verdict, ("path", expected.verdict)
        )
        assert verdict == expected_row[1], (arn, how, verdict)
        assert expected.verdict == "unknown" or how == expected_row[0], (arn, how, verdict)


@pytest.mark.slow
@each_case
def test_the_control(found: Answers, number: int, case: Case) -> None:
    for arn, expected in expected_answers(number, case):
        status, reason = found.control[arn]
        assert status == CONTROL[expected.verdict], (arn, status, reason)
        assert status != "error" or reason.startswith("Unknown: "), (arn, reason)


@pytest.mark.slow
def test_max_steps_shows_paths_of_seven_steps(run: Path, found: Answers) -> None:
    arn = renamed(of("user", "a"), len(CASES))
    assert arn not in found.paths
    with reading(run) as con:
        sql = "select method, steps, verdict from escalation_paths(max_steps := 7) where principal = $arn"
        assert con.execute(sql, {"arn": arn}).fetchall() == [("assume_role", 7, "certain")]


@pytest.mark.slow
def test_control_is_not_ok_with_a_path_of_seven_steps(found: Answers) -> None:
    assert found.control[renamed(of("user", "a"), len(CASES))][0] == "alarm"


@pytest.mark.slow
def test_check_is_never_ok_with_a_path(run: Path) -> None:
    """Use the rows of `check`: an account that was not read completely has an error row instead of its `ok` rows."""
    statuses = {resource: status for _, resource, status in checked(run)}
    unsettled = {account for account, _, status in checked(run) if status == "error"}
    for number, case in NUMBERED_CASES:
        for arn, expected in expected_answers(number, case):
            assert statuses.get(arn) != "ok" or expected.verdict == "none", (case.name, arn)
            assert arn in statuses or arn.split(":")[4] in unsettled, (case.name, arn)
