"""Read a trail: find its bucket, choose the session that may read it, select the accounts, download, and report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.errors import POLICY_ERROR_CODES, Fault, RequestFailedError, coverage_status, unrequested_fault
from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import ALL_REGIONS
from iamsql.aws.timestamps import iso_time
from iamsql.catalog.settings import option_types
from iamsql.model import Account
from iamsql.runs.file.duplicate_events import insert_records
from iamsql.runs.file.rows import CoverageRow, EventCoverageRow, PriorWindow
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.cloudtrail.access import TrailAccess
from iamsql.sync.cloudtrail.bucket import Bucket, LogPrefix, TrailLocation, parse_location
from iamsql.sync.cloudtrail.download import PARALLEL_LISTINGS, LogDownload, LogStream
from iamsql.sync.cloudtrail.load import log_loader
from iamsql.sync.cloudtrail.report import SERVICE, TrailResult, trail_result

AUTO = option_types.AUTO_TRAIL  # value of --trail for the trail that DescribeTrails finds
NO_FOLDER = Fault("error", "no_logs", "There are no log files of any account under AWSLogs/ there.")
Windows = Mapping[tuple[str, str], PriorWindow]  # by account and region


class PriorStream(NamedTuple):
    """The log files of one account and region that the resumed run has read completely."""

    events: EventCoverageRow
    coverage: list[CoverageRow]


@dataclass(frozen=True)
class TrailReader:
    """Reads the trail at `url`, or the trail that AUTO finds, for the selected accounts of an organization.

    `role` and `external_id` are of the role that reads the bucket, `policy(location, partition)` is its session policy.
    """

    api: ApiClient
    writer: RunWriter
    org: Organization
    url: str
    window: tuple[datetime, datetime]
    regions: tuple[str, ...]
    role: str | None
    external_id: str | None
    policy: Callable[[TrailLocation, str], str | None]
    reusable: Mapping[str, Windows]  # by trail: what earlier runs have
    prior: Mapping[str, Mapping[tuple[str, str], PriorStream]]  # by trail: what the resumed run has
    reads_unlisted: Callable[[str], bool] = lambda _: (
        True
    )  # whether to read an account that the organization does not list

    @property
    def _trail_access(self) -> TrailAccess:
        return TrailAccess(self.api, self.org, self.role, self.external_id, self.policy)

    @cached_property
    def _accounts_to_read(self) -> list[Account]:
        return [account for account in self.org.accounts if account.selected and account.state in ("ACTIVE", "")]

    @cached_property
    def _account_names(self) -> dict[str, str]:
        return {account.account_id: account.name for account in self.org.accounts}

    async def read(self) -> TrailResult:
        """Read the trail. A failure becomes coverage and lines of the result, and does not end the run."""
        url, operation = self.url, "DescribeTrails"
        try:
            location = await self._trail_access.find() if url == AUTO else parse_location(url)
            url, operation, stats = location.url, "AssumeRole", CallStats()
            sessions = await self._trail_access.sessions(location, stats)
            operation = "ListObjectsV2"
            bucket, folders = await self._trail_access.open(location, sessions, stats)
            if not folders:
                raise RequestFailedError(NO_FOLDER)
            all_streams = await self._list_streams(bucket, folders, stats, self.reusable.get(url, {}))
        except RequestFailedError as failed:
            return self._failed_result(url, operation, failed.fault)
        prior = self.prior.get(url, {})
        streams = [stream for stream in all_streams if (stream.prefix.account_id, stream.prefix.region) not in prior]
        await self._download(url, bucket, streams)
        result = trail_result(url, self.window, streams, self._account_names)
        for events, coverage in prior.values():
            result.events.append(events)
            result.coverage += coverage
        return result

    async def _download(self, url: str, bucket: Bucket, streams: Sequence[LogStream]) -> None:
        """Download and load streams; add each to the journal as soon as it is complete."""
        with log_loader(self.writer, insert_records(self.window), "trail") as loader:
            download = LogDownload(bucket, self.window[1], loader, self.writer.download_folder())
            with_logs = [stream for stream in streams if stream.prefix.prefix]  # the other streams have no log files
            async with aclosing(download.run(with_logs)) as loaded:
                async for stream in loaded:
                    result = trail_result(url, self.window, [stream], self._account_names)
                    self.writer.journal.add(result.coverage, result.events)

    async def _list_streams(
        self, bucket: Bucket, folders: Sequence[tuple[str, str]], stats: CallStats, reusable: Windows
    ) -> list[LogStream]:
        """List the log streams of the selected accounts.

        If all accounts are selected, accounts that the organization does not list are selected as well.
        """
        home_region, start, names = self.org.home_region, self.window[0], self._account_names
        selected = {account.account_id for account in self._accounts_to_read}
        is_all = all(account.selected or account.shard for account in self.org.accounts)
        selected_folders = [
            (account_id, folder)
            for account_id, folder in folders
            if account_id in selected or (is_all and account_id not in names and self.reads_unlisted(account_id))
        ]
        regions = self.regions if self.regions != ALL_REGIONS else ()
        waiting, streams = iter(selected_folders), list[LogStream]()

        async def work() -> None:
            for account_id, folder in waiting:
                try:
                    prefixes = await bucket.prefixes(account_id, folder, stats)
                except RequestFailedError as failed:
                    streams.append(LogStream(LogPrefix(account_id, home_region, ""), start, listing_fault=failed.fault))
                    continue
                for prefix in (prefix for prefix in prefixes if not regions or prefix.region in regions):
                    prior = reusable.get((prefix.account_id, prefix.region))
                    streams.append(LogStream(prefix, max(start, prior.until) if prior else start, prior))

        await asyncio.gather(*(work() for _ in range(PARALLEL_LISTINGS)))
        accounts_without_logs = selected - {stream.prefix.account_id for stream in streams}
        without_logs = [
            LogStream(LogPrefix(account_id, home_region, ""), start) for account_id in sorted(accounts_without_logs)
        ]
        return [*sorted(streams, key=lambda stream: stream.prefix.prefix), *without_logs]

    def _failed_result(self, url: str, operation: str, fault: Fault) -> TrailResult:
        """Return the result of a trail that cannot be read: coverage of every selected account, and advice."""
        result = TrailResult(
            lines=[f"The trail {url} could not be read: {fault.code}: {fault.message}", _advice_on(fault, operation)]
        )
        dependent_fault = unrequested_fault(operation, fault)
        start, end = (iso_time(time.timestamp()) for time in self.window)
        for account in self._accounts_to_read:
            key_fields = (account.account_id, account.name, self.org.home_region, SERVICE)
            if operation == "ListObjectsV2":
                message = f"{url}: {fault.message}"
                result.coverage.append(CoverageRow(*key_fields, operation, coverage_status(fault), fault.code, message))
            message = f"{url}: {dependent_fault.message}"
            result.coverage.append(
                CoverageRow(*key_fields, "GetObject", coverage_status(dependent_fault), dependent_fault.code, message)
            )
            why = (url, coverage_status(fault), fault.code)
            events = EventCoverageRow(account.account_id, self.org.home_region, "trail", *why, start, end)
            result.events.append(events)
        return result


def _advice_on(fault: Fault, operation: str) -> str:
    if fault.code in POLICY_ERROR_CODES:
        return "To assume the role without a session policy, set no_session_policy = true in the section [sync] of iamsql.toml."
    if fault.fault_type == "denied" and operation == "DescribeTrails":
        return (
            "Specify the bucket with --trail s3://bucket/prefix, or allow cloudtrail:DescribeTrails to the role that "
            "reads the organization: `iamsql role --kind management` prints the policy."
        )
    if fault.fault_type == "denied":
        return (
            "Name a role that may read the bucket: trail_role in [sync] of iamsql.toml. "
            "`iamsql role --kind trail` prints its policy."
        )
    return "Check the bucket's name and prefix: --trail s3://bucket/prefix, without AWSLogs/."
