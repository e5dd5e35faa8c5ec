"""Events and the findings of detections by day."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from iamsql.report.contents import Contents
from tests.conftest import query
from tests.report.tables import column

pytestmark = pytest.mark.slow


def test_the_events_are_counted_by_day(demo_contents: Contents, demo_run: Path) -> None:
    days = {day.day: day for day in demo_contents.events.days}
    sign_ins = query(
        demo_run,
        "select strftime(event_time, '%Y-%m-%d'), count(*) filter (outcome = 'succeeded'), count(*) filter (outcome = 'failed')"
        " from sign_ins() where event_id is not null group by all",
    )
    assert {day: (days[day].sign_ins, days[day].failed_sign_ins) for day, *_ in sign_ins} == {
        day: (succeeded, failed) for day, succeeded, failed in sign_ins
    }
    assert sum(day.sign_ins + day.failed_sign_ins for day in days.values()) == sum(row[1] + row[2] for row in sign_ins)
    root = query(
        demo_run, "select count(*) from aws_cloudtrail_event where coalesce(user_type = 'Root', username = 'root')"
    )
    assert (sum(day.root_events for day in days.values()),) == root[0]


def test_the_detections_are_counted_by_day_and_severity(demo_contents: Contents) -> None:
    events = demo_contents.events
    days = [f"{time:%Y-%m-%d}" for time in column(events.findings, "event_time")]
    actual = Counter(zip(column(events.findings, "severity"), days, strict=True))
    assert actual == {(level, day.day): number for day in events.days for level, number in day.detections.items()}
    assert len(events.findings.rows) > 50
    assert "1 denied cloudtrail:LookupEvents" in demo_contents.incomplete["events"]
