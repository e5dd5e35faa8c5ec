"""Download the log files of a trail, many at once, and load them into the run file in batches.

Downloaded files wait in a folder next to the run file. Their number is bounded, so memory and disk space do not grow with
the length of the window.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from iamsql.aws.client import CallStats
from iamsql.aws.errors import (
    FINAL_FAULT_TYPES,
    UNREADABLE_CODE,
    Fault,
    RequestFailedError,
    coverage_status,
    unrequested_fault,
)
from iamsql.aws.timestamps import iso_time
from iamsql.logs import Fields, fields
from iamsql.runs.file.rows import PriorWindow
from iamsql.sync.cloudtrail.bucket import Bucket, LogPrefix
from iamsql.sync.cloudtrail.load import LogLoader
from iamsql.sync.cloudtrail.log_files import LogFile, claimed_size

LOG = logging.getLogger(__name__)
PARALLEL_LISTINGS = 16  # accounts that are listed at once
PARALLEL_DOWNLOADS = 48  # log files that are downloaded at once
BATCH_BYTES = 48_000_000  # bytes of JSON in a batch, as the files claim: enough for DuckDB to write complete row groups
BATCH_ON_DISK = 48_000_000  # bytes on disk in a batch
BATCH_FILES = 4000
MAX_DENIALS = 25  # log files denied in a row and none read, after which the rest is not requested


class FailedLog(NamedTuple):
    """A log file that was not read, or only in part (a fault of kind `partial`)."""

    key: str
    fault: Fault


@dataclass
class LogStream:
    """The log files of one account and region: what was listed, what was read, and what failed."""

    prefix: LogPrefix
    since: datetime
    prior: PriorWindow | None = None  # the events that an earlier run has
    listing: CallStats = field(default_factory=CallStats)  # its items are the log files that were listed
    reading: CallStats = field(default_factory=CallStats)  # its items are the log files that were read
    events: int = 0
    failed: list[FailedLog] = field(default_factory=list)
    skipped: int = 0  # log files that were not requested, because no request would have succeeded
    skip_fault: Fault | None = None  # why they were not requested
    listing_fault: Fault | None = None  # why the listing is incomplete
    is_listed: bool = False

    @property
    def is_loaded(self) -> bool:
        """Return whether all log files have been loaded."""
        return self.is_listed and self.fault is None and self.reading.items == self.listing.items

    def fail(self, key: str, fault: Fault) -> None:
        """Record a log file that was not read, or only in part."""
        self.failed.append(FailedLog(key, fault))
        error = "" if fault.code == UNREADABLE_CODE else fault.message  # a message that quotes the response
        where: Fields = {"account_id": self.prefix.account_id, "region": self.prefix.region, "key": key}
        LOG.warning("A log file was not read completely.", extra=fields(where, code=fault.code, error=error))

    @property
    def unread(self) -> int:
        """Return the number of log files that were listed and not read."""
        return len(self.failed) - len(self.read_in_part) + self.skipped

    @property
    def read_in_part(self) -> list[FailedLog]:
        """Return the log files that were read in part."""
        return [log for log in self.failed if log.fault.fault_type == "partial"]

    @property
    def fault(self) -> Fault | None:
        """Return the first reason why events are missing; None if all were read."""
        return self.listing_fault or next((log.fault for log in self.failed), self.skip_fault)

    @property
    def status(self) -> str:
        """Return the coverage status of the events."""
        return (
            "ok"
            if self.fault is None
            else "partial"
            if self.reading.items or self.prior
            else coverage_status(self.fault)
        )

    @property
    def reading_fault(self) -> Fault | None:
        """Return the fault in the coverage of GetObject; None if every log file was read."""
        if self.listing_fault:
            return unrequested_fault("ListObjectsV2", self.listing_fault)
        return (
            self.failed[0].fault if self.failed else self.skip_fault and unrequested_fault("GetObject", self.skip_fault)
        )


@dataclass
class Batch:
    """Log files that are loaded together, each with its stream."""

    files: list[tuple[LogFile, LogStream]] = field(default_factory=list)
    size: int = 0
    size_on_disk: int = 0

    def add(self, file: LogFile, stream: LogStream, size: int, size_on_disk: int) -> None:
        """Add a log file that claims to contain `size` bytes of JSON."""
        self.files.append((file, stream))
        self.size += size
        self.size_on_disk += size_on_disk

    @property
    def is_full(self) -> bool:
        """Return whether to load the batch."""
        return self.size >= BATCH_BYTES or self.size_on_disk >= BATCH_ON_DISK or len(self.files) >= BATCH_FILES


class LogDownload:
    """The download of one trail."""

    def __init__(self, bucket: Bucket, end: datetime, loader: LogLoader, folder: Path) -> None:
        """Download the log files of events until `end` to a folder, and load them."""
        self._bucket, self._end, self._loader, self._folder = bucket, end, loader, folder
        self._number = 0
        self._batch = Batch()
        self._keys: asyncio.Queue[tuple[str, LogStream] | None] = asyncio.Queue(maxsize=2000)
        self._batches: asyncio.Queue[Batch | None] = asyncio.Queue(maxsize=1)
        self._loaded: asyncio.Queue[LogStream | None] = asyncio.Queue()
        self._denials = 0  # log files denied in a row; negative once a log file was read
        self._skip_fault: Fault | None = None  # why no more log files are requested

    async def run(self, streams: Sequence[LogStream]) -> AsyncGenerator[LogStream, None]:
        """List, download and load the log files of streams; yield each stream when it is loaded completely."""
        pipeline = asyncio.create_task(self._run_pipeline(streams))
        # None ends the loop below, even if the pipeline fails.
        pipeline.add_done_callback(lambda _: self._loaded.put_nowait(None))
        try:
            while (stream := await self._loaded.get()) is not None:
                yield stream
            await pipeline
        finally:
            pipeline.cancel()
            with suppress(asyncio.CancelledError):
                await pipeline

    async def _run_pipeline(self, streams: Sequence[LogStream]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._load())
                group.create_task(self._download_all())
                group.create_task(self._list_streams(streams))
        except BaseExceptionGroup as failures:  # callers catch the error itself, not a group
            raise failures.exceptions[0] from None

    async def _list_streams(self, streams: Sequence[LogStream]) -> None:
        waiting = iter(streams)

        async def work() -> None:
            for stream in waiting:
                try:
                    async for key in self._bucket.keys(stream.prefix, stream.since, self._end, stream.listing):
                        stream.listing.items += 1
                        await self._keys.put((key, stream))
                    stream.is_listed = True
                except RequestFailedError as failed:
                    stream.listing_fault = failed.fault
                if stream.is_loaded:
                    self._loaded.put_nowait(stream)

        await asyncio.gather(*(work() for _ in range(PARALLEL_LISTINGS)))
        for _ in range(PARALLEL_DOWNLOADS):
            await self._keys.put(None)

    async def _download_all(self) -> None:
        await asyncio.gather(*(self._download() for _ in range(PARALLEL_DOWNLOADS)))
        await self._batches.put(self._batch)
        await self._batches.put(None)

    async def _download(self) -> None:
        """Download one log file after another; record a failure with the key."""
        while (entry := await self._keys.get()) is not None:
            key, stream = entry
            if self._skip_fault:
                stream.skipped += 1
                stream.skip_fault = self._skip_fault
                continue
            self._number += 1
            try:
                path, size_on_disk = await self._bucket.download(key, self._folder / str(self._number), stream.reading)
            except RequestFailedError as failed:
                is_missing = failed.fault.code in ("NoSuchKey", "404")  # deleted after it was listed
                fault = Fault("error", "missing", failed.fault.message) if is_missing else failed.fault
                stream.fail(key, fault)
                self._denials += failed.fault.fault_type == "denied" and self._denials >= 0
                if self._denials >= MAX_DENIALS or failed.fault.fault_type in FINAL_FAULT_TYPES:
                    self._skip_fault = failed.fault
                continue
            self._denials = -1
            file = LogFile(path, key, stream.prefix.account_id, stream.prefix.region, iso_time(time.time()))
            self._batch.add(file, stream, claimed_size(path)[0], size_on_disk)
            if self._batch.is_full:
                batch, self._batch = self._batch, Batch()
                await self._batches.put(batch)

    async def _load(self) -> None:
        """Load one batch after another, in a thread, and delete the files."""
        while (batch := await self._batches.get()) is not None:
            files = [file for file, _ in batch.files]
            events, unreadable = await asyncio.to_thread(self._loader.load, files) if files else ({}, [])
            streams = {file.key: stream for file, stream in batch.files}
            for file in files:
                file.path.unlink(missing_ok=True)
                streams[file.key].reading.items += file.key in events
                streams[file.key].events += events.get(file.key, 0)
            for log in unreadable:
                fault = Fault("partial" if log.partial else "error", log.code, log.message)
                streams[log.file.key].fail(log.file.key, fault)
            for stream in {id(stream): stream for stream in streams.values()}.values():  # each once
                if stream.is_loaded:
                    self._loaded.put_nowait(stream)
