"""The corridor from a trail's bucket to the run: which bucket, by whose credentials, of which accounts, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import POLICY_REFUSED, Fault, RequestFailed, not_asked, status_of
from iamsql.aws.organization import Organization
from iamsql.aws.paginate import AccountClient, Renew
from iamsql.aws.plan import ALL
from iamsql.aws.sessions import AssumedSession, iso
from iamsql.aws.sts import assume_role
from iamsql.cloudtrail.bucket import Bucket, LogPrefix, TrailLocation, parse_location
from iamsql.cloudtrail.download import LISTING, LogDownload, LogStream
from iamsql.cloudtrail.lookup import PriorWindow
from iamsql.cloudtrail.report import TrailResult, told
from iamsql.runfile.build import CoverageRow, EventCoverageRow, insert_records
from iamsql.store.writer import RunWriter
from iamsql.sync.options import AUTO, Options
from iamsql.sync.resume.state import PriorRun
from iamsql.sync.session_policies import SessionPolicies

Spans = dict[tuple[str, str], PriorWindow]
NO_TRAIL = Fault("error", "no_trail", "DescribeTrails names no trail that delivers to a bucket.")
NO_FOLDER = Fault("error", "no_logs", "There are no log files of any account under AWSLogs/ there.")


class TrailReader:
    """Reads the trail that the options name, for the accounts of an organization."""

    def __init__(
        self,
        traveller: ApiClient,
        landing: RunWriter,
        org: Organization,
        options: Options,
        policies: SessionPolicies,
        kept: PriorRun | None = None,
    ) -> None:
        """Keep what all of it shares; `kept` is an earlier run that goes on."""
        self._kept = kept.trails if kept else {}
        self._policies = policies
        self._traveller, self._landing, self._org, self._options = traveller, landing, org, options
        self._names = {one.account_id: one.name for one in org.accounts}
        self._wanted = [one for one in org.accounts if one.selected and one.state in ("ACTIVE", "")]

    async def read(self, window: tuple[datetime, datetime], renew: Renew, carried: dict[str, Spans]) -> TrailResult:
        """Read the trail; whatever goes wrong is a row and a line, never the end of the run."""
        start, end = window
        where, operation = self._options.trail or "", "DescribeTrails"
        try:
            place = await self._find() if where == AUTO else parse_location(where)
            where, operation, tally = place.url, "AssumeRole", CallStats()
            ways = await self._ways(place, tally)
            operation = "ListObjectsV2"
            bucket, folders = await self._open(place, ways, renew, tally)
            if not folders:
                raise RequestFailed(NO_FOLDER)
            found = await self._stacks(bucket, folders, tally, start, carried.get(where, {}))
            kept = self._kept.get(where, {}).keys()
            stacks = [one for one in found if (one.shelf.account_id, one.shelf.region) not in kept]
        except RequestFailed as failed:
            return self._unread(where, operation, failed.fault, window)
        with self._landing.records(insert_records(window), "trail") as records:
            reading = LogDownload(
                bucket, end, records, self._landing.spool(), lambda stack: self._note(where, window, stack)
            )
            await reading.run([one for one in stacks if one.shelf.prefix])
        trail = told(where, window, stacks, self._names)
        for read, rows in self._kept.get(where, {}).values():
            trail.events.append(read)
            trail.coverage += rows
        return trail

    def _note(self, where: str, window: tuple[datetime, datetime], stack: LogStream) -> None:
        """Write down at once what of the trail was read in full."""
        one = told(where, window, [stack], self._names)
        self._landing.journal.add([row.values() for row in one.coverage], [read.values() for read in one.events])

    # -- which bucket, and how in --------------------------------------------------------------------------------------------

    async def _find(self) -> TrailLocation:
        """Find the organization's trail by DescribeTrails, else one of all regions, else any that delivers to a bucket."""
        request = Request("cloudtrail", "DescribeTrails", self._org.home, {})
        answer = await self._traveller.send(self._org.reader, request, CallStats())
        trails = [one for one in answer.get("trailList", ()) if one.get("S3BucketName")]
        if not trails:
            raise RequestFailed(NO_TRAIL)
        best = max(trails, key=lambda one: (bool(one.get("IsOrganizationTrail")), bool(one.get("IsMultiRegionTrail"))))
        prefix = best.get("S3KeyPrefix") or ""
        return TrailLocation(best["S3BucketName"], prefix.strip("/") + "/" if prefix.strip("/") else "")

    async def _ways(self, place: TrailLocation, tally: CallStats) -> list[AssumedSession]:
        """List who may read the bucket: the role that was named, the caller, the organization's reader."""
        own, reader = self._traveller.door.own, self._org.reader
        ways: list[AssumedSession] = [own, *([reader] if reader.role_arn else [])]
        if role := self._options.trail_role:
            policy = self._policies.trail(place, self._org.partition)
            ways.insert(0, await assume_role(self._traveller, own, role, self._options.external_id, tally, policy))
        return ways

    async def _open(
        self, place: TrailLocation, ways: Sequence[AssumedSession], renew: Renew, tally: CallStats
    ) -> tuple[Bucket, list[tuple[str, str]]]:
        """Try one way after the other, and return the bucket with the accounts that have logs in it."""
        for way in ways:
            bucket = Bucket(AccountClient(self._traveller, self._landing, way, renew, self._org.home), place)
            try:
                return bucket, await bucket.folders(tally)
            except RequestFailed as failed:
                if failed.fault.kind != "denied" or way is ways[-1]:
                    raise
        raise AssertionError("unreachable")

    async def _stacks(
        self,
        bucket: Bucket,
        folders: Sequence[tuple[str, str]],
        tally: CallStats,
        start: datetime,
        carried: Spans,
    ) -> list[LogStream]:
        """List the regions of the wanted accounts' logs; an account that the organization does not list counts as wanted."""
        chosen = {one.account_id for one in self._wanted}
        whole = all(one.selected for one in self._org.accounts)
        wanted = [one for one in folders if one[0] in chosen or (whole and one[0] not in self._names)]
        regions = self._options.regions if self._options.regions != ALL else ()
        waiting, stacks = iter(wanted), list[LogStream]()

        async def work() -> None:
            for account_id, folder in waiting:
                try:
                    shelves = await bucket.shelves(account_id, folder, tally)
                except RequestFailed as failed:
                    stacks.append(LogStream(LogPrefix(account_id, self._org.home, ""), start, fault=failed.fault))
                    continue
                for shelf in (one for one in shelves if not regions or one.region in regions):
                    span = carried.get((shelf.account_id, shelf.region))
                    stacks.append(LogStream(shelf, max(start, span.until) if span else start, span))

        await asyncio.gather(*(work() for _ in range(LISTING)))
        missing = chosen - {one.shelf.account_id for one in stacks}
        none = [LogStream(LogPrefix(one, self._org.home, ""), start) for one in sorted(missing)]
        return [*sorted(stacks, key=lambda one: one.shelf.prefix), *none]

    def _unread(self, where: str, operation: str, fault: Fault, window: tuple[datetime, datetime]) -> TrailResult:
        """Say of every wanted account that the trail could not be read, because of which request, and what to do about it."""
        trail = TrailResult(
            lines=[f"The trail {where} could not be read: {fault.code}: {fault.message}", _advice(fault, operation)]
        )
        unasked = not_asked(operation, fault)
        for one in self._wanted:
            head = (one.account_id, one.name, self._org.home, "s3")
            if operation == "ListObjectsV2":
                trail.coverage.append(
                    CoverageRow(*head, operation, status_of(fault), fault.code, f"{where}: {fault.message}")
                )
            words = f"{where}: {unasked.message}"
            trail.coverage.append(CoverageRow(*head, "GetObject", status_of(unasked), unasked.code, words))
            times = (iso(window[0].timestamp()), iso(window[1].timestamp()))
            read = EventCoverageRow(
                one.account_id, self._org.home, "trail", where, status_of(fault), fault.code, *times
            )
            trail.events.append(read)
        return trail


def _advice(fault: Fault, operation: str) -> str:
    if fault.code in POLICY_REFUSED:
        return "To assume the role without a session policy: iamsql sync --no-session-policy"
    if fault.kind == "denied" and operation == "DescribeTrails":
        return (
            "Name the bucket with --trail s3://bucket/prefix, or let whoever reads the organization call "
            "cloudtrail:DescribeTrails: `iamsql role --kind management` prints the policy."
        )
    if fault.kind == "denied":
        return (
            "Name a role that may read the bucket with --trail-role ARN; `iamsql role --kind trail` prints its policy."
        )
    return "Check the bucket's name and prefix: --trail s3://bucket/prefix, without AWSLogs/."
