"""The log files of a trail in S3: which are listed and fetched, and that each event in them is one row."""

from __future__ import annotations

import gzip
import json
import re
import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from iamsql.demo.buckets import StoredObject
from iamsql.demo.data import Account
from iamsql.sync.cloudtrail.load import LogLoader
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, OWN_TRAIL, FakeAws
from tests.sync.syncs import GREEN, LOCKED, LOGS, NETWORK, PAYMENTS, TRIAL, WEB, SyncedRun, fetched_keys, sync_trail

HEAD = "acme/AWSLogs/o-demo123456/"
PREFIXES = re.compile(HEAD + r"\d{12}/CloudTrail/[a-z0-9-]+/(2025/|2026/|)")
IDS = "select account_id, event_id from aws_cloudtrail_event"
START, END = "2025-12-02T12:00:00Z", "2026-03-02T12:00:00Z"


@pytest.fixture(scope="module")
def trail_only(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return the run that read the organization's trail without look-ups."""
    return sync_trail(tmp_path_factory.mktemp("trail"))


def records(account: Account) -> list[Any]:
    """Return the records of an account."""
    return [event["CloudTrailEvent"] for event in account.events]


def log_files(aws: FakeAws, bucket: str = "acme-trail") -> list[StoredObject]:
    """Return the readable log files of a bucket."""
    objects = aws.s3.buckets[bucket].objects.values()
    return [item for item in objects if "/CloudTrail/" in item.key and not item.fault]


def event_counts(log_objects: list[StoredObject]) -> Counter[tuple[str, str]]:
    """Count the events of log files in the default window by account and ID."""
    events = (record for log_file in log_objects for record in json.loads(gzip.decompress(log_file.body))["Records"])
    return Counter(
        (record["recipientAccountId"], record["eventID"]) for record in events if START <= record["eventTime"] <= END
    )


def test_each_event_of_the_bucket_is_one_row(trail_only: SyncedRun) -> None:
    rows = trail_only.rows(IDS)
    expected = event_counts(log_files(trail_only.aws))
    assert len(rows) == len(set(rows)) > 2000
    assert set(rows) == set(expected)
    assert max(expected.values()) > 1  # some were delivered twice


def test_the_rows_are_the_records_of_the_accounts(trail_only: SyncedRun) -> None:
    account = trail_only.aws.organization.by_id[PAYMENTS]
    expected = {record["eventID"]: record for record in records(account) if START <= record["eventTime"] <= END}
    rows = trail_only.rows(
        "select event_id, event, data_source, lookup_resources from aws_cloudtrail_event where account_id = ?", PAYMENTS
    )
    assert {row[0]: json.loads(row[1]) for row in rows} == expected
    assert {row[2:] for row in rows} == {("trail", None)}


def test_events_of_accounts_whose_role_cannot_be_assumed_are_read(trail_only: SyncedRun) -> None:
    expected = {
        event["eventID"]
        for event in records(trail_only.aws.organization.by_id[LOCKED])
        if START <= event["eventTime"] <= END
    }
    rows = trail_only.rows("select event_id from aws_cloudtrail_event where account_id = ?", LOCKED)
    assert {event for (event,) in rows} == expected != set()


def test_each_list_is_of_one_account_and_region_from_the_first_day_on(trail_only: SyncedRun) -> None:
    lists = [dict(call.params) for call in trail_only.aws.calls if call.operation == "ListObjectsV2"]
    assert {request["prefix"] for request in lists if "delimiter" in request} == {
        *("acme/AWSLogs/", HEAD),
        *(f"{HEAD}{account}/CloudTrail/" for account in {key.split("/")[3] for key in fetched_keys(trail_only.aws)}),
    }
    walks = [request for request in lists if "delimiter" not in request]
    assert len(walks) > 20
    for request in walks:
        assert PREFIXES.fullmatch(request["prefix"]), request
        assert request["start-after"].endswith("/2025/12/02/") and request["start-after"].startswith(request["prefix"])


def test_digests_and_insights_are_not_requested(trail_only: SyncedRun) -> None:
    assert any("CloudTrail-Digest" in key for key in trail_only.aws.s3.buckets["acme-trail"].keys)
    assert {key.split("/")[4] for key in fetched_keys(trail_only.aws)} == {"CloudTrail"}
    assert not [call for call in trail_only.aws.calls if "CloudTrail-" in str(dict(call.params).get("prefix", ""))]


def test_each_log_file_is_requested_once(trail_only: SyncedRun) -> None:
    keys = fetched_keys(trail_only.aws)
    assert (
        len(keys) == len(set(keys)) == trail_only.rows("select sum(objects)::int from iamsql.event_coverage")[0][0] + 2
    )


def test_the_redirect_to_the_buckets_region_is_followed_at_most_twice(trail_only: SyncedRun) -> None:
    moved = [call for call in trail_only.aws.calls if call.outcome == "PermanentRedirect"]
    assert 1 <= len(moved) <= 2
    assert {call.region for call in trail_only.aws.calls if call.operation == "GetObject"} == {"eu-west-1"}


def test_event_coverage_counts_files_and_events_by_account_and_region(trail_only: SyncedRun) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for key in fetched_keys(trail_only.aws):
        expected[tuple(key.split("/")[n] for n in (3, 5))] += 1  # type: ignore[index]
    expected[NETWORK, "us-east-1"] -= 1  # one of its files is cut short
    expected["101010101010", "us-east-1"] -= 1  # … and one of its is denied
    read = "select account_id, region, objects, look_up, source from iamsql.event_coverage where objects > 0"
    assert {row[:2]: row[2] for row in trail_only.rows(read)} == dict(expected)
    assert {row[3:] for row in trail_only.rows(read)} == {(ORG_TRAIL, "trail")}
    head = "select account_id, region, items from iamsql.coverage where operation = 'GetObject' and requests > 0 and items > 0"
    assert {row[:2]: row[2] for row in trail_only.rows(head)} == dict(expected)
    [(events,)] = trail_only.rows("select sum(events)::int from iamsql.event_coverage")
    assert events == event_counts(log_files(trail_only.aws)).total()


@pytest.mark.slow
def test_an_event_of_a_lookup_and_a_trail_is_one_row_with_the_values_of_both(demo_run: Path, tmp_path: Path) -> None:
    run = sync_trail(tmp_path, accounts=(PAYMENTS, NETWORK), events=("all-writes",))
    ways = dict(run.rows("select data_source, count(*) from aws_cloudtrail_event group by all"))
    assert set(ways) == {"trail", "event_history, trail", "event_history"}
    assert ways["event_history, trail"] > 100
    both = "select lookup_resources, log_file, position from aws_cloudtrail_event where data_source = 'event_history, trail'"
    assert all(None not in row for row in run.rows(both))
    columns = (
        "select lookup_resources ->> '$[0].ResourceName' from aws_cloudtrail_event "
        "where event_name = 'CreateRole' and account_id = ?"
    )
    assert run.rows(columns, PAYMENTS)[0][0]
    alone = run.rows("select account_id, log_file from aws_cloudtrail_event where data_source = 'event_history'")
    assert set(alone) == {(NETWORK, None)}  # the log file that would have it is cut short
    assert run.rows("select 1 from aws_cloudtrail_event group by account_id, event_id having count(*) > 1") == []


@pytest.mark.slow
def test_a_window_reads_its_days_and_the_next_day(tmp_path: Path) -> None:
    """The trial account has an event just before midnight; its file has the date of the next day."""
    run = sync_trail(tmp_path, accounts=(TRIAL, PAYMENTS), start_date="2026-02-24", end_date="2026-02-26")
    days = {"/".join(key.split("/")[6:9]) for key in fetched_keys(run.aws)}
    assert {"2026/02/27"} < days <= {f"2026/02/{day}" for day in range(24, 29)}
    accounts = [run.aws.organization.by_id[account] for account in (TRIAL, PAYMENTS)]
    events = [record for account in accounts for record in records(account)]
    expected = {record["eventID"] for record in events if "2026-02-24" <= record["eventTime"] < "2026-02-27"}
    assert {record for (record,) in run.rows("select event_id from aws_cloudtrail_event")} == expected
    late = run.rows("select event_time from aws_cloudtrail_event where contains(log_file, '/2026/02/27/')")
    assert late and {f"{time:%d}" for (time,) in late} == {"26"}


@pytest.mark.slow
def test_the_trail_has_events_older_than_lookups_return(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, accounts=(PAYMENTS,), days=100)
    [(oldest,)] = run.rows("select min(event_time) from aws_cloudtrail_event")
    assert oldest < datetime(2025, 12, 2, 12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "accounts", "regions"),
    [
        ({"accounts": (PAYMENTS, LOGS)}, {PAYMENTS, LOGS}, {"us-east-1", "eu-west-1", "us-east-2"}),
        ({"accounts": (PAYMENTS,), "regions": ("eu-west-1",)}, {PAYMENTS}, {"eu-west-1"}),
        ({"trail": f"s3://acme-trail/{HEAD}{WEB}/CloudTrail/us-east-1/"}, {WEB}, {"us-east-1"}),
    ],
)
def test_the_selection_limits_the_log_files_that_are_read(
    tmp_path: Path, options: dict[str, Any], accounts: set[str], regions: set[str]
) -> None:
    run = sync_trail(tmp_path, **options)
    keys = [key.split("/") for key in fetched_keys(run.aws)]
    assert (
        {key[3] for key in keys}
        == accounts
        == {account for (account,) in run.rows("select distinct account_id from aws_cloudtrail_event")}
    )
    assert {key[5] for key in keys} <= regions
    listed_prefixes = {
        dict(call.params)["prefix"].split("/")[3]
        for call in run.aws.calls
        if call.operation == "ListObjectsV2" and dict(call.params)["prefix"].count("/") > 3
    }
    assert listed_prefixes == accounts


