"""Fetch a trail's log files many at once and have DuckDB load them in batches.

What waits to be loaded lies in a folder beside the run file and is bounded; memory does not grow with the days.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from iamsql.aws.client import CallStats
from iamsql.aws.errors import ENDS, Fault, RequestFailed, not_asked, status_of
from iamsql.aws.sessions import iso
from iamsql.cloudtrail.bucket import Bucket, LogObject, LogPrefix
from iamsql.cloudtrail.load import LogLoader
from iamsql.cloudtrail.lookup import PriorWindow
from iamsql.cloudtrail.split import LogFile, claimed

LISTING = 16  # accounts whose keys are listed at once
FETCHING = 48  # log files on their way at once
BATCH = (
    48_000_000  # bytes of JSON in a batch by the log files' own word: large enough that DuckDB writes whole row groups
)
PACKED = 48_000_000  # bytes on disk in a batch
FILES = 4000  # log files in a batch
DENIED = 25  # log files refused in a row, none read: the rest is not asked for


@dataclass
class LogStream:
    """One account and region of a trail: what was listed, what was read, what could not be."""

    shelf: LogPrefix
    since: datetime
    span: PriorWindow | None = None  # what an earlier run has of it
    listing: CallStats = field(default_factory=CallStats)
    reading: CallStats = field(default_factory=CallStats)
    listed: int = 0
    read: int = 0
    events: int = 0
    bad: list[tuple[str, Fault]] = field(default_factory=list)
    unasked: int = 0  # log files that were not asked for, since asking had become vain
    vain: Fault | None = None  # why it had
    fault: Fault | None = None  # why the listing ended before its end
    whole: bool = False  # all of it was listed
    told: bool = False

    @property
    def loaded(self) -> bool:
        """Tell whether all log files there are have been loaded."""
        return self.whole and self.why is None and self.read == self.listed

    @property
    def lost(self) -> int:
        """Count the log files that were listed and not read."""
        return len(self.bad) - len(self.cut) + self.unasked

    @property
    def cut(self) -> list[tuple[str, Fault]]:
        """List the log files that were read in part."""
        return [(key, fault) for key, fault in self.bad if fault.kind == "partial"]

    @property
    def why(self) -> Fault | None:
        """Give the first reason for which something is missing."""
        return self.fault or next((fault for _, fault in self.bad), self.vain)

    @property
    def status(self) -> str:
        """Tell how its reading fared, as coverage does."""
        return "ok" if self.why is None else "partial" if self.read or self.span else status_of(self.why)

    @property
    def unread(self) -> Fault | None:
        """Return why log files are missing, as the coverage of GetObject tells it: another call failed, or a log file."""
        if self.fault:
            return not_asked("ListObjectsV2", self.fault)
        return self.bad[0][1] if self.bad else self.vain and not_asked("GetObject", self.vain)


@dataclass
class Batch:
    """Log files that wait to be loaded together, each with the stack it is of."""

    files: list[tuple[LogFile, LogStream]] = field(default_factory=list)
    size: int = 0
    packed: int = 0

    def add(self, file: LogFile, stack: LogStream, size: int, packed: int) -> None:
        """Take one more, which says that it has `size` bytes of JSON, and has `packed` bytes on disk."""
        self.files.append((file, stack))
        self.size += size
        self.packed += packed

    @property
    def full(self) -> bool:
        """Tell whether it is to be loaded."""
        return self.size >= BATCH or self.packed >= PACKED or len(self.files) >= FILES


class LogDownload:
    """The reading of one trail."""

    def __init__(
        self, bucket: Bucket, end: datetime, records: LogLoader, spool: Path, done: Callable[[LogStream], None]
    ) -> None:
        """Keep the bucket, the window's end, and where log files are loaded; `done` hears of each stack that is, in full."""
        self._done = done
        self._bucket, self._end, self._records, self._spool = bucket, end, records, spool
        self._number = 0
        self._batch = Batch()
        self._keys: asyncio.Queue[tuple[LogObject, LogStream] | None] = asyncio.Queue(maxsize=2000)
        self._full: asyncio.Queue[Batch | None] = asyncio.Queue(maxsize=1)
        self._refused = 0  # log files denied in a row; below nothing once one was read
        self._vain: Fault | None = None  # why no more are asked for

    async def run(self, stacks: Sequence[LogStream]) -> None:
        """List, fetch and load the log files of the stacks; a failure to load ends it all."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._load())
                group.create_task(self._fetch_all())
                group.create_task(self._list(stacks))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _list(self, stacks: Sequence[LogStream]) -> None:
        waiting = iter(stacks)

        async def work() -> None:
            for stack in waiting:
                try:
                    async for key in self._bucket.keys(stack.shelf, stack.since, self._end, stack.listing):
                        stack.listed += 1
                        await self._keys.put((key, stack))
                    stack.whole = True
                except RequestFailed as failed:
                    stack.fault = failed.fault
                stack.listing.items = stack.listed
                self._tell([stack])

        await asyncio.gather(*(work() for _ in range(LISTING)))
        for _ in range(FETCHING):
            await self._keys.put(None)

    async def _fetch_all(self) -> None:
        await asyncio.gather(*(self._fetch() for _ in range(FETCHING)))
        await self._full.put(self._batch)
        await self._full.put(None)

    async def _fetch(self) -> None:
        """Fetch one log file after the other; what cannot be had is noted with its key."""
        while (wanted := await self._keys.get()) is not None:
            key, stack = wanted
            if self._vain:
                stack.unasked += 1
                stack.vain = self._vain
                continue
            self._number += 1
            try:
                path, packed = await self._bucket.fetch(key, self._spool / str(self._number), stack.reading)
            except RequestFailed as failed:
                stack.bad.append((key.name, _missing(failed.fault)))
                self._refused += failed.fault.kind == "denied" and self._refused >= 0
                if self._refused >= DENIED or failed.fault.kind in ENDS:
                    self._vain = failed.fault
                continue
            self._refused = -1
            shelf = key.shelf
            file = LogFile(path, key.name, shelf.account_id, shelf.region, iso(time.time()))
            self._batch.add(file, stack, claimed(path), packed)
            if self._batch.full:
                batch, self._batch = self._batch, Batch()
                await self._full.put(batch)

    async def _load(self) -> None:
        """Load batch after batch, in a thread of its own, and let their files go."""
        while (batch := await self._full.get()) is not None:
            files = [file for file, _ in batch.files]
            found, bad = await asyncio.to_thread(self._records.load, files) if files else ({}, [])
            stacks = {file.key: stack for file, stack in batch.files}
            for file in files:
                file.path.unlink(missing_ok=True)
                stacks[file.key].read += file.key in found
                stacks[file.key].events += found.get(file.key, 0)
            for unread in bad:
                fault = Fault("partial" if unread.partial else "error", unread.code, unread.words)
                stacks[unread.file.key].bad.append((unread.file.key, fault))
            self._tell(stacks.values())

    def _tell(self, stacks: Iterable[LogStream]) -> None:
        """Tell of the stacks that are loaded, once each."""
        for stack in (one for one in stacks if one.loaded and not one.told):
            stack.told = True
            self._done(stack)


def _missing(fault: Fault) -> Fault:
    """Name a log file that was listed and is gone; keep every other fault as it is."""
    return Fault("error", "missing", fault.message) if fault.code in ("NoSuchKey", "404") else fault
