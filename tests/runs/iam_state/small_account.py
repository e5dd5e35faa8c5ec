"""A small account state, and requests that are applied to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iamsql.runs.iam_state.account_state import AccountState
from iamsql.runs.iam_state.apply import apply_request
from iamsql.runs.iam_state.request import IamRequest
from iamsql.tables.calls.account import ACCESS_KEYS, GROUP_DETAILS, POLICY_DETAILS, ROLE_DETAILS, USER_DETAILS, USERS

ACCOUNT, TIME = "111122223333", datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, ADMINS = f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{ACCOUNT}:group/admins"
LOCAL, READ_ONLY = f"arn:aws:iam::{ACCOUNT}:policy/local", "arn:aws:iam::aws:policy/ReadOnlyAccess"


def state() -> AccountState:
    """Return an account with a user in a group, a key, a role and two policies."""
    account = AccountState(
        ACCOUNT, "aws", aws_policies={READ_ONLY: '{"Arn": "x", "AttachmentCount": 9, "PolicyVersionList": [1]}'}
    )
    attached = [{"PolicyArn": LOCAL, "PolicyName": "local"}]
    account.add(USER_DETAILS.raw, {
        "UserName": "ann", "Arn": ANN, "UserId": "AIDA1", "Path": "/", "GroupList": ["admins"], "UserPolicyList": [],
        "AttachedManagedPolicies": attached, "Tags": [{"Key": "a", "Value": "1"}],
    })  # fmt: skip
    account.add(USERS.raw, {"UserName": "ann", "Arn": ANN})
    account.add(
        GROUP_DETAILS.raw, {"GroupName": "admins", "Arn": ADMINS, "GroupPolicyList": [], "AttachedManagedPolicies": []}
    )
    role = {"RoleName": "deploy", "Arn": "r", "RoleId": "AROA1", "RolePolicyList": [], "AttachedManagedPolicies": []}
    account.add(ROLE_DETAILS.raw, role | {"AssumeRolePolicyDocument": {}})
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": {}}]
    account.add(
        POLICY_DETAILS.raw,
        {"Arn": LOCAL, "AttachmentCount": 1, "DefaultVersionId": "v1", "PolicyVersionList": versions},
    )
    account.add(ACCESS_KEYS.raw, {"AccessKeyId": "AKIA1", "Status": "Active", "UserName": "ann"}, {"UserName": "ann"})
    account.changed.clear()
    return account


def request(
    name: str, parameters: dict[str, Any], response: dict[str, Any] | None = None, settled: bool = True
) -> IamRequest:
    """Return a request."""
    return IamRequest(ACCOUNT, "e-1", name, TIME, parameters, response or {}, settled)


def changes(account: AccountState, *requests: IamRequest) -> list[tuple[str, str, str]]:
    """Apply requests, and return the changes."""
    return [(change.table, change.key, change.change) for item in requests for change in apply_request(account, item)]
