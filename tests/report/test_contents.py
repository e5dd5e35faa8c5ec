"""The contents of the page about the sample organization, compared with SQL over its run file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from iamsql.check.selection import LEVELS
from iamsql.report.contents import NUMBER_KEYS, Contents
from iamsql.report.controls import FINDING_STATUSES
from tests.conftest import query
from tests.report.tables import ACTIVE, AGE, column, row_of

pytestmark = pytest.mark.slow
PARTNER = "121212121212"


@pytest.mark.parametrize(
    ("key", "sql"),
    [
        ("accounts_read", "select count(*) from iamsql.accounts where outcome in ('complete', 'incomplete')"),
        ("accounts_missing", "select count(*) from iamsql.accounts where outcome not in ('complete', 'incomplete')"),
        ("users", "select count(distinct arn) from aws_iam_user"),
        ("active_keys", f"select count(distinct access_key_id) {ACTIVE}"),
        ("old_keys", f"select count(*) from ({AGE}) where days >= 90"),
        ("users_without_mfa", "select count(*) from users_without_mfa() where has_password and mfa = 'none'"),
        ("risky_admins", """select count(*) from (
            select principal from admins() where access_type = 'path' union
            select a.principal from admins() a join aws_iam_user u on u.arn = a.principal
            where a.access_type = 'direct' and a.verdict <> 'unknown' and u.password_enabled and not u.mfa_enabled)"""),
        ("root_keys", "select count(*) from root_keys() where state not in ('unknown', 'no key', 'no active key')"
                      " and state <> 'no root credentials'"),
    ],
)  # fmt: skip
def test_a_number_is_that_of_the_sql(demo_contents: Contents, demo_run: Path, key: str, sql: str) -> None:
    values = {number.key: number.value for number in demo_contents.numbers}
    assert [(values[key],)] == query(demo_run, sql)
    assert values[key]


def test_the_numbers_come_in_their_order_and_say_whether_they_are_complete(demo_contents: Contents) -> None:
    assert [number.key for number in demo_contents.numbers] == [*NUMBER_KEYS]
    # No role could be assumed in one account, and the credential report of another was denied.
    assert [number.key for number in demo_contents.numbers if number.is_complete] == [
        "accounts_read", "accounts_missing", "unknown",
    ]  # fmt: skip


def test_the_alarms_count_the_findings_of_each_control_once(demo_contents: Contents) -> None:
    actual = Counter(
        zip(column(demo_contents.findings, "severity"), column(demo_contents.findings, "status"), strict=True)
    )
    values = {number.key: number.value for number in demo_contents.numbers}
    for level in ("critical", "high", "medium", "low"):
        assert values[f"alarms_{level}"] == actual[level, "alarm"] > 0
    assert values["unknown"] == sum(number for (_, status), number in actual.items() if status == "error") > 0


def test_the_findings_are_the_results_of_the_controls_most_severe_first(demo_contents: Contents) -> None:
    findings = demo_contents.findings
    severity, status = column(findings, "severity"), column(findings, "status")
    order = [
        (LEVELS.index(level), FINDING_STATUSES.index(state)) for level, state in zip(severity, status, strict=True)
    ]
    assert order == sorted(order)
    by_control = Counter(zip(column(findings, "control"), status, strict=True))
    for control in demo_contents.controls:
        for state in FINDING_STATUSES:
            assert by_control[control.name, state] == control.counts.get(state, 0)


def test_the_escalation_paths_are_the_worst_of_the_report(demo_contents: Contents, demo_run: Path) -> None:
    rows = query(demo_run, "select principal, verdict, path from escalation_paths() order by verdict desc")
    verdicts = {principal: verdict for principal, verdict, _ in rows}  # the most certain one of each principal
    paths = demo_contents.escalation
    assert {path.principal: path.verdict for path in paths} == verdicts  # fewer than ten principals have a path
    assert [path.verdict for path in paths] == sorted(path.verdict for path in paths)
    assert demo_contents.escalation_total == Counter(verdicts.values())
    assert (paths[0].verdict, paths[0].account_name) == ("certain", "acme-management")
    for path in paths:
        text = path.principal + "".join(f" -[{step.method}]-> {step.target or 'administrator'}" for step in path.steps)
        assert (path.principal, path.verdict, text) in rows


def test_the_controls_have_what_the_page_shows_of_them(demo_contents: Contents) -> None:
    assert demo_contents.benchmarks == [("iamsql", "All controls of iamsql")]
    control = next(each for each in demo_contents.controls if each.name == "access_key_rotated")
    assert (control.family, control.severity, control.sections) == (
        "credentials",
        "medium",
        ["IAM users and credentials"],
    )
    assert control.title == "Ensure access keys are rotated every 90 days or less"
    assert demo_contents.parameters["access_key_rotated"] == {"days": 90, "inactive": False}
    assert not any(each.failure or each.same_as for each in demo_contents.controls)


def test_the_name_of_an_account_is_in_each_table(demo_contents: Contents) -> None:
    name = row_of(demo_contents, PARTNER).account_name
    assert name == "partner-portal"
    for result in (demo_contents.findings, demo_contents.keys, demo_contents.users, demo_contents.risks):
        assert name in column(result, "account_name")


def test_the_dimensions_of_a_finding_are_json(demo_contents: Contents) -> None:
    actual = [json.loads(text) for text in column(demo_contents.findings, "dimensions") if text]
    assert actual and all(isinstance(each, dict) for each in actual)
