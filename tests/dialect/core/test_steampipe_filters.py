"""Conditions on columns that Steampipe fills with a query's own filter."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows


def test_conditions_on_start_and_end_time_bound_the_event_time() -> None:
    sql = "select event_id from aws_cloudtrail_lookup_event where {} order by 1"
    assert rows(sql.format("start_time = '2024-01-02'")) == [("late",)]
    assert rows(sql.format("end_time = '2024-01-02' and event_id <> 'x'")) == [("early",)]
    assert rows(sql.format("timestamptz '2024-01-02' = start_time")) == [("late",)]
    assert rows(sql.format("start_time > '2024-01-02'")) == [("late",)]
    assert rows(sql.format("start_time = '2023-12-31' and end_time = '2024-01-02'")) == [("early",)]
    with pytest.raises(IamsqlError, match="CloudWatch"):
        rows("select 1 from aws_cloudtrail_trail_event where filter = 'x'")


@pytest.mark.parametrize("pin", ["= 'trail'", "in ('trail', 'x')"])
def test_a_condition_on_the_log_group_accepts_events_without_one(pin: str) -> None:
    sql = "select event_name from aws_cloudtrail_trail_event where log_group_name {} order by 1"
    assert rows(sql.format(pin)) == [("delivered",), ("logged",)]
    assert rows(sql.format("<> 'trail'")) == [("other",)]
    shown = rows("select log_group_name = 'trail' from aws_cloudtrail_trail_event order by event_name")
    assert shown == [(None,), (True,), (False,)]
