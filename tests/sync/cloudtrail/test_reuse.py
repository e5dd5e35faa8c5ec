"""Events of closed days come from an earlier run's file; a run with and without them has the same events."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import duckdb
import pytest

from iamsql.runs.store.stored_tables import AttachedRun, StoredTables
from iamsql.sync.cloudtrail.reuse import find_events
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.sync.syncs import MANAGEMENT, PAYMENTS, WEB, SyncedRun, fetched_keys, sync_trail

HEAD = "acme/AWSLogs/o-demo123456/"
SIGN_INS = ("ap-southeast-2", "eu-north-1", "us-east-2")
CLOSED = datetime(2026, 2, 23, tzinfo=UTC)  # the last midnight before the earlier run
START = datetime(2025, 12, 2, 12, tzinfo=UTC)  # the start of the later run's window
PLAIN: dict[str, Any] = {"accounts": (MANAGEMENT, WEB), "events": (), "no_reuse": False}
ROWS = (
    "select account_id, event_id, event_time, data_source, lookup_resources, log_file, event from aws_cloudtrail_event "
    "order by all"
)
READ = (
    "select distinct account_id, source, reused_from is not null, reused_until from iamsql.event_coverage order by all"
)


def aws_before(days_ago: float = 0, **faults: Any) -> FakeAws:
    """Return the fake AWS at noon, some days before DAY, with pages of 50 events."""
    aws = FakeAws(DAY, faults=Faults(**{"page_size": 50} | faults))
    aws.now -= timedelta(days=days_ago)
    return aws


def sync_again(runs: Path, days_ago: float = 0, **options: Any) -> SyncedRun:
    """Sync look-ups and trail into a folder of runs."""
    return sync_trail(
        runs, options.pop("trail", ORG_TRAIL), aws=options.pop("aws", aws_before(days_ago)), **(PLAIN | options)
    )


def lookup_starts(run: SyncedRun, account: str, region: str = "us-east-1") -> set[datetime]:
    """Return the start times of an account's look-ups in a region."""
    calls = [
        call
        for call in run.aws.calls
        if (call.operation, call.account_id, call.region) == ("LookupEvents", account, region)
    ]
    return {datetime.fromtimestamp(dict(call.params)["StartTime"], UTC) for call in calls}


def list_starts(run: SyncedRun, account: str, region: str = "us-east-1") -> set[str]:
    """Return the days from which an account's log files of a region were listed."""
    params = [dict(call.params) for call in run.aws.calls if call.operation == "ListObjectsV2"]
    prefix = f"{HEAD}{account}/CloudTrail/{region}/"
    return {
        request["start-after"].removeprefix(prefix)
        for request in params
        if request.get("start-after", "").startswith(prefix)
    }


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return a run of one week before."""
    return sync_again(tmp_path_factory.mktemp("earlier"), 7)


@pytest.fixture
def runs(earlier: SyncedRun, tmp_path: Path) -> Path:
    """Return a folder with the earlier run."""
    copyfile(earlier.path, tmp_path / earlier.path.name)
    return tmp_path


@pytest.fixture(scope="module")
def without_reuse(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return a later run that requested all events."""
    return sync_again(tmp_path_factory.mktemp("whole"), no_reuse=True)


@pytest.mark.slow
def test_a_later_run_requests_events_from_the_last_closed_day_on_and_has_the_same_rows(
    runs: Path, earlier: SyncedRun, without_reuse: SyncedRun
) -> None:
    run = sync_again(runs)
    for account in (MANAGEMENT, WEB):
        assert lookup_starts(run, account) == lookup_starts(run, account, "eu-north-1") == {CLOSED}
        assert list_starts(run, account) == {"2026/02/23/"}
    assert len(fetched_keys(run.aws)) * 3 < len(fetched_keys(without_reuse.aws))
    assert run.rows(ROWS) == without_reuse.rows(ROWS) != []
    assert run.rows(READ) == [
        (account, source, True, CLOSED) for account in (MANAGEMENT, WEB) for source in ("event_history", "trail")
    ]
    assert run.rows("select distinct reused_from from iamsql.event_coverage") == [(earlier.path.stem,)]
    sql = "select distinct error_message from iamsql.coverage where error_code = 'reused'"
    assert run.rows(sql) == [(f"Events until 2026-02-23T00:00:00Z were reused from run {earlier.path.stem}.",)]
    assert any(f"reused from run {earlier.path.stem}" in line for line in run.result.lines)
    assert run.result.gaps == 0


