"""Faults of a trail: a log file, a list, a bucket or a role. Each is a row with its reason, and all else is loaded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from iamsql.demo.errors import access_denied_error
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, OWN_TRAIL, FakeAws, Faults
from tests.sync.syncs import LOGS, MANAGEMENT, PAYMENTS, TOOLS, WEB, SyncedRun, fetched_keys, sync_trail

PART = f"{PAYMENTS}/CloudTrail/us-east-1/2026/02/"
ROLE = f"arn:aws:iam::{LOGS}:role/iamsql-audit"
ONE: dict[str, Any] = {"accounts": (PAYMENTS,)}
TWO: dict[str, Any] = {"accounts": (PAYMENTS, WEB)}
HEAD = "select region, status, error_code, error_message from iamsql.coverage where operation = 'GetObject' "
OF_FILE, OF_ALL = "and error_message like 'acme/%'", "and not coalesce(error_message like 'acme/%', false)"
READ = "select account_id, region, status, error_code from iamsql.event_coverage order by all"
IDS = "select account_id, event_id from aws_cloudtrail_event"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.backoff_seconds", lambda attempt: 0.0)


@pytest.fixture(scope="module")
def fault_free(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return the run of two accounts without faults."""
    return sync_trail(tmp_path_factory.mktemp("plain"), **TWO)


def faulty(runs: Path, trail: str = ORG_TRAIL, options: dict[str, Any] | None = None, **faults: Any) -> SyncedRun:
    return sync_trail(runs, trail, aws=FakeAws(DAY, faults=Faults(**faults)), **(ONE if options is None else options))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("denied", "denied", "AccessDenied"),
        ("missing", "error", "missing"),
        ("corrupt", "error", "corrupt|not_json"),  # by what the damage makes of it
        ("cut", "error", "cut_short"),
        ("not_json", "error", "not_json"),
        ("broken", "error", "ResponseStreamingError|IncompleteReadError"),
    ],
)
def test_a_log_file_that_cannot_be_read_is_a_row_with_its_key(
    tmp_path: Path, fault_free: SyncedRun, kind: str, status: str, code: str
) -> None:
    run = faulty(tmp_path, objects=((kind, PART),))
    keys = sorted({key for key in fetched_keys(run.aws) if PART in key})
    assert len(keys) > 3
    files = run.rows(HEAD + OF_FILE + " order by error_message")
    assert [message.split(": ")[0] for *_, message in files] == keys
    assert {(region, status_) for region, status_, *_ in files} == {("us-east-1", status)}
    assert all(re.fullmatch(code, error_code) for _, _, error_code, _ in files)
    [(_, status_, error_code, message)] = run.rows(HEAD + OF_ALL + " and region = 'us-east-1'")
    file_count = len([key for key in set(fetched_keys(run.aws)) if "/us-east-1/" in key])
    assert (status_, message) == ("partial", f"{len(keys)} of {file_count} log files could not be read.")
    assert re.fullmatch(code, error_code)
    sql = "select account_id, event_id from aws_cloudtrail_event where account_id = ? and not contains(log_file, ?) order by all"
    assert run.rows(IDS + " order by all") == fault_free.rows(sql, PAYMENTS, PART) != []
    [state] = {row[2] for row in run.rows(READ) if row[1] == "us-east-1"}
    assert state == "partial"
    assert {row[2:] for row in run.rows(READ) if row[1] != "us-east-1"} == {("ok", None)}
    assert any(f"{len(keys)} log files could not be read: acme/AWSLogs/" in line for line in run.result.lines)
    assert run.result.status == "incomplete" and run.result.gaps == len(keys) + 1


@pytest.mark.slow
def test_a_record_that_is_too_large_is_left_out_of_its_log_file(
    tmp_path: Path, fault_free: SyncedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(longest,)] = fault_free.rows("select max(strlen(event)) from iamsql.events")
    large, event_id = fault_free.rows(
        "select log_file, event_id from iamsql.events order by strlen(event) desc, log_file, event_id"
    )[0]
    monkeypatch.setattr("iamsql.sync.json_stream.MAX_DOCUMENT", longest - 1)
    monkeypatch.setattr("iamsql.sync.cloudtrail.log_files.LARGE_FILE", 0)
    monkeypatch.setattr("iamsql.sync.gunzip.CHUNK", 500)
    run = sync_trail(tmp_path, **TWO)
    rows = run.rows("select status, error_code, error_message from iamsql.coverage where error_code = 'too_large'")
    message = f"{large}: 1 record of more than 16 MiB left out"
    assert ("partial", "too_large", message) in rows
    assert ("partial", "too_large") in {row[:2] for row in rows if "log files were read in part" in row[2]}
    assert f"  {large} was read in part: 1 record of more than 16 MiB left out" in run.result.lines
    lost = set(fault_free.rows(IDS)) - set(run.rows(IDS))
    assert event_id in {key for _, key in lost} and set(run.rows(IDS)) < set(fault_free.rows(IDS))
    assert "partial" in {row[2] for row in run.rows(READ)} and run.result.status == "incomplete"