@pytest.mark.slow
def test_an_account_whose_log_files_end_early_is_reported(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, days=7, accounts=(GREEN, PAYMENTS))
    rows = run.rows(
        "select region, status, error_code, objects, events from iamsql.event_coverage where account_id = ?", GREEN
    )
    assert rows and {row[1:] for row in rows} == {("ok", "no_objects", 0, 0)}
    assert run.status("ListObjectsV2", GREEN) == {("ok", "no_objects")}
    assert any(
        "No log file in the window" in line and GREEN in line and PAYMENTS not in line for line in run.result.lines
    )


@pytest.mark.slow
def test_trail_auto_finds_the_trail(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, "auto", accounts=(WEB,))
    assert run.rows("select distinct look_up from iamsql.event_coverage") == [(ORG_TRAIL,)]
    assert run.count_calls("DescribeTrails") == 1
    assert run.rows("select count(*) > 20 from aws_cloudtrail_event") == [(True,)]


@pytest.mark.slow
def test_an_accounts_own_trail_is_read_with_the_trail_role(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{NETWORK}:role/iamsql-audit"
    run = sync_trail(tmp_path, OWN_TRAIL, trail_role=role, accounts=(NETWORK, WEB))
    assert set(run.rows(IDS)) == set(event_counts(log_files(run.aws, "acme-network-trail"))) != set()
    assert {call.account_id for call in run.aws.calls if call.operation == "GetObject"} == {NETWORK}
    read = "select account_id, region, status, error_code, objects > 0 from iamsql.event_coverage order by all"
    assert run.rows(read) == [(NETWORK, "us-east-1", "ok", None, True), (WEB, "us-east-1", "ok", "no_objects", False)]


@pytest.mark.slow
def test_downloaded_files_are_private_and_deleted_at_the_end(tmp_path: Path) -> None:
    folder_states, plain = list[tuple[int, int]](), LogLoader.load

    def load(self: LogLoader, files: Any) -> Any:
        [folder] = {file.path.parent for file in files}
        folder_states.append((stat.S_IMODE(folder.stat().st_mode), len(list(folder.iterdir()))))
        return plain(self, files)

    with patch.object(LogLoader, "load", load):
        run = sync_trail(tmp_path, accounts=(WEB, LOGS))
    assert {mode for mode, _ in folder_states} == {0o700} and sum(files for _, files in folder_states) == len(
        fetched_keys(run.aws)
    )
    assert list(tmp_path.glob("*.duckdb*")) == [run.path]


@pytest.mark.slow
def test_a_thousand_small_log_files_are_read(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, aws=FakeAws(DAY, accounts=3, users_per_account=1, trail=(1000, 2), record=False))
    assert run.rows("select sum(objects)::int, sum(events)::int from iamsql.event_coverage") == [(1000, 2000)]
    assert run.rows(
        "select count(*), count(distinct event_id), count(distinct log_file) from aws_cloudtrail_event"
    ) == [(2000, 2000, 1000)]


@pytest.mark.slow
def test_a_log_file_larger_than_the_document_limit_is_read_completely(tmp_path: Path) -> None:
    aws = FakeAws(DAY)
    bucket = aws.s3.buckets["acme-trail"]
    like = next(log_file for log_file in log_files(aws) if f"/{WEB}/CloudTrail/us-east-1/2026/02/" in log_file.key)
    [record, *_] = json.loads(gzip.decompress(like.body))["Records"]
    large = [record | {"eventID": f"large-{n}", "requestParameters": {"userName": "x" * 2_000_000}} for n in range(18)]
    body = gzip.compress(json.dumps({"Records": large}).encode(), 1)
    bucket.objects[like.key] = StoredObject(like.key, datetime(2026, 2, 1, tzinfo=UTC), lambda: body)
    run = sync_trail(tmp_path, aws=aws, accounts=(WEB,))
    rows = run.rows("select event_id, strlen(target), log_file from aws_cloudtrail_event where event_id like 'large-%'")
    assert sorted(rows) == sorted((f"large-{n}", 2_000_000, like.key) for n in range(18))
    assert run.result.gaps == 0
