"""The checks over HTTP: a healthy setup, and each fault alone, with its next step and what is not tried because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iamsql.sync.doctor.checks import CHECKS, SECTIONS, diagnose
from iamsql.tables.required_policies import account_actions, organization_actions, planned_calls
from tests.fake_aws.over_http import Served
from tests.sync.doctor.conftest import Diagnose, options, rows, statuses
from tests.tiers import slow_but_every

INACTIVE = ("role", "skipped")  # suspended and closed accounts of the sample organization
WEB, DATA = "222233334444", "012345678901"
AFTER_IDENTITY = {(name, "skipped") for name in ("organization role", "organization", "role", "trail")}


def test_a_healthy_setup_is_ok(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve()
    report = diagnose(options(tmp_path / "runs", trail="auto"))
    assert statuses(report) == {INACTIVE}
    assert not report.has_failed
    assert [row.check for row in report.rows[:9]] == [check.name for check in CHECKS[:9]]
    assert {row.check for row in report.rows} <= SECTIONS.keys()
    accounts = [row.account for row in rows(report, "role", "ok")]
    assert accounts[0] == "111122223333"
    assert len(set(accounts)) == 4
    assert [row.account for row in rows(report, "permissions")] == accounts
    assert report.notes == ["4 of 16 accounts were tried; --all tries all of them."]
    assumed = Counter(dict(call.params)["RoleArn"] for call in served.aws.calls if call.operation == "AssumeRole")
    assert set(assumed.values()) == {1}, "each role is assumed once"
    assert len(assumed) == 3
    assert not (tmp_path / "runs").exists(), "nothing is written"


@pytest.mark.slow
def test_every_action_of_the_policies_is_tried_with_small_requests(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    diagnose(options(tmp_path / "runs", accounts=(WEB,)))
    calls = [call for call in served.aws.calls if call.account_id == WEB]
    tried = {f"{call.service}:{call.operation}" for call in calls}
    assert account_actions(planned_calls(minimal=True)) <= tried
    fallbacks = {
        "iam:ListUsers",
        "iam:ListUserPolicies",
        "iam:GetUserPolicy",
        "iam:GetPolicyVersion",
        "iam:ListMFADevices",
    }
    assert fallbacks <= tried
    sizes = {dict(call.params).get(name) for call in calls for name in ("MaxItems", "MaxResults")} - {None}
    assert {str(size) for size in sizes} == {"1"}
    call_counts = Counter((call.operation, call.region) for call in calls if call.operation != "AssumeRole")
    assert max(call_counts.values()) == 1, "each action is tried once in a region"
    read = {f"organizations:{call.operation}" for call in served.aws.calls if call.service == "organizations"}
    assert {action for action in organization_actions(planned_calls(minimal=True)) if action.startswith("org")} <= read


CASES: dict[str, tuple[dict[str, Any], set[tuple[str, str]], str, str, str]] = {
    # faults, checks that are not ok, the check to read, a part of its detail, a part of its next step
    "clock a little off": ({"seconds_ahead": 290}, {("clock", "failed")}, "clock", "5 minutes behind", "NTP"),
    "clock far off": (
        {"network_faults": (("*", "GetCallerIdentity", "skew", 99),)},
        {("clock", "failed"), ("identity", "skipped"), *AFTER_IDENTITY},
        "clock",
        "20 minutes behind",
        "Correct the clock",
    ),
    "expired credentials": (
        {"errors": (("*", "GetCallerIdentity", "ExpiredToken", 99),)},
        {("identity", "failed"), *AFTER_IDENTITY},
        "identity",
        "ExpiredToken",
        "Set AWS_ACCESS_KEY_ID",
    ),
    "role missing": (
        {"deny": ((WEB, "AssumeRole"),)},
        {("role", "failed"), ("permissions", "skipped")},
        "role",
        "iamsql-audit, AWSControlTowerExecution, OrganizationAccountAccessRole: AccessDenied",
        "arn:aws:iam::222233334444:role/iamsql-audit",
    ),
    "permission denied": (
        {"deny": ((WEB, "iam:GetCredentialReport"),)},
        {("permissions", "failed")},
        "permissions",
        "iam:GetCredentialReport is denied (identity-based policy)",
        'Add to the policy of arn:aws:iam::222233334444:role/iamsql-audit: {"Effect": "Allow", "Action": '
        '"iam:GetCredentialReport", "Resource": "*"}',
    ),
    "fallback denied": (
        {"deny": ((WEB, "iam:ListUsers"),)},
        {("permissions", "warning")},
        "permissions",
        "A sync calls it only if iam:GetAccountAuthorizationDetails is denied.",
        '"iam:ListUsers"',
    ),
    "fallback and main call denied": (
        {"deny": ((WEB, "iam:ListUsers"), (WEB, "iam:GetAccountAuthorizationDetails"))},
        {("permissions", "failed")},
        "permissions",
        "iam:GetAccountAuthorizationDetails is denied",
        '"iam:GetAccountAuthorizationDetails"',
    ),
    "region denied by an SCP": (
        {"regions_denied": ((WEB, "LookupEvents", "eu-north-1"), (WEB, "LookupEvents", "us-east-2"))},
        {("permissions", "failed")},
        "permissions",
        "cloudtrail:LookupEvents is denied in us-east-2, eu-north-1 (service control policy)",
        "Exempt arn:aws:iam::222233334444:role/iamsql-audit from the statement that denies cloudtrail:LookupEvents in the "
        "service control policy",
    ),
    "organization denied": (
        {"deny_organizations": True},
        {("organization", "failed"), ("organization permissions", "failed")},
        "organization permissions",
        "organizations:DescribeOrganization is denied",
        "the permission set Auditor",
    ),
    "no organization": (
        {"no_organization": True},
        {("organization", "warning")},
        "organization",
        "not a member of an organization",
        "credentials of the management account",
    ),
    "an organization call denied": (
        {"deny": (("*", "DescribePolicy"),)},
        {("organization permissions", "failed")},
        "organization permissions",
        "organizations:DescribePolicy is denied",
        '"organizations:DescribePolicy"',
    ),
    "bucket denied": (
        {"deny_bucket": True},
        {("trail bucket", "failed"), ("trail log file", "skipped")},
        "trail bucket",
        "s3://acme-trail/acme cannot be listed: AccessDenied",
        '"s3:ListBucket", "Resource": "arn:aws:s3:::acme-trail"',
    ),
    "bucket missing": (
        {"no_bucket": True},
        {("trail bucket", "failed"), ("trail log file", "skipped")},
        "trail bucket",
        "NoSuchBucket",
        "Correct the name of the bucket",
    ),
    "key denied": (
        {"objects": (("denied", "AWSLogs"),)},
        {("trail log file", "failed")},
        "trail log file",
        "kms:Decrypt is denied",
        "in the key policy",
    ),
    "log file damaged": (
        {"objects": (("not_json", "AWSLogs"),)},
        {("trail log file", "failed")},
        "trail log file",
        "is neither gzip nor JSON",
        "Check the prefix",
    ),
    "trails denied": (
        {"deny": (("111122223333", "DescribeTrails"),)},
        {("trail", "failed"), ("trail status", "skipped"), ("trail bucket", "skipped"), ("trail log file", "skipped")},
        "trail",
        "DescribeTrails: AccessDenied",
        "Name the bucket with --trail s3://BUCKET/PREFIX",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("faults", "expected", "check", "detail", "step"),
    slow_but_every(9, [pytest.param(*case, id=name) for name, case in CASES.items()]),
)
def test_each_fault_alone(
    examine: Diagnose, faults: dict[str, Any], expected: set[tuple[str, str]], check: str, detail: str, step: str
) -> None:
    # Without the list of accounts, no account can be named.
    accounts = () if {name for name, _ in expected} & {"organization"} else (WEB,)
    report = examine(faults, trail="auto", accounts=accounts)
    assert statuses(report) == expected
    row = next(row for row in rows(report, check) if row.status == dict(expected)[check])
    assert detail in row.detail
    assert step in row.remediation
    assert all(row.remediation for row in report.rows if row.status == "failed")


def test_without_a_network_only_the_machine_is_tried(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://no-such-host.invalid")
    report = diagnose(options(tmp_path / "runs"))
    [row] = rows(report, "endpoints")
    assert "cannot be resolved" in row.detail
    assert "HTTPS_PROXY" in row.remediation
    assert statuses(report) >= {("endpoints", "failed"), ("identity", "skipped"), ("role", "skipped")}
    assert rows(report, "identity")[0].detail == "The check `endpoints` failed."


def test_offline_needs_neither_credentials_nor_a_network(tmp_path: Path) -> None:
    report = diagnose(options(tmp_path / "runs", offline=True))
    assert not report.has_failed
    assert {row.detail for row in report.rows if row.status == "skipped"} == {"--offline was given."}
    assert {row.check for row in report.rows if row.status == "ok"} >= {
        "configuration",
        "versions",
        "runs folder",
        "proxy",
    }


@pytest.mark.slow
def test_an_account_that_is_not_listed_is_named(examine: Diagnose) -> None:
    report = examine(accounts=("999999999999",))
    [row] = rows(report, "accounts")
    assert "lists no account 999999999999" in row.detail
    assert rows(report, "role")[0].status == "skipped"


@pytest.mark.slow
def test_accounts_that_are_not_active_are_not_tried(examine: Diagnose) -> None:
    report = examine(all_accounts=True)
    inactive = [row for row in rows(report, "role", "skipped") if row.account]
    assert {row.detail.partition("state is ")[2].partition(":")[0] for row in inactive} == {
        "CLOSED",
        "SUSPENDED",
        "PENDING_ACTIVATION",
    }
    assert len(rows(report, "role")) == 16
    assert not report.notes


@pytest.mark.slow
def test_a_thousand_accounts_take_few_requests_each(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve({"limits": {"iam": (20.0, 40.0)}}, accounts=1000, users_per_account=2, record=False)
    report = diagnose(options(tmp_path / "runs", all_accounts=True))
    assert not statuses(report)
    assert len(rows(report, "permissions", "ok")) == 1000
    assert served.aws.counts["100000000001", "AssumeRole", "ok"] == 0
    assert sum(count for (_, operation, _), count in served.aws.counts.items() if operation == "AssumeRole") == 999
