"""Events are applied in their order; an event that contradicts the state makes the state unknown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from iamsql.runs.iam_state.account_state import AccountState
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest
from iamsql.runs.reconstruct.replay import parse_event, replay
from tests.runs.iam_state.small_account import ACCOUNT, LOCAL, READ_ONLY, TIME, request, state


def changes(account: AccountState, *events: IamRequest) -> list[tuple[str, str, str]]:
    """Apply events, and return the changes."""
    return [(change.table, change.key, change.change) for _, change in replay(account, events).changes]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("DeleteUser", {"userName": "bob"}),
        ("AttachRolePolicy", {"roleName": "gone", "policyArn": LOCAL}),
        ("AttachRolePolicy", {"roleName": "deploy", "policyArn": f"{LOCAL}-2"}),
        ("DetachUserPolicy", {"userName": "ann", "policyArn": READ_ONLY}),
        ("DeleteAccessKey", {"userName": "ann", "accessKeyId": "AKIA2"}),
        ("DeleteGroupPolicy", {"groupName": "admins", "policyName": "p"}),
        ("SetDefaultPolicyVersion", {"policyArn": LOCAL, "versionId": "v7"}),
        ("DeletePolicy", {"policyArn": f"{LOCAL}-2"}),
    ],
)
def test_an_event_that_contradicts_the_state_is_refused_unless_the_sync_may_have_read_it(
    name: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(CannotApplyError, match=f"{name} of 2026-03-02T12:00:00Z \\(e-1\\) cannot be applied"):
        changes(state(), request(name, parameters))
    if name != "AttachRolePolicy" or parameters["roleName"] == "gone":
        deletions = [request("DeleteRole", {"roleName": "gone"}, settled=False)] if name == "AttachRolePolicy" else []
        assert changes(state(), request(name, parameters, settled=False), *deletions) in (
            [],
            [("aws_iam_policy", LOCAL, f"{name} v7")],
        )


def test_events_of_other_data_make_its_calls_unknown_and_unknown_events_are_refused() -> None:
    done = replay(
        state(), [request("CreateVirtualMFADevice", {}), request("UpdateLoginProfile", {}), request("TagPolicy", {})]
    )
    assert done.unknown_calls == {"ListMFADevices", "ListVirtualMFADevices", "GetLoginProfile"} and not done.changes
    with pytest.raises(CannotApplyError, match=r"InventSomething of .* is not an event that iamsql applies"):
        replay(state(), [request("InventSomething", {})])


def test_a_row_becomes_an_event() -> None:
    row = (ACCOUNT, None, "CreateUser", datetime(2026, 3, 2, 11), '{"userName": "ann"}', "null")
    event = parse_event(row, TIME)
    assert (event.event_id, event.parameters, event.response, event.is_settled) == ("", {"userName": "ann"}, {}, False)
