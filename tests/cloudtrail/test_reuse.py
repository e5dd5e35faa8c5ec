"""What an earlier run has of days that are over is taken from its file; the later run holds the same events either way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import duckdb
import pytest

from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.sync.syncs import MANAGEMENT, PAYMENTS, WEB, SyncedRun, fetched_keys, sync_trail
from tests.tiers import slow_after

HEAD = "acme/AWSLogs/o-demo123456/"
SIGN_INS = ("ap-southeast-2", "eu-north-1", "us-east-2")
CLOSED = datetime(2026, 2, 23, tzinfo=UTC)  # the last midnight before the earlier run
START = datetime(2025, 12, 2, 12, tzinfo=UTC)  # the start of the later run's window
PLAIN: dict[str, Any] = {"accounts": (MANAGEMENT, WEB), "events": (), "no_carry": False}
ROWS = "select account_id, event_id, event_time, found_by, looked_up, log_file, event from aws_cloudtrail_event order by all"
READ = "select distinct account_id, source, carried_from is not null, carried_until from iamsql.event_coverage order by all"


def room(days_ago: float = 0, **faults: Any) -> FakeAws:
    """Make the room as it was some days before DAY at noon, with AWS's own pages of 50 events."""
    made = FakeAws(DAY, faults=Faults(**{"page_size": 50} | faults))
    made.now -= timedelta(days=days_ago)
    return made


def again(runs: Path, days_ago: float = 0, **options: Any) -> SyncedRun:
    """Sync look-ups and trail into a folder of runs."""
    return sync_trail(
        runs, options.pop("trail", ORG_TRAIL), aws=options.pop("room", room(days_ago)), **(PLAIN | options)
    )


def since(run: SyncedRun, account: str, region: str = "us-east-1") -> set[datetime]:
    """Tell from when on the room was asked to look up an account's events."""
    calls = [
        call
        for call in run.aws.calls
        if (call.operation, call.account_id, call.region) == ("LookupEvents", account, region)
    ]
    return {datetime.fromtimestamp(dict(call.params)["StartTime"], UTC) for call in calls}


def listed_from(run: SyncedRun, account: str, region: str = "us-east-1") -> set[str]:
    """Tell from which day on the log files of an account and region were listed."""
    params = [dict(call.params) for call in run.aws.calls if call.operation == "ListObjectsV2"]
    shelf = f"{HEAD}{account}/CloudTrail/{region}/"
    return {one["start-after"].removeprefix(shelf) for one in params if one.get("start-after", "").startswith(shelf)}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Give a run of a week before."""
    return again(tmp_path_factory.mktemp("earlier"), 7)


@pytest.fixture
def runs(earlier: SyncedRun, tmp_path: Path) -> Path:
    """Give a folder that holds the earlier run."""
    copyfile(earlier.path, tmp_path / earlier.path.name)
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Give the later run that asked for everything."""
    return again(tmp_path_factory.mktemp("whole"), no_carry=True)


def test_a_later_run_asks_from_the_last_closed_day_on_and_holds_the_same(
    runs: Path, earlier: SyncedRun, whole: SyncedRun
) -> None:
    run = again(runs)
    for account in (MANAGEMENT, WEB):
        assert since(run, account) == since(run, account, "eu-north-1") == {CLOSED}
        assert listed_from(run, account) == {"2026/02/23/"}
    assert len(fetched_keys(run.aws)) * 3 < len(fetched_keys(whole.aws))
    assert run.rows(ROWS) == whole.rows(ROWS) != []
    assert run.rows(READ) == [
        (account, source, True, CLOSED) for account in (MANAGEMENT, WEB) for source in ("look-up", "trail")
    ]
    assert run.rows("select distinct carried_from from iamsql.event_coverage") == [(earlier.path.stem,)]
    words = "select distinct error_message from iamsql.coverage where error_code = 'carried'"
    assert run.rows(words) == [(f"Events until 2026-02-23T00:00:00Z were carried over from run {earlier.path.stem}.",)]
    assert any(f"carried over from run {earlier.path.stem}" in line for line in run.result.lines)
    assert run.result.gaps == 0


def test_what_was_carried_over_is_raw_once(runs: Path, whole: SyncedRun) -> None:
    once = "select count(*), count(distinct (account_id, region, bound, item)) from raw.{}"
    run = again(runs)
    for raw in ("cloudtrail_lookup_events", "s3_get_object_cloudtrail"):
        [(rows, distinct)] = run.rows(once.format(raw))
        assert (rows, distinct) == whole.rows(once.format(raw))[0], raw
    [(synced, carried)] = run.rows("select max(synced_at), min(synced_at) from aws_cloudtrail_event")
    assert carried < synced  # each event says when it was read


def test_a_busy_account_takes_over_from_the_look_up_of_all_that_writes_and_doubles_nothing(tmp_path: Path) -> None:
    options = {"trail": None, "accounts": (PAYMENTS,)}
    first = again(tmp_path, room=room(7, page_size=50), **options)
    assert ("ReadOnly=false",) in first.rows("select look_up from iamsql.event_coverage")
    last = again(tmp_path, room=room(page_size=1), **options)
    assert ("EventName=CreateUser",) in last.rows("select look_up from iamsql.event_coverage")
    assert since(last, PAYMENTS) == {CLOSED}
    once = "select count(*), count(distinct (bound, item)) from raw.cloudtrail_lookup_events where region = 'us-east-1'"
    [(rows, distinct)] = last.rows(once)
    assert rows == distinct > 10


