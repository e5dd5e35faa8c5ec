"""Find and download the log files of a trail, without listing its complete bucket.

Log files are stored under [prefix/]AWSLogs/[organization/]account/CloudTrail/region/year/month/day/ (CloudTrail User
Guide, log file names). Digests and Insights have folders next to CloudTrail/, and are not listed.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import ResponseTooLargeError
from iamsql.aws.paginate import paginate
from iamsql.catalog.settings import option_types
from iamsql.sync.gunzip import GZIP

LOGS = "AWSLogs/"
DELIVERY_DELAY = timedelta(days=1)  # a log file is stored under its day of delivery, at most the day after its events
MAX_BYTES = 256 * 2**20  # of a log file, as stored in S3
MAX_SECONDS = 900  # for the download of a log file
CHUNK = 2**20


@dataclass(frozen=True)
class TrailLocation:
    """The bucket and prefix of a trail's log files. `under`, a path below AWSLogs/, limits what is read."""

    bucket: str
    prefix: str = ""
    under: str = ""

    @property
    def url(self) -> str:
        """Return the URL of the location."""
        return f"s3://{self.bucket}/{self.prefix}{LOGS + self.under if self.under else ''}".rstrip("/")

    @property
    def logs(self) -> str:
        """Return the prefix of all logs."""
        return self.prefix + LOGS


@dataclass(frozen=True)
class LogPrefix:
    """The prefix of the log files of one account and region."""

    account_id: str
    region: str
    prefix: str


def parse_location(url: str) -> TrailLocation:
    """Parse s3://bucket/prefix. Raise IamsqlError for any other text."""
    match = option_types.trail_url("--trail", url)
    path = f"/{match['path'] or ''}"
    head, separator, under = path.rpartition("/" + LOGS.rstrip("/"))
    if not separator or (under and not under.startswith("/")):
        head, under = path, ""
    prefix, under = head.strip("/"), under.strip("/")
    return TrailLocation(match["bucket"], prefix + "/" if prefix else "", under + "/" if under else "")


