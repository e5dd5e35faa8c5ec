"""The regions and the events of look-ups: the home region and the sign-in regions, or those that the user names."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iamsql.demo.regions import DEFAULT_REGIONS
from iamsql.model import IamsqlError
from iamsql.tables.calls import event_names as names
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import ALICE, HOSTILE, MANAGEMENT, NETWORK, PAYMENTS, WEB, SyncedRun, run_sync

EVENTS: dict[str, Any] = {"tables": ("aws_cloudtrail_event",)}
HOME, SIGN_IN = "us-east-1", ("ap-southeast-2", "eu-north-1", "us-east-2")
WRITES, ROOT, LOGIN = "ReadOnly=false", "Username=root", "EventName=ConsoleLogin"
BY_NAME = {f"EventName={name}" for name in (*names.GLOBAL, *names.REGIONAL)}
STS = {f"EventName={name}" for name in names.STS}
READ = "select region, look_up, status, error_code from iamsql.event_coverage where account_id = ? order by all"


def look_ups(run: SyncedRun, account: str = PAYMENTS) -> dict[str, set[str]]:
    """Return the look-up attributes by region."""
    by_region = defaultdict(set)
    for call in run.aws.calls:
        if call.operation == "LookupEvents" and call.account_id == account:
            [attribute] = dict(call.params)["LookupAttributes"]
            pair = dict(attribute)
            by_region[call.region].add(f"{pair['AttributeKey']}={pair['AttributeValue']}")
    return dict(by_region)


def in_large_pages() -> FakeAws:
    """Use AWS's page size of 50 events."""
    return FakeAws(DAY, faults=Faults(page_size=50))


@pytest.mark.slow
def test_by_default_the_home_region_has_all_lookups_and_the_sign_in_regions_have_lookups_of_sign_ins(
    tmp_path: Path,
) -> None:
    run = run_sync(tmp_path, accounts=(NETWORK,), **EVENTS)
    assert look_ups(run, NETWORK) == {HOME: {WRITES, ROOT, *STS}} | {region: {LOGIN} for region in SIGN_IN}
    expected = {(HOME, attribute) for attribute in (WRITES, ROOT, *STS)} | {(region, LOGIN) for region in SIGN_IN}
    assert run.rows(READ, NETWORK) == [(*attribute, "ok", None) for attribute in sorted(expected)]
    spans = run.rows(
        "select distinct source, window_start, window_end, objects, reused_from from iamsql.event_coverage"
    )
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert spans == [("event_history", datetime(2025, 12, 2, 12, tzinfo=UTC), noon, None, None)]


@pytest.mark.slow
def test_event_coverage_has_the_number_of_events_of_each_lookup(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=in_large_pages(), accounts=(MANAGEMENT,), **EVENTS)
    counts = dict(run.rows(f"select look_up, events from ({READ.replace('status', 'events')})", MANAGEMENT))
    count = "select count(*) from aws_cloudtrail_event where region = 'us-east-1' and {}"
    [(writes,)] = run.rows(count.format("not read_only"))
    [(root,)] = run.rows(count.format("username = 'root'"))
    assert (counts[WRITES], counts[ROOT]) == (writes, root)
    assert writes > 10 and root > 0


@pytest.mark.slow
def test_an_account_with_many_events_is_looked_up_by_event_name(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(page_size=2))
    run = run_sync(tmp_path, aws=aws, accounts=(PAYMENTS,), **EVENTS)
    assert look_ups(run)[HOME] == {WRITES, ROOT} | BY_NAME | STS
    attributes = {attribute for region, attribute, *_ in run.rows(READ, PAYMENTS) if region == HOME}
    assert attributes == {ROOT} | BY_NAME | STS


@pytest.mark.slow
def test_with_a_named_region_no_other_is_used(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=in_large_pages(), accounts=(PAYMENTS,), regions=("eu-west-1",), **EVENTS)
    assert look_ups(run) == {"eu-west-1": {WRITES, *STS}}
    assert run.rows("select distinct region from aws_cloudtrail_event") == [("eu-west-1",)]


@pytest.mark.slow
def test_with_all_regions_each_accounts_enabled_regions_are_used(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(NETWORK, WEB, ALICE), regions=("all",), **EVENTS)
    assert set(look_ups(run, NETWORK)) == {*DEFAULT_REGIONS, "eu-south-2"}
    assert set(look_ups(run, ALICE)) == set(look_ups(run, WEB)) == set(DEFAULT_REGIONS)
    assert run.status("ListRegions", NETWORK) == {("ok", None)}
    assert run.count_calls("DescribeRegions", NETWORK) == 0
    assert run.status("ListRegions", WEB) == {("denied", "AccessDeniedException")}
    assert run.status("DescribeRegions", WEB) == {("ok", None)}
    assert look_ups(run, NETWORK)["eu-south-2"] == {WRITES, *STS}
    assert look_ups(run, NETWORK)[HOME] == {WRITES, ROOT, *STS}


