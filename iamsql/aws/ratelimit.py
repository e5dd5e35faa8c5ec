"""Adaptive rate limits: AWS publishes no request rates for IAM, so each limiter measures the rate of its account.

One limiter serves one account's quota with one service and region. It spends from a token bucket and accelerates while
nothing is throttled. The server's bucket is empty whenever it throttles, so the requests that passed between two throttled
ones measure the server's rate.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

BACKOFF_BASE = 0.2
BACKOFF_CAP = 20.0

PEAK = 80.0  # requests per second within a burst: throttling is noticed before the whole burst has been sent
GROWTH = 0.25  # added to the rate by each request that waited, until a rate is measured: doubles it in three seconds
GROWTH_AFTER = 55  # requests that wait before the rate grows (at most three seconds): small accounts see no throttling
PROBE = 0.06  # share by which a measured rate is exceeded after PLATEAU seconds' worth of requests
PLATEAU = 10.0
CAUTION = 0.98  # share of a measured rate that is used
RESERVE = 3.0  # tokens left to the server after throttling, so that jitter does not empty its bucket again
MIN_INTERVAL = 2.0  # seconds: throttled requests nearer to each other than this measure nothing
ROUND_TRIP = 0.1  # assumed age of a throttled request when the caller passes none
FLOOR = 0.5


@dataclass(frozen=True)
class Quota:
    """Where a limiter starts: requests per second, burst size, and whether it may exceed that rate."""

    rate: float
    burst: float
    grows: bool = True
    floor: float = FLOOR  # requests per second that throttling never goes below


# Services, or (service, operation) where one operation has a quota of its own.
QUOTAS: dict[str | tuple[str, str], Quota] = {
    # Unpublished. The limiters of Steampipe's AWS plugin allow 15 to 40 per second for IAM reads, per account.
    "iam": Quota(20, 38),
    # API reference: 2 per second, account and region; a throttled request consumes the quota of everyone in the account.
    # 3 % below the quota, and no burst, so that jitter does not bring two requests too close to each other.
    ("cloudtrail", "LookupEvents"): Quota(1 / 0.515, 1, grows=False),
    # Service quotas of CloudTrail: 10 per second for other Get, Describe and List calls.
    "cloudtrail": Quota(10, 10, grows=False),
    # Assumed: unpublished for most operations; all requests of a run share the quota of the management account.
    "organizations": Quota(10, 10),
    # Assumed: STS answers some hundreds per second; one role is assumed per account.
    "sts": Quota(100, 200),
    # Quota page of Account Management: GetAlternateContact about 10 per second.
    "account": Quota(10, 10, grows=False),
    # Quota page of IAM Identity Center: 20 per second for all of its APIs together.
    "sso-admin": Quota(18, 18, grows=False),
    "identitystore": Quota(18, 18, grows=False),
    # S3 documentation: at least 5,500 reads per second and prefix.
    "s3": Quota(1000, 1000, floor=50),
}
DEFAULT_QUOTA = Quota(10, 20)


def quota_of(service: str, operation: str = "") -> Quota:
    """Return the quota of an operation, else of its service, else the cautious default."""
    return QUOTAS.get((service, operation)) or QUOTAS.get(service) or DEFAULT_QUOTA


def quota_key(service: str, operation: str) -> str:
    """Return the name of the quota: an operation with its own quota does not share its service's."""
    return f"{service}:{operation}" if (service, operation) in QUOTAS else service


