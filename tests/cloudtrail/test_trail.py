"""A trail's log files in S3: which of them are listed and fetched, and that every event of theirs is a row, once."""

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

from iamsql.cloudtrail.load import LogLoader
from iamsql.demo.buckets import StoredObject
from iamsql.demo.data import Account
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, OWN_TRAIL, FakeAws
from tests.sync.syncs import GREEN, LOCKED, LOGS, NETWORK, PAYMENTS, TRIAL, WEB, SyncedRun, fetched_keys, sync_trail

HEAD = "acme/AWSLogs/o-demo123456/"
SHELF = re.compile(HEAD + r"\d{12}/CloudTrail/[a-z0-9-]+/(2025/|2026/|)")
IDS = "select account_id, event_id from aws_cloudtrail_event"
START, END = "2025-12-02T12:00:00Z", "2026-03-02T12:00:00Z"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Give the run that read the organization's trail, and looked nothing up."""
    return sync_trail(tmp_path_factory.mktemp("trail"))


def records(account: Account) -> list[Any]:
    """List the records of an account."""
    return [one["CloudTrailEvent"] for one in account.events]


def things(room: FakeAws, bucket: str = "acme-trail") -> list[StoredObject]:
    """List the log files of a bucket that can be read."""
    found = room.s3.buckets[bucket].objects.values()
    return [one for one in found if "/CloudTrail/" in one.key and not one.fault]


def held(found: list[StoredObject]) -> Counter[tuple[str, str]]:
    """Count the events of log files by account and id, within the usual window."""
    every = (one for thing in found for one in json.loads(gzip.decompress(thing.body))["Records"])
    return Counter((one["recipientAccountId"], one["eventID"]) for one in every if START <= one["eventTime"] <= END)


def test_every_event_of_the_bucket_is_a_row_once(whole: SyncedRun) -> None:
    rows = whole.rows(IDS)
    want = held(things(whole.aws))
    assert len(rows) == len(set(rows)) > 2000
    assert set(rows) == set(want)
    assert max(want.values()) > 1  # some were delivered twice


def test_the_rows_are_the_accounts_own_records(whole: SyncedRun) -> None:
    account = whole.aws.organization.by_id[PAYMENTS]
    want = {one["eventID"]: one for one in records(account) if START <= one["eventTime"] <= END}
    rows = whole.rows(
        "select event_id, event, found_by, looked_up from aws_cloudtrail_event where account_id = ?", PAYMENTS
    )
    assert {row[0]: json.loads(row[1]) for row in rows} == want
    assert {row[2:] for row in rows} == {("trail", None)}


def test_accounts_that_cannot_be_entered_have_their_events_too(whole: SyncedRun) -> None:
    want = {one["eventID"] for one in records(whole.aws.organization.by_id[LOCKED]) if START <= one["eventTime"] <= END}
    rows = whole.rows("select event_id from aws_cloudtrail_event where account_id = ?", LOCKED)
    assert {one for (one,) in rows} == want != set()


def test_lists_are_of_one_account_and_region_from_the_first_day_on(whole: SyncedRun) -> None:
    lists = [dict(call.params) for call in whole.aws.calls if call.operation == "ListObjectsV2"]
    assert {one["prefix"] for one in lists if "delimiter" in one} == {
        *("acme/AWSLogs/", HEAD),
        *(f"{HEAD}{account}/CloudTrail/" for account in {key.split("/")[3] for key in fetched_keys(whole.aws)}),
    }
    walks = [one for one in lists if "delimiter" not in one]
    assert len(walks) > 20
    for one in walks:
        assert SHELF.fullmatch(one["prefix"]), one
        assert one["start-after"].endswith("/2025/12/02/") and one["start-after"].startswith(one["prefix"])


def test_digests_and_insights_are_never_asked_for(whole: SyncedRun) -> None:
    assert any("CloudTrail-Digest" in key for key in whole.aws.s3.buckets["acme-trail"].keys)
    assert {key.split("/")[4] for key in fetched_keys(whole.aws)} == {"CloudTrail"}
    assert not [call for call in whole.aws.calls if "CloudTrail-" in str(dict(call.params).get("prefix", ""))]


def test_a_log_file_is_asked_for_once(whole: SyncedRun) -> None:
    keys = fetched_keys(whole.aws)
    assert len(keys) == len(set(keys)) == whole.rows("select sum(objects)::int from iamsql.event_coverage")[0][0] + 2


