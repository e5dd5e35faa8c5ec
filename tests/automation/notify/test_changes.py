"""The changes of a notification from findings, rows of a comparison, and accounts that were not read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from iamsql.automation.notify.changes import finding_change, fingerprint, resource_change, result_reason, unknown_change
from tests.automation.notify.findings import finding
from tests.automation.notify.notices import EARLIER, RUN, unread

ROW: dict[str, Any] = {
    "change": "new", "kind": "access_key", "account_id": "1" * 12, "account_name": "main", "region": None, "name": "ana",
    "resource": "AKIA1", "reason": None, "old_value": None, "new_value": None,
}  # fmt: skip


def test_a_fingerprint_depends_on_the_kind_the_subject_and_the_run() -> None:
    parts = [
        ("opened", "a", "r"),
        ("resolved", "a", "r"),
        ("opened", "b", "r"),
        ("opened", "a", "s"),
        ("opened", "", "ar"),
    ]
    assert len({fingerprint(*part) for part in parts}) == len(parts)
    assert len(fingerprint("opened", "\ud800", "r")) == 64


def test_a_finding_has_the_title_and_the_severity_of_its_control() -> None:
    opened, closed = finding_change("opened", finding(), RUN), finding_change("resolved", finding(), RUN, has_left=True)
    assert (opened.title, opened.severity, opened.first_seen) == ("Access keys are rotated", "high", RUN.started_at)
    assert opened.reason == "The key is 400 days old." and opened.finding == finding()
    assert (closed.reason, closed.first_seen) == ("The account left the organization.", None)
    assert finding_change("opened", finding(), EARLIER).fingerprint != opened.fingerprint


def test_a_reason_names_what_distinguishes_the_finding_once() -> None:
    assert result_reason(finding(subresource="AKIA1")) == "AKIA1: The key is 400 days old."
    assert result_reason(finding(subresource="AKIA1", reason="AKIA1 is old.")) == "AKIA1 is old."


def test_an_account_is_not_read_or_not_in_full() -> None:
    assert unknown_change(unread(), RUN).title == "Account no longer read"
    change = unknown_change(replace(unread(), outcome="incomplete"), RUN)
    assert (change.change_type, change.severity) == ("unknown", "medium")
    assert change.title == "Account no longer read in full"


@pytest.mark.parametrize(
    ("row", "kind", "title", "reason"),
    [
        ({}, "key", "New access key of the user ana", ""),
        ({"change": "rotated", "old_value": "AKIA0", "reason": "created before"}, "key", "New access key of the user ana",
         "It replaces AKIA0: created before."),
        ({"kind": "privilege", "new_value": "certain"}, "administrator", "ana became an administrator", "The verdict is certain."),
        ({"kind": "privilege", "name": None}, "administrator", " became an administrator", ""),
        ({"kind": "account"}, "account", "Account joined the organization", ""),
        ({"kind": "account", "change": "gone", "reason": "closed"}, "account", "Account left the organization", "closed"),
    ],
)  # fmt: skip
def test_a_row_of_a_comparison_is_a_change(row: dict[str, Any], kind: str, title: str, reason: str) -> None:
    change = resource_change(ROW | row, RUN)
    assert (change.change_type, change.title, change.reason, change.region) == (kind, title, reason, "global")
    assert (change.account_id, change.resource, change.first_seen) == ("1" * 12, "AKIA1", RUN.started_at)
