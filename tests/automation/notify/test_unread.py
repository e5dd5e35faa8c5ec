"""The accounts that a notice lists as not read: with a reason, the newly unread ones first."""

from __future__ import annotations

from iamsql.automation.notify.model import UnreadAccount
from iamsql.automation.notify.unread import order_accounts


def account(name: str, outcome: str = "assume_role_failed") -> UnreadAccount:
    return UnreadAccount(name, name, outcome, "a reason")


def test_newly_unread_accounts_come_first() -> None:
    accounts = [account("a"), account("b", "partial"), account("c", "partial")]
    failed = {"a": {"iam:ListUsers"}, "b": {"iam:ListUsers"}, "c": {"iam:ListUsers"}}
    ordered_accounts = order_accounts(accounts, failed, {"c": {"iam:ListUsers"}, "b": {"iam:ListRoles"}})
    # The earlier run did not make the call in b, or it failed there too.
    assert [(entry.account_id, entry.is_new) for entry in ordered_accounts] == [("c", True), ("a", False), ("b", False)]


def test_an_account_that_nobody_can_read_is_listed_once() -> None:
    failed = {"a": {"iam:ListUsers"}}
    assert order_accounts([account("a", "inactive")], failed, {}) == []
    (ordered_accounts,) = order_accounts([account("a", "inactive")], failed, {"a": {"iam:ListUsers"}})
    assert ordered_accounts.is_new
