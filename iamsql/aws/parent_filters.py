"""Select the users and keys that need calls of their own. The credential report has the data of the others.

iamsql.tables's aws_iam_access_key assigns the report's key slots to keys by the same rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

KeySlots = dict[str, dict[str, str]]  # row of the credential report by user name
Filter = Callable[[Sequence[dict[str, Any]], KeySlots], list[dict[str, Any]]]
NO_VALUE = ("", "N/A", "no_information", "not_supported")


def key_slots(report: Sequence[dict[str, Any]]) -> KeySlots:
    """Map the user names of a credential report to their rows, which have two access key slots each."""
    return {row["user"]: row for row in report}


def users_with_keys(users: Sequence[dict[str, Any]], slots: KeySlots) -> list[dict[str, Any]]:
    """Return the users with an access key in the report, and the users who were created after the report."""
    return [user for user in users if _may_have_key(slots.get(user["UserName"]))]


def unassigned_keys(keys: Sequence[dict[str, Any]], slots: KeySlots) -> list[dict[str, Any]]:
    """Return the access keys that cannot be assigned to a slot of the report with certainty."""
    by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key in keys:
        by_user[key["UserName"]].append(key)
    return [key for user, keys_of_user in by_user.items() for key in _keys_without_slot(keys_of_user, slots.get(user))]


def _may_have_key(row: dict[str, str] | None) -> bool:
    return row is None or _has_key(row, 1) or _has_key(row, 2)


def _has_key(row: dict[str, str], slot: int) -> bool:
    """Return whether a slot has a key: the slot is active, or has a time of rotation or use."""
    # The documentation says that an inactive key has no time of rotation, but reports have shown one: any trace counts.
    key = f"access_key_{slot}"
    times = (row.get(f"{key}_last_rotated", ""), row.get(f"{key}_last_used_date", ""))
    return bool(row.get(f"{key}_active") == "true" or any(time not in NO_VALUE for time in times))


def _keys_without_slot(keys: list[dict[str, Any]], row: dict[str, str] | None) -> list[dict[str, Any]]:
    """Return the keys of a user that cannot be assigned to a slot.

    A key is assigned if it matches the time (to the second) and the status of one slot, and no other key matches this slot.
    """
    if row is None:
        return keys
    # Slots seem to follow the order of key IDs, but AWS does not promise that, so the order assigns nothing.
    used_slots = [slot for slot in (1, 2) if _has_key(row, slot)]
    matches = {key["AccessKeyId"]: [slot for slot in used_slots if _matches_slot(key, row, slot)] for key in keys}
    matched_slots = [slot for slots in matches.values() for slot in slots]
    assigned_keys = {key for key, slots in matches.items() if len(slots) == 1 and matched_slots.count(slots[0]) == 1}
    if len(keys) == 1:  # without a time of rotation, the status decides
        same_status_slots = [slot for slot in used_slots if _has_same_status(keys[0], row, slot)]
        undated_slots = [
            slot for slot in same_status_slots if row.get(f"access_key_{slot}_last_rotated", "") in NO_VALUE
        ]
        assigned_keys |= {keys[0]["AccessKeyId"]} if len(same_status_slots) == 1 and undated_slots else set()
    return [key for key in keys if key["AccessKeyId"] not in assigned_keys]


def _matches_slot(key: dict[str, Any], row: dict[str, str], slot: int) -> bool:
    # Compared to the second: both times are UTC, one with Z and the other with +00:00.
    created, rotated = key["CreateDate"], row.get(f"access_key_{slot}_last_rotated", "")
    return _has_same_status(key, row, slot) and bool(created[:19] == rotated[:19])


def _has_same_status(key: dict[str, Any], row: dict[str, str], slot: int) -> bool:
    return bool((row.get(f"access_key_{slot}_active") == "true") == (key["Status"] == "Active"))


PARENT_FILTERS: dict[str, Filter] = {"users_with_keys": users_with_keys, "unassigned_keys": unassigned_keys}