@pytest.mark.parametrize(("event", "start"), [("ListUsers", START), ("all-writes", CLOSED)])
def test_a_look_up_of_all_that_writes_says_nothing_of_an_event_that_the_user_names(
    runs: Path, event: str, start: datetime
) -> None:
    assert since(again(runs, trail=None, events=(event,)), MANAGEMENT) == {start}


def test_with_no_carry_everything_is_asked(runs: Path) -> None:
    run = again(runs, no_carry=True)
    assert since(run, MANAGEMENT) == {START} and listed_from(run, MANAGEMENT) == {"2025/12/02/"}
    assert run.rows(READ) == [
        (one, source, False, None) for one in (MANAGEMENT, WEB) for source in ("look-up", "trail")
    ]


def test_a_third_run_takes_over_from_the_second(runs: Path, whole: SyncedRun) -> None:
    second = again(runs, 3)
    third = again(runs)
    assert since(third, MANAGEMENT) == {CLOSED + timedelta(days=4)} and listed_from(third, WEB) == {"2026/02/27/"}
    assert third.rows("select distinct carried_from from iamsql.event_coverage") == [(second.path.stem,)]
    assert third.rows(ROWS) == whole.rows(ROWS)


@pytest.mark.parametrize(("hours", "closed"), slow_after(2, [(1.9, 22), (2.1, 23), (1, 22)]))
def test_a_day_counts_as_over_two_hours_after_its_end(tmp_path: Path, hours: float, closed: int) -> None:
    again(tmp_path, 7.5 - hours / 24, trail=None)
    run = again(tmp_path, trail=None)
    assert since(run, MANAGEMENT) == {datetime(2026, 2, closed, tzinfo=UTC)}


def test_what_the_earlier_run_could_not_read_is_asked_for_again(tmp_path: Path, whole: SyncedRun) -> None:
    faults = {
        "regions_denied": ((MANAGEMENT, "LookupEvents", "us-east-1"),),
        "objects": (
            ("missing", f"{WEB}_CloudTrail_us-east-1_202602"),
            ("denied", f"{MANAGEMENT}_CloudTrail_eu-west-1_202602"),
        ),
    }
    again(tmp_path, room=room(7, **faults))
    run = again(tmp_path)
    assert (since(run, MANAGEMENT), since(run, WEB)) == ({START}, {CLOSED})
    assert {where for region in SIGN_INS for where in since(run, MANAGEMENT, region)} == {CLOSED}
    asked = {
        (one, region): listed_from(run, one, region)
        for one in (MANAGEMENT, WEB)
        for region in ("us-east-1", "eu-west-1")
    }
    first, closed = {"2025/12/02/"}, {"2026/02/23/"}
    assert asked[WEB, "us-east-1"] == asked[MANAGEMENT, "eu-west-1"] == first
    assert asked[WEB, "eu-west-1"] == asked[MANAGEMENT, "us-east-1"] == closed
    assert run.rows(ROWS) == whole.rows(ROWS)


def test_only_what_is_selected_is_taken_over(runs: Path, whole: SyncedRun) -> None:
    run = again(runs, accounts=(WEB,), regions=("us-east-1",))
    assert run.rows("select distinct account_id from raw.cloudtrail_lookup_events") == [(WEB,)]
    assert run.rows("select distinct account_id, region from aws_cloudtrail_event") == [(WEB, "us-east-1")]
    want = [row for row in whole.rows(ROWS) if row[0] == WEB and '"awsRegion":"us-east-1"' in row[-1]]
    assert run.rows(ROWS) == want


def test_a_window_that_an_earlier_run_has_whole_is_not_asked_for(runs: Path, whole: SyncedRun) -> None:
    run = again(runs, start_date="2026-02-01", end_date="2026-02-20")
    assert run.count_calls("LookupEvents") == 0
    assert not [key for key in fetched_keys(run.aws) if "/2026/02/2" not in key]
    ids = {row[1] for row in whole.rows(ROWS) if datetime(2026, 2, 1) <= row[2] < datetime(2026, 2, 21)}
    assert {row[1] for row in run.rows(ROWS)} == ids


def test_a_run_whose_window_begins_later_is_not_used(tmp_path: Path) -> None:
    again(tmp_path, 7, days=20)
    assert since(again(tmp_path), MANAGEMENT) == {START}
    run = again(tmp_path, days=10, no_carry=False)
    assert since(run, MANAGEMENT) <= {CLOSED, datetime(2026, 3, 2, tzinfo=UTC)}


def changed(sql: str) -> Callable[[Path], None]:
    """Give what changes a run file by SQL."""

    def change(path: Path) -> None:
        with duckdb.connect(str(path)) as con:
            con.execute(sql)

    return change


def shortened(path: Path) -> None:
    """Take the second half of a file away."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.rename(path.with_name(path.name.replace("o-demo123456", "o-other12345"))),
        lambda path: path.rename(path.with_name(path.name + ".partial")),
        lambda path: path.write_text("no run file"),
        shortened,
        changed('update iamsql.run set options = \'{"import": ["logs"], "demo": true}\''),
        changed("update iamsql.run set options = '{}'"),
        changed("update iamsql.event_coverage set status = 'error'"),
        changed("drop table iamsql.event_coverage"),
    ],
    ids="organization unfinished nonsense damaged imported real failed old".split(),
)
def test_a_run_that_does_not_serve_is_not_used(runs: Path, earlier: SyncedRun, change: Callable[[Path], None]) -> None:
    change(runs / earlier.path.name)
    run = again(runs, accounts=(WEB,))
    assert since(run, WEB) == {START} and listed_from(run, WEB) == {"2025/12/02/"}
    assert run.rows("select count(carried_from) from iamsql.event_coverage") == [(0,)]
