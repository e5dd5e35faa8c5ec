"""How fast an account may be asked: AWS publishes no rates for IAM, so each lane finds its own at little cost.

A lane is one account's quota with one service (and region). It spends from a token bucket, speeds up while nothing is
refused, and takes two refusals as a measurement: the server's bucket was empty at both, so what passed in between is
its rate.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Protocol

BACKOFF_BASE = 0.2
BACKOFF_CAP = 20.0

PEAK = 80.0  # requests a second inside a burst: a refusal is heard before the whole burst has been sent
EAGER = 0.25  # added to the rate by each request that waited: doubles in three seconds, until a rate was measured
HOLD = 55  # requests that wait before that (three seconds of them at most): small accounts are read without a refusal
PROBE = 0.06  # by how much a measured rate is exceeded after PLATEAU seconds' worth of requests
PLATEAU = 10.0
CAUTION = 0.98  # share of a measured rate that is used
RESERVE = 3.0  # tokens left to the server after a refusal, so that jitter does not empty its bucket again
SHORT = 2.0  # seconds: two refusals nearer than this measure nothing
ROUND_TRIP = 0.1  # assumed age of a refused request when the caller does not say
FLOOR = 0.5


@dataclass(frozen=True)
class Quota:
    """Where a lane starts: requests a second, requests at once, and whether it may try for more than that."""

    rate: float
    burst: float
    grows: bool = True
    floor: float = FLOOR  # what a refusal never pushes it below


# Services, or (service, operation) where one operation has a quota of its own.
QUOTAS: dict[str | tuple[str, str], Quota] = {
    # Unpublished. The limiters of Steampipe's AWS plugin allow 15 to 40 a second for IAM reads, per account.
    "iam": Quota(20, 38),
    # API reference: 2 a second per account and region; a refusal spends the quota of everyone in the account.
    ("cloudtrail", "LookupEvents"): Quota(1 / 0.515, 1, grows=False),
    # The other CloudTrail reads: 10 a second (service quotas of CloudTrail: Get, Describe and List calls).
    "cloudtrail": Quota(10, 10, grows=False),
    # Assumed: unpublished for most operations; all accounts of a run share the one lane of the management account.
    "organizations": Quota(10, 10),
    # Assumed: STS answers some hundreds a second; each account's role is asked for once.
    "sts": Quota(100, 200),
    # Quota page of Account Management: GetAlternateContact about 10 a second.
    "account": Quota(10, 10, grows=False),
    # Quota page of Identity Center: 20 a second for all of its APIs together.
    "sso-admin": Quota(18, 18, grows=False),
    "identitystore": Quota(18, 18, grows=False),
    # S3's documentation: at least 5,500 reads a second for a prefix.
    "s3": Quota(1000, 1000, floor=50),
}
DEFAULT_QUOTA = Quota(10, 20)


def quota_of(service: str, operation: str = "") -> Quota:
    """Find the limit of an operation: its own, its service's, or the cautious default."""
    return QUOTAS.get((service, operation)) or QUOTAS.get(service) or DEFAULT_QUOTA


def quota_key(service: str, operation: str = "") -> str:
    """Name the lane: operations with a quota of their own do not share their service's."""
    return f"{service}:{operation}" if (service, operation) in QUOTAS else service


class Clock(Protocol):
    """Time as a lane sees it."""

    def monotonic(self) -> float:
        """Tell the seconds since some moment."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class WallClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Tell the seconds since some moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up the event loop."""
        await asyncio.sleep(seconds)


class RateLimiter:
    """One lane: await `turn` before each request, then tell it how the request fared."""

    def __init__(self, limit: Quota, clock: Clock | None = None) -> None:
        """Start full, at the limit's own rate."""
        self.limit = limit
        self.clock: Clock = clock or WallClock()
        self.rate = limit.rate
        self.burst = limit.burst
        self.refusals = 0
        self._tokens = limit.burst
        self._at = self._begun = self.clock.monotonic()
        self._passed = 0
        self._base = 0.0  # the measured rate that probing starts from; 0 while nothing was measured
        self._since = 0  # requests that waited since the last decrease
        self._decreased = -1.0
        self._mark: tuple[float, int] | None = None  # when the server's bucket was last seen empty, and what had passed
        self._line = asyncio.Lock()  # wakes its waiters in the order in which they came

    async def acquire(self) -> float:
        """Wait until the next request may be sent, first come first served; answer the time, for `throttled`."""
        async with self._line:
            while (wait := self._wait()) > 0:
                await self.clock.sleep(wait)
            self._tokens -= 1
            if self._tokens < 1:
                self._grow()
            return self._at

    def succeeded(self) -> None:
        """Count a request that was let through, whatever its answer."""
        self._passed += 1

    def throttled(self, sent: float | None = None) -> None:
        """Slow down, once a round trip: requests sent before the last decrease tell nothing new."""
        now = self.clock.monotonic()
        self.refusals += 1
        if (now - ROUND_TRIP if sent is None else sent) <= self._decreased:
            return
        self._refill(now)
        self._decrease(now)
        self._decreased = now
        self._since = 0
        self._tokens = min(self._tokens, 0.0) - RESERVE * min(1.0, self.limit.burst / 10)

    def _wait(self) -> float:
        """Tell how long the first in line has to wait: for a token, and within a burst for its place in it."""
        now = self.clock.monotonic()
        gap = 1 / max(PEAK, 4 * self.rate) - (now - self._at)
        if gap > 1e-9 and self._tokens < self.limit.burst:
            return gap
        self._refill(now)
        return (1 - self._tokens) / self.rate if self._tokens < 1 - 1e-9 else 0.0

    def _refill(self, now: float) -> None:
        self._tokens += (now - self._at) * self.rate
        self._at = now
        if self._tokens > self.burst:  # idle: the server's bucket filled up as well, unseen
            self._tokens = self.burst
            self._mark = None

    def _grow(self) -> None:
        """Speed up a little, since a request had to wait: exponentially at first, about a plateau once measured."""
        self._since += 1
        if self._base:
            self.rate = self._base * (CAUTION + PROBE * (self._since / (PLATEAU * self._base)) ** 2)
        elif self._since > min(HOLD, 3 * self.rate):
            self.rate += EAGER
        if not self.limit.grows:
            self.rate = min(self.rate, self.limit.rate)

    def _decrease(self, now: float) -> None:
        """Take the rate from what passed: between two refusals, or since the start by a guess at the server's burst."""
        before, self._mark = self._mark, self._mark or (now, self._passed)
        if before is None:
            self._guess(now)
        elif now - before[0] < SHORT:
            self.rate = max(self.limit.floor, self.rate * 0.7)
            self._base = self._base and self.rate
        else:
            measured = (self._passed - before[1]) / (now - before[0])
            self._base = max(self.limit.floor, min(measured, self.rate))
            self.rate = self._base * CAUTION
            self._mark = (now, self._passed)

    def _guess(self, now: float) -> None:
        """Suppose after the first refusal that the server lets two seconds' worth through at once."""
        guess = self._passed / (2 + now - self._begun)
        self.rate = max(self.limit.floor, min(self.rate * 0.95, guess))
        self.burst = max(1.0, min(self.burst, 2 * guess - 2))


def backoff(attempt: int, rng: random.Random | None = None) -> float:
    """Draw the seconds to wait after `attempt` failures and the first: a ceiling that doubles up to a cap, or half of it.

    Half is sure, so that the tries that a throttled request has last for more than a minute, whatever is drawn.
    """
    ceiling = min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempt, 16))
    return (rng or random).uniform(ceiling / 2, ceiling)
