"""The reports over events tell a stolen key's story, and never call nothing what was not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.queries.incident import ASKED, FOREIGN, OFFICE, RECORDS, THIEF, one
from tests.queries.small import BLIND, CLEAN, GONE, READ, SHUT, rows


@pytest.mark.parametrize("macro", ASKED)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_the_clients_time_zone_changes_nothing(run: Path, macro: str, zone: str) -> None:
    assert rows(run, macro, zone) == rows(run, macro)


def test_one_row_tells_a_keys_life(run: Path) -> None:
    (key,) = rows(run, "key_history(' AKIASVC ')")
    assert (key["account_id"], key["owner"], key["status"]) == (READ, "svc", "deleted")
    assert (key["created_by"], key["created_from"]) == (f"arn:aws:iam::{READ}:user/ann", THIEF)
    assert (key["events"], key["refused"], key["errors"]) == (4, 1, "AccessDenied 1")
    assert key["writes"] == "AssumeRole 1, AttachUserPolicy 1"
    assert key["issued_credentials"] == f"AssumeRole arn:aws:iam::{CLEAN}:role/ops -> ASIAOPS 1"
    assert (key["source_addresses"], key["user_agents"]) == (f"{THIEF} 4", "aws-cli 4")
    assert key["status_changes"] == "; ".join(
        f"{what} by arn:aws:iam::{READ}:user/ann from {THIEF}"
        for what in ("deactivated 2026-02-20 03:00:00", "deleted 2026-02-20 03:01:00")
    )
    assert key["event_coverage"].startswith("all events; regions read: 2")


def test_a_sessions_key_leads_back_to_who_took_it(run: Path) -> None:
    (key,) = rows(run, "key_history('ASIAOPS')")
    assert (key["status"], key["account_id"], key["created_with"]) == ("temporary", CLEAN, "AssumeRole")
    assert key["owner"] == f"arn:aws:sts::{CLEAN}:assumed-role/ops/x"
    assert key["created_by"] == f"arn:aws:iam::{READ}:user/svc"
    assert key["writes"] == "DeleteRole 1"
    assert key["event_coverage"].startswith("writes of us-east-1 only; failed: EventName=ConsoleLogin in ap-southeast-2")


def test_a_key_without_events_has_a_row_that_says_what_is_known(run: Path) -> None:
    (idle,) = rows(run, "key_history('AKIACLEO')")
    assert (idle["status"], idle["owner"], idle["events"], idle["writes"]) == ("Inactive", "cleo", 0, None)
    (strange,) = rows(run, "key_history('AKIA')")  # part of a key's id is no key
    assert (strange["status"], strange["account_id"], strange["created_at"]) == ("not in this run", None, None)
    assert strange["event_coverage"] == "account unknown; all events were read of 1 of 5 accounts"


def test_a_keys_timeline_is_in_order_and_holds_both_sides(run: Path) -> None:
    story = [(row["relation"], row["event_name"], row["outcome"]) for row in rows(run, "key_timeline('AKIASVC')")]
    assert story == [
        ("about the key", "CreateAccessKey", "succeeded"),
        ("by the key", "ListBuckets", "succeeded"),
        ("by the key", "ListUsers", "failed"),
        ("by the key", "AttachUserPolicy", "succeeded"),
        ("by the key", "AssumeRole", "succeeded"),
        ("about the key", "UpdateAccessKey", "succeeded"),
        ("about the key", "DeleteAccessKey", "succeeded"),
    ]


def test_a_users_history_has_what_it_did_and_what_was_done_to_it(run: Path) -> None:
    parts = [
        (row["event_name"], row["relation"]) for row in rows(run, "user_history('svc')") if row["outcome"] == "succeeded"
    ]
    assert parts == [
        ("CreateUser", "to"),
        ("CreateAccessKey", "to"),
        ("ListBuckets", "by"),
        ("AttachUserPolicy", "by and to"),
        ("AssumeRole", "by"),
        ("UpdateAccessKey", "to"),
        ("DeleteAccessKey", "to"),
        ("DeleteUser", "to"),
    ]
    assert rows(run, f"user_history('svc', account := '{CLEAN}')") == []


def test_deletions_tell_who_and_whether_it_is_there_again(run: Path) -> None:
    gone = {(row["kind"], row["name"]): row for row in rows(run, "deleted_principals()")}
    assert {what: row["exists_again"] for what, row in gone.items()} == {
        ("user", "svc"): "yes",
        ("access key", "AKIASVC"): "no",
        ("role", "gone"): "no",
        ("group", "nobody"): "no",
    }
    assert (gone["user", "svc"]["created_by"], gone["user", "svc"]["lifetime_minutes"]) == (
        f"arn:aws:iam::{READ}:user/ann",
        62,
    )
    assert gone["access key", "AKIASVC"]["user_name"] == "svc"
    assert gone["group", "nobody"]["deleted_by"] is None


def test_sign_ins_tell_the_ways_apart_and_what_was_not_read(run: Path) -> None:
    found = {row["event_id"]: row for row in rows(run, "sign_ins()") if row["event_id"]}
    assert {name: (row["sign_in_type"], row["outcome"], row["mfa_used"]) for name, row in found.items()} == {
        "f1": ("IAM user", "failed", None),
        "f2": ("IAM user", "failed", None),
        "s1": ("IAM user", "succeeded", "No"),
        "f3": ("IAM user", "failed", None),
        "s2": ("Identity Center", "succeeded", None),
        "r1": ("root", "succeeded", "No"),
    }
    assert (found["s1"]["unread_regions"], found["r1"]["unread_regions"]) == (None, "ap-southeast-2, eu-north-1")
    unknown = {
        row["account_id"]: row["unread_regions"] for row in rows(run, "sign_ins()") if row["outcome"] == "unknown"
    }
    everywhere = "ap-southeast-2, eu-north-1, us-east-1, us-east-2"
    assert unknown == {BLIND: everywhere, SHUT: everywhere, GONE: everywhere}
    assert {row["event_id"] for row in rows(run, "sign_ins(days := 6)")} == {"r1", None}


def test_failed_sign_ins_tell_whether_a_success_followed(run: Path) -> None:
    ann = one(run, "failed_sign_ins()", user_name="ann")
    assert (ann["failures"], ann["success_followed"], ann["failures_before_success"]) == (2, True, 2)
    assert (ann["success_from"], ann["success_without_mfa"]) == (THIEF, True)
    hidden = one(run, "failed_sign_ins()", user_name=None)
    assert (hidden["source_ip"], hidden["success_followed"]) == ("192.0.2.1", False)


def test_an_address_is_new_only_to_an_actor_with_a_past(run: Path) -> None:
    found = [(row["actor"].rsplit("/")[-1], row["source_ip"]) for row in rows(run, "first_seen_addresses(days := 20)")]
    assert found == [("ann", THIEF)]  # svc has no past
    ann = rows(run, "first_seen_addresses(days := 20)")[0]
    assert (ann["earlier"], ann["seen_elsewhere"], ann["access_key_ids"]) == (OFFICE, False, "AKIAANN")
    assert rows(run, "first_seen_addresses(days := 2)") == []


def test_roles_are_counted_once_and_strangers_come_first(run: Path) -> None:
    taken = rows(run, "role_assumptions()")
    stranger, svc, nobody = taken
    assert (stranger["caller_account"], stranger["caller_in_organization"]) == (FOREIGN, "no")
    assert (stranger["times"], stranger["external_id"], stranger["cross_account"]) == (2, "sometimes", True)
    assert (svc["caller"], svc["caller_type"], svc["times"]) == (f"arn:aws:iam::{READ}:user/svc", "IAMUser", 1)
    assert (svc["caller_account"], svc["role_account"], svc["external_id"]) == (READ, CLEAN, "never")
    assert (nobody["role"], nobody["times"], nobody["refused"], nobody["cross_account"]) == (None, 0, 1, False)
    assert len(rows(run, "role_assumptions(services := true)")) == 4


def test_events_are_summed_up(run: Path) -> None:
    summed = one(run, "event_summary()", event_name="CreateUser")
    assert (summed["service"], summed["events"], summed["failed"], summed["actors"]) == ("iam", 2, 1, 1)
    assert sum(row["events"] for row in rows(run, "event_summary()")) == len(RECORDS)


def test_the_events_of_some_days_names_and_accounts(run: Path) -> None:
    assert {row["event_name"] for row in rows(run, "cloudtrail_events(names := 'DeleteRole, StopLogging')")} == {
        "DeleteRole",
        "StopLogging",
    }
    assert [row["event_name"] for row in rows(run, "cloudtrail_events(days := 6)")] == ["ConsoleLogin"]
    assert {row["account_id"] for row in rows(run, f"cloudtrail_events(accounts := '{CLEAN},{BLIND}')")} == {CLEAN}
    assert one(run, "cloudtrail_events()", event_name="DeleteAccessKey")["target"] == "svc"
