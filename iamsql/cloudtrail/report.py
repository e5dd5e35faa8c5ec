"""What came of reading a trail: rows of coverage and of event_coverage, and lines for the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsql.aws.errors import status_of
from iamsql.aws.sessions import iso
from iamsql.cloudtrail.download import LogStream
from iamsql.cloudtrail.reuse import Used
from iamsql.runfile.build import AccountResult, CoverageRow, EventCoverageRow
from iamsql.schema.tables._calls import EVENTS, RECORDS
from iamsql.sync.summary import with_stats

NO_LOGS = "No log file of this account and region in the window."
NOT_CARRIED = "not_carried"  # the code of events that an earlier run had, and that could not be copied from it
SHOWN = 5  # log files named at the end of a sync; the rest is in the file
Window = tuple[datetime, datetime]


@dataclass
class TrailResult:
    """What a trail brought: rows of coverage and of event_coverage, and lines for the user."""

    coverage: list[CoverageRow] = field(default_factory=list)
    events: list[EventCoverageRow] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)  # what is to be carried over


def told(where: str, window: Window, stacks: Sequence[LogStream], names: Mapping[str, str]) -> TrailResult:
    """Put what came of each account and region into rows and lines; `names` are the accounts' own."""
    trail = TrailResult(lines=list(_lines(where, stacks)))
    for stack in stacks:
        trail.coverage += _rows(stack, names.get(stack.shelf.account_id, ""))
        trail.events.append(_events_read(where, window, stack))
        trail.used += [("trail", stack.shelf.account_id, stack.shelf.region, stack.span)] if stack.span else []
    return trail


def _lines(where: str, stacks: Sequence[LogStream]) -> Iterator[str]:
    files, events = sum(one.read for one in stacks), sum(one.events for one in stacks)
    accounts = {one.shelf.account_id for one in stacks if one.read or one.span}
    yield f"Read {events} events in {files} log files of {len(accounts)} accounts from {where}."
    if spans := [one.span for one in stacks if one.span]:
        first = min(spans, key=lambda span: span.until)
        yield f"  Events until {first.until:%Y-%m-%d} were carried over from run {first.run_id}."
    told_of = {one.shelf.account_id for one in stacks if one.listed or one.span or one.fault}
    if silent := {one.shelf.account_id for one in stacks} - told_of:
        yield f"  No log file in the window: {', '.join(sorted(silent))}"
    for stack in stacks:
        if stack.fault:
            who = f"{stack.shelf.account_id} in {stack.shelf.region}"
            yield f"  Log files of {who} could not be listed: {stack.fault.code}: {stack.fault.message}"
    bad = [key for stack in stacks for key, fault in stack.bad if fault.kind != "partial"]
    lost = sum(stack.lost for stack in stacks)
    if lost:
        more = f" and {lost - min(len(bad), SHOWN)} more" if lost > min(len(bad), SHOWN) else ""
        yield f"  {lost} log files could not be read: {', '.join(bad[:SHOWN])}{more}"
    for stack in stacks:
        for key, fault in stack.cut:
            yield f"  {key} was read in part: {fault.message}"


def _rows(stack: LogStream, name: str) -> Iterator[CoverageRow]:
    """Give the coverage of a stack: its listing, its reading, and each log file that could not be read."""
    head = (stack.shelf.account_id, name, stack.shelf.region, "s3")
    yield with_stats(CoverageRow(*head, "ListObjectsV2", *_listing(stack)), stack.listing)
    fault, words = stack.unread, _words(stack)
    why = (fault.code, fault.message if stack.fault else words) if fault else (None, None)
    status = "partial" if fault and stack.status == "partial" else status_of(fault) if fault else "ok"
    stack.reading.items = stack.read
    yield with_stats(CoverageRow(*head, "GetObject", status, *why), stack.reading)
    for key, fault in stack.bad:
        yield CoverageRow(*head, "GetObject", status_of(fault), fault.code, f"{key}: {fault.message}")