@pytest.mark.slow
def test_a_broken_connection_is_retried(tmp_path: Path, fault_free: SyncedRun) -> None:
    errors = (("*", "GetObject", 503, 3), ("*", "ListObjectsV2", 500, 1))
    aws = FakeAws(DAY, faults=Faults(break_connections=(50, 51, 60), errors=errors))
    run = sync_trail(tmp_path, aws=aws, **TWO)
    assert run.rows(IDS + " order by all") == fault_free.rows(IDS + " order by all")
    assert run.result.gaps == 0
    [(retries,)] = run.rows("select sum(retries) from iamsql.coverage where service = 's3'")
    assert 6 <= retries <= 7  # the first list is of those that find the accounts, which coverage does not count


@pytest.mark.slow
def test_after_several_denied_log_files_the_rest_is_not_requested(tmp_path: Path) -> None:
    run = faulty(tmp_path, objects=(("denied", ".json.gz"),), options={})
    assert 25 <= len(fetched_keys(run.aws)) <= 25 + 48  # those under way at once
    assert run.status("GetObject") == {("denied", "AccessDenied"), ("not_requested", "GetObject")}
    assert len(run.rows(HEAD + OF_FILE)) == len(fetched_keys(run.aws))
    count_of_failed = "select sum(regexp_extract(error_message, '^([0-9]+) of', 1)::int) from iamsql.coverage"
    [(lost,)] = run.rows(f"{count_of_failed} where error_message like '% log files could not be read.'")
    assert lost > 300
    assert {row[2:] for row in run.rows(READ)} == {("denied", "AccessDenied")}
    assert run.rows("select count(*) from aws_cloudtrail_event") == [(0,)]


