"""The reports over events return the history of a stolen key, and unknown for events that were not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.queries.five_accounts import BLIND, CLEAN, GONE, READ, SHUT, rows
from tests.queries.incident import EVENT_MACROS, FOREIGN, OFFICE, RECORDS, THIEF, only_row


@pytest.mark.slow
@pytest.mark.parametrize("macro", EVENT_MACROS)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_the_time_zone_of_the_client_changes_no_result(run: Path, macro: str, zone: str) -> None:
    assert rows(run, macro, zone) == rows(run, macro)


def test_the_history_of_a_key_is_one_row(run: Path) -> None:
    (key,) = rows(run, "key_history(' AKIASVC ')")
    assert (key["account_id"], key["principal"], key["status"]) == (READ, "svc", "deleted")
    assert (key["created_by"], key["created_from"]) == (f"arn:aws:iam::{READ}:user/ann", THIEF)
    assert (key["events"], key["failed"], key["errors"]) == (4, 1, "AccessDenied 1")
    assert key["writes"] == "AssumeRole 1, AttachUserPolicy 1"
    assert key["issued_credentials"] == f"AssumeRole arn:aws:iam::{CLEAN}:role/ops -> ASIAOPS 1"
    assert (key["source_ip_addresses"], key["user_agents"]) == (f"{THIEF} 4", "aws-cli 4")
    assert key["status_changes"] == "; ".join(
        f"{note} by arn:aws:iam::{READ}:user/ann from {THIEF}"
        for note in ("deactivated 2026-02-20 03:00:00", "deleted 2026-02-20 03:01:00")
    )
    assert key["event_coverage"].startswith("all events; regions read: 2")


def test_a_session_key_leads_to_the_caller_that_assumed_the_role(run: Path) -> None:
    (key,) = rows(run, "key_history('ASIAOPS')")
    assert (key["status"], key["account_id"], key["created_with"]) == ("temporary", CLEAN, "AssumeRole")
    assert key["principal"] == f"arn:aws:sts::{CLEAN}:assumed-role/ops/x"
    assert key["created_by"] == f"arn:aws:iam::{READ}:user/svc"
    assert key["writes"] == "DeleteRole 1"
    assert key["event_coverage"].startswith(
        "writes of us-east-1 only; failed: EventName=ConsoleLogin in ap-southeast-2"
    )


def test_a_key_without_events_has_a_row_with_its_known_values(run: Path) -> None:
    (idle,) = rows(run, "key_history('AKIACLEO')")
    assert (idle["status"], idle["principal"], idle["events"], idle["writes"]) == ("Inactive", "cleo", 0, None)
    (strange,) = rows(run, "key_history('AKIA')")  # part of a key's ID is not a key
    assert (strange["status"], strange["account_id"], strange["created_at"]) == ("not in this run", None, None)
    assert strange["event_coverage"] == "account unknown; all events were read of 1 of 5 accounts"


def test_the_timeline_of_a_key_is_in_order_with_calls_by_and_about_the_key(run: Path) -> None:
    timeline = [(row["relation"], row["event_name"], row["outcome"]) for row in rows(run, "key_timeline('AKIASVC')")]
    assert timeline == [
        ("target", "CreateAccessKey", "succeeded"),
        ("caller", "ListBuckets", "succeeded"),
        ("caller", "ListUsers", "failed"),
        ("caller", "AttachUserPolicy", "succeeded"),
        ("caller", "AssumeRole", "succeeded"),
        ("target", "UpdateAccessKey", "succeeded"),
        ("target", "DeleteAccessKey", "succeeded"),
    ]


def test_the_history_of_a_user_has_calls_by_and_about_the_user(run: Path) -> None:
    parts = [
        (row["event_name"], row["relation"])
        for row in rows(run, "user_history('svc')")
        if row["outcome"] == "succeeded"
    ]
    assert parts == [
        ("CreateUser", "target"),
        ("CreateAccessKey", "target"),
        ("ListBuckets", "caller"),
        ("AttachUserPolicy", "caller, target"),
        ("AssumeRole", "caller"),
        ("UpdateAccessKey", "target"),
        ("DeleteAccessKey", "target"),
        ("DeleteUser", "target"),
    ]
    assert rows(run, f"user_history('svc', account := '{CLEAN}')") == []


def test_a_deletion_has_its_caller_and_whether_the_principal_exists_again(run: Path) -> None:
    by_name = {(row["kind"], row["name"]): row for row in rows(run, "deleted_principals()")}
    assert {key: row["exists_again"] for key, row in by_name.items()} == {
        ("user", "svc"): "yes",
        ("access key", "AKIASVC"): "no",
        ("role", "gone"): "no",
        ("group", "nobody"): "no",
    }
    assert (by_name["user", "svc"]["created_by"], by_name["user", "svc"]["lifetime_minutes"]) == (
        f"arn:aws:iam::{READ}:user/ann",
        62,
    )
    assert by_name["access key", "AKIASVC"]["user_name"] == "svc"
    assert by_name["group", "nobody"]["deleted_by"] is None


def test_sign_ins_are_grouped_by_kind_with_the_regions_that_were_not_read(run: Path) -> None:
    sign_ins = {row["event_id"]: row for row in rows(run, "sign_ins()") if row["event_id"]}
    assert {name: (row["sign_in_type"], row["outcome"], row["mfa_used"]) for name, row in sign_ins.items()} == {
        "f1": ("IAM user", "failed", None),
        "f2": ("IAM user", "failed", None),
        "s1": ("IAM user", "succeeded", "No"),
        "f3": ("IAM user", "failed", None),
        "s2": ("Identity Center", "succeeded", None),
        "r1": ("root", "succeeded", "No"),
    }
    assert (sign_ins["s1"]["unread_regions"], sign_ins["r1"]["unread_regions"]) == (None, "ap-southeast-2, eu-north-1")
    unknown = {
        row["account_id"]: row["unread_regions"] for row in rows(run, "sign_ins()") if row["outcome"] == "unknown"
    }
    everywhere = "ap-southeast-2, eu-north-1, us-east-1, us-east-2"
    assert unknown == {BLIND: everywhere, SHUT: everywhere, GONE: everywhere}
    assert {row["event_id"] for row in rows(run, "sign_ins(days := 6)")} == {"r1", None}


def test_failed_sign_ins_show_whether_a_sign_in_succeeded_later(run: Path) -> None:
    ann = only_row(run, "failed_sign_ins()", user_name="ann")
    assert (ann["failures"], ann["success_followed"], ann["failures_before_success"]) == (2, True, 2)
    assert (ann["success_from"], ann["success_without_mfa"]) == (THIEF, True)
    hidden = only_row(run, "failed_sign_ins()", user_name=None)
    assert (hidden["source_ip_address"], hidden["success_followed"]) == ("192.0.2.1", False)


def test_an_address_is_new_only_for_an_actor_with_earlier_events(run: Path) -> None:
    addresses = [
        (row["actor"].rsplit("/")[-1], row["source_ip_address"])
        for row in rows(run, "first_seen_addresses(days := 20)")
    ]
    assert addresses == [("ann", THIEF)]  # svc has no past
    ann = rows(run, "first_seen_addresses(days := 20)")[0]
    assert (ann["earlier"], ann["seen_elsewhere"], ann["access_key_ids"]) == (OFFICE, False, "AKIAANN")
    assert rows(run, "first_seen_addresses(days := 2)") == []


def test_assumed_roles_are_counted_once_with_foreign_callers_first(run: Path) -> None:
    taken = rows(run, "role_assumptions()")
    stranger, svc, nobody = taken
    assert (stranger["actor_account"], stranger["actor_in_organization"]) == (FOREIGN, "no")
    assert (stranger["times"], stranger["external_id"], stranger["cross_account"]) == (2, "sometimes", True)
    assert (svc["actor"], svc["actor_type"], svc["times"]) == (f"arn:aws:iam::{READ}:user/svc", "IAMUser", 1)
    assert (svc["actor_account"], svc["role_account"], svc["external_id"]) == (READ, CLEAN, "never")
    assert (nobody["role"], nobody["times"], nobody["failed"], nobody["cross_account"]) == (None, 0, 1, False)
    assert len(rows(run, "role_assumptions(services := true)")) == 4


def test_events_are_summarized(run: Path) -> None:
    summed = only_row(run, "event_summary()", event_name="CreateUser")
    assert (summed["service"], summed["events"], summed["failed"], summed["actors"]) == ("iam", 2, 1, 1)
    assert sum(row["events"] for row in rows(run, "event_summary()")) == len(RECORDS)


def test_events_are_selected_by_day_name_and_account(run: Path) -> None:
    assert {row["event_name"] for row in rows(run, "cloudtrail_events(names := 'DeleteRole, StopLogging')")} == {
        "DeleteRole",
        "StopLogging",
    }
    assert [row["event_name"] for row in rows(run, "cloudtrail_events(days := 6)")] == ["ConsoleLogin"]
    assert {row["account_id"] for row in rows(run, f"cloudtrail_events(accounts := '{CLEAN},{BLIND}')")} == {CLEAN}
    assert only_row(run, "cloudtrail_events()", event_name="DeleteAccessKey")["target"] == "svc"