@pytest.mark.slow
def test_without_a_list_of_regions_the_default_ones_are_used(tmp_path: Path) -> None:
    aws = FakeAws(DAY, faults=Faults(deny=(("*", "DescribeRegions"), ("*", "ListRegions"))))
    run = run_sync(tmp_path, aws=aws, accounts=(WEB,), regions=("all",), **EVENTS)
    assert set(look_ups(run, WEB)) == {HOME, *SIGN_IN}
    assert {status for status, _ in run.status("DescribeRegions", WEB)} == {"denied"}


@pytest.mark.slow
def test_a_region_that_is_not_enabled_in_an_account_is_not_applicable(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(NETWORK, ALICE), regions=("eu-south-2", HOME), **EVENTS)
    sql = "select region, status, error_code from iamsql.coverage where operation = 'LookupEvents' and account_id = ? order by 1"
    assert run.rows(sql, ALICE) == [("eu-south-2", "not_applicable", "region_not_enabled"), (HOME, "ok", None)]
    assert run.rows(sql, NETWORK) == [("eu-south-2", "ok", None), (HOME, "ok", None)]
    away = {row[2:] for row in run.rows(READ, ALICE) if row[0] == "eu-south-2"}
    assert away == {("not_applicable", "region_not_enabled")}
    assert run.rows("select outcome from iamsql.accounts where account_id = ?", ALICE) == [("complete",)]
    assert run.result.gaps == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [("eu-west-11", "no region eu-west-11 in the partition aws. Did you mean eu-west-1"), ("moon", "no region moon")],
)
def test_an_unknown_region_is_an_error_with_similar_names(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        run_sync(tmp_path, regions=(HOME, name))
    assert list(tmp_path.iterdir()) == []


def test_a_region_of_another_partition_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="no region us-east-1 in the partition aws-cn"):
        run_sync(tmp_path, aws=FakeAws(DAY, partition="aws-cn"), regions=(HOME,))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (("CreateUser", "DeleteUser"), {"EventName=CreateUser", "EventName=DeleteUser"}),
        (("all-writes",), {WRITES}),
        (("all-writes", "AssumeRole"), {WRITES, "EventName=AssumeRole"}),
    ],
)
def test_only_the_named_events_are_looked_up(tmp_path: Path, events: tuple[str, ...], expected: set[str]) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS,), events=events, **EVENTS)
    assert look_ups(run) == dict.fromkeys((HOME, *SIGN_IN), expected)
    writes = {name for (name,) in run.rows("select distinct event_name from aws_cloudtrail_event where not read_only")}
    assert (len(writes) > 10) == ("all-writes" in events)
    assert writes >= {"CreateUser"}


@pytest.mark.slow
def test_with_event_none_nothing_is_looked_up(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS,), events=("none",), **EVENTS)
    assert look_ups(run) == {}
    assert run.rows("select count(*) from iamsql.event_coverage") == [(0,)]
    assert run.rows("select count(*) from aws_cloudtrail_event") == [(0,)]


def test_a_denied_region_is_a_gap_with_its_name(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(ALICE, PAYMENTS), **EVENTS)
    sql = "select region, status, error_code from iamsql.coverage where operation = 'LookupEvents' and account_id = ? order by 1"
    denied = ("ap-southeast-2", "denied", "AccessDeniedException")
    assert run.rows(sql, ALICE) == [denied, *((region, "ok", None) for region in ("eu-north-1", HOME, "us-east-2"))]
    assert ("ap-southeast-2", LOGIN, *denied[1:]) in run.rows(READ, ALICE)
    assert [row[2] for row in run.rows(READ, ALICE) if row[0] != "ap-southeast-2"] == ["ok"] * 6
    assert any(
        f"cloudtrail:LookupEvents: denied (AccessDeniedException) in {ALICE}" in line for line in run.result.lines
    )
    assert run.result.gaps == 1 and run.result.status == "incomplete"


@pytest.mark.slow
def test_an_account_that_denies_each_lookup_has_a_row_for_each(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(HOSTILE,), **EVENTS)
    rows = run.rows(READ, HOSTILE)
    assert {row[2:] for row in rows} == {("denied", "AccessDeniedException")}
    assert {row[0] for row in rows} == {HOME, *SIGN_IN}
    assert run.result.gaps == 4


@pytest.mark.slow
def test_an_event_that_several_lookups_find_is_one_row(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS,), events=("all-writes", "ConsoleLogin", "CreateUser"), **EVENTS)
    assert run.rows("select event_id from aws_cloudtrail_event group by account_id, event_id having count(*) > 1") == []
    [(raw, once)] = run.rows("select count(*), count(distinct item ->> '$.EventId') from raw.cloudtrail_lookup_events")
    assert raw > once == run.rows("select count(*) from aws_cloudtrail_event")[0][0]
    assert run.rows("select distinct data_source, log_file from aws_cloudtrail_event") == [("event_history", None)]