@pytest.mark.slow
def test_reused_events_are_raw_items_once(runs: Path, without_reuse: SyncedRun) -> None:
    once = "select count(*), count(distinct (account_id, region, bound, item)) from raw.{}"
    run = sync_again(runs)
    for raw in ("cloudtrail_lookup_events", "s3_get_object_cloudtrail"):
        [(rows, distinct)] = run.rows(once.format(raw))
        assert (rows, distinct) == without_reuse.rows(once.format(raw))[0], raw
    [(synced, reused)] = run.rows("select max(synced_at), min(synced_at) from aws_cloudtrail_event")
    assert reused < synced  # each event says when it was read


@pytest.mark.slow
def test_an_account_with_many_events_reuses_an_earlier_lookup_of_write_events(tmp_path: Path) -> None:
    options = {"trail": None, "accounts": (PAYMENTS,)}
    first = sync_again(tmp_path, aws=aws_before(7, page_size=50), **options)
    assert ("ReadOnly=false",) in first.rows("select look_up from iamsql.event_coverage")
    last = sync_again(tmp_path, aws=aws_before(page_size=1), **options)
    assert ("EventName=CreateUser",) in last.rows("select look_up from iamsql.event_coverage")
    assert lookup_starts(last, PAYMENTS) == {CLOSED}
    once = "select count(*), count(distinct (bound, item)) from raw.cloudtrail_lookup_events where region = 'us-east-1'"
    [(rows, distinct)] = last.rows(once)
    assert rows == distinct > 10


@pytest.mark.slow
@pytest.mark.parametrize(("event", "start"), [("ListUsers", START), ("all-writes", CLOSED)])
def test_a_lookup_of_write_events_is_not_reused_for_an_event_that_the_user_names(
    runs: Path, event: str, start: datetime
) -> None:
    assert lookup_starts(sync_again(runs, trail=None, events=(event,)), MANAGEMENT) == {start}


@pytest.mark.slow
def test_with_no_reuse_all_events_are_requested(runs: Path) -> None:
    run = sync_again(runs, no_reuse=True)
    assert lookup_starts(run, MANAGEMENT) == {START} and list_starts(run, MANAGEMENT) == {"2025/12/02/"}
    assert run.rows(READ) == [
        (account, source, False, None) for account in (MANAGEMENT, WEB) for source in ("event_history", "trail")
    ]


@pytest.mark.slow
def test_a_third_run_reuses_events_of_the_second(runs: Path, without_reuse: SyncedRun) -> None:
    second = sync_again(runs, 3)
    third = sync_again(runs)
    assert lookup_starts(third, MANAGEMENT) == {CLOSED + timedelta(days=4)} and list_starts(third, WEB) == {
        "2026/02/27/"
    }
    assert third.rows("select distinct reused_from from iamsql.event_coverage") == [(second.path.stem,)]
    assert third.rows(ROWS) == without_reuse.rows(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "closed"), [(1.9, 22), (2.1, 23), (1, 22)])
def test_a_day_is_closed_two_hours_after_its_end(tmp_path: Path, hours: float, closed: int) -> None:
    sync_again(tmp_path, 7.5 - hours / 24, trail=None)
    run = sync_again(tmp_path, trail=None)
    assert lookup_starts(run, MANAGEMENT) == {datetime(2026, 2, closed, tzinfo=UTC)}


@pytest.mark.slow
def test_events_that_the_earlier_run_could_not_read_are_requested_again(
    tmp_path: Path, without_reuse: SyncedRun
) -> None:
    faults = {
        "regions_denied": ((MANAGEMENT, "LookupEvents", "us-east-1"),),
        "objects": (
            ("missing", f"{WEB}_CloudTrail_us-east-1_202602"),
            ("denied", f"{MANAGEMENT}_CloudTrail_eu-west-1_202602"),
        ),
    }
    sync_again(tmp_path, aws=aws_before(7, **faults))
    run = sync_again(tmp_path)
    assert (lookup_starts(run, MANAGEMENT), lookup_starts(run, WEB)) == ({START}, {CLOSED})
    assert {start for region in SIGN_INS for start in lookup_starts(run, MANAGEMENT, region)} == {CLOSED}
    requested = {
        (account, region): list_starts(run, account, region)
        for account in (MANAGEMENT, WEB)
        for region in ("us-east-1", "eu-west-1")
    }
    first, closed = {"2025/12/02/"}, {"2026/02/23/"}
    assert requested[WEB, "us-east-1"] == requested[MANAGEMENT, "eu-west-1"] == first
    assert requested[WEB, "eu-west-1"] == requested[MANAGEMENT, "us-east-1"] == closed
    assert run.rows(ROWS) == without_reuse.rows(ROWS)


