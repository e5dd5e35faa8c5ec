"""S3 buckets of the made-up organization: where its trails deliver, who may read them, and what is wrong with a file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from iamsql.demo.auth import Caller
from iamsql.demo.directory import ORGANIZATION, Directory
from iamsql.demo.logs import LogFile, files, packed
from iamsql.demo.papers import LOG_ARCHIVE, MANAGEMENT, NETWORK
from iamsql.demo.people import Site
from iamsql.demo.story.evasion import STOPPED

ORG_BUCKET, ORG_PREFIX, OWN_BUCKET = "acme-trail", "acme", "acme-network-trail"
ORG_TRAIL = f"s3://{ORG_BUCKET}/{ORG_PREFIX}"
OWN_TRAIL = f"s3://{OWN_BUCKET}"
ALICE, GREENFIELD = "101010101010", "131313131313"
GAP = timedelta(days=20)


@dataclass(frozen=True, eq=False)
class Thing:
    """An object: how its bytes are made, when it was written, and its harm (denied or cut here)."""

    key: str
    written: datetime
    make: Callable[[], bytes]
    harm: str = ""
    bulk: int = 0

    @cached_property
    def body(self) -> bytes:
        """Make the bytes once."""
        return self.make()

    @property
    def size(self) -> int:
        """Tell how many bytes there are, without making them where that is known."""
        return self.bulk or len(self.body)


@dataclass(frozen=True, eq=False)
class Vault:
    """A bucket; `readers` are (account, role), an empty role being the base caller."""

    name: str
    region: str
    owner: str
    readers: tuple[tuple[str, str], ...]
    fill: Callable[[], Iterable[Thing]]
    find: Callable[[str], Thing | None] | None = None
    listed: Callable[[], list[str]] | None = None

    def lets(self, caller: Caller) -> bool:
        """Tell whether a caller may list and read."""
        role = "" if caller.base else caller.arn.split("/")[-2]
        return (caller.site.account_id, role) in self.readers

    @cached_property
    def keys(self) -> list[str]:
        """Sort the keys, as ListObjectsV2 does."""
        return self.listed() if self.listed else sorted(self.things)

    @cached_property
    def things(self) -> dict[str, Thing]:
        """Index what is in the bucket."""
        return {one.key: one for one in self.fill()}

    def get(self, key: str) -> Thing | None:
        """Find an object."""
        return self.find(key) if self.find else self.things.get(key)

    def after(self, key: str, prefix: str) -> Iterator[str]:
        """Walk the keys behind `key` that start with the prefix."""
        for place in range(bisect_left(self.keys, max(key, prefix)), len(self.keys)):
            if not self.keys[place].startswith(prefix):
                return
            if self.keys[place] > key:
                yield self.keys[place]


def organization_things(directory: Directory) -> Iterator[Thing]:
    """Make what the organization's trail delivered, with the digests and insights beside it."""
    head = f"{ORG_PREFIX}/AWSLogs/{ORGANIZATION}/"
    for site in directory.sites:
        if site.state != "ACTIVE":
            continue
        found = [file for file in files(site) if not _lost(site, file)]
        harmed = _harmed(site, found)
        for file in found:
            yield Thing(head + file.key, file.written, file.body, harmed.get(file.key, ""))
        if found:
            yield from _siblings(head, site, found[-1])


def _lost(site: Site, file: LogFile) -> bool:
    """A new account's trail stopped delivering."""
    return site.account_id == GREENFIELD and file.written > site.midnight - GAP


def _harmed(site: Site, found: list[LogFile]) -> dict[str, str]:
    kind = {ALICE: "denied", NETWORK: "cut"}.get(site.account_id)
    young = site.midnight - timedelta(days=30)
    home = [file for file in found if f"/{site.home}/" in file.key and file.written > young]
    return {home[0].key: kind} if kind and home else {}


def _siblings(head: str, site: Site, file: LogFile) -> Iterator[Thing]:
    for kind, content in (
        ("CloudTrail-Digest", b'{"digestStartTime":"","logFiles":[]}'),
        ("CloudTrail-Insight", b"{}"),
    ):
        key = head + file.key.replace("CloudTrail", kind)
        yield Thing(key, file.written + timedelta(minutes=30), partial(packed, content))


def own_things(site: Site) -> Iterator[Thing]:
    """Make what the network account's own trail delivered before it was stopped: one region, no prefix."""
    stopped = site.midnight + STOPPED
    for file in files(site):
        if f"/{site.home}/" in file.key and file.written < stopped:
            yield Thing(f"AWSLogs/{file.key}", file.written, file.body)


def demo_vaults(directory: Directory) -> dict[str, Vault]:
    """Make the buckets of the demo organization."""
    plain = directory.management.partition == "aws"
    home = directory.management.home
    network = directory.by_id[NETWORK]
    vaults = (
        Vault(
            ORG_BUCKET,
            "eu-west-1" if plain else home,
            LOG_ARCHIVE,
            ((MANAGEMENT, ""), (LOG_ARCHIVE, "iamsql-audit")),
            lambda: organization_things(directory),
        ),
        Vault(OWN_BUCKET, home, NETWORK, ((NETWORK, "iamsql-audit"),), lambda: own_things(network)),
    )
    return {vault.name: vault for vault in vaults}