class RateLimiter:
    """The limiter of one quota: await `acquire` before each request, then report whether it succeeded or was throttled."""

    def __init__(self, quota: Quota, clock: Callable[[], float] | None = None) -> None:
        """Start with a full bucket, at the quota's rate. `clock` returns seconds; the default is that of the event loop."""
        self.quota = quota
        self.clock = clock or asyncio.get_running_loop().time
        self.rate = quota.rate
        self.burst = quota.burst
        self.throttles = 0
        self._tokens = quota.burst
        self._refilled = self._started = self.clock()
        self._passed = 0
        self._measured = 0.0  # requests per second; 0 until a rate was measured
        self._waited = 0  # requests that waited since the last decrease
        self._decreased = -1.0
        # When the server's bucket was last empty, and the requests that had passed by then.
        self._empty: tuple[float, int] | None = None
        self._queue = asyncio.Lock()  # wakes its waiters in the order in which they came

    async def acquire(self) -> float:
        """Wait until the next request may be sent, first come first served; return the time, for `throttled`."""
        async with self._queue:
            while (wait := self._wait()) > 0:
                await asyncio.sleep(wait)
            self._tokens -= 1
            if self._tokens < 1:
                self._grow()
            return self._refilled

    def succeeded(self) -> None:
        """Count a request that was not throttled, whatever its response."""
        self._passed += 1

    def throttled(self, sent: float | None = None) -> None:
        """Slow down, once per round trip: requests sent before the last decrease are no new information."""
        now = self.clock()
        self.throttles += 1
        if (now - ROUND_TRIP if sent is None else sent) <= self._decreased:
            return
        self._refill(now)
        self._decrease(now)
        self._decreased = now
        self._waited = 0
        self._tokens = min(self._tokens, 0.0) - RESERVE * min(1.0, self.quota.burst / 10)

    def _wait(self) -> float:
        """Return the seconds that the first waiter has to wait: for a token and, within a burst, for the PEAK rate."""
        now = self.clock()
        gap = 1 / max(PEAK, 4 * self.rate) - (now - self._refilled)
        if gap > 1e-9 and self._tokens < self.quota.burst:
            return gap
        self._refill(now)
        # Tokens are sums of fractions: without the tolerance, a rounding error would cost one more wait.
        return (1 - self._tokens) / self.rate if self._tokens < 1 - 1e-9 else 0.0

    def _refill(self, now: float) -> None:
        self._tokens += (now - self._refilled) * self.rate
        self._refilled = now
        if self._tokens > self.burst:  # idle: the server's bucket has refilled as well
            self._tokens = self.burst
            self._empty = None

    def _grow(self) -> None:
        """Accelerate because a request had to wait: exponentially at first, around a plateau once a rate is measured."""
        self._waited += 1
        if self._measured:
            self.rate = self._measured * (CAUTION + PROBE * (self._waited / (PLATEAU * self._measured)) ** 2)
        elif self._waited > min(GROWTH_AFTER, 3 * self.rate):
            self.rate += GROWTH
        if not self.quota.grows:
            self.rate = min(self.rate, self.quota.rate)

    def _decrease(self, now: float) -> None:
        """Set the rate from the requests that passed since the server's bucket was last empty, or since the start."""
        before, self._empty = self._empty, self._empty or (now, self._passed)
        if before is None:
            self._estimate(now)
        elif now - before[0] < MIN_INTERVAL:
            self.rate = max(self.quota.floor, self.rate * 0.7)
            self._measured = self._measured and self.rate
        else:
            measured = (self._passed - before[1]) / (now - before[0])
            self._measured = max(self.quota.floor, min(measured, self.rate))
            self.rate = self._measured * CAUTION
            self._empty = (now, self._passed)

    def _estimate(self, now: float) -> None:
        """Estimate rate and burst after the first throttled request: assume a server burst of two seconds' requests."""
        rate = self._passed / (2 + now - self._started)
        self.rate = max(self.quota.floor, min(self.rate * 0.95, rate))
        self.burst = max(1.0, min(self.burst, 2 * rate - 2))


def backoff(attempt: int, rng: random.Random | None = None) -> float:
    """Return the seconds to wait after `attempt` failures: random between half and all of a ceiling that doubles.

    The lower half is fixed, so the attempts of a throttled request always last for more than a minute in total.
    """
    ceiling = min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempt, 16))
    return (rng or random).uniform(ceiling / 2, ceiling)