@pytest.mark.slow
def test_only_events_of_the_selection_are_reused(runs: Path, without_reuse: SyncedRun) -> None:
    run = sync_again(runs, accounts=(WEB,), regions=("us-east-1",))
    assert run.rows("select distinct account_id from raw.cloudtrail_lookup_events") == [(WEB,)]
    assert run.rows("select distinct account_id, region from aws_cloudtrail_event") == [(WEB, "us-east-1")]
    expected = [row for row in without_reuse.rows(ROWS) if row[0] == WEB and '"awsRegion":"us-east-1"' in row[-1]]
    assert run.rows(ROWS) == expected


@pytest.mark.slow
def test_a_window_that_an_earlier_run_covers_is_not_requested(runs: Path, without_reuse: SyncedRun) -> None:
    run = sync_again(runs, start_date="2026-02-01", end_date="2026-02-20")
    assert run.count_calls("LookupEvents") == 0
    assert not [key for key in fetched_keys(run.aws) if "/2026/02/2" not in key]
    ids = {row[1] for row in without_reuse.rows(ROWS) if datetime(2026, 2, 1) <= row[2] < datetime(2026, 2, 21)}
    assert {row[1] for row in run.rows(ROWS)} == ids


@pytest.mark.slow
def test_a_run_with_a_later_window_is_not_reused(tmp_path: Path) -> None:
    sync_again(tmp_path, 7, days=20)
    assert lookup_starts(sync_again(tmp_path), MANAGEMENT) == {START}
    run = sync_again(tmp_path, days=10, no_reuse=False)
    assert lookup_starts(run, MANAGEMENT) <= {CLOSED, datetime(2026, 3, 2, tzinfo=UTC)}


def with_statements(sql: str) -> Callable[[Path], None]:
    """Return a function that executes statements on a run file."""

    def change(path: Path) -> None:
        with duckdb.connect(str(path)) as con:
            con.execute(sql)

    return change


def truncate(path: Path) -> None:
    """Remove the second half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.rename(path.with_name(path.name.replace("o-demo123456", "o-other12345"))),
        lambda path: path.rename(path.with_name(path.name + ".partial")),
        lambda path: path.write_text("no run file"),
        truncate,
        with_statements('update iamsql.run set options = \'{"import": ["logs"], "demo": true}\''),
        with_statements("update iamsql.run set options = '{}'"),
        with_statements("update iamsql.event_coverage set status = 'error'"),
        with_statements("drop table iamsql.event_coverage"),
    ],
    ids="organization unfinished nonsense damaged imported real failed old".split(),
)
def test_an_unsuitable_run_is_not_reused(runs: Path, earlier: SyncedRun, change: Callable[[Path], None]) -> None:
    change(runs / earlier.path.name)
    run = sync_again(runs, accounts=(WEB,))
    assert lookup_starts(run, WEB) == {START} and list_starts(run, WEB) == {"2025/12/02/"}
    assert run.rows("select count(reused_from) from iamsql.event_coverage") == [(0,)]


class Recorder(StoredTables):
    """Records which files are read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read: list[str] = []

    def run(self, path: Path) -> AttachedRun:
        self.read.append(path.name)
        return super().run(path)


@pytest.mark.parametrize(
    ("change", "is_read"),
    [
        ("status = 'complete'", False),
        ("status = 'incomplete'", True),
        ('options = json_merge_patch(options, \'{"events": ["CreateUser"]}\')', True),
    ],
)
def test_runs_before_a_complete_run_with_the_same_options_are_not_read(
    runs: Path, earlier: SyncedRun, change: str, is_read: bool
) -> None:
    newer = runs / "20990101T000000Z-o-demo123456.duckdb"
    copyfile(earlier.path, newer)
    options = json.loads(earlier.rows("select options from iamsql.run")[0][0])
    with_statements("update iamsql.run set status = 'complete'")(newer)
    with_statements(f"update iamsql.run set {change}")(newer)
    with Recorder(runs) as files:
        prior = find_events(files, "o-demo123456", True, START, options)
    assert files.read == [newer.name, *[earlier.path.name] * is_read]
    assert prior.lookups.keys() == {MANAGEMENT, WEB}
