"""Requests about users, groups and their keys change each list that has them."""

from __future__ import annotations

import pytest

from iamsql.runs.iam_state.request import CannotApplyError
from iamsql.tables.calls.account import ACCESS_KEYS, USER_DETAILS, USERS
from tests.runs.iam_state.small_account import ACCOUNT, ANN, changes, request, state


def test_a_group_membership_comes_and_goes() -> None:
    account = state()
    removal = request("RemoveUserFromGroup", {"userName": "ann", "groupName": "admins"})
    assert changes(account, removal) == [("aws_iam_user", ANN, "removed from group admins")]
    assert account.find(USER_DETAILS.raw, "UserName", "ann")["GroupList"] == []  # type: ignore[index]
    with pytest.raises(CannotApplyError, match="ann is not in the group admins"):
        changes(account, removal)
    back = request("AddUserToGroup", {"userName": "ann", "groupName": "admins"})
    assert changes(account, back, back) == [("aws_iam_user", ANN, "added to group admins")]


def test_a_rename_follows_in_keys_and_in_both_lists_of_users() -> None:
    account = state()
    texts = changes(account, request("UpdateUser", {"userName": "ann", "newUserName": "anna", "newPath": "/team/"}))
    assert texts == [("aws_iam_user", ANN, f"renamed to arn:aws:iam::{ACCOUNT}:user/team/anna")]
    assert account.find(USERS.raw, "UserName", "anna") and account.find(ACCESS_KEYS.raw, "UserName", "anna")
    assert [row.bound for row in account.lists[ACCESS_KEYS.raw]] == ['{"UserName":"anna"}']
    changes(account, request("UpdateGroup", {"groupName": "admins", "newGroupName": "owners"}))
    assert account.find(USER_DETAILS.raw, "UserName", "anna")["GroupList"] == ["owners"]  # type: ignore[index]


def test_the_deletion_of_a_user_deletes_both_items() -> None:
    account = state()
    changes(account, request("DeleteUser", {"userName": "ann"}))
    assert account.find(USER_DETAILS.raw, "UserName", "ann") is account.find(USERS.raw, "UserName", "ann") is None
