"""The S3 buckets of the trails: the log files that CloudTrail delivered, and their readers. Some files cannot be read."""

from __future__ import annotations

import gzip
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache, partial

from iamsql.demo.data import Account, Item, unique_id
from iamsql.demo.organizations import Organization

ORG_BUCKET, ORG_PREFIX, OWN_BUCKET = "acme-trail", "acme", "acme-network-trail"
MANAGEMENT_ACCOUNT, LOG_ARCHIVE_ACCOUNT, NETWORK_ACCOUNT = "111122223333", "222233334444", "012345678901"
AUDIT_ROLE = "iamsql-audit"
ALICE_ACCOUNT, GREENFIELD_ACCOUNT = "101010101010", "131313131313"
TRAIL_STOP_OFFSET = timedelta(
    days=-2, hours=3, minutes=41, seconds=12
)  # when the trail of the network account was stopped
UNDELIVERED_PERIOD = timedelta(days=20)  # the trail has no files for the last days of the new account
FAULTS_BY_ACCOUNT = {
    ALICE_ACCOUNT: "denied",
    NETWORK_ACCOUNT: "cut",
}  # the fault of each account's first file of 30 days in the home region
# CloudTrail writes digests and insights into the same bucket. A reader of log files must leave them out.
OTHER_FILE_CONTENTS = {"CloudTrail-Digest": b'{"digestStartTime":"","logFiles":[]}', "CloudTrail-Insight": b"{}"}
MAX_EVENTS_PER_FILE = 20  # a day with more events than that is delivered in two files
DELIVERY_DELAY = timedelta(minutes=6)  # from an event to its file; the CloudTrail User Guide says about 5 minutes


@dataclass(frozen=True, eq=False)
class StoredObject:
    """An object: the function that returns its bytes, the time of writing, and its fault: 'denied', 'cut', or '' for none."""

    key: str
    written: datetime
    make: Callable[[], bytes]
    fault: str = ""
    length: int = 0

    @cached_property
    def body(self) -> bytes:
        """Return the bytes."""
        return self.make()

    @property
    def size(self) -> int:
        """Return the number of bytes; with a known length the bytes are not generated."""
        return self.length or len(self.body)


@dataclass(frozen=True, eq=False)
class Bucket:
    """A bucket; `readers` are pairs of account and role, where an empty role is the caller with the base credentials."""

    name: str
    region: str
    owner: str
    readers: tuple[tuple[str, str], ...]
    fill: Callable[[], Iterable[StoredObject]]

    @cached_property
    def objects(self) -> dict[str, StoredObject]:
        """Return the objects by key."""
        return {stored.key: stored for stored in self.fill()}

    @cached_property
    def keys(self) -> list[str]:
        """Return the keys as ListObjectsV2 sorts them."""
        return sorted(self.objects)

    def get(self, key: str) -> StoredObject | None:
        """Return an object, or None if the key does not exist."""
        return self.objects.get(key)

    def after(self, key: str, prefix: str) -> Iterator[str]:
        """Yield the keys after `key` that have a prefix."""
        for index in range(bisect_left(self.keys, max(key, prefix)), len(self.keys)):
            if not self.keys[index].startswith(prefix):
                return
            if self.keys[index] > key:
                yield self.keys[index]


def compress(content: bytes, level: int = 6) -> bytes:
    """Return content in gzip's format without a time stamp, so equal content gives equal bytes."""
    return gzip.compress(content, level, mtime=0)


def log_file_key(account_id: str, region: str, written: datetime, letters: str) -> str:
    """Return the key of a log file below `AWSLogs/[organization/]`."""
    file = f"{account_id}_CloudTrail_{region}_{written:%Y%m%dT%H%MZ}_{letters}.json.gz"
    return f"{account_id}/CloudTrail/{region}/{written:%Y/%m/%d}/{file}"


