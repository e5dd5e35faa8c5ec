"""The options of a sync determine its calls and its window."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync import Options, plan
from iamsql.sync.options import window
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.minimal_run import make_run
from tests.sync.syncs import PAYMENTS, SUSPENDED, WEB, run_sync

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.slow
def test_a_table_takes_only_the_calls_that_fill_it(tmp_path: Path) -> None:
    run = run_sync(
        tmp_path, accounts=(PAYMENTS,), tables=("aws_iam_account_summary", "aws_iam_account_password_policy")
    )
    operations = {call.operation for call in run.aws.calls if call.account_id == PAYMENTS}
    assert operations == {"GetAccountSummary", "GetAccountPasswordPolicy"}
    assert run.status("ListAccessKeys", PAYMENTS) == {("skipped", "not_selected")}
    assert run.result.status == "complete"


@pytest.mark.slow
def test_access_keys_take_the_calls_of_users_and_the_report(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS,), tables=("aws_iam_access_key",))
    operations = {call.operation for call in run.aws.calls if call.account_id == PAYMENTS}
    assert operations == {
        "GetAccountAuthorizationDetails",
        "GenerateCredentialReport",
        "GetCredentialReport",
        "ListAccessKeys",
        "GetAccessKeyLastUsed",
    }


@pytest.mark.slow
def test_with_trust_report_keys_of_fewer_users_are_listed_with_a_note(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS, WEB), trust_report=True)
    [(status, code, message, items)] = run.rows(
        "select status, error_code, error_message, items from iamsql.coverage "
        "where operation = 'ListAccessKeys' and account_id = ?",
        PAYMENTS,
    )
    assert (status, code, items) == ("partial", "trust_report", 10)
    assert message == "keys listed for 8 of 9 users, by the credential report"
    assert run.result.status == "complete"
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("complete",)]


@pytest.mark.slow
def test_trust_report_notes_that_users_come_from_fallback_calls(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(deny=((PAYMENTS, "GetAccountAuthorizationDetails"),)))
    run = run_sync(tmp_path, aws=aws, accounts=(PAYMENTS,), trust_report=True)
    assert run.status("ListAccessKeys", PAYMENTS) == {("partial", "trust_report")}


@pytest.mark.slow
def test_with_fresh_each_user_is_requested(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS,), fresh=True, typed=True)
    users, keys = 9, 10
    for operation, calls in (("GetLoginProfile", users), ("ListMFADevices", users), ("GetAccessKeyLastUsed", keys)):
        assert run.count_calls(operation, PAYMENTS) == calls, operation
        assert run.status(operation, PAYMENTS) == {("ok", None)}
    assert run.rows("select distinct last_used_source from aws_iam_access_key") == [("GetAccessKeyLastUsed",)]
    [(profile,)] = run.rows("select login_profile from aws_iam_user where name = 'bruno'")
    assert json.loads(profile).keys() == {"UserName", "CreateDate", "PasswordResetRequired"}


@pytest.mark.parametrize(
    ("options", "start", "end", "noted"),
    [
        ({}, "2025-12-02T12:00", "2026-03-02T12:00", False),
        ({"days": 7}, "2026-02-23T12:00", "2026-03-02T12:00", False),
        ({"days": 365}, "2025-12-02T12:00", "2026-03-02T12:00", True),
        ({"start_date": "2026-02-01"}, "2026-02-01T00:00", "2026-03-02T12:00", False),
        ({"start_date": "2026-02-01", "end_date": "2026-02-01"}, "2026-02-01T00:00", "2026-02-02T00:00", False),
        ({"days": 10, "end_date": "2026-02-11"}, "2026-02-02T00:00", "2026-02-12T00:00", False),
        ({"start_date": "2025-01-01", "end_date": "2026-02-01"}, "2025-12-02T12:00", "2026-02-02T00:00", True),
    ],
)
def test_the_window_is_that_of_since_and_until(
    options: dict[str, Any], start: str, end: str, noted: bool, tmp_path: Path
) -> None:
    period = window(Options(tmp_path, **options), NOON)
    assert (f"{period.start:%Y-%m-%dT%H:%M}", f"{period.end:%Y-%m-%dT%H:%M}", bool(period.notes)) == (
        start,
        end,
        noted,
    )
    assert period.looked_up_from == period.start


@pytest.mark.parametrize(
    ("options", "start", "end", "looked_up_from"),
    [
        ({"days": 365}, "2025-03-02T12:00", "2026-03-02T12:00", "2025-12-02T12:00"),
        (
            {"start_date": "2024-01-01", "end_date": "2024-01-31"},
            "2024-01-01T00:00",
            "2024-02-01T00:00",
            "2024-02-01T00:00",
        ),
    ],
)
def test_a_trail_has_a_longer_window_than_lookups(
    options: dict[str, Any], start: str, end: str, looked_up_from: str, tmp_path: Path
) -> None:
    period = window(Options(tmp_path, trail="s3://acme-trail", **options), NOON)
    times = [f"{time:%Y-%m-%dT%H:%M}" for time in (period.start, period.end, period.looked_up_from)]
    assert times == [start, end, looked_up_from]
    assert period.notes == ("LookupEvents reaches back 90 days: events are looked up from 2025-12-02 on.",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start_date": "2026-02-02", "end_date": "2026-02-01"}, r"window ends \(2026-02-02\) before it starts"),
        ({"start_date": "2026-05-01"}, "in the future"),
        ({"start_date": "2026-03-03", "end_date": "2026-03-04"}, "in the future"),
        ({"start_date": "2026-05-01", "trail": "s3://acme-trail"}, "in the future"),
        ({"start_date": "2020-01-01", "end_date": "2020-02-01"}, r"window ends on 2020-02-02.*\n.*--trail"),
    ],
)
def test_an_empty_window_is_an_error(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match=message):
        run_sync(tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_dry_run_estimates_with_the_rates_of_an_earlier_run(tmp_path: Path) -> None:
    def seconds() -> float:
        result = plan(Options(tmp_path, accounts=(PAYMENTS,), events=("none",), fresh=True), FakeAws(DAY))
        [estimate] = [dict(zip(result.columns, row, strict=True)) for row in result.rows if row[0] == PAYMENTS]
        return float(estimate["seconds"])

    assert seconds() < 2
    row = "values ('1', 'us-east-1', 'iam', 4.0, 2.0, 9, 1, now())"
    make_run(tmp_path / "20260201T100000Z-o-demo123456.duckdb", statements=(f"insert into iamsql.rate_limits {row}",))
    assert seconds() > 8


@pytest.mark.slow
def test_lookups_have_the_window_and_the_regions(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS,), days=30, regions=("eu-west-1", "us-east-1"), typed=True)
    requests = [dict(call.params) for call in run.aws.calls if call.operation == "LookupEvents"]
    assert {(request["StartTime"], request["EndTime"]) for request in requests} == {
        (datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp(), NOON.timestamp())
    }
    rows = run.rows(
        "select region, status from iamsql.coverage where operation = 'LookupEvents' and requests > 0 order by 1"
    )
    assert rows == [("eu-west-1", "ok"), ("us-east-1", "ok")]
    [(oldest,)] = run.rows("select min(event_time) from aws_cloudtrail_lookup_event")
    assert oldest >= datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_a_dry_run_estimates_and_collects_nothing(tmp_path: Path) -> None:
    aws = FakeAws(DAY)
    result = plan(Options(tmp_path, demo=True, accounts=(PAYMENTS, SUSPENDED)), aws)
    rows = {row[0]: dict(zip(result.columns, row, strict=True)) for row in result.rows}
    assert rows[PAYMENTS]["users"] == 9 and 20 < rows[PAYMENTS]["calls"] < 40
    assert rows[SUSPENDED]["note"] == "account_suspended" and not rows[SUSPENDED]["will_read"]
    assert rows[WEB]["note"] == "not selected"
    assert {call.operation for call in aws.calls if call.account_id == PAYMENTS} == {"GetAccountSummary"}
    assert list(tmp_path.iterdir()) == []