def _words(stack: LogStream) -> str:
    """Say how many log files could not be read, and how many not in full."""
    lost, cut = stack.lost, len(stack.cut)
    words = [f"{lost} of {stack.listed} log files could not be read."] * bool(lost)
    return " ".join(words + [f"{cut} of {stack.listed} log files were read in part."] * bool(cut))


def _listing(stack: LogStream) -> tuple[str, str | None, str | None]:
    """Tell how a listing fared; that there is nothing is no gap, but it is said."""
    if stack.fault:
        return "partial" if stack.listed else status_of(stack.fault), stack.fault.code, stack.fault.message
    if not stack.listed and not stack.span:
        return "ok", "no_objects", NO_LOGS
    return "ok", None, None


def _events_read(where: str, window: Window, stack: LogStream) -> EventCoverageRow:
    code = stack.why.code if stack.why else _listing(stack)[1]
    start, end = (iso(time.timestamp()) for time in window)
    carried = (stack.span.run_id, iso(stack.span.until.timestamp())) if stack.span else (None, None)
    head = (stack.shelf.account_id, stack.shelf.region, "trail", where, stack.status, code, start, end)
    return EventCoverageRow(*head, stack.events, stack.read, *carried)


def spread(rows: Sequence[CoverageRow], visits: Sequence[AccountResult]) -> list[CoverageRow]:
    """Give each visit the trail's rows of its account, which is not read in full where some failed; answer the other rows."""
    by_account = {visit.account.account_id: visit for visit in visits}
    gaps: dict[str, list[str]] = {}
    rest = []
    for row in rows:
        if visit := by_account.get(row.account_id):
            visit.coverage.append(row)
            if row.is_gap:
                gaps.setdefault(row.account_id, []).append(
                    f"{row.operation}: {row.status} {row.error_code or ''}".strip()
                )
        else:
            rest.append(row)
    for account_id, reasons in gaps.items():
        visit = by_account[account_id]
        if visit.outcome in ("read", "partial"):
            visit.outcome = "partial"
            visit.reason = "; ".join(dict.fromkeys([*filter(None, [visit.reason]), *reasons]))
    return rest


def mark_lost(lost: Sequence[tuple[Used, str]], trail: TrailResult, visits: Sequence[AccountResult]) -> None:
    """Note that the events of an earlier run are missing, with the reason, where that run could not be copied."""
    for used, reason in lost:
        words = f"Events until {used[3].until:%Y-%m-%d} are missing: {reason}"
        trail.coverage[:] = _without(used, words, trail.coverage)
        trail.events[:] = _not_carried(used, trail.events)
        for visit in (one for one in visits if one.account.account_id == used[1]):
            visit.events[:] = _not_carried(used, visit.events)
            visit.carried = [one for one in visit.carried if one != used]
            before, visit.coverage[:] = [*visit.coverage], _without(used, words, visit.coverage)
            if visit.outcome == "read" and visit.coverage != before:
                visit.outcome, visit.reason = "partial", words
    for reason in dict.fromkeys(reason for _, reason in lost):
        trail.lines.append(f"Events of an earlier run are missing: {reason}")


def _without(used: Used, words: str, rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    source, account, region, _ = used
    operation = EVENTS.operation if source == "look-up" else RECORDS.operation
    return [
        replace(row, status="partial", error_code=NOT_CARRIED, error_message=words)
        if (row.account_id, row.region, row.operation) == (account, region, operation)
        else row
        for row in rows
    ]


def _not_carried(used: Used, rows: Sequence[EventCoverageRow]) -> list[EventCoverageRow]:
    source, account, region, span = used
    return [
        replace(row, status="partial", error_code=NOT_CARRIED, carried_from=None, carried_until=None)
        if (row.source, row.account_id, row.region, row.carried_from) == (source, account, region, span.run_id)
        else row
        for row in rows
    ]
