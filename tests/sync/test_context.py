"""A run of the sample organization without faults: its accounts, its requests and its files."""

from __future__ import annotations

import json
import stat
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from iamsql.aws.timestamps import iso_time
from iamsql.demo.protocol import MODEL_NAMES
from tests.conftest import DAY, REQUESTS
from tests.fake_aws import CREDENTIALS, CallRecord, FakeAws
from tests.sync.syncs import (
    ALICE,
    CLOSED,
    DATA,
    HOSTILE,
    LOCKED,
    MANAGEMENT,
    NETWORK,
    PAYMENTS,
    PENDING,
    SHARED,
    SUSPENDED,
    TOOLS,
    TRIAL,
    WEB,
    query,
)

TRIED = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")
LOOKED_AT = ("ap-southeast-2", "eu-north-1", "us-east-1", "us-east-2")
WORDS = "select error_message from iamsql.coverage where status = 'denied' and operation = 'GetCredentialReport'"


def test_each_account_has_an_outcome(demo_run: Path) -> None:
    outcomes = dict(query(demo_run, "select account_id, outcome from iamsql.accounts"))
    odd = {account: outcome for account, outcome in outcomes.items() if outcome != "complete"}
    assert odd == {
        LOCKED: "assume_role_failed",
        **dict.fromkeys((SUSPENDED, CLOSED, PENDING), "inactive"),
        **dict.fromkeys((DATA, TRIAL, HOSTILE, ALICE, WEB, NETWORK), "incomplete"),
    }
    assert len(outcomes) == 16


def test_accounts_have_the_order_and_the_unit_of_organizations(demo_run: Path, demo_aws: FakeAws) -> None:
    rows = query(demo_run, "select account_id, name, state, ou_path from iamsql.accounts order by position")
    accounts = demo_aws.organization.accounts
    assert rows == [(account.id, account.name, account.state, demo_aws.unit_path(account)) for account in accounts]


def test_coverage_has_exactly_the_failed_calls(demo_run: Path) -> None:
    bad = query(
        demo_run,
        "select account_id, operation, region, status, error_code from iamsql.coverage "
        "where status not in ('ok', 'skipped') and error_code <> 'AssumeRole' order by all",
    )
    assert bad == [
        (NETWORK, "GetObject", "us-east-1", "error", "cut_short"),
        (NETWORK, "GetObject", "us-east-1", "partial", "cut_short"),
        (ALICE, "GetObject", "us-east-1", "denied", "AccessDenied"),
        (ALICE, "GetObject", "us-east-1", "partial", "AccessDenied"),
        (ALICE, "LookupEvents", "ap-southeast-2", "denied", "AccessDeniedException"),
        *((HOSTILE, "LookupEvents", region, "denied", "AccessDeniedException") for region in LOOKED_AT),
        (WEB, "GetAlternateContact", "global", "denied", "AccessDeniedException"),
        (WEB, "GetBucketPolicy", "global", "denied", "AccessDenied"),
        (WEB, "GetSSHPublicKey", "global", "not_requested", "ListSSHPublicKeys"),
        (WEB, "GetServerCertificate", "global", "denied", "AccessDenied"),
        (WEB, "ListRegions", "global", "denied", "AccessDeniedException"),
        (WEB, "ListSSHPublicKeys", "global", "denied", "AccessDenied"),
        (DATA, "GenerateCredentialReport", "global", "denied", "AccessDenied"),
        (DATA, "GetCredentialReport", "global", "denied", "AccessDenied"),
        (TRIAL, "GetAccountAuthorizationDetails", "global", "denied", "AccessDenied"),
        (LOCKED, "AssumeRole", "global", "denied", "AccessDenied"),
    ]
    assert "explicit deny" in query(demo_run, WORDS)[0][0]


def test_an_account_that_was_not_read_has_a_row_for_each_requested_call(demo_run: Path) -> None:
    codes = query(
        demo_run,
        "select account_id, error_code, list_sort(list(operation)) from iamsql.coverage "
        "where status in ('skipped', 'not_requested') and error_code <> 'not_selected' "
        "and operation not in ('GetSSHPublicKey', 'GetServerCertificate') group by all order by 1",
    )
    assert {(account, code) for account, code, _ in codes} == {
        (LOCKED, "AssumeRole"),
        (SUSPENDED, "account_suspended"),
        (CLOSED, "account_closed"),
        (PENDING, "account_pending"),
    }
    assert len({tuple(names) for *_, names in codes}) == 1
    assert {"ListAccessKeys", "GetCredentialReport", "LookupEvents"} <= set(codes[0][2])


