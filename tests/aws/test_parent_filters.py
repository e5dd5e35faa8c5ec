"""Calls are made only for the users and keys about which the credential report leaves a question open."""

from __future__ import annotations

import pytest

from iamsql.aws.parent_filters import key_slots, unassigned_keys, users_with_keys

FIRST, SECOND = "2026-01-02T03:04:05+00:00", "2026-02-02T03:04:05+00:00"


def report_row(user: str, *slots: tuple[str, str]) -> dict[str, str]:
    """Return a row of the report with (active, time of rotation) of each slot."""
    row = {"user": user}
    for number, (active, rotated) in enumerate(slots, start=1):
        row |= {f"access_key_{number}_active": active, f"access_key_{number}_last_rotated": rotated}
    return row


def key(name: str, created: str, status: str = "Active") -> dict[str, str]:
    """Return a key of the user u."""
    return {"AccessKeyId": name, "UserName": "u", "CreateDate": created.replace("+00:00", "Z"), "Status": status}


NONE = ("false", "N/A")


def test_users_with_a_key_or_without_a_row_are_kept() -> None:
    used = report_row("used", NONE, NONE) | {"access_key_2_last_used_date": FIRST}
    rows = [report_row("none", NONE, NONE), report_row("second", NONE, ("true", FIRST)), used]
    rows.append(report_row("inactive", ("false", FIRST), NONE))
    users = [{"UserName": name} for name in ("none", "second", "used", "inactive", "new")]
    with_keys = users_with_keys(users, key_slots(rows))
    assert [user["UserName"] for user in with_keys] == ["second", "used", "inactive", "new"]


@pytest.mark.parametrize(
    ("slots", "keys", "unassigned"),
    [
        # Each key has the second and the status of one slot, in whatever order.
        ([("true", FIRST), ("true", SECOND)], [key("b", SECOND), key("a", FIRST)], []),
        ([("true", FIRST), NONE], [key("a", FIRST)], []),
        # The second and the status must both be the slot's.
        ([("true", FIRST), NONE], [key("a", SECOND)], ["a"]),
        ([("true", FIRST), NONE], [key("a", FIRST, "Inactive")], ["a"]),
        # Two keys of one second, or two slots of one second: they cannot be told apart.
        ([("true", FIRST), ("true", FIRST)], [key("a", FIRST), key("b", FIRST)], ["a", "b"]),
        ([("true", FIRST), NONE], [key("a", FIRST), key("b", FIRST)], ["a", "b"]),
        # A slot without a time: the only key with the slot's status is its key.
        ([("true", "N/A"), NONE], [key("a", FIRST)], []),
        ([("true", "N/A"), ("true", "N/A")], [key("a", FIRST)], ["a"]),
        ([("true", "N/A"), NONE], [key("a", FIRST, "Inactive")], ["a"]),
    ],
)
def test_keys_that_no_slot_has_for_certain_are_kept(
    slots: list[tuple[str, str]], keys: list[dict[str, str]], unassigned: list[str]
) -> None:
    remaining = unassigned_keys(keys, key_slots([report_row("u", *slots)]))
    assert [item["AccessKeyId"] for item in remaining] == unassigned


def test_keys_of_users_who_are_not_in_the_report_are_kept() -> None:
    assert [item["AccessKeyId"] for item in unassigned_keys([key("a", FIRST)], {})] == ["a"]
