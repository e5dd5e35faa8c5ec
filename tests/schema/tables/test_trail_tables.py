"""CloudTrail's configuration tables, from raw items: one row a trail and region, and nothing told apart that AWS tells alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.loaders import Loader

from iamsql.model import Call, Table
from iamsql.schema import compiler, run_macros
from iamsql.schema.registry import all_tables
from iamsql.schema.tables import _trail_calls as calls
from tests.conftest import THIRD_PARTY

HOME, AWAY, ACCOUNT, MEMBER = "us-east-1", "eu-west-1", "111122223333", "444455556666"
TRAIL = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/all"
LAKE = f"arn:aws:cloudtrail:{AWAY}:{ACCOUNT}:eventdatastore/1f0a"
CHANNEL = f"arn:aws:cloudtrail:{AWAY}:{ACCOUNT}:channel/9c2b"
TABLES = ("trail", "event_data_store", "channel", "import", "query")
SEEN = {"Name": "all", "TrailARN": TRAIL, "HomeRegion": HOME, "IsMultiRegionTrail": True, "S3BucketName": "logs"}
Landed = tuple[Call, str, str, dict[str, Any], dict[str, Any]]  # call, account, region, bound, item


def rows(name: str, *landed: Landed) -> list[dict[str, Any]]:
    """Shape a table from raw items, ordered by account and region."""
    table = all_tables()[f"aws_cloudtrail_{name}"]
    assert isinstance(table, Table)
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'; create schema raw; create schema iamsql")
    con.execute("create table iamsql.run as select 'aws' as \"partition\"")
    for statement in (*run_macros.scalar_macros(), *map(compiler.raw_table, table.calls)):
        con.execute(statement)
    for call, account, region, bound, item in landed:
        values = [account, region, json.dumps(bound), json.dumps(item), "2026-03-01 12:00:00+00"]
        con.execute(f'insert into raw."{call.raw}" values (?, ?, ?, ?, ?)', values)
    cursor = con.execute(f"from ({compiler.select(table)}) order by account_id, region")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def status(region: str, logging: bool, account: str = ACCOUNT) -> Landed:
    item = {"IsLogging": logging, "LatestDeliveryTime": f"2026-03-01 0{len(region)}:00:00+00:00"}
    return (calls.TRAIL_STATUS, account, region, {"Name": TRAIL}, item)


def trail(region: str, account: str = ACCOUNT, **more: Any) -> Landed:
    return (calls.TRAILS, account, region, {}, SEEN | more)


@pytest.mark.parametrize("name", TABLES)
def test_columns_types_and_order_are_those_of_steampipe(name: str) -> None:
    known = json.loads(Path(THIRD_PARTY, "steampipe", "schemas.json").read_text())[f"aws_cloudtrail_{name}"]["columns"]
    kinds = {"string": "VARCHAR", "bool": "BOOLEAN", "timestamp": "TIMESTAMPTZ", "json": "JSON", "int": "BIGINT"}
    have = [(one.name, compiler.duck_type(one)) for one in compiler.columns(all_tables()[f"aws_cloudtrail_{name}"])]
    assert have == [(one["column"], kinds[one["type"]]) for one in known]


@pytest.mark.parametrize("name", TABLES)
def test_calls_are_made_in_each_region_for_a_table_that_is_named_and_know_botocores_codes(name: str) -> None:
    model = Loader().load_service_model("cloudtrail", "service-2")
    for call in all_tables()[f"aws_cloudtrail_{name}"].calls:
        assert call.regional and call.on_demand
        told = {error["shape"] for error in model["operations"][call.operation]["errors"]}
        assert set(call.empty_on) <= told, call.operation


def test_a_trail_seen_in_several_regions_is_one_row_in_each_with_the_status_of_its_home() -> None:
    told = rows("trail", trail(AWAY), trail(HOME), status(AWAY, False), status(HOME, True), status("ap-south-1", False))
    assert [(one["region"], one["home_region"], one["is_logging"]) for one in told] == [
        (AWAY, HOME, True),
        (HOME, HOME, True),
    ]
    assert {str(one["latest_delivery_time"]) for one in told} == {"2026-03-01 09:00:00+00:00"}


def test_a_region_answers_for_a_home_that_was_not_asked() -> None:
    [one] = rows("trail", trail(AWAY), status("us-west-2", False), status(AWAY, True))
    assert one["is_logging"] is True


def test_a_member_sees_the_organizations_trail_by_its_own_answers_only() -> None:
    told = rows("trail", trail(HOME), trail(HOME, MEMBER, IsOrganizationTrail=True), status(HOME, True))
    assert [(one["account_id"], one["is_logging"]) for one in told] == [(ACCOUNT, True), (MEMBER, None)]
    assert told[1]["arn"] == TRAIL and told[1]["is_organization_trail"] is True


def test_what_could_not_be_read_of_a_trail_is_null() -> None:
    [one] = rows("trail", trail(HOME))
    unread = ("is_logging", "start_logging_time", "event_selectors", "insight_selectors", "tags_src", "tags")
    assert [one[column] for column in unread] == [None] * len(unread)
    assert (one["name"], one["title"], json.loads(one["akas"])) == ("all", "all", [TRAIL])


@pytest.mark.parametrize(
    ("tags", "as_map"),
    [([], {}), ([{"Key": "Owner", "Value": "sec"}, {"Key": "é", "Value": ""}], {"Owner": "sec", "é": ""})],
)
def test_selectors_and_tags_are_as_aws_has_them(tags: list[dict[str, str]], as_map: dict[str, str]) -> None:
    chosen = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    [one] = rows(
        "trail",
        trail(HOME),
        (calls.TRAIL_SELECTORS, ACCOUNT, HOME, {"TrailName": TRAIL}, {"TrailARN": TRAIL, "EventSelectors": chosen}),
        (calls.TRAIL_INSIGHTS, ACCOUNT, HOME, {"TrailName": TRAIL}, {"TrailARN": TRAIL, "InsightSelectors": []}),
        (calls.TRAIL_TAGS, ACCOUNT, HOME, {"ResourceIdList": [TRAIL]}, {"ResourceId": TRAIL, "TagsList": tags}),
    )
    assert (json.loads(one["event_selectors"]), one["advanced_event_selectors"]) == (chosen, None)
    assert one["insight_selectors"] == "[]"
    assert (json.loads(one["tags_src"]), json.loads(one["tags"])) == (tags, as_map)


def test_a_store_takes_everything_but_its_name_from_its_own_answer() -> None:
    full = {"Status": "PENDING_DELETION", "RetentionPeriod": 366, "CreatedTimestamp": "2024-01-02 03:04:05+00:00"}
    stale = {"Name": "lake", "EventDataStoreArn": LAKE, "Status": "ENABLED"}
    [one] = rows(
        "event_data_store",
        (calls.STORES, ACCOUNT, AWAY, {}, stale),
        (calls.STORE, ACCOUNT, AWAY, {"EventDataStore": LAKE}, full | {"AdvancedEventSelectors": []}),
    )
    assert (one["name"], one["arn"], one["status"], one["retention_period"]) == ("lake", LAKE, "PENDING_DELETION", 366)
    assert (str(one["created_timestamp"]), one["advanced_event_selectors"]) == ("2024-01-02 03:04:05+00:00", "[]")
    assert (one["kms_key_id"], one["region"]) == (None, AWAY)


def test_a_channel_shows_its_source() -> None:
    config = {"ApplyToAllRegions": False, "AdvancedEventSelectors": [{"Name": "m", "FieldSelectors": []}]}
    [one] = rows(
        "channel",
        (calls.CHANNELS, ACCOUNT, AWAY, {}, {"Name": "in", "ChannelArn": CHANNEL}),
        (calls.CHANNEL, ACCOUNT, AWAY, {"Channel": CHANNEL}, {"Source": "Custom", "SourceConfig": config}),
    )
    assert (one["source"], one["apply_to_all_regions"], one["ingestion_status"]) == ("Custom", False, None)
    assert json.loads(one["source_config"]) == config
    assert json.loads(one["advanced_event_selectors"]) == config["AdvancedEventSelectors"]


def test_an_import_shows_its_bucket_and_how_far_it_is() -> None:
    bucket = {
        "S3LocationUri": "s3://logs/AWSLogs/",
        "S3BucketRegion": HOME,
        "S3BucketAccessRoleArn": "arn:aws:iam::1:role/r",
    }
    detail = {"ImportSource": {"S3": bucket}, "ImportStatistics": {"FailedEntries": 1}}
    told = rows(
        "import",
        (calls.IMPORTS, ACCOUNT, AWAY, {}, {"ImportId": "a", "ImportStatus": "FAILED", "Destinations": [LAKE]}),
        (calls.IMPORTS, ACCOUNT, HOME, {}, {"ImportId": "b", "ImportStatus": "INITIALIZING"}),
        (calls.IMPORT, ACCOUNT, AWAY, {"ImportId": "a"}, detail),
    )
    assert [(one["import_id"], one["import_status"], one["title"]) for one in told] == [
        ("a", "FAILED", "a"),
        ("b", "INITIALIZING", "b"),
    ]
    assert json.loads(told[0]["import_source"]) == bucket
    assert json.loads(told[0]["import_statistics"]) == {"FailedEntries": 1}
    assert (told[1]["import_source"], told[1]["destinations"]) == (None, None)


def test_a_query_knows_the_store_it_was_asked_of() -> None:
    counts = {"BytesScanned": 2**40, "EventsMatched": 0, "ExecutionTimeInMillis": 250}
    counts_and_time = counts | {"CreationTime": "2026-02-28 10:00:00+00:00"}
    [one] = rows(
        "query",
        (calls.QUERIES, ACCOUNT, AWAY, {"EventDataStore": LAKE}, {"QueryId": "q", "QueryStatus": "FINISHED"}),
        (calls.QUERY, ACCOUNT, AWAY, {"QueryId": "q"}, {"QueryString": "select 1", "QueryStatistics": counts_and_time}),
    )
    assert (one["event_data_store_arn"], one["query_string"], one["query_status"]) == (LAKE, "select 1", "FINISHED")
    assert (one["bytes_scanned"], one["events_matched"], one["events_scanned"]) == (2**40, 0, None)
    assert str(one["creation_time"]) == "2026-02-28 10:00:00+00:00"
