"""The rate limiter of one quota: a queue of requests, first come first served, and the remaining tokens.

A `Rate` decides when the next request may be sent. The limiters of the same quota in all accounts share it.
"""

from __future__ import annotations

import asyncio
import math
import random
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

BACKOFF_BASE_SECONDS = 0.2
MAX_BACKOFF_SECONDS = 20.0
EPSILON = 1e-9  # tokens are sums of fractions: without it, a rounding error would cost one more wait
OWN_GROWTH, FAST_GROWTH = 1.03, 1.3  # per second, of the limit of an account that is slower than others
CONFIRMATION_SECONDS = 0.25  # seconds after which a request without a response is assumed to be within the limit


@dataclass(eq=False)
class BucketState:
    """The server's token bucket at a time. `level` is the number of its tokens; None is a full bucket."""

    time: float
    level: float | None
    passed: int  # requests within the limit until then; those without a response yet are assumed to be
    sent: float = -1.0  # requests that were sent earlier belong to `passed`
    is_measured: bool = True  # by a full bucket or a throttled request; False for an estimate


class Rate(Protocol):
    """Decides when a limiter may send its next request."""

    def wait(self, limiter: RateLimiter, now: float) -> float:
        """Return the seconds until the next request may be sent; 0 for now."""

    def passed(self, limiter: RateLimiter) -> None:
        """Take note of a request that was within the limit."""

    def throttled(self, limiter: RateLimiter, before: BucketState) -> None:
        """Take note of the first throttled request of a round trip; `before` is the state that it replaces."""


class RateLimiter:
    """The limiter of one quota: await `acquire` before each request, then report whether it passed or was throttled."""

    def __init__(self, rate: Rate, clock: Callable[[], float], spread: float = 0.0) -> None:
        """Start with a full bucket. `clock` returns seconds; `spread`, from 0 to 1, differs between limiters."""
        self.shared, self.clock, self.spread = rate, clock, spread
        self.started = self.sent_at = clock()
        self.passed = self.throttles = 0
        self.in_flight: list[float] = []  # when the requests without a response were sent
        self.bucket = BucketState(self.started, None, 0)
        self.own_limit: tuple[float, float] | None = None  # requests per second, since: slower than the other accounts
        self._decreased_at = -1.0
        self._waiting: deque[asyncio.Future[float]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Return whether requests wait."""
        return bool(self._waiting)

    @property
    def spent(self) -> int:
        """Return the number of requests since the start that took a token, or may have taken one."""
        return self.passed + len(self.in_flight)

    def level(self, rate: float, burst: float, reserve: float, now: float) -> float:
        """Return the tokens of a bucket of this rate and burst, without the reserve."""
        bucket, full_level = self.bucket, max(1.0, burst - reserve)
        tokens = (full_level if bucket.level is None else bucket.level - reserve) + rate * (now - bucket.time)
        tokens -= self.spent - bucket.passed
        if tokens <= full_level:
            return tokens
        self.set_bucket(now, None)
        return full_level

    def set_bucket(self, now: float, level: float | None) -> None:
        """Let the bucket have `level` tokens now, by an estimate; None is a full bucket."""
        self.bucket = BucketState(now, level, self.spent, max(now, self.sent_at), is_measured=False)

    def limit_account(self, rate: float, now: float) -> None:
        """Limit this account alone, because other clients also spend its rate. `rate` is in requests per second."""
        self.own_limit = rate, now

    def account_limit(self, shared_rate: float, now: float) -> float:
        """Return the rate of this account: the shared rate, or a lower limit of its own, which grows back."""
        if self.own_limit is None:
            return shared_rate
        account_rate, since = self.own_limit
        if account_rate < shared_rate / 2:  # quickly at first
            account_rate = min(shared_rate / 2, account_rate * math.pow(FAST_GROWTH, now - since))
        else:
            account_rate *= math.pow(OWN_GROWTH, now - since)
        if account_rate >= shared_rate:
            self.own_limit = None
        return min(account_rate, shared_rate)

    async def acquire(self) -> float:
        """Wait until the next request may be sent, first come first served; return the time, for `succeeded` and others."""
        now = self.clock()
        if not self._waiting and self.shared.wait(self, now) <= EPSILON:
            return self._take_token(now)
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            self.wake()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.cancelled(turn.result())
            raise

    def wake(self) -> None:
        """Release the requests that may be sent now, and schedule the next one."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            if self._waiting[0].done():  # cancelled
                self._waiting.popleft()
                continue
            now = self.clock()
            if (wait := self.shared.wait(self, now)) > EPSILON:
                self._timer = self._waiting[0].get_loop().call_later(wait, self.wake)
                return
            self._waiting.popleft().set_result(self._take_token(now))

    def succeeded(self, sent: float) -> None:
        """Count a request that was not throttled, with any response. `sent` is what `acquire` returned."""
        self.in_flight.remove(sent)
        self.passed += 1
        self.shared.passed(self)

    def throttled(self, sent: float) -> None:
        """Slow down, once per round trip: requests sent before the last decrease do not count."""
        self.cancelled(sent)
        self.throttles += 1
        if sent <= self._decreased_at or sent < self.bucket.sent:
            return
        now = self.clock()
        self._decreased_at = max(now, self.sent_at)
        # The server decided about the request half a round trip ago, and had no token left.
        passed = self.passed + bisect_left(self.in_flight, sent)
        before, self.bucket = self.bucket, BucketState((sent + now) / 2, 0.0, passed, sent)
        self.shared.throttled(self, before)

    def cancelled(self, sent: float) -> None:
        """Forget a request without waiting for its response."""
        self.in_flight.remove(sent)
        if sent < self.bucket.sent:
            self.bucket.passed -= 1

    def _take_token(self, now: float) -> float:
        # No two requests have the same time, so it identifies them.
        self.sent_at = max(now, math.nextafter(self.sent_at, math.inf))
        self.in_flight.append(self.sent_at)
        return self.sent_at


def backoff_seconds(attempt: int, rng: random.Random | None = None) -> float:
    """Return the seconds to wait after `attempt` failures: random between half and all of a ceiling that doubles.

    The lower half is fixed, so the attempts of a throttled request always last for more than a minute in total.
    """
    ceiling = min(MAX_BACKOFF_SECONDS, BACKOFF_BASE_SECONDS * 2.0 ** min(attempt, 16))
    return (rng or random).uniform(ceiling / 2, ceiling)
