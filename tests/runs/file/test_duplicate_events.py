"""Events in a finished run file: one table, views over it, and the original records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sync.syncs import MANAGEMENT, PAYMENTS, query

VIEWS = ("aws_cloudtrail_log", "aws_cloudtrail_lookup_event", "aws_cloudtrail_trail_event")


@pytest.mark.parametrize("name", VIEWS)
def test_the_views_have_the_same_events(demo_run: Path, name: str) -> None:
    ids = "select event_id from {} order by 1"
    assert query(demo_run, ids.format(name)) == query(demo_run, ids.format("aws_cloudtrail_event")) != []
    assert query(demo_run, "select view_name from duckdb_views() where view_name = ?", name) == [(name,)]


@pytest.mark.parametrize("name", [*VIEWS, "aws_cloudtrail_event", "aws_cloudtrail_coverage"])
def test_each_column_has_a_comment(demo_run: Path, name: str) -> None:
    statement = (
        "select comment from duckdb_views() where view_name = $1 "
        "union all select comment from duckdb_tables() where table_name = $1"
    )
    [(comment,)] = query(demo_run, statement, name)
    assert comment and comment.endswith(".")
    silent = "select column_name from duckdb_columns() where table_name = ? and coalesce(comment, '') = ''"
    assert query(demo_run, silent, name) == []


def test_the_records_of_log_files_are_raw_items_with_their_keys(demo_run: Path) -> None:
    raw = "select account_id, region, bound ->> '$.Key', item from raw.s3_get_object_cloudtrail where account_id = ?"
    rows = query(demo_run, raw, PAYMENTS)
    assert len(rows) > 100
    for account, region, key, item in rows:
        record = json.loads(item)
        assert f"/{account}/CloudTrail/{region}/" in key
        assert (record["recipientAccountId"], record["awsRegion"]) == (account, region)
    [(delivered,)] = query(demo_run, "select count(*) from aws_cloudtrail_event where log_file is not null")
    assert query(demo_run, "select count(*) from raw.s3_get_object_cloudtrail") == [(delivered,)]


def test_the_identity_struct_has_the_values_of_the_flat_columns(demo_run: Path) -> None:
    sql = """
    select count(*), count(*) filter (
      l.user_identity.type is not distinct from e.user_type and l.user_identity.arn is not distinct from e.actor_arn
      and l.user_identity.session_context.session_issuer.arn is not distinct from e.issuer_arn
      and l.user_identity.session_context.attributes.mfa_authenticated is not distinct from e.session_mfa
      and l.tp_id = e.event_id and l.tp_index = e.account_id and l.tp_date = e.event_time::date)
    from aws_cloudtrail_log l join aws_cloudtrail_event e on l.tp_index = e.account_id and l.event_id = e.event_id
    """
    [(rows, alike)] = query(demo_run, sql)
    assert rows == alike == query(demo_run, "select count(*) from aws_cloudtrail_event")[0][0]


def test_the_resources_of_a_lookup_are_kept_with_the_record_of_the_log_file(demo_run: Path) -> None:
    sql = "select resources ->> '$[*].ResourceName' from aws_cloudtrail_lookup_event where event_name = ? and account_id = ?"
    resource_names = [name for (names,) in query(demo_run, sql, "DeleteUser", MANAGEMENT) for name in names]
    assert "former.cto" in resource_names


def test_times_are_utc(demo_run: Path) -> None:
    """They are stored without a time zone, so the time zone of the reader changes nothing."""
    sql = "select min(event_time), max(event_time), typeof(min(event_time)) from aws_cloudtrail_event"
    [(first, last, column_type)] = query(demo_run, sql)
    assert column_type == "TIMESTAMP" and f"{first:%Y-%m-%d}" >= "2025-12-02" and last.tzinfo is None
    texts = "select count(*) from aws_cloudtrail_event where strftime(event_time, '%Y-%m-%dT%H:%M:%SZ') <> event ->> '$.eventTime'"
    assert query(demo_run, texts) == [(0,)]
