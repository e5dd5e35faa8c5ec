"""When a key number is unknown, or a lower bound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from iamsql.check.controls import run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import load_catalog
from iamsql.report.controls import ControlData
from iamsql.report.numbers import Value, control_numbers
from iamsql.report.sections import count_controls
from tests.check.diff.run_pairs import copy, delete_sql, deny_sql

COMPLETE = (
    "update iamsql.coverage set status = 'ok', error_code = null",
    "update iamsql.accounts set outcome = 'complete'",
    "update aws_iam_user set mfa_enabled = false, password_enabled = true where mfa_enabled is null or password_enabled is null",
)


def data_of(failed: str = "", **counts: dict[str, int]) -> ControlData:
    """Return counts of results by severity and status, with a control of a severity that failed."""
    data = ControlData(failures=Counter([failed] if failed else []))
    for severity, by_status in counts.items():
        data.by_severity[severity].update(by_status)
    return data


@pytest.mark.parametrize(
    ("data", "high", "unknown"),
    [
        (data_of(high={"alarm": 3, "ok": 1}), (3, True), (0, True)),
        (data_of(high={"alarm": 3, "error": 2}), (3, False), (2, True)),
        (data_of(high={"ok": 3, "error": 2}, low={"error": 1}), (0, False), (3, True)),
        (data_of(high={"error": 2, "skip": 1}), (None, False), (2, True)),
        (data_of(high={"skip": 1}), (None, False), (0, True)),
        (data_of(failed="high", high={"ok": 1}), (0, False), (0, False)),
        (data_of(failed="low", high={"ok": 1}), (0, True), (0, False)),
        (data_of(low={"alarm": 1}), (0, True), (0, True)),  # no control of this severity was selected
    ],
)
def test_alarms_are_a_lower_bound_if_results_are_unknown(data: ControlData, high: Value, unknown: Value) -> None:
    numbers = control_numbers(data, is_any_read=True)
    assert (numbers["alarms_high"], numbers["unknown"]) == (high, unknown)


def test_no_number_is_complete_if_no_account_was_read() -> None:
    numbers = control_numbers(data_of(high={"ok": 1}), is_any_read=False)
    assert (numbers["alarms_high"], numbers["unknown"]) == ((0, False), (0, False))


def count(run: Path) -> dict[str, Value]:
    """Return the numbers of a run."""
    checks = load_catalog()
    with run_controls(checks, ["password_length"], Evaluation(str(run), run.parent)) as control_run:
        return count_controls(checks, control_run)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "incomplete"),
    [
        ([], ["root_keys"]),  # the root users of the suspended accounts are not in any table
        (
            [deny_sql("ListAccessKeys", "444455556666"), *delete_sql("444455556666", "aws_iam_access_key")],
            ["active_keys", "old_keys", "root_keys"],
        ),
        (
            ["update aws_iam_user set mfa_enabled = null where password_enabled and account_id = '444455556666'"],
            ["users_without_mfa", "root_keys"],
        ),
        (
            ["update iamsql.run set status = 'running'"],
            ["accounts_read", "accounts_missing", "users", "active_keys", "old_keys", "users_without_mfa", "root_keys",
             "risky_admins", "alarms_critical", "alarms_high", "alarms_medium", "alarms_low", "unknown"],
        ),
    ],
)  # fmt: skip
def test_a_number_is_a_lower_bound_without_the_data_of_an_account(
    demo_run: Path, tmp_path: Path, changes: list[str], incomplete: list[str]
) -> None:
    numbers = count(copy(demo_run, tmp_path / "runs", changes=[*COMPLETE, *changes]))
    assert [key for key, (_, is_complete) in numbers.items() if not is_complete] == incomplete
