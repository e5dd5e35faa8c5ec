"""The result of reading a trail: rows of coverage and of event coverage, and lines for the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsql.aws.errors import coverage_status
from iamsql.aws.timestamps import iso_time
from iamsql.runs.file.rows import AccountResult, CoverageRow, EventCoverageRow, ReusedWindow
from iamsql.sync.cloudtrail.download import LogStream
from iamsql.tables.calls.account import EVENTS, RECORDS

SERVICE = "s3"  # service of a trail's coverage rows
LOG_FILE_CALLS = ((SERVICE, "ListObjectsV2"), (SERVICE, "GetObject"))  # other calls of S3 are calls of accounts
NO_LOGS = "No log file of this account and region in the window."
NOT_REUSED = "not_reused"  # code of events of an earlier run that could not be copied
MAX_SHOWN = 5  # log files that a line names; all are in the coverage
Window = tuple[datetime, datetime]


@dataclass
class TrailResult:
    """What was read from a trail; `reused` are the events to copy from earlier runs."""

    coverage: list[CoverageRow] = field(default_factory=list)
    events: list[EventCoverageRow] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    reused: list[ReusedWindow] = field(default_factory=list)


def trail_result(url: str, window: Window, streams: Sequence[LogStream], names: Mapping[str, str]) -> TrailResult:
    """Return the result of streams; `names` maps account IDs to names."""
    result = TrailResult(lines=list(_result_lines(url, streams)))
    for stream in streams:
        account_id, region = stream.prefix.account_id, stream.prefix.region
        result.coverage += _build_coverage(stream, names.get(account_id, ""))
        result.events.append(_build_event_coverage(url, window, stream))
        result.reused += [ReusedWindow("trail", account_id, region, stream.prior)] if stream.prior else []
    return result


def _result_lines(url: str, streams: Sequence[LogStream]) -> Iterator[str]:
    files, events = sum(stream.reading.items for stream in streams), sum(stream.events for stream in streams)
    accounts = {stream.prefix.account_id for stream in streams if stream.reading.items or stream.prior}
    yield f"Read {events} events in {files} log files of {len(accounts)} accounts from {url}."
    if windows := [stream.prior for stream in streams if stream.prior]:
        first = min(windows, key=lambda prior: prior.until)
        yield f"  Events until {first.until:%Y-%m-%d} were reused from run {first.run_id}."
    with_logs = {
        stream.prefix.account_id for stream in streams if stream.listing.items or stream.prior or stream.listing_fault
    }
    if without_logs := {stream.prefix.account_id for stream in streams} - with_logs:
        yield f"  No log file in the window: {', '.join(sorted(without_logs))}"
    for stream in streams:
        if fault := stream.listing_fault:
            where = f"{stream.prefix.account_id} in {stream.prefix.region}"
            yield f"  Log files of {where} could not be listed: {fault.code}: {fault.message}"
    keys = [log.key for stream in streams for log in stream.failed if log.fault.fault_type != "partial"]
    unread_count = sum(stream.unread for stream in streams)
    if unread_count:
        shown_count = min(len(keys), MAX_SHOWN)
        omitted = f" and {unread_count - shown_count} more" if unread_count > shown_count else ""
        yield f"  {unread_count} log files could not be read: {', '.join(keys[:MAX_SHOWN])}{omitted}"
    for stream in streams:
        for log in stream.read_in_part:
            yield f"  {log.key} was read in part: {log.fault.message}"


def _build_coverage(stream: LogStream, name: str) -> Iterator[CoverageRow]:
    """Yield the coverage of a stream: listing, reading, and each log file that could not be read."""
    key_fields = (stream.prefix.account_id, name, stream.prefix.region, SERVICE)
    yield replace(CoverageRow(*key_fields, "ListObjectsV2", *_listing_status(stream)), **stream.listing.columns())
    fault, message = stream.reading_fault, _unread_message(stream)
    why = (fault.code, fault.message if stream.listing_fault else message) if fault else (None, None)
    status = "partial" if fault and stream.status == "partial" else coverage_status(fault) if fault else "ok"
    yield replace(CoverageRow(*key_fields, "GetObject", status, *why), **stream.reading.columns())
    for key, fault in stream.failed:
        yield CoverageRow(*key_fields, "GetObject", coverage_status(fault), fault.code, f"{key}: {fault.message}")


def _unread_message(stream: LogStream) -> str:
    """Return how many log files could not be read, and how many were read in part."""
    unread_count, in_part = stream.unread, len(stream.read_in_part)
    sentences = [f"{unread_count} of {stream.listing.items} log files could not be read."] * bool(unread_count)
    return " ".join(sentences + [f"{in_part} of {stream.listing.items} log files were read in part."] * bool(in_part))


def _listing_status(stream: LogStream) -> tuple[str, str | None, str | None]:
    """Return status, code and message of a listing. A listing without log files is complete, but has a code."""
    if fault := stream.listing_fault:
        return "partial" if stream.listing.items else coverage_status(fault), fault.code, fault.message
    if not stream.listing.items and not stream.prior:
        return "ok", "no_objects", NO_LOGS
    return "ok", None, None


def _build_event_coverage(url: str, window: Window, stream: LogStream) -> EventCoverageRow:
    code = stream.fault.code if stream.fault else _listing_status(stream)[1]
    start, end = (iso_time(time.timestamp()) for time in window)
    prior = (stream.prior.run_id, iso_time(stream.prior.until.timestamp())) if stream.prior else (None, None)
    key_fields = (stream.prefix.account_id, stream.prefix.region, "trail", url, stream.status, code, start, end)
    return EventCoverageRow(*key_fields, stream.events, stream.reading.items, *prior)


def add_to_accounts(rows: Sequence[CoverageRow], results: Sequence[AccountResult]) -> list[CoverageRow]:
    """Add a trail's coverage to the results of its accounts, which become incomplete by gaps. Return the other rows."""
    by_account = {result.account.account_id: result for result in results}
    reasons: dict[str, list[str]] = {}
    others = []
    for row in rows:
        result = by_account.get(row.account_id)
        if result is None:
            others.append(row)
            continue
        result.coverage.append(row)
        if row.is_gap:
            reason = f"{row.operation}: {row.status} {row.error_code or ''}".strip()
            reasons.setdefault(row.account_id, []).append(reason)
    for account_id, account_reasons in reasons.items():
        result = by_account[account_id]
        if result.outcome in ("complete", "incomplete"):
            result.outcome = "incomplete"
            result.reason = "; ".join(dict.fromkeys([*filter(None, [result.reason]), *account_reasons]))
    return others


