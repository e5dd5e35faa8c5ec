"""Which accounts, which calls, which window: what the user asked for is what is asked of AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iamsql.demo import EXTERNAL_ID, Faults, Room
from iamsql.model import IamsqlError
from iamsql.sync import Options, plan, window
from tests.conftest import DAY
from tests.sync.rooms import (
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
    WEB,
    Ran,
    disturbed,
    ran,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEW = {"tables": ("aws_account",)}


def selected(run: Ran) -> set[str]:
    return {account for (account,) in run.rows("select account_id from iamsql.accounts where selected")}


def unit(path: tuple[str, ...]) -> str:
    return Room(DAY).directory.units[path]


SANDBOX = unit(("Workloads", "Test", "Sandbox"))
TEST = unit(("Workloads", "Test"))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"accounts": (PAYMENTS, ALICE)}, {PAYMENTS, ALICE}),
        ({"ous": (SANDBOX,)}, {ALICE, HOSTILE}),
        ({"ous": (SANDBOX,), "skip_accounts": (HOSTILE,)}, {ALICE}),
        ({"ous": (TEST,), "skip_ous": (SANDBOX,)}, {TRIAL, "999900001111"}),
        ({"ous": (TEST,), "accounts": (PAYMENTS,)}, set()),
        ({"states": ("SUSPENDED",)}, {SUSPENDED}),
    ],
)
def test_selection(tmp_path: Path, options: dict[str, Any], wanted: set[str]) -> None:
    run = ran(tmp_path, **options, **FEW)
    assert selected(run) == wanted
    left = "select distinct outcome from iamsql.accounts where not selected"
    assert run.rows(left) == [("not_selected",)]
    assert run.rows("select count(*) from iamsql.accounts") == [(16,)]
    asked = {call.account_id for call in run.room.calls if call.operation == "ListAccountAliases"}
    assert asked <= wanted
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
def test_what_does_not_exist_is_an_error_and_leaves_nothing(tmp_path: Path, options: dict[str, Any], word: str) -> None:
    with pytest.raises(IamsqlError, match=word):
        ran(tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


def test_outside_an_organization_the_caller_alone_is_read(tmp_path: Path) -> None:
    run = disturbed(tmp_path, no_organization=True, typed=True)
    assert run.rows("select account_id, outcome from iamsql.accounts") == [(MANAGEMENT, "read")]
    [(organization, notes, status)] = run.rows("select organization_id, notes, status from iamsql.run")
    assert organization is None
    assert json.loads(notes) == [f"Account {MANAGEMENT} is in no organization: it alone is read."]
    assert status == "complete"
    assert run.status("DescribeOrganization") == {("not_applicable", "AWSOrganizationsNotInUseException")}
    assert run.path.name.endswith(f"Z-{MANAGEMENT}.duckdb")
    assert run.rows("select account_id, organization_id from aws_account") == [(MANAGEMENT, None)]


def test_denied_the_organization_the_caller_alone_is_read_and_the_permission_named(tmp_path: Path) -> None:
    run = disturbed(tmp_path, deny_organizations=True, options=FEW)
    assert run.rows("select account_id, outcome from iamsql.accounts") == [(MANAGEMENT, "read")]
    [(notes, status)] = run.rows("select notes, status from iamsql.run")
    [note] = json.loads(notes)
    assert "organizations:DescribeOrganization is denied to arn:aws:sts::" in note
    assert status == "gaps"


def test_a_member_that_may_not_list_accounts_is_told_so(tmp_path: Path) -> None:
    run = ran(tmp_path, room=Room(DAY, caller=PAYMENTS), **FEW)
    assert run.rows("select account_id, outcome from iamsql.accounts") == [(PAYMENTS, "read")]
    [(notes, management)] = run.rows("select notes, management_account_id from iamsql.run")
    assert "organizations:ListAccounts is denied" in notes
    assert management == MANAGEMENT


def test_units_that_cannot_be_read_are_a_note(tmp_path: Path) -> None:
    run = disturbed(tmp_path, deny=((MANAGEMENT, "ListRoots"),), options=FEW | {"accounts": (PAYMENTS,)})
    [(notes,)] = run.rows("select notes from iamsql.run")
    assert "units of the organization could not be read" in notes
    assert run.status("ListRoots") == {("denied", "AccessDeniedException")}
    assert run.rows("select count(*), count(nullif(ou_path, '')) from iamsql.accounts") == [(16, 0)]


def test_the_organizations_reader_is_entered_first(tmp_path: Path) -> None:
    room = Room(DAY, caller=PAYMENTS)
    role = f"arn:aws:iam::{TOOLS}:role/org-reader"
    run = ran(tmp_path, room=room, org_role=role, typed=True, tables=("aws_account", "aws_sts_caller_identity"))
    assert run.rows("select count(*) from iamsql.accounts") == [(16,)]
    used = dict(run.rows("select account_id, role_used from iamsql.accounts"))
    assert used[PAYMENTS] == "(caller)"
    assert used[TOOLS] == role
    assert used[LOGS] == f"arn:aws:iam::{LOGS}:role/iamsql-audit"
    arns = dict(run.rows("select account_id, arn from aws_sts_caller_identity"))
    assert arns[TOOLS] == f"arn:aws:sts::{TOOLS}:assumed-role/org-reader/iamsql"
    assert arns[PAYMENTS].startswith(f"arn:aws:sts::{PAYMENTS}:assumed-role/AWSReservedSSO")


def test_an_organization_role_that_refuses_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="role/nobody cannot be assumed: AccessDenied"):
        ran(tmp_path, org_role=f"arn:aws:iam::{TOOLS}:role/nobody")


def test_the_external_id_opens_the_role_that_asks_for_it(tmp_path: Path) -> None:
    run = ran(tmp_path, external_id=EXTERNAL_ID, accounts=(TRIAL,), **FEW)
    assert run.rows("select role_used from iamsql.accounts where selected") == [
        (f"arn:aws:iam::{TRIAL}:role/iamsql-audit",)
    ]
    assert EXTERNAL_ID not in run.rows("select options::varchar from iamsql.run")[0][0]


def test_roles_named_by_the_user_are_tried_in_their_order(tmp_path: Path) -> None:
    run = ran(tmp_path, roles=("nobody", "OrganizationAccountAccessRole"), accounts=(TRIAL,), **FEW)
    assert run.rows("select role_used from iamsql.accounts where selected") == [
        (f"arn:aws:iam::{TRIAL}:role/OrganizationAccountAccessRole",)
    ]
    assert run.asked("AssumeRole") == 2


@pytest.mark.parametrize(
    ("partition", "home"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws", "us-east-1")]
)
def test_other_partitions(tmp_path: Path, partition: str, home: str) -> None:
    run = ran(tmp_path, room=Room(DAY, partition=partition), accounts=(PAYMENTS,), typed=True)
    roles = [dict(call.params)["RoleArn"] for call in run.room.calls if call.operation == "AssumeRole"]
    assert roles == [f"arn:{partition}:iam::{PAYMENTS}:role/iamsql-audit"]
    assert {call.region for call in run.room.calls if call.operation == "LookupEvents"} == {home}
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("read",)]
    assert run.rows('select "partition", caller_arn like ? from iamsql.run', f"arn:{partition}:%") == [
        (partition, True)
    ]
    arns = run.rows(
        'select arn, "partition" from aws_iam_user union select arn, "partition" from aws_account '
        'union select akas ->> 0, "partition" from aws_iam_access_key'
    )
    assert len(arns) > 10
    assert {(arn.split(":")[1], of) for arn, of in arns} == {(partition, partition)}


def test_the_retired_status_is_read_where_there_is_no_state(tmp_path: Path) -> None:
    run = disturbed(tmp_path, state_field=False, options=FEW)
    states = dict(run.rows("select account_id, state from iamsql.accounts"))
    assert states[SUSPENDED] == states[CLOSED] == "SUSPENDED" and states[PENDING] == "ACTIVE"
    outcomes = dict(run.rows("select account_id, outcome from iamsql.accounts"))
    assert outcomes[CLOSED] == "not_tried"
    assert outcomes[PENDING] == "not_entered"


def test_a_table_costs_only_the_calls_that_it_needs(tmp_path: Path) -> None:
    run = ran(tmp_path, accounts=(PAYMENTS,), tables=("aws_iam_account_summary", "aws_iam_account_password_policy"))
    asked = {call.operation for call in run.room.calls if call.account_id == PAYMENTS}
    assert asked == {"GetAccountSummary", "GetAccountPasswordPolicy"}
    assert run.status("ListAccessKeys", PAYMENTS) == {("skipped", "not_selected")}
    assert run.outcome.status == "complete"


def test_keys_need_users_and_the_report(tmp_path: Path) -> None:
    run = ran(tmp_path, accounts=(PAYMENTS,), tables=("aws_iam_access_key",))
    asked = {call.operation for call in run.room.calls if call.account_id == PAYMENTS}
    assert asked == {
        "GetAccountAuthorizationDetails",
        "GenerateCredentialReport",
        "GetCredentialReport",
        "ListAccessKeys",
        "GetAccessKeyLastUsed",
    }


def test_trust_report_lists_keys_of_fewer_users_and_says_so(tmp_path: Path) -> None:
    run = ran(tmp_path, accounts=(PAYMENTS, WEB), trust_report=True)
    [(status, code, words, items)] = run.rows(
        "select status, error_code, error_message, items from iamsql.coverage where operation = 'ListAccessKeys' and account_id = ?",
        PAYMENTS,
    )
    assert (status, code, items) == ("partial", "trust_report", 10)
    assert words == "keys listed for 8 of 9 users, by the credential report"
    assert run.outcome.status == "complete"
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("read",)]


def test_trust_report_says_so_where_users_come_from_the_stand_in(tmp_path: Path) -> None:
    room = Room(DAY, faults=Faults(deny=((PAYMENTS, "GetAccountAuthorizationDetails"),)))
    run = ran(tmp_path, room=room, accounts=(PAYMENTS,), trust_report=True)
    assert run.status("ListAccessKeys", PAYMENTS) == {("partial", "trust_report")}


def test_fresh_asks_user_by_user(tmp_path: Path) -> None:
    run = ran(tmp_path, accounts=(PAYMENTS,), fresh=True, typed=True)
    users, keys = 9, 10
    for operation, calls in (("GetLoginProfile", users), ("ListMFADevices", users), ("GetAccessKeyLastUsed", keys)):
        assert run.asked(operation, PAYMENTS) == calls, operation
        assert run.status(operation, PAYMENTS) == {("ok", None)}
    assert run.rows("select distinct last_used_source from aws_iam_access_key") == [("GetAccessKeyLastUsed",)]
    [(profile,)] = run.rows("select login_profile from aws_iam_user where name = 'bruno'")
    assert json.loads(profile).keys() == {"UserName", "CreateDate", "PasswordResetRequired"}


@pytest.mark.parametrize(
    ("asked", "start", "end", "noted"),
    [
        ({}, "2025-12-02T12:00", "2026-03-02T12:00", False),
        ({"days": 7}, "2026-02-23T12:00", "2026-03-02T12:00", False),
        ({"days": 365}, "2025-12-02T12:00", "2026-03-02T12:00", True),
        ({"start_date": "2026-02-01"}, "2026-02-01T00:00", "2026-03-02T12:00", False),
        ({"start_date": "2026-02-01", "end_date": "2026-02-01"}, "2026-02-01T00:00", "2026-02-02T00:00", False),
        ({"days": 10, "end_date": "2026-02-11"}, "2026-02-02T00:00", "2026-02-12T00:00", False),
        ({"start_date": "2025-01-01", "end_date": "2026-02-01"}, "2025-12-02T12:00", "2026-02-02T00:00", True),
    ],
)
def test_the_window(asked: dict[str, Any], start: str, end: str, noted: bool, tmp_path: Path) -> None:
    first, last, notes = window(Options(tmp_path, **asked), NOON)
    assert (f"{first:%Y-%m-%dT%H:%M}", f"{last:%Y-%m-%dT%H:%M}", bool(notes)) == (start, end, noted)


@pytest.mark.parametrize(
    "asked",
    [
        {"start_date": "2026-02-02", "end_date": "2026-02-01"},
        {"start_date": "2026-05-01"},
        {"start_date": "2020-01-01", "end_date": "2020-02-01"},
    ],
)
def test_an_empty_window_is_an_error(asked: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="window ends"):
        ran(tmp_path, **asked)


def test_look_ups_keep_to_the_window_and_the_regions(tmp_path: Path) -> None:
    run = ran(tmp_path, accounts=(PAYMENTS,), days=30, regions=("eu-west-1", "us-east-1"), typed=True)
    look_ups = [dict(call.params) for call in run.room.calls if call.operation == "LookupEvents"]
    assert {(one["StartTime"], one["EndTime"]) for one in look_ups} == {
        (datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp(), NOON.timestamp())
    }
    rows = run.rows(
        "select region, status from iamsql.coverage where operation = 'LookupEvents' and trips > 0 order by 1"
    )
    assert rows == [("eu-west-1", "ok"), ("us-east-1", "ok")]
    [(oldest,)] = run.rows("select min(event_time) from aws_cloudtrail_lookup_event")
    assert oldest >= datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_a_plan_sizes_and_collects_nothing(tmp_path: Path) -> None:
    room = Room(DAY)
    result = plan(Options(tmp_path, demo=True, accounts=(PAYMENTS, SUSPENDED)), room)
    rows = {row[0]: dict(zip(result.columns, row, strict=True)) for row in result.rows}
    assert rows[PAYMENTS]["users"] == 9 and 20 < rows[PAYMENTS]["calls"] < 40
    assert rows[SUSPENDED]["note"] == "account_suspended" and not rows[SUSPENDED]["will_read"]
    assert rows[WEB]["note"] == "not selected"
    assert {call.operation for call in room.calls if call.account_id == PAYMENTS} == {"GetAccountSummary"}
    assert list(tmp_path.iterdir()) == []