def test_roles_are_assumed_in_order_and_denials_are_stored(demo_run: Path, demo_aws: FakeAws) -> None:
    used_roles = dict(query(demo_run, "select account_id, role_used from iamsql.accounts"))
    assert used_roles[PAYMENTS] == f"arn:aws:iam::{PAYMENTS}:role/iamsql-audit"
    assert used_roles[SHARED] == f"arn:aws:iam::{SHARED}:role/OrganizationAccountAccessRole"
    assert used_roles[MANAGEMENT] == "(caller)"
    assert used_roles[LOCKED] is None
    for account, roles in ((LOCKED, TRIED), (SHARED, TRIED), (PAYMENTS, TRIED[:1])):
        assert roles_tried(demo_aws, account) == [f"arn:aws:iam::{account}:role/{role}" for role in roles]
    sql = "select status, error_message from iamsql.coverage where operation = 'AssumeRole' and account_id = ?"
    [(status, message)] = query(demo_run, sql, SHARED)
    assert status == "ok"
    assert message.startswith("iamsql-audit: AccessDenied: User: arn:aws:sts::111122223333:assumed-role/")
    assert message.count("is not authorized to perform: sts:AssumeRole") == 2
    [(reason,)] = query(demo_run, "select reason from iamsql.accounts where account_id = ?", LOCKED)
    assert [part.split(": ")[0] for part in reason.split("; ")] == list(TRIED)


def roles_tried(aws: FakeAws, account: str) -> list[str]:
    """Return the roles that were requested in an account, in order."""
    arns = [dict(call.params)["RoleArn"] for call in aws.calls if call.operation == "AssumeRole"]
    return [arn for arn in arns if arn.split(":")[4] == account]


def test_roles_of_suspended_accounts_are_not_assumed(demo_aws: FakeAws) -> None:
    assert not [arn for account in (SUSPENDED, CLOSED, PENDING, MANAGEMENT) for arn in roles_tried(demo_aws, account)]


def test_no_successful_request_is_repeated(demo_aws: FakeAws) -> None:
    # Jobs are polled until they are done; trails are described once to find the trail, and once for their table.
    exempt = ("GenerateCredentialReport", "GetServiceLastAccessedDetails", "DescribeTrails")
    call_counts = Counter(call for call in demo_aws.calls if call.outcome == "ok" and call.operation not in exempt)
    assert [call for call, times in call_counts.items() if times > 1] == []


def test_after_several_denied_users_no_further_user_is_requested(demo_aws: FakeAws) -> None:
    refused = Counter(
        (call.account_id, call.operation, call.region)
        for call in demo_aws.calls
        if call.outcome.startswith("Access") and call.operation != "AssumeRole"
    )
    assert max(refused.values()) <= 6  # LookupEvents: its look-ups are under way together


def test_coverage_has_the_number_of_requests(demo_run: Path, demo_aws: FakeAws) -> None:
    sql = (
        "select account_id, service, operation, sum(requests)::int from iamsql.coverage "
        "where requests > 0 and service <> 'sts' and operation not in ('GetObject', 'ListObjectsV2') group by all"
    )
    calls = [call for call in demo_aws.calls if not finds_the_trail(call)]
    request_counts = Counter(
        (call.account_id, MODEL_NAMES.get(call.service, call.service), call.operation) for call in calls
    )
    for account, service, operation, requests in query(demo_run, sql):
        extra = (operation == "DescribeTrails" and account == MANAGEMENT) + requests
        assert (account, operation, request_counts[account, service, operation]) == (account, operation, extra)
    total = sum(number for (number,) in query(demo_run, "select requests from iamsql.coverage"))
    assert total == request_counts.total() - 1


def finds_the_trail(call: CallRecord) -> bool:
    """Return whether a call finds a trail's bucket and its accounts, which coverage does not count."""
    return call.operation == "ListObjectsV2" and ("delimiter" in dict(call.params) or call.outcome != "ok")


