"""The corridor from a trail's bucket to the run: which bucket, by whose credentials, of which accounts, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from iamsql.aws.accounts import Organization, enter_role
from iamsql.aws.bucket import Bucket, Place, Shelf, place_of
from iamsql.aws.faults import Failed, Fault, status_of
from iamsql.aws.lists import Lister, Renew
from iamsql.aws.lookups import Span
from iamsql.aws.sessions import Entered, iso
from iamsql.aws.trips import Request, Tally, Traveller
from iamsql.aws.wish import ALL
from iamsql.runfile import Covered, EventsRead, Visit, records_select
from iamsql.store.write import Landing
from iamsql.sync import Options
from iamsql.sync.reading import LISTING, Reading, Stack
from iamsql.sync.summary import counted

Spans = dict[tuple[str, str], Span]
AUTO = "auto"
NO_TRAIL = Fault("error", "no_trail", "DescribeTrails names no trail that delivers to a bucket.")
NO_LOGS = "No log file of this account and region in the window."
SHOWN = 5  # log files named at the end of a sync; the rest is in the file


@dataclass
class Trail:
    """What a trail brought: rows of coverage and of event_coverage, and lines for the user."""

    coverage: list[Covered] = field(default_factory=list)
    events: list[EventsRead] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    used: list[tuple[str, str, str, Span]] = field(default_factory=list)  # what is to be carried over


class TrailReader:
    """Reads the trail that the options name, for the accounts of an organization."""

    def __init__(self, traveller: Traveller, landing: Landing, org: Organization, options: Options) -> None:
        """Keep what all of it shares."""
        self._traveller, self._landing, self._org, self._options = traveller, landing, org, options
        self._names = {one.account_id: one.name for one in org.accounts}
        self._wanted = [one for one in org.accounts if one.selected and one.state in ("ACTIVE", "")]

    async def read(self, window: tuple[datetime, datetime], renew: Renew, carried: dict[str, Spans]) -> Trail:
        """Read the trail; whatever goes wrong is a row and a line, never the end of the run."""
        start, end = window
        where = self._options.trail or ""
        try:
            place = await self._find() if where == AUTO else place_of(where)
            where = place.url
            bucket, folders, tally = await self._open(place, renew)
            stacks = await self._stacks(bucket, folders, tally, start, carried.get(where, {}))
        except Failed as failed:
            return self._unread(where, failed.fault, window)
        with self._landing.records(records_select(window), "trail", leave=1) as records:
            await Reading(bucket, end, records, self._landing.spool()).run([one for one in stacks if one.shelf.prefix])
        return self._told(where, window, stacks)

    # -- which bucket, and how in --------------------------------------------------------------------------------------------

    async def _find(self) -> Place:
        """Find the organization's trail by DescribeTrails, else one of all regions, else any that delivers to a bucket."""
        request = Request("cloudtrail", "DescribeTrails", self._org.home, {})
        answer = await self._traveller.ask(self._org.reader, request, Tally())
        trails = [one for one in answer.get("trailList", ()) if one.get("S3BucketName")]
        if not trails:
            raise Failed(NO_TRAIL)
        best = max(trails, key=lambda one: (one.get("IsOrganizationTrail"), one.get("IsMultiRegionTrail")))
        prefix = best.get("S3KeyPrefix") or ""
        return Place(best["S3BucketName"], prefix.strip("/") + "/" if prefix.strip("/") else "")

    async def _open(self, place: Place, renew: Renew) -> tuple[Bucket, list[tuple[str, str]], Tally]:
        """Try who may read the bucket, one after the other: the role that was named, the caller, the organization's reader."""
        own, reader, tally = self._traveller.door.own, self._org.reader, Tally()
        ways: list[Entered] = [own, *([reader] if reader.role_arn else [])]
        if role := self._options.trail_role:
            door = self._traveller.door
            ways.insert(0, await enter_role(self._traveller, own, role, door.region, self._options.external_id, tally))
        for way in ways:
            bucket = Bucket(Lister(self._traveller, self._landing, way, renew, self._org.home), place)
            try:
                return bucket, await bucket.folders(tally), tally
            except Failed as failed:
                if failed.fault.kind != "denied" or way is ways[-1]:
                    raise
        raise AssertionError("unreachable")

    async def _stacks(
        self,
        bucket: Bucket,
        folders: Sequence[tuple[str, str]],
        tally: Tally,
        start: datetime,
        carried: Spans,
    ) -> list[Stack]:
        """List the regions of the wanted accounts' logs; an account that the organization does not list counts as wanted."""
        chosen = {one.account_id for one in self._wanted}
        whole = all(one.selected for one in self._org.accounts)
        wanted = [one for one in folders if one[0] in chosen or (whole and one[0] not in self._names)]
        regions = self._options.regions if self._options.regions != ALL else ()
        waiting, stacks = iter(wanted), list[Stack]()

        async def work() -> None:
            for account_id, folder in waiting:
                try:
                    shelves = await bucket.shelves(account_id, folder, tally)
                except Failed as failed:
                    stacks.append(Stack(Shelf(account_id, self._org.home, ""), start, fault=failed.fault))
                    continue
                for shelf in (one for one in shelves if not regions or one.region in regions):
                    span = carried.get((shelf.account_id, shelf.region))
                    stacks.append(Stack(shelf, max(start, span.until) if span else start, span))

        await asyncio.gather(*(work() for _ in range(LISTING)))
        missing = chosen - {one.shelf.account_id for one in stacks}
        none = [Stack(Shelf(one, self._org.home, ""), start) for one in sorted(missing)]
        return [*sorted(stacks, key=lambda one: one.shelf.prefix), *none]

    # -- what came of it -----------------------------------------------------------------------------------------------------

    def _told(self, where: str, window: tuple[datetime, datetime], stacks: Sequence[Stack]) -> Trail:
        trail = Trail()
        for stack in stacks:
            trail.coverage += self._rows(stack)
            trail.events.append(_events_read(where, window, stack))
            trail.used += [("trail", stack.shelf.account_id, stack.shelf.region, stack.span)] if stack.span else []
        bad = [key for stack in stacks for key, _ in stack.bad]
        files, events = sum(one.read for one in stacks), sum(one.events for one in stacks)
        accounts = len({one.shelf.account_id for one in stacks if one.read or one.span})
        trail.lines.append(f"Read {events} events in {files} log files of {accounts} accounts from {where}.")
        if spans := [one.span for one in stacks if one.span]:
            run = spans[0].run_id
            trail.lines.append(
                f"  Events until {min(span.until for span in spans):%Y-%m-%d} were carried over from run {run}."
            )
        silent = {one.shelf.account_id for one in stacks} - {
            one.shelf.account_id for one in stacks if one.listed or one.span or one.fault
        }
        if silent:
            trail.lines.append(f"  No log file in the window: {', '.join(sorted(silent))}")
        for stack in stacks:
            if stack.fault:
                who = f"{stack.shelf.account_id} in {stack.shelf.region}"
                trail.lines.append(
                    f"  Log files of {who} could not be listed: {stack.fault.code}: {stack.fault.message}"
                )
        if bad:
            more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
            trail.lines.append(f"  {len(bad)} log files could not be read: {', '.join(bad[:SHOWN])}{more}")
        return trail

    def _rows(self, stack: Stack) -> Iterator[Covered]:
        """Give the coverage of a stack: its listing, its reading, and each log file that could not be read."""
        head = (stack.shelf.account_id, self._names.get(stack.shelf.account_id, ""), stack.shelf.region, "s3")
        listing = Covered(*head, "ListObjectsV2", *_fared(stack))
        yield counted(listing, stack.listing)
        status, why = "ok", tuple[str | None, str | None]((None, None))
        if stack.fault or stack.bad:
            fault = stack.fault or stack.bad[0][1]
            status = "partial" if stack.read or stack.span else status_of(fault)
            why = (fault.code, f"{len(stack.bad)} of {stack.listed} log files could not be read.")
        stack.reading.items = stack.read
        yield counted(Covered(*head, "GetObject", status, *why), stack.reading)
        for key, fault in stack.bad:
            yield Covered(*head, "GetObject", status_of(fault), fault.code, f"{key}: {fault.message}")

    def _unread(self, where: str, fault: Fault, window: tuple[datetime, datetime]) -> Trail:
        """Say of every wanted account that the trail could not be read, and what to do about it."""
        trail = Trail(lines=[f"The trail {where} could not be read: {fault.code}: {fault.message}", _advice(fault)])
        for one in self._wanted:
            head = (one.account_id, one.name, self._org.home, "s3", "GetObject")
            trail.coverage.append(Covered(*head, status_of(fault), fault.code, f"{where}: {fault.message}"))
            times = (iso(window[0].timestamp()), iso(window[1].timestamp()))
            read = EventsRead(one.account_id, self._org.home, "trail", where, status_of(fault), fault.code, *times)
            trail.events.append(read)
        return trail


