"""The requests that try permissions: real parents, names that cannot exist, and what each response proves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.plan import CollectionPlan
from iamsql.sync.doctor.permission_rows import permission_rows
from iamsql.sync.doctor.permissions import NO_NAME, Outcome, PermissionTrial
from iamsql.tables.calls.account import ACCESS_KEYS, EVENTS, SUMMARY, USER_DETAILS, USERS
from iamsql.tables.required_policies import planned_calls

ACCOUNT = "222233334444"
HOME = "us-east-1"


def trial(answers: dict[str, Any], tables: tuple[str, ...] = ()) -> tuple[list[Outcome], list[Request]]:
    """Try the calls of tables against answers by operation; a Fault is raised, and other operations have no items."""
    requests: list[Request] = []

    async def send(request: Request, _: CallStats) -> Any:
        requests.append(request)
        response = answers.get(request.operation, {})
        if isinstance(response, Fault):
            raise RequestFailedError(response)
        return response

    calls = [
        call for call in planned_calls(tables) if not (call.org or call.implicit or (call.on_demand and not tables))
    ]
    plan = CollectionPlan(tuple(calls), HOME)
    return asyncio.run(PermissionTrial(send, plan, ACCOUNT, "aws").run(calls)), requests


def test_an_empty_account_is_tried_with_names_that_cannot_exist() -> None:
    not_found = Fault("absent", "NoSuchEntity", "cannot be found")
    outcomes, requests = trial({"ListAccessKeys": not_found, "GetUserPolicy": not_found})
    by_operation = {request.operation: request for request in requests}
    assert by_operation["ListAccessKeys"].params["UserName"] == NO_NAME
    assert by_operation["GetPolicyVersion"].params["PolicyArn"] == f"arn:aws:iam::{ACCOUNT}:policy/{NO_NAME}"
    assert by_operation["GetAccountAuthorizationDetails"].params["MaxItems"] == 1
    allowed = {outcome.action for outcome in outcomes if outcome.is_allowed}
    assert {"iam:ListAccessKeys", "iam:GetUserPolicy", "iam:GenerateCredentialReport"} <= allowed
    # IAM answers AccessDenied for a key that does not exist, which would prove nothing.
    assert "GetAccessKeyLastUsed" not in by_operation
    assert (
        next(o.reason for o in outcomes if o.action == "iam:GetAccessKeyLastUsed")
        == "there is no item of ListAccessKeys"
    )


def test_the_first_parent_that_exists_is_used() -> None:
    # The one item of GetAccountAuthorizationDetails may be a group; ListUsers then has the user.
    answers = {
        "ListUsers": {"Users": [{"UserName": "ana"}]},
        "ListAccessKeys": {"AccessKeyMetadata": [{"AccessKeyId": "AKIA1"}]},
    }
    _, requests = trial(answers)
    by_operation = {request.operation: request.params for request in requests}
    assert by_operation["ListAccessKeys"] == {"UserName": "ana"}
    assert by_operation["GetAccessKeyLastUsed"] == {"AccessKeyId": "AKIA1"}
    assert len(requests) == len({(request.operation, request.region) for request in requests})


def test_a_service_without_items_is_not_tried_further() -> None:
    outcomes, requests = trial({}, ("aws_ssoadmin_permission_set",))
    assert [request.operation for request in requests] == ["ListInstances"]
    assert {outcome.reason for outcome in outcomes if not outcome.is_allowed} >= {"there is no item of ListInstances"}


@pytest.mark.parametrize("code", ["ReportNotPresent", "ReportInProgress", "LimitExceeded"])
def test_a_report_that_is_not_ready_proves_the_permission(code: str) -> None:
    outcomes, _ = trial({"GetCredentialReport": Fault("error", code, "")}, ("aws_iam_credential_report",))
    assert {outcome.action: outcome.is_allowed for outcome in outcomes}["iam:GetCredentialReport"]


def test_expired_credentials_end_the_trial() -> None:
    outcomes, requests = trial({"ListUsers": Fault("expired", "ExpiredToken", "The token has expired")})
    assert "ListAccessKeys" not in {request.operation for request in requests}
    rows = permission_rows("permissions", ACCOUNT, "role", outcomes)
    assert [(row.status, "Sign in again" in row.remediation) for row in rows] == [("failed", True)]


def test_the_rows_tell_regions_fallbacks_and_other_accounts() -> None:
    denied = Fault("denied", "AccessDenied", "no")
    outcomes = [
        Outcome(EVENTS.permission, "us-east-1", EVENTS, denied),
        Outcome(EVENTS.permission, "eu-north-1", EVENTS, denied),
        Outcome(USERS.permission, HOME, USERS, denied),
        Outcome(ACCESS_KEYS.permission, HOME, ACCESS_KEYS),
        Outcome(SUMMARY.permission, HOME, SUMMARY, Fault("error", "InternalFailure", "broken")),
    ]
    rows = permission_rows("permissions", ACCOUNT, "role", outcomes)
    assert [row.status for row in rows] == ["failed", "warning", "failed"]
    assert "denied in us-east-1, eu-north-1" in rows[0].detail
    assert "failed: InternalFailure: broken" in rows[2].detail
    main = [*outcomes, Outcome(USER_DETAILS.permission, HOME, USER_DETAILS, denied)]
    assert {row.status for row in permission_rows("permissions", ACCOUNT, "role", main)} == {"failed"}
    elsewhere = Fault("denied", "AccountNotManagementOrDelegatedAdministratorException", "")
    [row, total] = permission_rows("p", ACCOUNT, "role", [Outcome(EVENTS.permission, HOME, EVENTS, elsewhere)])
    assert (row.status, total.detail) == ("warning", "0 of 1 permissions")
