"""The shards of a run: which accounts each of them reads, and how its file is named.

The hash of an account ID does not depend on the other accounts, so every shard computes the same division.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from iamsql.model import IamsqlError

DIGITS = 8  # hexadecimal digits of the SHA-256 of an account ID that determine its shard
MAX_DELAY = timedelta(hours=12)  # from the time of --as-of to the start of a shard
CLOCK_SKEW = timedelta(minutes=5)
# Evaluates to the number of the shard that reads an account.
SHARD_OF = f"(('0x' || sha256({{account}})[1:{DIGITS}])::bigint % {{total}} + 1)"


class Shard(NamedTuple):
    """A shard of a run: its number, from 1, and the number of shards."""

    number: int
    total: int

    @property
    def reads_organization(self) -> bool:
        """Return whether the shard reads what belongs to no account: units, policies and Identity Center."""
        return self.number == 1

    @property
    def suffix(self) -> str:
        """Return the end of the IDs of the shard's runs."""
        return f"-shard-{self.number}-of-{self.total}"

    def __str__(self) -> str:
        """Return the shard in words."""
        return f"shard {self.number} of {self.total}"


def parse_shard(text: str | None) -> Shard | None:
    """Return the shard of a checked option K/N; None without one."""
    return Shard(*map(int, text.split("/"))) if text else None


def account_shard(account_id: str, total: int) -> Shard:
    """Return the shard that reads an account: the first eight hexadecimal digits of the SHA-256 of its ID, modulo `total`."""
    digits = hashlib.sha256(account_id.encode(errors="surrogatepass")).hexdigest()[:DIGITS]
    return Shard(int(digits, 16) % total + 1, total)


def account_reason(shard: str) -> str:
    """Return why an account of another shard, such as `shard 3 of 8`, is not read."""
    return f"{shard.capitalize()} reads this account."


def organization_reason(total: int) -> str:
    """Return why a shard makes no calls of the organization."""
    return f"Shard 1 of {total} reads the organization."


def start_time(as_of: str | None, now: datetime) -> datetime:
    """Return the time of --as-of, or the present without it. Raise IamsqlError for a time in the future or long ago."""
    if not as_of:
        return now
    start = datetime.fromisoformat(as_of)
    if not now - MAX_DELAY <= start <= now + CLOCK_SKEW:
        raise IamsqlError(
            f"--as-of {as_of} is not a time of the last {MAX_DELAY.seconds // 3600} hours; it is {now:%Y-%m-%dT%H:%M:%SZ} now.\n"
            "Give the time when the shards of the run are started."
        )
    return start