def spread(rows: Sequence[Covered], visits: Sequence[Visit]) -> list[Covered]:
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


def _fared(stack: Stack) -> tuple[str, str | None, str | None]:
    """Tell how a listing fared; none is no gap, but it is said."""
    if stack.fault:
        return "partial" if stack.listed else status_of(stack.fault), stack.fault.code, stack.fault.message
    if not stack.listed and not stack.span:
        return "ok", "no_objects", NO_LOGS
    return "ok", None, None


def _events_read(where: str, window: tuple[datetime, datetime], stack: Stack) -> EventsRead:
    status, code, _ = _fared(stack)
    if stack.bad:
        code = stack.bad[0][1].code
        status = "partial" if stack.read else status_of(stack.bad[0][1])
    start, end = (iso(time.timestamp()) for time in window)
    carried = (stack.span.run_id, iso(stack.span.until.timestamp())) if stack.span else (None, None)
    shelf = stack.shelf
    head = (shelf.account_id, shelf.region, "trail", where, status, code, start, end)
    return EventsRead(*head, stack.events, stack.read, *carried)


def _advice(fault: Fault) -> str:
    if fault.kind == "denied":
        return (
            "Name a role that may read the bucket with --trail-role ARN; `iamsql role --kind trail` prints its policy."
        )
    return "Check the bucket's name and prefix: --trail s3://bucket/prefix, without AWSLogs/."
