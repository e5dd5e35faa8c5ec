"""The accounts that a sync reads and the roles that it assumes, by option and by what the organization allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.conftest import DAY
from tests.fake_aws import EXTERNAL_ID, FakeAws
from tests.sync.syncs import (
    ALICE,
    CLOSED,
    GREEN,
    HOSTILE,
    LOGS,
    MANAGEMENT,
    PAYMENTS,
    PENDING,
    SUSPENDED,
    TOOLS,
    TRIAL,
    SyncedRun,
    run_sync,
    sync_with_faults,
)
from tests.tiers import slow_but_every

FEW = {"tables": ("aws_account",)}


def selected_accounts(run: SyncedRun) -> set[str]:
    return {account for (account,) in run.rows("select account_id from iamsql.accounts where selected")}


def unit_id(path: str) -> str:
    aws = FakeAws(DAY)
    accounts = aws.organization.accounts
    return next(str(account.item["ParentId"]) for account in accounts if aws.unit_path(account) == path)


SANDBOX = unit_id("Workloads/Test/Sandbox")
TEST = unit_id("Workloads/Test")


@pytest.mark.parametrize(
    ("options", "expected"),
    slow_but_every(
        3,
        [
            ({"accounts": (PAYMENTS, ALICE)}, {PAYMENTS, ALICE}),
            ({"ous": (SANDBOX,)}, {ALICE, HOSTILE}),
            ({"ous": (SANDBOX,), "skip_accounts": (HOSTILE,)}, {ALICE}),
            ({"ous": (TEST,), "skip_ous": (SANDBOX,)}, {TRIAL, "999900001111"}),
            ({"ous": (TEST,), "accounts": (PAYMENTS,)}, set()),
            ({"states": ("SUSPENDED",)}, {SUSPENDED}),
        ],
    ),
)
def test_options_select_accounts(tmp_path: Path, options: dict[str, Any], expected: set[str]) -> None:
    run = run_sync(tmp_path, **options, **FEW)
    assert selected_accounts(run) == expected
    outcomes = "select distinct outcome from iamsql.accounts where not selected"
    assert run.rows(outcomes) == [("excluded",)]
    assert run.rows("select count(*) from iamsql.accounts") == [(16,)]
    accounts_read = {call.account_id for call in run.aws.calls if call.operation == "ListAccountAliases"}
    assert accounts_read <= expected
    codes = run.rows("select distinct status, error_code from iamsql.coverage where account_id = ?", GREEN)
    assert codes == [("skipped", "account_not_selected")]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"accounts": ("123123123123",)}, "123123123123"),
        ({"skip_accounts": ("123123123123",)}, "123123123123"),
        ({"ous": ("ou-none-here",)}, "ou-none-here"),
        ({"skip_ous": ("ou-none-here",)}, "ou-none-here"),
        ({"tables": ("aws_iam_usr",)}, "aws_iam_user"),
    ],
)
def test_an_unknown_account_or_unit_is_an_error_without_a_run(
    tmp_path: Path, options: dict[str, Any], word: str
) -> None:
    with pytest.raises(IamsqlError, match=word):
        run_sync(tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_outside_an_organization_only_the_callers_account_is_read(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, no_organization=True, typed=True)
    assert run.rows("select account_id, outcome from iamsql.accounts") == [(MANAGEMENT, "complete")]
    [(organization, notes, status)] = run.rows("select organization_id, notes, status from iamsql.run")
    assert organization is None
    assert json.loads(notes) == [f"Account {MANAGEMENT} is not a member of an organization: only this account is read."]
    assert status == "complete"
    assert run.status("DescribeOrganization") == {("not_applicable", "AWSOrganizationsNotInUseException")}
    assert run.path.name.endswith(f"Z-{MANAGEMENT}.duckdb")
    assert run.rows("select account_id, organization_id from aws_account") == [(MANAGEMENT, None)]


@pytest.mark.slow
def test_without_access_to_the_organization_only_the_callers_account_is_read_with_the_missing_permission(
    tmp_path: Path,
) -> None:
    run = sync_with_faults(tmp_path, deny_organizations=True, options=FEW)
    assert run.rows("select account_id, outcome from iamsql.accounts") == [(MANAGEMENT, "complete")]
    [(notes, status)] = run.rows("select notes, status from iamsql.run")
    [note] = json.loads(notes)
    assert "organizations:DescribeOrganization is denied to arn:aws:sts::" in note
    assert status == "incomplete"
    assert run.status("DescribeOrganization") == {("denied", "AccessDeniedException")}
    for never_asked in ("ListAccounts", "ListRoots", "ListDelegatedAdministrators"):
        assert run.status(never_asked) == {("not_requested", "DescribeOrganization")}
        assert run.count_calls(never_asked) == 0
    lines = [line for line in run.result.lines if line.startswith("  organizations:")]
    assert len(lines) == 1 and "organizations:DescribeOrganization: denied (AccessDeniedException)" in lines[0]
    assert lines[0].endswith("calls that depend on it were not requested")


@pytest.mark.slow
def test_a_member_account_without_access_to_the_organization_has_a_hint(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=FakeAws(DAY, caller=PAYMENTS), **FEW)
    assert run.rows("select account_id, outcome from iamsql.accounts") == [(PAYMENTS, "complete")]
    [(notes, management)] = run.rows("select notes, management_account_id from iamsql.run")
    assert "organizations:ListAccounts is denied" in notes
    assert management == MANAGEMENT


@pytest.mark.slow
def test_units_that_cannot_be_read_are_a_note(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, deny=((MANAGEMENT, "ListRoots"),), options=FEW | {"accounts": (PAYMENTS,)})
    [(notes,)] = run.rows("select notes from iamsql.run")
    assert "organizational units could not be read" in notes
    assert run.status("ListRoots") == {("denied", "AccessDeniedException")}
    for unasked in ("ListOrganizationalUnitsForParent", "ListAccountsForParent"):
        assert run.status(unasked) == {("not_requested", "ListRoots")}
    assert run.rows("select count(*), count(nullif(ou_path, '')) from iamsql.accounts") == [(16, 0)]


def test_the_organization_role_is_assumed_first(tmp_path: Path) -> None:
    aws = FakeAws(DAY, caller=PAYMENTS)
    role = f"arn:aws:iam::{TOOLS}:role/org-reader"
    run = run_sync(tmp_path, aws=aws, org_role=role, typed=True, tables=("aws_account", "aws_sts_caller_identity"))
    assert run.rows("select count(*) from iamsql.accounts") == [(16,)]
    roles = dict(run.rows("select account_id, role_used from iamsql.accounts"))
    assert roles[PAYMENTS] == "(caller)"
    assert roles[TOOLS] == role
    assert roles[LOGS] == f"arn:aws:iam::{LOGS}:role/iamsql-audit"
    arns = dict(run.rows("select account_id, arn from aws_sts_caller_identity"))
    assert arns[TOOLS] == f"arn:aws:sts::{TOOLS}:assumed-role/org-reader/iamsql"
    assert arns[PAYMENTS].startswith(f"arn:aws:sts::{PAYMENTS}:assumed-role/AWSReservedSSO")


def test_an_organization_role_that_is_denied_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="role/nobody cannot be assumed: AccessDenied"):
        run_sync(tmp_path, org_role=f"arn:aws:iam::{TOOLS}:role/nobody")


@pytest.mark.slow
def test_the_external_id_is_sent_to_the_role_that_requires_it(tmp_path: Path) -> None:
    run = run_sync(tmp_path, external_id=EXTERNAL_ID, accounts=(TRIAL,), **FEW)
    assert run.rows("select role_used from iamsql.accounts where selected") == [
        (f"arn:aws:iam::{TRIAL}:role/iamsql-audit",)
    ]
    assert EXTERNAL_ID not in run.rows("select options::varchar from iamsql.run")[0][0]


@pytest.mark.slow
def test_roles_of_the_command_line_are_assumed_in_order(tmp_path: Path) -> None:
    run = run_sync(tmp_path, roles=("nobody", "OrganizationAccountAccessRole"), accounts=(TRIAL,), **FEW)
    assert run.rows("select role_used from iamsql.accounts where selected") == [
        (f"arn:aws:iam::{TRIAL}:role/OrganizationAccountAccessRole",)
    ]
    assert run.count_calls("AssumeRole") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("partition", "homes"),
    [
        ("aws-cn", {"cn-north-1"}),
        ("aws-us-gov", {"us-gov-west-1"}),
        ("aws", {"us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2"}),
    ],
)
def test_other_partitions_have_their_arns(tmp_path: Path, partition: str, homes: set[str]) -> None:
    run = run_sync(tmp_path, aws=FakeAws(DAY, partition=partition), accounts=(PAYMENTS,), typed=True)
    roles = [dict(call.params)["RoleArn"] for call in run.aws.calls if call.operation == "AssumeRole"]
    assert roles == [f"arn:{partition}:iam::{PAYMENTS}:role/iamsql-audit"]
    assert {call.region for call in run.aws.calls if call.operation == "LookupEvents"} == homes
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("complete",)]
    assert run.rows('select "partition", caller_arn like ? from iamsql.run', f"arn:{partition}:%") == [
        (partition, True)
    ]
    arns = run.rows(
        'select arn, "partition" from aws_iam_user union select arn, "partition" from aws_account '
        'union select akas ->> 0, "partition" from aws_iam_access_key'
    )
    assert len(arns) > 10
    assert {(arn.split(":")[1], in_row) for arn, in_row in arns} == {(partition, partition)}


@pytest.mark.slow
def test_the_retired_member_status_is_read_without_state(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, state_field=False, options=FEW)
    states = dict(run.rows("select account_id, state from iamsql.accounts"))
    assert states[SUSPENDED] == states[CLOSED] == "SUSPENDED" and states[PENDING] == "ACTIVE"
    outcomes = dict(run.rows("select account_id, outcome from iamsql.accounts"))
    assert outcomes[CLOSED] == "inactive"
    assert outcomes[PENDING] == "assume_role_failed"
