"""CloudTrail's log files: an account's records by day and region, under the keys that a trail writes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from iamsql.demo.events import records
from iamsql.demo.people import Site, mark
from iamsql.demo.records import Record

BUSY = 20
TAKES = timedelta(minutes=6)  # from an event to its file; assumed, AWS says about five minutes on average


@dataclass(frozen=True, eq=False)
class LogFile:
    """A log file: its key below the trail's prefix, when it was written, and the records in it."""

    key: str
    written: datetime
    holds: tuple[Record, ...]

    def body(self) -> bytes:
        """Write the file's bytes, the same each time."""
        return packed(json.dumps({"Records": self.holds}, separators=(",", ":")).encode())


def packed(content: bytes, level: int = 6) -> bytes:
    """Compress without a time stamp."""
    return gzip.compress(content, level, mtime=0)


def name_of(account_id: str, region: str, when: datetime, letters: str) -> str:
    """Name a log file below `AWSLogs/[organization/]`."""
    file = f"{account_id}_CloudTrail_{region}_{when:%Y%m%dT%H%MZ}_{letters}.json.gz"
    return f"{account_id}/CloudTrail/{region}/{when:%Y/%m/%d}/{file}"


@lru_cache(maxsize=64)
def files(site: Site) -> tuple[LogFile, ...]:
    """Cut an account's records into files: one a day and region, two on busy days; a late event lands the day after."""
    days: dict[tuple[str, str], list[Record]] = {}
    for one in records(site):
        day = f"{_time(one) + TAKES:%Y-%m-%d}"
        days.setdefault((one["awsRegion"], day), []).append(one)
    return tuple(file for (region, _), found in sorted(days.items()) for file in _cut(site, region, found))


def _time(one: Record) -> datetime:
    return datetime.strptime(one["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _cut(site: Site, region: str, found: Sequence[Record]) -> Iterator[LogFile]:
    """Make a day's files; where there are two, the last event of the first is delivered a second time."""
    middle = len(found) // 2
    parts = (found[:middle], found[middle - 1 :]) if len(found) > BUSY else (found,)
    for place, part in enumerate(parts):
        written = _time(part[-1]) + TAKES
        age = (site.midnight - written).days
        letters = mark("", site.account_id, region, str(age), str(place), size=16)
        yield LogFile(name_of(site.account_id, region, written, letters), written, tuple(part))
