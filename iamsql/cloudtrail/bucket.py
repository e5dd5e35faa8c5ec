"""A trail's bucket: which accounts and regions it holds, the log files of a window, and their bytes. Never a walk of it all.

Log files lie under [prefix/]AWSLogs/[organization/]account/CloudTrail/region/year/month/day/ (AWS's documentation of log
file names); what lies beside CloudTrail/, digests and Insights, is not looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from iamsql.aws.client import CallStats, PageTokens, Request
from iamsql.aws.errors import ResponseTooLarge
from iamsql.aws.paginate import AccountClient
from iamsql.gunzip import GZIP
from iamsql.model import IamsqlError

LOGS = "AWSLogs/"
URL = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<path>.*))?")
ACCOUNT = re.compile(r"\d{12}")
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
LATE = timedelta(days=1)  # a log file lies under the day of its delivery, which may be the day after its events'
OBJECT = 256 * 2**20  # bytes of a log file, as S3 holds it
SECONDS = 900  # that a log file may take
CHUNK = 2**20


@dataclass(frozen=True)
class TrailLocation:
    """Where a trail delivers: bucket and prefix; `under` is what the user named beyond AWSLogs/, and nothing else is read."""

    bucket: str
    prefix: str = ""
    under: str = ""

    @property
    def url(self) -> str:
        """Spell it as it was given."""
        return f"s3://{self.bucket}/{self.prefix}{LOGS + self.under if self.under else ''}".rstrip("/")

    @property
    def logs(self) -> str:
        """Name the folder of all logs."""
        return self.prefix + LOGS


@dataclass(frozen=True)
class LogPrefix:
    """The log files of one account and region."""

    account_id: str
    region: str
    prefix: str


@dataclass(frozen=True)
class LogObject:
    """One log file: its key and the shelf it stands on."""

    name: str
    shelf: LogPrefix


def parse_location(url: str) -> TrailLocation:
    """Read s3://bucket/prefix; raise IamsqlError when it is none."""
    found = URL.fullmatch(url)
    if found is None:
        raise IamsqlError(f"{url!r} names no bucket.\nGive --trail s3://bucket/prefix, or --trail auto.")
    head, mark, under = f"/{found['path'] or ''}".rpartition("/" + LOGS.rstrip("/"))
    if not mark or (under and not under.startswith("/")):
        head, under = f"/{found['path'] or ''}", ""
    prefix = head.strip("/")
    return TrailLocation(
        found["bucket"], prefix + "/" if prefix else "", under.strip("/") + "/" if under.strip("/") else ""
    )


class Bucket:
    """Reads a trail's bucket by the credentials of `lister`."""

    def __init__(self, lister: AccountClient, place: TrailLocation) -> None:
        """Keep the way in and the place."""
        self.lister, self.place = lister, place

    async def folders(self, tally: CallStats) -> list[tuple[str, str]]:
        """List the accounts that have logs, each with its folder; one may have its own and one in its organization's."""
        found: list[tuple[str, str]] = []
        for name in await self._folders(self.place.logs, tally):
            if ORGANIZATION.fullmatch(name):
                inner = await self._folders(f"{self.place.logs}{name}/", tally)
                found += [(one, f"{self.place.logs}{name}/{one}/") for one in inner if ACCOUNT.fullmatch(one)]
            elif ACCOUNT.fullmatch(name):
                found.append((name, f"{self.place.logs}{name}/"))
        return found

    async def shelves(self, account_id: str, folder: str, tally: CallStats) -> list[LogPrefix]:
        """List the regions of an account's logs."""
        logs = folder + "CloudTrail/"
        return [LogPrefix(account_id, region, f"{logs}{region}/") for region in await self._folders(logs, tally)]

    async def keys(
        self, shelf: LogPrefix, start: datetime, end: datetime, tally: CallStats
    ) -> AsyncIterator[LogObject]:
        """Yield the log files that hold the events of a window, oldest first: keys are ordered by day."""
        first, last = (shelf.prefix + f"{day:%Y/%m/%d/}" for day in (start, end + LATE))
        params = {"Prefix": _common(first, last), "StartAfter": first, "MaxKeys": 1000}
        async for answer in self._pages(params, tally):
            for item in answer.get("Contents", ()):
                if item["Key"] > last + "~":
                    return
                if item["Key"].endswith((".json.gz", ".json")):
                    yield LogObject(item["Key"], shelf)

    async def fetch(self, key: LogObject, path: Path, tally: CallStats) -> tuple[Path, int]:
        """Write a log file's bytes to a path, which gets an ending by what they are; return it and their number.

        An object of more than OBJECT bytes, or one that takes longer than SECONDS, is given up and raises Failed.
        """

        def read(answer: Any) -> tuple[Path, int]:
            try:
                return _written(answer["Body"], path)
            except BaseException:
                answer["Body"].close()
                path.unlink(missing_ok=True)
                raise

        written: tuple[Path, int] = await self._ask("GetObject", {"Key": key.name}, tally, read)
        return written

    async def _folders(self, prefix: str, tally: CallStats) -> list[str]:
        """Name the folders right under a prefix; only those on the way to what the user named."""
        found = []
        async for answer in self._pages({"Prefix": prefix, "Delimiter": "/"}, tally):
            found += [one["Prefix"] for one in answer.get("CommonPrefixes", ())]
        wanted = self.place.logs + self.place.under
        return [one[len(prefix) : -1] for one in found if one.startswith(wanted) or wanted.startswith(one)]

    async def _pages(self, params: dict[str, Any], tally: CallStats) -> AsyncIterator[dict[str, Any]]:
        markers = PageTokens()
        while True:
            answer = await self._ask("ListObjectsV2", params, tally)
            yield answer
            marker = markers.next_params(answer)
            if not marker:
                return
            params = {**params, **marker}

    async def _ask(self, operation: str, params: dict[str, Any], tally: CallStats, read: Any = lambda x: x) -> Any:
        request = Request("s3", operation, self.lister.home, {"Bucket": self.place.bucket, **params})
        return await self.lister.send(request, tally, read)


def _written(body: Any, path: Path) -> tuple[Path, int]:
    """Write a body chunk by chunk; raise TooLarge where it does not end in time or within its bytes."""
    size, until, target = 0, time.monotonic() + SECONDS, path
    with path.open("wb") as file:
        while chunk := body.read(CHUNK):
            if not size and chunk.startswith(GZIP):
                target = path.with_name(path.name + ".json.gz")
            size += len(chunk)
            if size > OBJECT or time.monotonic() > until:
                raise ResponseTooLarge(
                    f"The object has more than {OBJECT >> 20} MiB, or takes longer than {SECONDS} seconds."
                )
            file.write(chunk)
    return path.rename(target if size and target != path else path.with_name(path.name + ".json")), size


def _common(first: str, last: str) -> str:
    """Give the folder that holds two folders: the day's, the month's, the year's, or the region's."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first.split("/"), last.split("/"), strict=True))
    return "".join(f"{part}/" for part, _ in same if part) or first