def test_the_redirect_to_the_buckets_region_is_followed_once_or_twice(whole: SyncedRun) -> None:
    moved = [call for call in whole.aws.calls if call.outcome == "PermanentRedirect"]
    assert 1 <= len(moved) <= 2
    assert {call.region for call in whole.aws.calls if call.operation == "GetObject"} == {"eu-west-1"}


def test_coverage_counts_files_and_events_by_account_and_region(whole: SyncedRun) -> None:
    want: Counter[tuple[str, str]] = Counter()
    for key in fetched_keys(whole.aws):
        want[tuple(key.split("/")[n] for n in (3, 5))] += 1  # type: ignore[index]
    want[NETWORK, "us-east-1"] -= 1  # one of its files is cut short
    want["101010101010", "us-east-1"] -= 1  # … and one of its is denied
    read = "select account_id, region, objects, look_up, source from iamsql.event_coverage where objects > 0"
    assert {row[:2]: row[2] for row in whole.rows(read)} == dict(want)
    assert {row[3:] for row in whole.rows(read)} == {(ORG_TRAIL, "trail")}
    head = "select account_id, region, items from iamsql.coverage where operation = 'GetObject' and requests > 0 and items > 0"
    assert {row[:2]: row[2] for row in whole.rows(head)} == dict(want)
    [(events,)] = whole.rows("select sum(events)::int from iamsql.event_coverage")
    assert events == held(things(whole.aws)).total()


def test_an_event_that_look_up_and_trail_have_is_one_row_with_what_both_tell(demo_run: Path, tmp_path: Path) -> None:
    run = sync_trail(tmp_path, accounts=(PAYMENTS, NETWORK), events=("all-writes",))
    ways = dict(run.rows("select found_by, count(*) from aws_cloudtrail_event group by all"))
    assert set(ways) == {"trail", "look-up, trail", "look-up"}
    assert ways["look-up, trail"] > 100
    both = "select looked_up, log_file, position from aws_cloudtrail_event where found_by = 'look-up, trail'"
    assert all(None not in row for row in run.rows(both))
    named = "select looked_up ->> '$[0].ResourceName' from aws_cloudtrail_event where event_name = 'CreateRole' and account_id = ?"
    assert run.rows(named, PAYMENTS)[0][0]
    alone = run.rows("select account_id, log_file from aws_cloudtrail_event where found_by = 'look-up'")
    assert set(alone) == {(NETWORK, None)}  # the log file that would have it is cut short
    assert run.rows("select 1 from aws_cloudtrail_event group by account_id, event_id having count(*) > 1") == []


def test_a_window_lists_and_fetches_its_days_and_the_next(tmp_path: Path) -> None:
    """The trial account has an event just before midnight, whose file lies under the next day."""
    run = sync_trail(tmp_path, accounts=(TRIAL, PAYMENTS), start_date="2026-02-24", end_date="2026-02-26")
    days = {"/".join(key.split("/")[6:9]) for key in fetched_keys(run.aws)}
    assert {"2026/02/27"} < days <= {f"2026/02/{day}" for day in range(24, 29)}
    accounts = [run.aws.organization.by_id[account] for account in (TRIAL, PAYMENTS)]
    every = [one for account in accounts for one in records(account)]
    want = {one["eventID"] for one in every if "2026-02-24" <= one["eventTime"] < "2026-02-27"}
    assert {one for (one,) in run.rows("select event_id from aws_cloudtrail_event")} == want
    late = run.rows("select event_time from aws_cloudtrail_event where contains(log_file, '/2026/02/27/')")
    assert late and {f"{time:%d}" for (time,) in late} == {"26"}


def test_events_older_than_look_ups_reach_are_in_the_trail(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, accounts=(PAYMENTS,), days=100)
    [(oldest,)] = run.rows("select min(event_time) from aws_cloudtrail_event")
    assert oldest < datetime(2025, 12, 2, 12)


@pytest.mark.parametrize(
    ("options", "accounts", "regions"),
    [
        ({"accounts": (PAYMENTS, LOGS)}, {PAYMENTS, LOGS}, {"us-east-1", "eu-west-1", "us-east-2"}),
        ({"accounts": (PAYMENTS,), "regions": ("eu-west-1",)}, {PAYMENTS}, {"eu-west-1"}),
        ({"trail": f"s3://acme-trail/{HEAD}{WEB}/CloudTrail/us-east-1/"}, {WEB}, {"us-east-1"}),
    ],
)
def test_what_is_selected_limits_what_is_read(
    tmp_path: Path, options: dict[str, Any], accounts: set[str], regions: set[str]
) -> None:
    run = sync_trail(tmp_path, **options)
    keys = [key.split("/") for key in fetched_keys(run.aws)]
    assert (
        {key[3] for key in keys}
        == accounts
        == {one for (one,) in run.rows("select distinct account_id from aws_cloudtrail_event")}
    )
    assert {key[5] for key in keys} <= regions
    listed = {
        dict(call.params)["prefix"].split("/")[3]
        for call in run.aws.calls
        if call.operation == "ListObjectsV2" and dict(call.params)["prefix"].count("/") > 3
    }
    assert listed == accounts


