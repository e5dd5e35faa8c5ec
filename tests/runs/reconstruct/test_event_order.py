"""The events of one second give the same state whatever their random IDs are, or the state is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from iamsql.runs.iam_state.account_state import AccountState
from iamsql.runs.iam_state.apply import APPLIED
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest
from iamsql.runs.reconstruct.event_order import VERBS, in_order
from iamsql.runs.reconstruct.replay import replay
from iamsql.tables.calls.account import ACCESS_KEYS, USER_DETAILS
from tests.runs.iam_state.small_account import ACCOUNT, LOCAL, TIME, request, state

NEW = f"arn:aws:iam::{ACCOUNT}:user/new"
ROLE, POLICY = f"arn:aws:iam::{ACCOUNT}:role/made", f"arn:aws:iam::{ACCOUNT}:policy/made"
OPEN = '{"Version": "2012-10-17", "Statement": []}'


def key(name: str, key_id: str, settled: bool = True) -> IamRequest:
    """Return the creation of an access key."""
    response = {"accessKey": {"accessKeyId": key_id, "userName": name, "status": "Active"}}
    return request("CreateAccessKey", {"userName": name}, response, settled)


def user(name: str) -> IamRequest:
    """Return the creation of a user."""
    response = {"user": {"arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "userName": name, "userId": f"AIDA{name}"}}
    return request("CreateUser", {"userName": name}, response)


def inline(verb: str, name: str, document: str = OPEN) -> IamRequest:
    """Return an event of an inline policy of a user."""
    return request(f"{verb}UserPolicy", {"userName": name, "policyName": "p", "policyDocument": document})


def managed(verb: str, name: str, arn: str = LOCAL) -> IamRequest:
    """Return an event of an attached policy of a user."""
    return request(f"{verb}UserPolicy", {"userName": name, "policyArn": arn})


def member(verb: str, name: str) -> IamRequest:
    """Return an event of the membership in a group."""
    word = "AddUserToGroup" if verb == "Add" else "RemoveUserFromGroup"
    return request(word, {"userName": name, "groupName": "admins"})


MADE_ROLE = request(
    "CreateRole",
    {"roleName": "made", "assumeRolePolicyDocument": OPEN},
    {"role": {"arn": ROLE, "roleName": "made", "roleId": "AROA2"}},
)
MADE_POLICY = request(
    "CreatePolicy", {"policyName": "made", "policyDocument": OPEN}, {"policy": {"arn": POLICY, "policyName": "made"}}
)
VERSION = request(
    "CreatePolicyVersion",
    {"policyArn": POLICY, "policyDocument": OPEN, "setAsDefault": True},
    {"policyVersion": {"versionId": "v2"}},
)
GONE = [
    request("DeleteAccessKey", {"userName": "ann", "accessKeyId": "AKIA1"}),
    managed("Detach", "ann"),
    member("Remove", "ann"),
    request("DeleteUser", {"userName": "ann"}),
]
SECONDS: dict[str, list[IamRequest]] = {
    "a user with its parts": [user("new"), key("new", "AKIA2"), inline("Put", "new"), managed("Attach", "new")],
    "a user with a group and a login profile": [
        user("new"), member("Add", "new"), request("CreateLoginProfile", {"userName": "new"}),
    ],
    "a role with a new policy": [
        MADE_ROLE, MADE_POLICY, VERSION, request("AttachRolePolicy", {"roleName": "made", "policyArn": POLICY}),
    ],
    "the deletion of a user": GONE,
    "a policy and its deletion": [
        MADE_POLICY, VERSION, request("DeletePolicyVersion", {"policyArn": POLICY, "versionId": "v1"}),
        request("DeletePolicy", {"policyArn": POLICY}),
    ],
    "a user that exists for less than a second": [
        user("new"), inline("Put", "new"), inline("Delete", "new"), request("DeleteUser", {"userName": "new"}),
    ],
    "a user that is made again": [request("DeleteUser", {"userName": "ann"}), user("ann"), key("other", "AKIA3"), user("other")],
    "a key that is replaced": [
        key("ann", "AKIA2"), request("UpdateAccessKey", {"userName": "ann", "accessKeyId": "AKIA1", "status": "Inactive"}),
        request("DeleteAccessKey", {"userName": "ann", "accessKeyId": "AKIA1"}),
    ],
}  # fmt: skip
NOTHING_LEFT = ("a policy and its deletion", "a user that exists for less than a second")
CONTRADICTIONS: dict[str, list[IamRequest]] = {
    "attached and detached": [managed("Attach", "ann"), managed("Detach", "ann")],
    "two documents": [inline("Put", "ann"), inline("Put", "ann", '{"Version": "2012-10-17"}')],
    "put and deleted": [inline("Put", "ann"), inline("Delete", "ann")],
    "two documents of a new user": [user("new"), inline("Put", "new"), inline("Put", "new", "{}")],
    "added and removed": [member("Add", "ann"), member("Remove", "ann")],
    "made again and changed": [request("DeleteUser", {"userName": "ann"}), user("ann"), inline("Put", "ann")],
    "two default versions": [VERSION, replace(VERSION, response={"policyVersion": {"versionId": "v3"}}, parameters={
        "policyArn": POLICY, "policyDocument": "{}", "setAsDefault": True,
    })],
    "a new default version and an old one": [
        VERSION, request("SetDefaultPolicyVersion", {"policyArn": POLICY, "versionId": "v1"}),
    ],
    "two statuses": [
        request("UpdateAccessKey", {"userName": "ann", "accessKeyId": "AKIA1", "status": status})
        for status in ("Active", "Inactive")
    ],
}  # fmt: skip


def test_every_event_that_is_applied_has_a_verb() -> None:
    others = {name for name in APPLIED if not name.startswith(VERBS)}
    assert others == {name for name in APPLIED if name.startswith("Create")}


def with_ids(events: Sequence[IamRequest], order: Sequence[int]) -> list[IamRequest]:
    """Return events, sorted by the IDs that they get, as SQL returns them."""
    return sorted(
        (replace(one, event_id=f"id-{number}") for one, number in zip(events, order, strict=True)),
        key=lambda one: one.event_id,
    )


def applied(events: Sequence[IamRequest], account: AccountState | None = None) -> dict[str, Any]:
    """Return the items after the events."""
    account = account or state()
    replay(account, in_order(account, events))
    return {raw: sorted(str(row.item) for row in rows) for raw, rows in account.lists.items()}


@pytest.mark.parametrize("name", SECONDS)
def test_every_order_of_the_ids_gives_the_same_state(name: str) -> None:
    orders = permutations(range(len(SECONDS[name])))
    states = [applied(with_ids(SECONDS[name], order)) for order in orders]
    assert all(state == states[0] for state in states)
    assert (states[0] == applied([])) == (name in NOTHING_LEFT)


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_an_unknown_order_that_matters_makes_the_account_unknown(name: str) -> None:
    for order in permutations(range(len(CONTRADICTIONS[name]))):
        with pytest.raises(CannotApplyError, match="the order of the events of 2026-03-02T12:00:00Z is not known"):
            applied(with_ids(CONTRADICTIONS[name], order))


def test_a_second_does_not_change_the_order_of_others() -> None:
    later = [replace(one, time=TIME.replace(second=1)) for one in (managed("Detach", "ann"), key("ann", "AKIA9"))]
    account = state()
    applied([managed("Attach", "ann"), *later], account)
    assert account.find(ACCESS_KEYS.raw, "AccessKeyId", "AKIA9")
    ann = account.find(USER_DETAILS.raw, "UserName", "ann")
    assert ann is not None and ann["AttachedManagedPolicies"] == []


def test_what_the_sync_cannot_have_read_is_not_skipped() -> None:
    with pytest.raises(CannotApplyError, match="the user new is neither in the run nor deleted by a later event"):
        applied([key("new", "AKIA2", settled=False)])
    deletion = replace(request("DeleteUser", {"userName": "new"}, settled=False), time=TIME.replace(second=1))
    assert applied([key("new", "AKIA2", settled=False), deletion]) == applied([])
    update = request(
        "UpdateAccessKey", {"userName": "ann", "accessKeyId": "AKIA7", "status": "Inactive"}, settled=False
    )
    with pytest.raises(CannotApplyError, match="the access key AKIA7 is neither in the run"):
        applied([update])