@pytest.mark.slow
def test_denied_log_files_after_a_successful_one_do_not_end_the_download(tmp_path: Path) -> None:
    run = faulty(tmp_path, objects=(("denied", "/us-east-1/"),), options={})
    assert len(fetched_keys(run.aws)) > 300
    assert run.rows("select count(*) > 100 from aws_cloudtrail_event") == [(True,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trail", "faults", "status", "code", "advice"),
    [
        (ORG_TRAIL, {"deny_bucket": True}, "denied", "AccessDenied", "trail_role in [sync]"),
        (ORG_TRAIL, {"no_bucket": True}, "error", "NoSuchBucket", "Check the bucket's name"),
        ("s3://nobody-s-bucket", {}, "error", "NoSuchBucket", "Check the bucket's name"),
        (OWN_TRAIL, {}, "denied", "AccessDenied", "trail_role in [sync]"),
        (
            ORG_TRAIL,
            {"errors": (("*", "ListObjectsV2", 500, 99),)},
            "error",
            "InternalFailure",
            "Check the bucket's name",
        ),
        (
            ORG_TRAIL,
            {"errors": (("*", "ListObjectsV2", "ExpiredToken", 99),)},
            "expired",
            "ExpiredToken",
            "Check the bucket's name",
        ),
        (
            "auto",
            {"deny": (("*", "DescribeTrails"),)},
            "denied",
            "AccessDeniedException",
            "`iamsql role --kind management`",
        ),
    ],
)
def test_a_trail_that_cannot_be_read_is_a_row_for_every_account(
    tmp_path: Path, trail: str, faults: dict[str, Any], status: str, code: str, advice: str
) -> None:
    run = faulty(tmp_path, trail, options=TWO, **faults)
    operation = "DescribeTrails" if trail == "auto" else "ListObjectsV2"
    assert run.status("GetObject", PAYMENTS) == run.status("GetObject", WEB) == {("not_requested", operation)}
    assert run.status(operation, WEB) >= ({(status, code)} if trail != "auto" else set())
    assert run.rows(READ) == [(account, "us-east-1", status, code) for account in (PAYMENTS, WEB)]
    assert run.result.status == "incomplete" and run.result.gaps >= 2
    assert any(line.startswith(f"The trail {trail} could not be read: {code}") for line in run.result.lines)
    assert any(advice in line for line in run.result.lines)
    assert fetched_keys(run.aws) == []


@pytest.mark.slow
def test_with_trail_auto_and_no_trail_the_output_says_so(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, "auto", aws=FakeAws(DAY, accounts=2, users_per_account=1))
    assert {row[2:] for row in run.rows(READ)} == {("error", "no_trail")}
    assert len(run.rows(READ)) == 2
    assert any("DescribeTrails returns no trail" in line for line in run.result.lines)


@pytest.mark.slow
def test_a_prefix_without_log_files_is_reported(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, "s3://acme-trail/none", **ONE)
    assert run.rows(READ) == [(PAYMENTS, "us-east-1", "error", "no_logs")]
    assert any("Check the bucket's name and prefix" in line for line in run.result.lines)
    assert run.count_calls("ListObjectsV2", outcome="ok") == 1


@pytest.mark.slow
def test_a_denied_list_is_a_row_and_the_other_lists_are_read(tmp_path: Path) -> None:
    aws = FakeAws(DAY)
    plain = aws.s3._list_objects

    def listed(bucket: Any, params: dict[str, Any]) -> str:
        if f"/{WEB}/CloudTrail/us-east-1/" in params.get("prefix", ""):
            raise access_denied_error("s3", "ListObjectsV2")
        return plain(bucket, params)

    aws.s3._list_objects = listed  # type: ignore[method-assign]
    run = sync_trail(tmp_path, aws=aws, **TWO)
    denied = (WEB, "us-east-1", "denied", "AccessDenied")
    assert [row for row in run.rows(READ) if row[2:] != ("ok", None)] == [denied]
    assert ("denied", "AccessDenied") in run.status("ListObjectsV2", WEB)
    assert ("not_requested", "ListObjectsV2") in run.status("GetObject", WEB)
    assert any(
        f"Log files of {WEB} in us-east-1 could not be listed: AccessDenied" in line for line in run.result.lines
    )
    assert run.rows("select count(*) > 100 from aws_cloudtrail_event where account_id = ?", PAYMENTS) == [(True,)]


@pytest.mark.slow
@pytest.mark.parametrize("after", [45, 28, 60])
def test_expired_credentials_are_reported_and_events_that_were_read_stay(tmp_path: Path, after: int) -> None:
    aws = FakeAws(DAY, faults=Faults(base_session_expires_after=after))
    run = sync_trail(tmp_path, aws=aws, accounts=(MANAGEMENT, PAYMENTS))
    assert "expired" in {row[2] for row in run.rows(READ)} <= {"expired", "partial", "ok"}
    assert run.result.status == "incomplete"
    [(event_count,)] = run.rows("select coalesce(sum(events), 0)::int from iamsql.event_coverage")
    [(rows,)] = run.rows("select count(*) from aws_cloudtrail_event")
    assert event_count - 5 <= rows <= event_count and (rows > 0) == (after > 28)  # some events are delivered twice
    assert not any("No log file in the window" in line for line in run.result.lines)


@pytest.mark.slow
def test_the_trail_role_reads_the_bucket_and_is_renewed(tmp_path: Path, fault_free: SyncedRun) -> None:
    errors = ((LOGS, "ListObjectsV2", "ExpiredToken", 1), (LOGS, "GetObject", "ExpiredToken", 1))
    run = faulty(tmp_path, options=TWO | {"trail_role": ROLE}, errors=errors)
    assert run.rows(IDS + " order by all") == fault_free.rows(IDS + " order by all")
    assert {call.account_id for call in run.aws.calls if call.operation == "GetObject"} == {LOGS}
    roles = [dict(call.params)["RoleArn"] for call in run.aws.calls if call.operation == "AssumeRole"]
    assert roles.count(ROLE) >= 2


@pytest.mark.slow
def test_a_trail_role_that_cannot_be_assumed_is_a_row(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, trail_role=f"arn:aws:iam::{LOGS}:role/nobody", **ONE)
    assert run.status("GetObject", PAYMENTS) == {("not_requested", "AssumeRole")}
    assert any("trail_role in [sync]" in line for line in run.result.lines)


@pytest.mark.slow
def test_a_caller_without_access_to_the_bucket_needs_a_trail_role(tmp_path: Path, fault_free: SyncedRun) -> None:
    options = {"org_role": f"arn:aws:iam::{TOOLS}:role/org-reader", **TWO}
    run = sync_trail(tmp_path / "1", aws=FakeAws(DAY, caller=PAYMENTS), **options)
    assert run.status("GetObject", WEB) == {("not_requested", "ListObjectsV2")}
    assert {
        call.account_id
        for call in run.aws.calls
        if call.outcome == "AccessDenied" and call.operation == "ListObjectsV2"
    } == {PAYMENTS, TOOLS}
    run = sync_trail(tmp_path / "2", aws=FakeAws(DAY, caller=PAYMENTS), trail_role=ROLE, **options)
    assert run.rows(IDS + " order by all") == fault_free.rows(IDS + " order by all")
