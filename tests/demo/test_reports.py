"""Reports are generated on request, and agree with the lists."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.demo.clients import DAY, PAYMENTS, client, flat, pages, refusal
from tests.fake_aws import FakeAws


def credential_report(iam: Any) -> list[dict[str, str]]:
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    return list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))


def test_the_credential_report_is_generated_before_it_can_be_read() -> None:
    iam = client(FakeAws(DAY), "iam")
    with refusal("ReportNotPresent"):
        iam.get_credential_report()
    assert iam.generate_credential_report()["State"] == "STARTED"
    with refusal("ReportInProgress"):
        iam.get_credential_report()
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    response = iam.get_credential_report()
    assert response["GeneratedTime"] == datetime(2026, 3, 13, 22, tzinfo=UTC)
    assert response["Content"].startswith(b"user,arn,user_creation_time,password_enabled,")
    assert b"\n<root_account>,arn:aws:iam::111122223333:root," in response["Content"]


@pytest.mark.parametrize("account_id", ["012345678901", "222233334444", PAYMENTS, "666677778888", "101010101010"])
def test_report_lists_and_details_agree(aws: FakeAws, account_id: str) -> None:
    iam = client(aws, "iam", account_id)
    rows = {row["user"]: row for row in credential_report(iam)}
    users = flat(pages(iam, "list_users", "Users"))
    details = flat(pages(iam, "get_account_authorization_details", "UserDetailList", Filter=["User"]))
    assert [user["Arn"] for user in users] == [user["Arn"] for user in details]
    assert {user["UserName"] for user in users} - rows.keys() <= {"zoe.late"}
    virtual = {
        device["User"]["Arn"]
        for device in flat(pages(iam, "list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned"))
    }
    for user in users:
        if user["UserName"] in rows:
            assert_user_agrees_with_row(iam, user, rows[user["UserName"]], virtual)


def assert_user_agrees_with_row(iam: Any, user: dict[str, Any], row: dict[str, str], virtual: set[str]) -> None:
    name = user["UserName"]
    keys = flat(pages(iam, "list_access_keys", "AccessKeyMetadata", UserName=name))
    rotation_times = {row[f"access_key_{slot}_last_rotated"] for slot in (1, 2)} - {"N/A"}
    assert rotation_times <= {key["CreateDate"].isoformat() for key in keys}
    for key in keys:
        assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
        last = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert last["UserName"] == name
        when = last["AccessKeyLastUsed"].get("LastUsedDate")
        hidden = key["CreateDate"].isoformat() not in rotation_times
        assert hidden or (when.isoformat() if when else "N/A") in {
            row[f"access_key_{s}_last_used_date"] for s in (1, 2)
        }
        assert user["CreateDate"] <= key["CreateDate"] <= (when or key["CreateDate"])
    devices = iam.list_mfa_devices(UserName=name)["MFADevices"]
    assert row["mfa_active"] == str(bool(devices)).lower()
    assert user["Arn"] not in virtual or ":mfa/" in devices[0]["SerialNumber"]
    last = user.get("PasswordLastUsed")
    assert row["password_last_used"] == (
        last.isoformat() if last else "N/A" if row["password_enabled"] == "false" else "no_information"
    )