@lru_cache(maxsize=64)
def log_files(account: Account) -> tuple[StoredObject, ...]:
    """Return an account's log files: one for each day of delivery and region, two on busy days."""
    days: dict[tuple[str, str], list[Item]] = {}
    for event in account.events:
        record = event["CloudTrailEvent"]
        days.setdefault((record["awsRegion"], f"{_delivery_time(record):%Y-%m-%d}"), []).append(record)
    return tuple(
        file for (region, _), records in sorted(days.items()) for file in _log_objects(account, region, records)
    )


def _compress_records(records: Sequence[Item]) -> bytes:
    return compress(json.dumps({"Records": records}, separators=(",", ":")).encode())


def _delivery_time(record: Item) -> datetime:
    return datetime.fromisoformat(record["eventTime"]) + DELIVERY_DELAY


def _log_objects(account: Account, region: str, records: Sequence[Item]) -> Iterator[StoredObject]:
    """Yield the files of a day. Of two files, the second repeats the last event of the first, as CloudTrail sometimes does."""
    # CloudTrail delivers an event at least once, so a reader must remove duplicates.
    middle = len(records) // 2
    parts = (records[:middle], records[middle - 1 :]) if len(records) > MAX_EVENTS_PER_FILE else (records,)
    for number, part in enumerate(parts):
        written = _delivery_time(part[-1])
        age = (account.first_midnight - written).days
        letters = unique_id("", account.id, region, str(age), str(number))
        yield StoredObject(
            log_file_key(account.id, region, written, letters), written, partial(_compress_records, part)
        )


def _organization_objects(organization: Organization) -> Iterator[StoredObject]:
    """Yield the files of the organization's trail, with a digest and an insight file for each account."""
    key_prefix = f"{ORG_PREFIX}/AWSLogs/{organization.data['Organization']['Id']}/"
    for account in organization.accounts:
        last_delivery = account.first_midnight - UNDELIVERED_PERIOD
        files = [
            file for file in log_files(account) if account.id != GREENFIELD_ACCOUNT or file.written <= last_delivery
        ]
        earliest_recent_time = account.first_midnight - timedelta(days=30)
        recent_files = [
            file for file in files if f"/{account.home_region}/" in file.key and file.written > earliest_recent_time
        ]
        for file in files:
            fault = FAULTS_BY_ACCOUNT.get(account.id, "") if file in recent_files[:1] else ""
            yield StoredObject(key_prefix + file.key, file.written, file.make, fault)
        for file_type, content in OTHER_FILE_CONTENTS.items():
            for file in files[-1:]:
                key = key_prefix + file.key.replace("CloudTrail", file_type)
                written = file.written + timedelta(minutes=30)
                yield StoredObject(key, written, partial(compress, content))


def _own_objects(account: Account) -> Iterator[StoredObject]:
    """Yield the files of the network account's own trail until it was stopped: one region, no prefix."""
    for file in log_files(account):
        if f"/{account.home_region}/" in file.key and file.written < account.first_midnight + TRAIL_STOP_OFFSET:
            yield StoredObject(f"AWSLogs/{file.key}", file.written, file.make)


def sample_buckets(organization: Organization) -> dict[str, Bucket]:
    """Return the buckets of the sample organization by name."""
    readers, own_readers = (
        ((MANAGEMENT_ACCOUNT, ""), (LOG_ARCHIVE_ACCOUNT, AUDIT_ROLE)),
        ((NETWORK_ACCOUNT, AUDIT_ROLE),),
    )
    home_region, network = organization.management.home_region, organization.by_id[NETWORK_ACCOUNT]
    return {
        ORG_BUCKET: Bucket(
            ORG_BUCKET, "eu-west-1", LOG_ARCHIVE_ACCOUNT, readers, partial(_organization_objects, organization)
        ),
        OWN_BUCKET: Bucket(OWN_BUCKET, home_region, NETWORK_ACCOUNT, own_readers, partial(_own_objects, network)),
    }