def test_an_account_whose_files_stopped_is_told(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, days=7, accounts=(GREEN, PAYMENTS))
    rows = run.rows(
        "select region, status, error_code, objects, events from iamsql.event_coverage where account_id = ?", GREEN
    )
    assert rows and {row[1:] for row in rows} == {("ok", "no_objects", 0, 0)}
    assert run.status("ListObjectsV2", GREEN) == {("ok", "no_objects")}
    assert any(
        "No log file in the window" in line and GREEN in line and PAYMENTS not in line for line in run.result.lines
    )


def test_the_trail_is_found_by_itself(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, "auto", accounts=(WEB,))
    assert run.rows("select distinct look_up from iamsql.event_coverage") == [(ORG_TRAIL,)]
    assert run.count_calls("DescribeTrails") == 1
    assert run.rows("select count(*) > 20 from aws_cloudtrail_event") == [(True,)]


def test_an_accounts_own_trail_is_read_by_the_role_that_is_named(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{NETWORK}:role/iamsql-audit"
    run = sync_trail(tmp_path, OWN_TRAIL, trail_role=role, accounts=(NETWORK, WEB))
    assert set(run.rows(IDS)) == set(held(things(run.aws, "acme-network-trail"))) != set()
    assert {call.account_id for call in run.aws.calls if call.operation == "GetObject"} == {NETWORK}
    read = "select account_id, region, status, error_code, objects > 0 from iamsql.event_coverage order by all"
    assert run.rows(read) == [(NETWORK, "us-east-1", "ok", None, True), (WEB, "us-east-1", "ok", "no_objects", False)]


def test_what_waits_to_be_loaded_is_its_owners_alone_and_is_gone_at_the_end(tmp_path: Path) -> None:
    seen, plain = list[tuple[int, int]](), LogLoader.load

    def load(self: LogLoader, files: Any) -> Any:
        [folder] = {file.path.parent for file in files}
        seen.append((stat.S_IMODE(folder.stat().st_mode), len(list(folder.iterdir()))))
        return plain(self, files)

    with patch.object(LogLoader, "load", load):
        run = sync_trail(tmp_path, accounts=(WEB, LOGS))
    assert {mode for mode, _ in seen} == {0o700} and sum(files for _, files in seen) == len(fetched_keys(run.aws))
    assert list(tmp_path.glob("*.duckdb*")) == [run.path]


def test_a_thousand_tiny_log_files(tmp_path: Path) -> None:
    run = sync_trail(tmp_path, aws=FakeAws(DAY, accounts=3, users_per_account=1, trail=(1000, 2), record=False))
    assert run.rows("select sum(objects)::int, sum(events)::int from iamsql.event_coverage") == [(1000, 2000)]
    assert run.rows(
        "select count(*), count(distinct event_id), count(distinct log_file) from aws_cloudtrail_event"
    ) == [(2000, 2000, 1000)]


def test_a_log_file_too_large_for_one_document_is_read_whole(tmp_path: Path) -> None:
    room = FakeAws(DAY)
    bucket = room.s3.buckets["acme-trail"]
    like = next(one for one in things(room) if f"/{WEB}/CloudTrail/us-east-1/2026/02/" in one.key)
    [record, *_] = json.loads(gzip.decompress(like.body))["Records"]
    large = [record | {"eventID": f"large-{n}", "requestParameters": {"userName": "x" * 2_000_000}} for n in range(18)]
    body = gzip.compress(json.dumps({"Records": large}).encode(), 1)
    bucket.objects[like.key] = StoredObject(like.key, datetime(2026, 2, 1, tzinfo=UTC), lambda: body)
    run = sync_trail(tmp_path, aws=room, accounts=(WEB,))
    rows = run.rows("select event_id, strlen(target), log_file from aws_cloudtrail_event where event_id like 'large-%'")
    assert sorted(rows) == sorted((f"large-{n}", 2_000_000, like.key) for n in range(18))
    assert run.result.gaps == 0
