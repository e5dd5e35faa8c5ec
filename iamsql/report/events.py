"""The CloudTrail events of a run by UTC day, and the findings of detections."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

from iamsql.catalog import Config
from iamsql.check.detections import COLUMNS, TYPES, find_findings, select_detections
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import LEVELS, CheckCatalog
from iamsql.model import Result
from iamsql.query.execute import answer
from iamsql.report.contents import Day, Events
from iamsql.report.queries import EVENTS_QUERY, ROOT_EVENTS_SQL, SIGN_INS_SQL, query_variant
from iamsql.runs.coverage.summary import summarize_coverage
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.source import Openable, run_path

MAX_DAYS = 400  # a longer window has rows for days with events only
NO_FINDINGS = Result(COLUMNS, [], TYPES)


def count_events(reader: Reader, checks: CheckCatalog) -> tuple[list[Day], str]:
    """Return sign-ins and events of root users by day, and sentences on missing data.

    Raise IamsqlError if the run did not collect events.
    """
    sign_ins = answer(reader, query_variant(checks, EVENTS_QUERY, SIGN_INS_SQL), {})
    # A day without events is a row only if the events of some account were read.
    is_read = summarize_coverage(reader, {"aws_cloudtrail_event"}).read > 0
    days = {day: Day(day, 0, 0, 0, {}) for day in _window_days(reader.metadata) if is_read}
    for day, succeeded, failed in sign_ins.result.rows:
        days[day] = Day(day, succeeded, failed, 0, {})
    for day, events in reader.run(ROOT_EVENTS_SQL).rows:
        days[day] = replace(days.get(day, Day(day, 0, 0, 0, {})), root_events=events)
    return sorted(days.values(), key=lambda day: day.day), "\n".join(sign_ins.caveats)


def read_detections(checks: CheckCatalog, settings: Config, run: Openable) -> tuple[Result, list[str]]:
    """Return the findings of all detections over a run, and the errors of the detections that failed."""
    detections = select_detections((), checks, LEVELS[-1])
    findings, failures = find_findings(detections, Evaluation(run, run_path(run).parent, settings=settings))
    return findings, [failure.splitlines()[0] for failure in failures]


def with_findings(events: Events, findings: Result, note: str) -> Events:
    """Return the events with the findings of detections by day and severity. A finding without a time is on no day."""
    counts_by_day: dict[str, Counter[str]] = defaultdict(Counter)
    time_index = COLUMNS.index("event_time")
    for row in findings.rows:
        if row[time_index] is not None:
            counts_by_day[f"{row[time_index]:%Y-%m-%d}"][row[0]] += 1
    days_with_findings = {day.day: replace(day, detections=dict(counts_by_day[day.day])) for day in events.days}
    other_days = [
        Day(day, 0, 0, 0, dict(counts)) for day, counts in counts_by_day.items() if day not in days_with_findings
    ]
    days = sorted([*days_with_findings.values(), *other_days], key=lambda day: day.day)
    return replace(events, days=days, findings=findings, note=note)


def _window_days(metadata: RunMetadata) -> list[str]:
    """Return the days of the window of events; [] for a run without a window, and for a window of many days."""
    if not metadata.window_start or not metadata.window_end:
        return []
    first_day, last_day = metadata.window_start.date(), metadata.window_end.date()
    day_count = (last_day - first_day).days + 1
    return [f"{first_day + timedelta(days=day):%Y-%m-%d}" for day in range(day_count if day_count <= MAX_DAYS else 0)]