@pytest.mark.parametrize(
    ("raw", "operation", "member", "params"),
    [
        ("iam_get_account_authorization_details_users", "get_account_authorization_details", "UserDetailList", {}),
        ("iam_get_account_authorization_details_roles", "get_account_authorization_details", "RoleDetailList", {}),
        ("iam_get_account_authorization_details_policies", "get_account_authorization_details", "Policies", {}),
        ("iam_list_virtual_mfa_devices", "list_virtual_mfa_devices", "VirtualMFADevices", {}),
        (
            "iam_list_service_specific_credentials",
            "list_service_specific_credentials",
            "ServiceSpecificCredentials",
            {},
        ),
        ("iam_list_account_aliases", "list_account_aliases", "AccountAliases", {}),
        ("iam_list_organizations_features", "list_organizations_features", "", {}),
        ("organizations_list_accounts", "list_accounts", "Accounts", {}),
        ("organizations_describe_organization", "describe_organization", "Organization", {}),
    ],
)
def test_raw_items_equal_what_boto3_parses(
    demo_run: Path, raw: str, operation: str, member: str, params: dict[str, Any]
) -> None:
    client = boto3_client(FakeAws(DAY), raw.split("_")[0])
    if operation == "get_account_authorization_details":
        params = {"Filter": ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]}
    if operation == "list_service_specific_credentials":
        params = {"AllUsers": True}
    items = [item for page in pages(client, operation, params) for item in found(page, member)]
    rows = query(demo_run, f"select item from raw.{raw} where account_id = ? order by rowid", MANAGEMENT)
    assert [json.loads(item) for (item,) in rows] == json.loads(json.dumps(items, default=spelled))


def boto3_client(aws: FakeAws, service: str) -> Any:
    """Return a plain client of the caller."""
    session = boto3.Session(**CREDENTIALS, region_name="us-east-1")
    session._session.get_component("event_emitter").register("before-send", aws.answer)
    return session.client(service)


def pages(client: Any, operation: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    if client.can_paginate(operation):
        return list(client.get_paginator(operation).paginate(**params))
    response, next_items = getattr(client, operation)(**params), []
    if response.get("IsTruncated"):
        next_items = pages(client, operation, params | {"Marker": response["Marker"]})
    return [response, *next_items]


def found(page: dict[str, Any], member: str) -> list[Any]:
    if not member:
        return [{key: value for key, value in page.items() if key != "ResponseMetadata"}]
    return page[member] if isinstance(page[member], list) else [page[member]]


def spelled(value: Any) -> Any:
    assert isinstance(value, datetime)
    return iso_time(value.timestamp())


def test_the_run_file_is_private(demo_folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in demo_folder.iterdir()}
    (run,) = demo_folder.glob("*.duckdb")
    assert modes[run.name] == modes[".lock"] == 0o600
    assert set(modes) - {".runs.json", REQUESTS} == {".lock", run.name, "SHA256SUMS"}  # .runs.json is a command's


def test_the_summary_lists_each_gap(demo_run: Path) -> None:
    [(status, notes)] = query(demo_run, "select status, notes from iamsql.run")
    [note] = json.loads(notes)
    assert status == "incomplete" and note.startswith(
        "Administrator roles were assumed: OrganizationAccountAccessRole in 2"
    )


def test_the_role_of_each_account_is_stored(demo_run: Path) -> None:
    arns = dict(query(demo_run, "select account_id, arn from aws_sts_caller_identity"))
    assert len(arns) == 12
    assert arns[ALICE] == f"arn:aws:sts::{ALICE}:assumed-role/iamsql-audit/iamsql"
    assert arns[MANAGEMENT].startswith("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Auditor_")
    assert TOOLS in arns


def test_groups_have_their_members_and_members_their_groups(demo_run: Path, demo_aws: FakeAws) -> None:
    pairs = {
        (account.id, group, user["UserName"])
        for account in demo_aws.organization.accounts
        for user in account.items("UserDetailList")
        for group in user["GroupList"]
    }
    read = {account for (account,) in query(demo_run, "select account_id from aws_account")}
    expected = sorted(pair for pair in pairs if pair[0] in read)
    members = "select account_id, name, unnest(users ->> '$[*].UserName') from aws_iam_group"
    groups = "select account_id, unnest(groups ->> '$[*].GroupName'), name from aws_iam_user"
    assert sorted(query(demo_run, members)) == sorted(query(demo_run, groups)) == expected
