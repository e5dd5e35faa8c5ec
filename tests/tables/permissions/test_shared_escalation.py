"""escalation_paths, admins and the control return the expected answers for the shared escalation organizations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED, connect_run
from tests.tables.permissions.escalation.answers import Answers, answers, checked
from tests.tables.permissions.policy_builders import imported

FOLDER = SHARED / "escalation"
pytestmark = [pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared data is not here"), pytest.mark.slow]
Case = dict[str, Any]
# The kinds where the control may return ok.
OK_ALLOWED = ("none", "arguable")


def cases() -> list[Case]:
    """Read the expected answers."""
    if not FOLDER.is_dir():
        return []
    all_cases: list[Case] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["cases"]
    return all_cases


def principals() -> list[tuple[str, str, str, str]]:
    """List organization, case, principal and kind."""
    return [(case["estate"], case["case"], *pair) for case in cases() for pair in case["expect"].items()]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Map each organization to its run."""
    return {
        path.stem: imported(json.loads(path.read_text(encoding="utf-8")), tmp_path_factory.mktemp(path.stem))
        for path in (FOLDER / "estates").glob("*.json")
    }


@pytest.fixture(scope="module")
def found(runs: dict[str, Path]) -> dict[str, Answers]:
    return {name: answers(run) for name, run in runs.items()}


def may_create_users(run: Path, arn: str) -> bool:
    """Return whether the principal may create users."""
    with connect_run(run) as con:
        sql = "select verdict from can(principal := $arn, action := 'iam:CreateUser', resource := '*')"
        return con.execute(sql, {"arn": arn}).fetchall() != [("denied",)]


def test_every_case_has_an_estate(runs: dict[str, Path]) -> None:
    assert {case["estate"] for case in cases()} == runs.keys()


@pytest.mark.parametrize(("organization", "case", "arn", "kind"), principals(), ids=lambda value: value.split(":")[-1])
def test_the_answer(
    found: dict[str, Answers], runs: dict[str, Path], organization: str, case: str, arn: str, kind: str
) -> None:
    rows = found[organization].paths.get(arn, [])
    verdicts = {row.verdict for row in rows}
    access_type = found[organization].admins.get(arn, (None, None))[0]
    right = {
        "path": bool(verdicts - {"denied"}),
        "certain": "certain" in verdicts,
        "conditional": bool(verdicts) and "certain" not in verdicts,
        "none": not rows,
        "arguable": "certain" not in verdicts,
        "admin": access_type == "direct",
        "unknown": access_type is not None or may_create_users(runs[organization], arn),
    }
    assert right[kind], (case, arn, rows, access_type)
    # whoever has a way is among admins, and nobody else
    assert access_type == "direct" or (access_type == "path") == bool(rows), (case, arn, rows, access_type)


@pytest.mark.parametrize(("organization", "case", "arn", "kind"), principals(), ids=lambda value: value.split(":")[-1])
def test_the_control(found: dict[str, Answers], organization: str, case: str, arn: str, kind: str) -> None:
    status, reason = found[organization].control[arn]
    assert kind in OK_ALLOWED or status != "ok", (case, arn, reason)
    assert kind != "none" or status == "ok", (case, arn, reason)


def test_check_is_never_ok_with_a_path(runs: dict[str, Path]) -> None:
    for name, run in runs.items():
        rows = checked(run)
        statuses = {resource: status for _, resource, status in rows}
        unsettled = {account for account, _, status in rows if status == "error"}
        for organization, case, arn, kind in principals():
            if organization == name:
                assert kind in OK_ALLOWED or statuses.get(arn) != "ok", (case, arn)
                assert arn in statuses or arn.split(":")[4] in unsettled, (case, arn)
