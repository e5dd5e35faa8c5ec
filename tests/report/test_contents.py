"""The contents of the page about the sample organization, compared with SQL over its run file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iamsql.check.selection import LEVELS
from iamsql.report.contents import NUMBERS, Contents, MapRow
from iamsql.report.controls import STATUSES
from tests.conftest import query

pytestmark = pytest.mark.slow

ACTIVE = "from aws_iam_access_key where status = 'Active'"
AGE = f"select floor((epoch(as_of()) - epoch(create_date)) / 86400) as days {ACTIVE}"
USE = f"select floor((epoch(as_of()) - epoch(access_key_last_used_date)) / 86400) as days, last_used_known {ACTIVE}"
PARTNER = "121212121212"


def column(result: Any, name: str) -> list[Any]:
    """Return the values of a column."""
    column_index = result.columns.index(name)
    return [row[column_index] for row in result.rows]


def row_of(contents: Contents, account: str) -> MapRow:
    """Return the row of an account in the map."""
    (row,) = [row for row in contents.account_map if row.account_id == account]
    return row


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
    assert [number.key for number in demo_contents.numbers] == [*NUMBERS]
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
    order = [(LEVELS.index(level), STATUSES.index(state)) for level, state in zip(severity, status, strict=True)]
    assert order == sorted(order)
    by_control = Counter(zip(column(findings, "control"), status, strict=True))
    for control in demo_contents.controls:
        for state in STATUSES:
            assert by_control[control.name, state] == control.counts.get(state, 0)


def test_the_heading_describes_the_run(demo_contents: Contents, demo_run: Path) -> None:
    heading = demo_contents.heading
    assert (heading.run_id, heading.organization_id, heading.status) == (demo_run.stem, "o-demo123456", "incomplete")
    assert f"{heading.started_at:%Y-%m-%d %H:%M %Z}" == "2026-03-02 12:00 UTC"
    assert heading.caveats == [
        "181 controls could not be evaluated in full in 13 accounts. See: iamsql query skipped_accounts"
    ]


def test_every_account_is_a_row_of_the_map(demo_contents: Contents, demo_run: Path) -> None:
    rows = sorted((row.account_id, row.account_name, row.ou_path, row.outcome) for row in demo_contents.account_map)
    assert rows == query(demo_run, "select account_id, name, ou_path, outcome from iamsql.accounts order by all")
    assert demo_contents.outcomes == {"complete": 6, "incomplete": 6, "assume_role_failed": 1, "inactive": 3}
    order = [(-row.alarms, -row.unknown) for row in demo_contents.account_map]
    assert order == sorted(order)


def test_the_map_counts_the_findings_of_an_account(demo_contents: Contents) -> None:
    actual = Counter(
        zip(column(demo_contents.findings, "account_id"), column(demo_contents.findings, "status"), strict=True)
    )
    for row in demo_contents.account_map:
        assert (row.alarms, row.unknown) == (actual[row.account_id, "alarm"], actual[row.account_id, "error"])
        assert row.alarms == sum(counts.get("alarm", 0) for counts in row.counts.values())


def test_a_cell_of_the_map_has_the_worst_status(demo_contents: Contents) -> None:
    network = row_of(demo_contents, "012345678901")
    assert network.counts["root"]["alarm"] and network.counts["root"]["ok"]
    assert network.cells["root"] == "alarm"
    fine = row_of(demo_contents, "555566667777")
    assert {*fine.counts["organization"]} == {"ok"}
    assert fine.cells["organization"] == "ok"
    assert [*network.cells] == demo_contents.families
    assert {"root", "credentials", "policies", "logging"} <= {*demo_contents.families}


def test_an_account_that_was_not_read_is_unknown_in_every_family(demo_contents: Contents) -> None:
    refused = row_of(demo_contents, "999900001111")
    assert refused.outcome == "assume_role_failed"
    # The alarms are that the account was not read, and about service control policies, which the management account has.
    alarms = {family: cell for family, cell in refused.cells.items() if cell != "error"}
    assert alarms == {"account": "alarm", "organization": "alarm"}
    assert {*row_of(demo_contents, "141414141414").cells.values()} <= {"skip", "alarm", "error", "ok"}


def test_the_histogram_of_ages_is_that_of_the_sql(demo_contents: Contents, demo_run: Path) -> None:
    buckets = [(0, 30), (31, 90), (91, 180), (181, 365), (366, 99999)]
    expected = [
        query(demo_run, f"select count(*) from ({AGE}) where days between ? and ?", *bucket)[0][0] for bucket in buckets
    ]
    assert [count for _, count in demo_contents.key_age.buckets] == expected
    assert [name for name, _ in demo_contents.key_age.buckets] == ["0-30", "31-90", "91-180", "181-365", "366+"]
    assert sum(expected) == 37


def test_the_histogram_of_uses_tells_never_from_unknown(demo_contents: Contents, demo_run: Path) -> None:
    buckets = dict(demo_contents.key_use.buckets)
    ((never, unknown),) = query(
        demo_run,
        f"select count(*) filter (last_used_known), count(*) filter (not last_used_known) from ({USE}) where days is null",
    )
    assert (buckets["never"], demo_contents.key_use.unknown) == (never, unknown)
    assert (buckets["0-30"],) == query(demo_run, f"select count(*) from ({USE}) where days <= 30")[0]
    assert sum(buckets.values()) + unknown == 37


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


def test_the_risks_are_those_of_top_risks(demo_contents: Contents, demo_run: Path) -> None:
    assert demo_contents.risks.rows == query(demo_run, "from top_risks()")


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


def test_a_row_of_keys_is_an_access_key(demo_contents: Contents, demo_run: Path) -> None:
    keys = demo_contents.keys
    ids = [key for key in column(keys, "access_key_id") if key]
    assert sorted(ids) == [
        key for (key,) in query(demo_run, "select access_key_id from aws_iam_access_key order by all")
    ]
    root = [name for name, key in zip(column(keys, "user_name"), column(keys, "access_key_id"), strict=True) if not key]
    assert {*root} == {"<root_account>"}
    never = [row for row in keys.rows if row[keys.columns.index("usage")] == "never"]
    assert {row[keys.columns.index("last_used")] for row in never} == {None}
    assert {*column(keys, "usage")} == {"used", "never"}


def test_a_row_of_users_is_a_user(demo_contents: Contents, demo_run: Path) -> None:
    users = demo_contents.users
    pairs = sorted(zip(column(users, "account_id"), column(users, "user_name"), strict=True))
    assert pairs == query(demo_run, "select account_id, name from aws_iam_user order by all")
    # The credential report of this account was denied, so passwords and sign-ins are not known.
    denied = [dict(zip(users.columns, row, strict=True)) for row in users.rows if row[0] == "777788889999"]
    assert {row["sign_in"] for row in denied if row["password"] is None} <= {"unknown", "used"}
    assert all(row["unknowns"] for row in denied if row["password"] is None)


def test_the_name_of_an_account_is_in_each_table(demo_contents: Contents) -> None:
    name = row_of(demo_contents, PARTNER).account_name
    assert name == "partner-portal"
    for result in (demo_contents.findings, demo_contents.keys, demo_contents.users, demo_contents.risks):
        assert name in column(result, "account_name")


def test_the_dimensions_of_a_finding_are_json(demo_contents: Contents) -> None:
    actual = [json.loads(text) for text in column(demo_contents.findings, "dimensions") if text]
    assert actual and all(isinstance(each, dict) for each in actual)


def test_the_skipped_accounts_have_a_remedy(demo_contents: Contents, demo_run: Path) -> None:
    sql = "select account_id, account_name, state, outcome, reason, remediation from skipped_accounts()"
    actual = [tuple(vars(each).values()) for each in demo_contents.skipped]
    assert actual == query(demo_run, sql)


def test_the_events_are_counted_by_day(demo_contents: Contents, demo_run: Path) -> None:
    days = {day.day: day for day in demo_contents.events.days}
    sign_ins = query(
        demo_run,
        "select strftime(event_time, '%Y-%m-%d'), count(*) filter (outcome = 'succeeded'), count(*) filter (outcome = 'failed')"
        " from sign_ins() where event_id is not null group by all",
    )
    assert {day: (days[day].sign_ins, days[day].failed_sign_ins) for day, *_ in sign_ins} == {
        day: (succeeded, failed) for day, succeeded, failed in sign_ins
    }
    assert sum(day.sign_ins + day.failed_sign_ins for day in days.values()) == sum(row[1] + row[2] for row in sign_ins)
    root = query(
        demo_run, "select count(*) from aws_cloudtrail_event where coalesce(user_type = 'Root', username = 'root')"
    )
    assert (sum(day.root_events for day in days.values()),) == root[0]


def test_the_detections_are_counted_by_day_and_severity(demo_contents: Contents) -> None:
    events = demo_contents.events
    days = [f"{time:%Y-%m-%d}" for time in column(events.findings, "event_time")]
    actual = Counter(zip(column(events.findings, "severity"), days, strict=True))
    assert actual == {(level, day.day): number for day in events.days for level, number in day.detections.items()}
    assert len(events.findings.rows) > 50
    assert "1 denied cloudtrail:LookupEvents" in demo_contents.incomplete["events"]


def test_an_incomplete_section_says_what_is_missing(demo_contents: Contents) -> None:
    assert {*demo_contents.missing} == set()
    assert {*demo_contents.incomplete} == {"escalation", "risks", "keys", "users", "principals", "events"}
    assert demo_contents.incomplete["keys"].startswith(
        "1 of 16 accounts not read in full: 1 AssumeRole failed (AccessDenied)"
    )
