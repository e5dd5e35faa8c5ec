"""What a sync says at the end: what was read, and every gap by its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.errors import NOT_ASKED
from iamsql.aws.sessions import iso
from iamsql.cloudtrail.lookup import LookupResult
from iamsql.runfile.build import AccountResult, CoverageRow, EventCoverageRow

TRAIL = "s3"  # what became of its log files is told apart
COUNTED = ("items", "trips", "throttles", "retries")
SHOWN = 12  # accounts named for one gap; the rest is counted


def with_stats(row: CoverageRow, tally: CallStats) -> CoverageRow:
    """Add what was counted to a row of coverage."""
    return replace(
        row,
        items=tally.items,
        trips=tally.requests,
        throttles=tally.throttles,
        retries=tally.retries,
        seconds=round(tally.seconds, 3),
        started_at=iso(tally.started) if tally.started else None,
    )


def merge_rows(rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    """Give one row a region and call of an account: what several tables asked of one operation is told together."""
    found: dict[tuple[str, str, str], list[CoverageRow]] = {}
    for row in rows:
        found.setdefault((row.region, row.service, row.operation), []).append(row)
    return [_together(alike) for alike in found.values()]


def _together(rows: Sequence[CoverageRow]) -> CoverageRow:
    asked = [row for row in rows if (row.status, row.error_code) != ("skipped", "not_selected")] or rows[:1]
    if len(asked) == 1:
        return asked[0]
    bad = [row for row in asked if row.status not in ("ok", "not_applicable")]
    bad.sort(key=lambda row: row.status == NOT_ASKED)  # what failed is told before what was not asked
    told = (bad or [row for row in asked if row.status == "ok"] or asked)[0]
    some = any(row.status in ("ok", "not_applicable", "partial") for row in asked)
    status = "partial" if bad and some else told.status
    counts = {name: sum(getattr(row, name) for row in asked) for name in COUNTED}
    started = min((row.started_at for row in asked if row.started_at), default=None)
    return replace(
        told, status=status, seconds=round(sum(row.seconds for row in asked), 3), started_at=started, **counts
    )


def events_read(account_id: str, region: str, looked: LookupResult) -> EventCoverageRow:
    """Give the row of event_coverage of one look-up."""
    start, end = (iso(one.timestamp()) if one else None for one in (looked.start, looked.end))
    carried = (looked.prior.run_id, iso(looked.prior.until.timestamp())) if looked.prior else (None, None)
    code = looked.fault.code if looked.fault else None
    head = (account_id, region, "look-up", looked.attribute.name, looked.status, code)
    return EventCoverageRow(*head, start, end, looked.items, None, *carried)


def summary(
    path: Path,
    visits: Sequence[AccountResult],
    extra: Sequence[CoverageRow],
    traveller: ApiClient,
    seconds: float,
    trail: Sequence[str] = (),
    digest: Sequence[str] = (),
) -> list[str]:
    """Put the end of a sync into lines; `digest` are those about the digest of the file."""
    read = sum(visit.outcome in ("read", "partial") for visit in visits)
    whole = sum(visit.outcome == "read" for visit in visits)
    throttled = f", {traveller.throttles} throttled" if traveller.throttles else ""
    lines = [
        f"Read {read} of {len(visits)} accounts ({whole} in full) in {seconds:.1f} s with {traveller.calls} calls{throttled}.",
        *_not_read(visits),
        *_gaps(visits, extra),
        *_not_enabled(visits),
        *map(printable, trail),
        *_carried(visits),
        f"Run file: {path}",
        *digest,
    ]
    if any(visit.outcome != "read" for visit in visits):
        lines.append("`iamsql query skipped_accounts` says what to do about the accounts that are missing.")
    return lines


def _not_enabled(visits: Sequence[AccountResult]) -> Iterator[str]:
    """Say of each region that was named in how many accounts it is not enabled: nothing can have happened there."""
    rows = [row for visit in visits for row in visit.coverage if row.error_code == "region_not_enabled"]
    accounts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        accounts[row.region].add(row.account_id)
    for region, there in sorted(accounts.items()):
        yield f"  {region} is not enabled in {len(there)} of the accounts that were read."


def _carried(visits: Sequence[AccountResult]) -> Iterator[str]:
    """Say how far an earlier run's look-ups were gone by."""
    spans = [span for visit in visits for *_, span in visit.carried]
    if spans:
        latest = max(span.until for span in spans)
        yield f"Looked-up events until {latest:%Y-%m-%d} were carried over from run {spans[0].run_id}."


def _not_read(visits: Sequence[AccountResult]) -> Iterator[str]:
    """Name the accounts that were not read; of each role's refusal its code is enough here, the words are in the file."""
    for visit in visits:
        if visit.outcome in ("not_entered", "not_tried"):
            why = ", ".join(": ".join(part.split(": ")[:2]) for part in (visit.reason or "").split("; "))
            yield f"  {visit.account.account_id} {printable(visit.account.name)}: not read: {printable(why)}"


def _gaps(visits: Sequence[AccountResult], extra: Sequence[CoverageRow]) -> Iterator[str]:
    """Name each call that failed and the accounts in which it did; what depends on it and was not asked is counted there."""
    by_call: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    rows = [*extra, *(row for visit in visits if visit.outcome == "partial" for row in visit.coverage)]
    gaps = [row for row in rows if row.is_gap and row.service != TRAIL]
    failed = {(row.account_id, row.operation) for row in gaps if row.status != NOT_ASKED}
    unasked: dict[str, set[str]] = defaultdict(set)  # calls by the call that failed before them
    for row in gaps:
        if row.status == NOT_ASKED and (row.account_id, row.error_code) in failed:
            unasked[row.error_code or ""].add(f"{row.service}:{row.operation}")
        else:
            by_call[f"{row.service}:{row.operation}", row.status, row.error_code or ""].append(row.account_id)
    for (call, status, code), named in by_call.items():
        accounts = list(dict.fromkeys(named))
        more = f" and {len(accounts) - SHOWN} more" if len(accounts) > SHOWN else ""
        yield f"  {call}: {status} ({code}) in {', '.join(accounts[:SHOWN])}{more}{_unasked(call, unasked)}"


def _unasked(call: str, unasked: dict[str, set[str]]) -> str:
    """Say how many calls were not asked because a call failed, after the first line about that call."""
    found = sorted(unasked.pop(call.partition(":")[2], ()))
    names = f"{found[0]} was" if len(found) == 1 else f"{len(found)} calls that depend on it were"
    return f"; {names} not asked" if found else ""


def printable(text: str) -> str:
    """Keep control characters of a name from reaching the terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
