"""Sign-ins to Identity Center: failures and successes by user, and whether the home region was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.queries.five_accounts import BLIND, NOON, READ, Rows, default_rows, make_small, rows

pytestmark = pytest.mark.slow

BOB = "94d00cd8-e9e6-4810-b177-b08e84725435"
HOME = "eu-central-1"


def step(
    name: str, at: str, flow: str, outcome: str = "Success", user: str | None = None, **members: str
) -> dict[str, Any]:
    """Return an event as the user guide of Identity Center shows it, where only the challenge has the user name."""
    identity: dict[str, Any] = {"type": "IdentityCenterUser" if user else "Unknown", "arn": "", "accountId": READ}
    if user:
        identity["onBehalfOf"] = {
            "userId": user,
            "identityStoreArn": f"arn:aws:identitystore::{READ}:identitystore/d-1",
        }
    return {
        "userIdentity": identity,
        "eventTime": f"2026-02-22T{at}Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": name,
        "awsRegion": HOME,
        "sourceIPAddress": "203.0.113.9",
        "additionalEventData": {"AuthWorkflowID": flow, "CredentialType": "PASSWORD"} | members,
        "eventID": f"{flow}-{name}",
        "eventType": "AwsServiceEvent",
        "readOnly": False,
        "recipientAccountId": READ,
        "serviceEventDetails": {name: outcome},
    }


GUESSED: Rows = [
    step("CredentialChallenge", "08:00:00", "w1", UserName="Bob@example.com"),
    step("CredentialVerification", "08:00:05", "w1", "Failure"),
    step("CredentialChallenge", "08:01:00", "w2", user=BOB, UserName="bob@example.com"),
    step("CredentialVerification", "08:01:05", "w2", user=BOB),
    step("UserAuthentication", "08:01:06", "w2", user=BOB, CredentialType="PASSWORD,TOTP"),
    step("CredentialVerification", "08:02:00", "w3", "Failure"),
]
RUN = default_rows()["iamsql.run"][0] | {"management_account_id": READ}
LISTED: dict[str, Rows] = {
    "iamsql.coverage": [
        {"account_id": READ, "region": region, "service": "sso-admin", "operation": "ListInstances", "status": "ok"}
        | {"items": items}
        for region, items in (("us-east-1", 0), (HOME, 1))
    ]
}


def coverage(region: str, look_up: str) -> dict[str, str]:
    """Return the coverage of a successful look-up in the management account."""
    return {"account_id": READ, "region": region, "source": "event_history", "look_up": look_up, "status": "ok"} | {
        "window_start": "2025-12-01 12:00:00+00",
        "window_end": NOON,
    }


def test_a_failed_password_counts_for_the_user_of_the_challenge(tmp_path: Path) -> None:
    run = make_small(tmp_path / "run.duckdb", {"iamsql.run": [RUN]}, GUESSED)
    sign_ins = [
        (row["event_id"], row["outcome"], row["sign_in_type"], row["user_name"], row["credential"])
        for row in rows(run, "sign_ins()")
        if row["event_id"]
    ]
    assert sign_ins == [
        ("w3-CredentialVerification", "failed", "Identity Center", None, "PASSWORD"),
        ("w2-UserAuthentication", "succeeded", "Identity Center", "bob@example.com", "PASSWORD,TOTP"),
        ("w1-CredentialVerification", "failed", "Identity Center", "bob@example.com", "PASSWORD"),
    ]
    failed = {row["user_name"]: row for row in rows(run, "failed_sign_ins()")}
    assert set(failed) == {"bob@example.com", None}
    assert (failed["bob@example.com"]["failures"], failed["bob@example.com"]["success_followed"]) == (1, True)
    assert failed["bob@example.com"]["success_from"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("tables", "unread"),
    [
        ({}, "home region not known"),
        (LISTED, HOME),
        (
            {**LISTED, "iamsql.event_coverage": [coverage(HOME, "EventName=ConsoleLogin")]},
            HOME,
        ),
        (
            {**LISTED, "iamsql.event_coverage": [coverage("us-east-1", "ReadOnly=false")]},
            HOME,
        ),
        ({**LISTED, "iamsql.event_coverage": [coverage(HOME, "ReadOnly=false")]}, None),
    ],
)
def test_the_answer_shows_that_the_home_region_was_not_read(
    tmp_path: Path, tables: dict[str, Rows], unread: str | None
) -> None:
    run = make_small(tmp_path / "run.duckdb", {"iamsql.run": [RUN], **tables}, [])
    unread_by_account = {row["account_id"]: row["unread_identity_center"] for row in rows(run, "sign_ins()")}
    assert unread_by_account[READ] == unread
    assert unread_by_account[BLIND] is None


def test_a_home_region_that_was_read_without_sign_ins_is_not_unknown(tmp_path: Path) -> None:
    everywhere = [
        coverage(region, "ReadOnly=false") for region in ("us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2")
    ]
    tables: dict[str, Rows] = {"iamsql.run": [RUN], "iamsql.event_coverage": everywhere}
    run = make_small(tmp_path / "unread.duckdb", tables, [])
    assert [row["outcome"] for row in rows(run, "sign_ins()") if row["account_id"] == READ] == ["unknown"]
    tables |= {
        **LISTED,
        "iamsql.event_coverage": [*everywhere, coverage(HOME, "ReadOnly=false")],
    }
    run = make_small(tmp_path / "read.duckdb", tables, [])
    assert [row for row in rows(run, "sign_ins()") if row["account_id"] == READ] == []
