"""The tables of CloudTrail's configuration from raw items: one row for each trail and region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.loaders import Loader

from iamsql.model import Call, Table
from iamsql.tables import aws_cloudtrail_channel as channel
from iamsql.tables import aws_cloudtrail_event_data_store as lake
from iamsql.tables import aws_cloudtrail_import as imports
from iamsql.tables import aws_cloudtrail_query as queries
from iamsql.tables import aws_cloudtrail_trail as trails
from iamsql.tables.compiler import compiler, run_macros
from iamsql.tables.registry import all_tables
from tests.conftest import THIRD_PARTY

HOME, AWAY, ACCOUNT, MEMBER = "us-east-1", "eu-west-1", "111122223333", "444455556666"
TRAIL = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/all"
LAKE = f"arn:aws:cloudtrail:{AWAY}:{ACCOUNT}:eventdatastore/1f0a"
CHANNEL = f"arn:aws:cloudtrail:{AWAY}:{ACCOUNT}:channel/9c2b"
TABLES = ("trail", "event_data_store", "channel", "import", "query")
SEEN = {"Name": "all", "TrailARN": TRAIL, "HomeRegion": HOME, "IsMultiRegionTrail": True, "S3BucketName": "logs"}
RawItem = tuple[Call, str, str, dict[str, Any], dict[str, Any]]  # call, account, region, bound, item


def rows(name: str, *items: RawItem) -> list[dict[str, Any]]:
    """Fill a table from raw items; return its rows by account and region."""
    table = all_tables()[f"aws_cloudtrail_{name}"]
    assert isinstance(table, Table)
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'; create schema raw; create schema iamsql")
    con.execute("create table iamsql.run as select 'aws' as \"partition\"")
    for statement in (*run_macros.scalar_macros(), *map(compiler.raw_table, table.calls)):
        con.execute(statement)
    for call, account, region, bound, item in items:
        values = [account, region, json.dumps(bound), json.dumps(item), "2026-03-01 12:00:00+00"]
        con.execute(f'insert into raw."{call.raw}" values (?, ?, ?, ?, ?)', values)
    cursor = con.execute(f"from ({compiler.select(table)}) order by account_id, region")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def status(region: str, logging: bool, account: str = ACCOUNT) -> RawItem:
    item = {"IsLogging": logging, "LatestDeliveryTime": f"2026-03-01 0{len(region)}:00:00+00:00"}
    return (trails.STATUS, account, region, {"Name": TRAIL}, item)


def trail(region: str, account: str = ACCOUNT, **members: Any) -> RawItem:
    return (trails.TRAILS, account, region, {}, SEEN | members)


@pytest.mark.parametrize("name", TABLES)
def test_columns_types_and_order_match_steampipe(name: str) -> None:
    schemas = json.loads(Path(THIRD_PARTY, "steampipe", "schemas.json").read_text())
    steampipe_columns = schemas[f"aws_cloudtrail_{name}"]["columns"]
    kinds = {"string": "VARCHAR", "bool": "BOOLEAN", "timestamp": "TIMESTAMPTZ", "json": "JSON", "int": "BIGINT"}
    have = [
        (column.name, compiler.duckdb_type(column))
        for column in compiler.columns(all_tables()[f"aws_cloudtrail_{name}"])
    ]
    assert have == [(column["column"], kinds[column["type"]]) for column in steampipe_columns]


@pytest.mark.parametrize("name", TABLES)
def test_the_calls_are_made_in_each_region_on_demand_with_error_codes_of_botocore(name: str) -> None:
    model = Loader().load_service_model("cloudtrail", "service-2")
    for call in all_tables()[f"aws_cloudtrail_{name}"].calls:
        assert call.regional and call.on_demand
        error_codes = {error["shape"] for error in model["operations"][call.operation]["errors"]}
        assert set(call.empty_on) <= error_codes, call.operation


@pytest.mark.slow
def test_a_trail_in_several_regions_has_a_row_in_each_with_the_status_of_its_home_region() -> None:
    trail_rows = rows(
        "trail", trail(AWAY), trail(HOME), status(AWAY, False), status(HOME, True), status("ap-south-1", False)
    )
    assert [(row["region"], row["home_region"], row["is_logging"]) for row in trail_rows] == [
        (AWAY, HOME, True),
        (HOME, HOME, True),
    ]
    assert {str(row["latest_delivery_time"]) for row in trail_rows} == {"2026-03-01 09:00:00+00:00"}


@pytest.mark.slow
def test_another_region_gives_the_status_if_the_home_region_was_not_read() -> None:
    [row] = rows("trail", trail(AWAY), status("us-west-2", False), status(AWAY, True))
    assert row["is_logging"] is True


@pytest.mark.slow
def test_a_member_account_reads_the_organizations_trail_from_its_own_responses() -> None:
    trail_rows = rows("trail", trail(HOME), trail(HOME, MEMBER, IsOrganizationTrail=True), status(HOME, True))
    assert [(row["account_id"], row["is_logging"]) for row in trail_rows] == [(ACCOUNT, True), (MEMBER, None)]
    assert trail_rows[1]["arn"] == TRAIL and trail_rows[1]["is_organization_trail"] is True


@pytest.mark.slow
def test_values_of_a_trail_that_were_not_read_are_null() -> None:
    [row] = rows("trail", trail(HOME))
    unread = ("is_logging", "start_logging_time", "event_selectors", "insight_selectors", "tags_src", "tags")
    assert [row[column] for column in unread] == [None] * len(unread)
    assert (row["name"], row["title"], json.loads(row["akas"])) == ("all", "all", [TRAIL])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tags", "as_map"),
    [([], {}), ([{"Key": "Owner", "Value": "sec"}, {"Key": "é", "Value": ""}], {"Owner": "sec", "é": ""})],
)
def test_selectors_and_tags_match_aws(tags: list[dict[str, str]], as_map: dict[str, str]) -> None:
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    [row] = rows(
        "trail",
        trail(HOME),
        (trails.SELECTORS, ACCOUNT, HOME, {"TrailName": TRAIL}, {"TrailARN": TRAIL, "EventSelectors": selectors}),
        (trails.INSIGHTS, ACCOUNT, HOME, {"TrailName": TRAIL}, {"TrailARN": TRAIL, "InsightSelectors": []}),
        (trails.TAGS, ACCOUNT, HOME, {"ResourceIdList": [TRAIL]}, {"ResourceId": TRAIL, "TagsList": tags}),
    )
    assert (json.loads(row["event_selectors"]), row["advanced_event_selectors"]) == (selectors, None)
    assert row["insight_selectors"] == "[]"
    assert (json.loads(row["tags_src"]), json.loads(row["tags"])) == (tags, as_map)


@pytest.mark.slow
def test_the_values_of_an_event_data_store_come_from_its_own_response_except_its_name() -> None:
    full = {"Status": "PENDING_DELETION", "RetentionPeriod": 366, "CreatedTimestamp": "2024-01-02 03:04:05+00:00"}
    stale = {"Name": "lake", "EventDataStoreArn": LAKE, "Status": "ENABLED"}
    [row] = rows(
        "event_data_store",
        (lake.STORES, ACCOUNT, AWAY, {}, stale),
        (lake.STORE, ACCOUNT, AWAY, {"EventDataStore": LAKE}, full | {"AdvancedEventSelectors": []}),
    )
    assert (row["name"], row["arn"], row["status"], row["retention_period"]) == ("lake", LAKE, "PENDING_DELETION", 366)
    assert (str(row["created_timestamp"]), row["advanced_event_selectors"]) == ("2024-01-02 03:04:05+00:00", "[]")
    assert (row["kms_key_id"], row["region"]) == (None, AWAY)


@pytest.mark.slow
def test_a_channel_has_its_source() -> None:
    config = {"ApplyToAllRegions": False, "AdvancedEventSelectors": [{"Name": "m", "FieldSelectors": []}]}
    [row] = rows(
        "channel",
        (channel.CHANNELS, ACCOUNT, AWAY, {}, {"Name": "in", "ChannelArn": CHANNEL}),
        (channel.CHANNEL, ACCOUNT, AWAY, {"Channel": CHANNEL}, {"Source": "Custom", "SourceConfig": config}),
    )
    assert (row["source"], row["apply_to_all_regions"], row["ingestion_status"]) == ("Custom", False, None)
    assert json.loads(row["source_config"]) == config
    assert json.loads(row["advanced_event_selectors"]) == config["AdvancedEventSelectors"]


@pytest.mark.slow
def test_an_import_has_its_bucket_and_progress() -> None:
    bucket = {
        "S3LocationUri": "s3://logs/AWSLogs/",
        "S3BucketRegion": HOME,
        "S3BucketAccessRoleArn": "arn:aws:iam::1:role/r",
    }
    detail = {"ImportSource": {"S3": bucket}, "ImportStatistics": {"FailedEntries": 1}}
    import_rows = rows(
        "import",
        (imports.IMPORTS, ACCOUNT, AWAY, {}, {"ImportId": "a", "ImportStatus": "FAILED", "Destinations": [LAKE]}),
        (imports.IMPORTS, ACCOUNT, HOME, {}, {"ImportId": "b", "ImportStatus": "INITIALIZING"}),
        (imports.IMPORT, ACCOUNT, AWAY, {"ImportId": "a"}, detail),
    )
    assert [(row["import_id"], row["import_status"], row["title"]) for row in import_rows] == [
        ("a", "FAILED", "a"),
        ("b", "INITIALIZING", "b"),
    ]
    assert json.loads(import_rows[0]["import_source"]) == bucket
    assert json.loads(import_rows[0]["import_statistics"]) == {"FailedEntries": 1}
    assert (import_rows[1]["import_source"], import_rows[1]["destinations"]) == (None, None)


@pytest.mark.slow
def test_a_query_has_its_event_data_store() -> None:
    counts = {"BytesScanned": 2**40, "EventsMatched": 0, "ExecutionTimeInMillis": 250}
    counts_and_time = counts | {"CreationTime": "2026-02-28 10:00:00+00:00"}
    [row] = rows(
        "query",
        (queries.QUERIES, ACCOUNT, AWAY, {"EventDataStore": LAKE}, {"QueryId": "q", "QueryStatus": "FINISHED"}),
        (
            queries.QUERY,
            ACCOUNT,
            AWAY,
            {"QueryId": "q"},
            {"QueryString": "select 1", "QueryStatistics": counts_and_time},
        ),
    )
    assert (row["event_data_store_arn"], row["query_string"], row["query_status"]) == (LAKE, "select 1", "FINISHED")
    assert (row["bytes_scanned"], row["events_matched"], row["events_scanned"]) == (2**40, 0, None)
    assert str(row["creation_time"]) == "2026-02-28 10:00:00+00:00"