def mark_missing_events(
    failed_windows: Sequence[tuple[ReusedWindow, str]], trail: TrailResult, results: Sequence[AccountResult]
) -> None:
    """Mark the events of earlier runs that could not be copied as missing, each with the reason."""
    for window, reason in failed_windows:
        message = f"Events until {window.prior.until:%Y-%m-%d} are missing: {reason}"
        trail.coverage[:] = _mark_gap(window, message, trail.coverage)
        trail.events[:] = _mark_not_reused(window, trail.events)
        for result in (result for result in results if result.account.account_id == window.account_id):
            result.events[:] = _mark_not_reused(window, result.events)
            result.reused = [reused_window for reused_window in result.reused if reused_window != window]
            before, result.coverage[:] = [*result.coverage], _mark_gap(window, message, result.coverage)
            if result.outcome == "complete" and result.coverage != before:
                result.outcome, result.reason = "incomplete", message
    # Many windows of one run have the same reason, which the user reads once.
    for reason in dict.fromkeys(reason for _, reason in failed_windows):
        trail.lines.append(f"Events of an earlier run are missing: {reason}")


def _mark_gap(window: ReusedWindow, message: str, rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    operation = EVENTS.operation if window.source == "event_history" else RECORDS.operation
    return [
        replace(row, status="partial", error_code=NOT_REUSED, error_message=message)
        if (row.account_id, row.region, row.operation) == (window.account_id, window.region, operation)
        else row
        for row in rows
    ]


def _mark_not_reused(window: ReusedWindow, rows: Sequence[EventCoverageRow]) -> list[EventCoverageRow]:
    source, account_id, region, prior = window
    return [
        replace(row, status="partial", error_code=NOT_REUSED, reused_from=None, reused_until=None)
        if (row.source, row.account_id, row.region, row.reused_from) == (source, account_id, region, prior.run_id)
        else row
        for row in rows
    ]