@dataclass(frozen=True)
class Bucket:
    """Reads the bucket of a trail with the session of a client."""

    client: AccountClient
    location: TrailLocation

    async def accounts(self, stats: CallStats) -> list[tuple[str, str]]:
        """List the accounts with logs, and the prefix of each. An account may also have a prefix below its organization."""
        accounts: list[tuple[str, str]] = []
        logs = self.location.logs
        for name in await self._list_folders(logs, stats):
            if option_types.ORGANIZATION_ID_PATTERN.fullmatch(name):
                members = await self._list_folders(f"{logs}{name}/", stats)
                accounts += [
                    (member, f"{logs}{name}/{member}/")
                    for member in members
                    if option_types.ACCOUNT_ID_PATTERN.fullmatch(member)
                ]
            elif option_types.ACCOUNT_ID_PATTERN.fullmatch(name):
                accounts.append((name, f"{logs}{name}/"))
        return accounts

    async def prefixes(self, account_id: str, prefix: str, stats: CallStats) -> list[LogPrefix]:
        """List the regions of an account's logs."""
        logs = prefix + "CloudTrail/"
        return [LogPrefix(account_id, region, f"{logs}{region}/") for region in await self._list_folders(logs, stats)]

    async def keys(self, prefix: LogPrefix, start: datetime, end: datetime, stats: CallStats) -> AsyncIterator[str]:
        """Yield the keys of the log files with the events of a window, oldest first, because S3 sorts keys by day."""
        first, last = (prefix.prefix + f"{day:%Y/%m/%d/}" for day in (start, end + DELIVERY_DELAY))
        # The common folder may contain days before the window, which StartAfter skips.
        params = {"Prefix": _innermost_common_folder(first, last), "StartAfter": first, "MaxKeys": 1000}
        async for response in self._list_pages(params, stats):
            for item in response.get("Contents", ()):
                if item["Key"] > last + "~":  # "~" sorts after all characters of a file name
                    return
                if item["Key"].endswith((".json.gz", ".json")):
                    yield item["Key"]

    async def first_key(self, prefix: LogPrefix, start: datetime, stats: CallStats) -> tuple[str, str]:
        """Return the first key of a day or later, and the region of the bucket; '' for a value that the response does not have.

        Raise RequestFailedError.
        """
        first = prefix.prefix + f"{start:%Y/%m/%d/}"
        request = self._request("ListObjectsV2", {"Prefix": prefix.prefix, "StartAfter": first, "MaxKeys": 1})
        response = await self.client.send(request, stats)
        key = next((str(item["Key"]) for item in response.get("Contents", ())), "")
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return key, str(headers.get("x-amz-bucket-region", ""))

    async def read_start(self, key: str, size: int, stats: CallStats) -> bytes:
        """Return the first bytes of an object, at most `size`. Raise RequestFailedError."""
        request = self._request("GetObject", {"Key": key, "Range": f"bytes=0-{size - 1}"})
        start: bytes = await self.client.send(request, stats, lambda response: _read_start(response["Body"], size))
        return start

    async def download(self, key: str, path: Path, stats: CallStats) -> tuple[Path, int]:
        """Download a log file to a path, which gets .json or .json.gz appended; return the path and the size in bytes.

        Raise RequestFailedError, including for an object beyond MAX_BYTES or MAX_SECONDS.
        """
        request = self._request("GetObject", {"Key": key})
        downloaded: tuple[Path, int] = await self.client.send(
            request, stats, lambda response: _write_body(response["Body"], path)
        )
        return downloaded

    async def _list_folders(self, prefix: str, stats: CallStats) -> list[str]:
        """Return the names of the folders in a prefix that lead to, or are below, the location."""
        names = []
        async for response in self._list_pages({"Prefix": prefix, "Delimiter": "/"}, stats):
            names += [item["Prefix"] for item in response.get("CommonPrefixes", ())]
        path = self.location.logs + self.location.under
        return [name[len(prefix) : -1] for name in names if name.startswith(path) or path.startswith(name)]

    async def _list_pages(self, params: dict[str, Any], stats: CallStats) -> AsyncIterator[dict[str, Any]]:
        request = self._request("ListObjectsV2", params)
        async for page in paginate(self.client.send, request, stats, lambda response: response):
            if page is not None:  # no error code of S3 means an expired token, so no list starts again
                yield page.content

    def _request(self, operation: str, params: dict[str, Any]) -> Request:
        return Request("s3", operation, self.client.home_region, {"Bucket": self.location.bucket, **params})


def _read_start(body: Any, size: int) -> bytes:
    try:
        return bytes(body.read(size))
    finally:
        body.close()


def _write_body(body: Any, path: Path) -> tuple[Path, int]:
    """Write a body to a file in chunks. Raise ResponseTooLargeError beyond the limits."""
    size, deadline, target = 0, time.monotonic() + MAX_SECONDS, path.with_name(path.name + ".json")
    try:
        with path.open("wb") as file:
            while chunk := body.read(CHUNK):
                if not size and chunk.startswith(GZIP):
                    target = path.with_name(path.name + ".json.gz")
                size += len(chunk)
                if size > MAX_BYTES or time.monotonic() > deadline:
                    raise ResponseTooLargeError(
                        f"The object has more than {MAX_BYTES >> 20} MiB, or takes longer than {MAX_SECONDS} seconds."
                    )
                file.write(chunk)
        return path.rename(target), size
    except BaseException:  # the client may repeat the request; nothing of this response may stay
        body.close()
        path.unlink(missing_ok=True)
        raise


def _innermost_common_folder(first: str, last: str) -> str:
    """Return the innermost folder that contains two folders: a day's, month's, year's, or the region's."""
    common_parts = takewhile(lambda pair: pair[0] == pair[1], zip(first.split("/"), last.split("/"), strict=True))
    return "".join(f"{part}/" for part, _ in common_parts if part) or first
