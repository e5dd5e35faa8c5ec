"""A quota whose rate and burst are known: each limiter keeps a bucket of its own, and throttled requests correct the rate.

One limiter at a time tests whether a higher rate is accepted now. A throttled request of any limiter corrects the rate of all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from iamsql.aws.rates.limiter import BucketState, RateLimiter
from iamsql.aws.rates.quotas import Quota

# Tokens that a limiter does not spend, so jitter does not empty the server's bucket: the largest number, and seconds' worth of
# tokens. The reserve differs between limiters by up to RESERVE_SPREAD, so not all of them are throttled at once.
MAX_RESERVE_TOKENS, RESERVE_SECONDS, DOCUMENTED_SECONDS, RESERVE_SPREAD = 1.5, 0.1, 0.05, 0.7
SINGLE_BURST_SPACING = 1.03  # intervals of the rate between two requests if the burst is 1, which jitter would exceed
UNUSED_SHARE = 0.01  # share of the rate that is not used
# Above this relative error the rate is probed sooner, at the earliest MIN_PROBE_AFTER requests after a throttled one.
UNSURE_ERROR, MIN_PROBE_AFTER = 0.03, 15
PROBE_AFTER = 250  # requests in all accounts after a throttled one: a probe costs one
PROBE_AFTER_KNOWN = 1000  # the same, if an earlier run found the rate
FULL_BUCKET_REQUESTS = 100  # additional requests before a limiter probes if its bucket has never been empty
PROBE_SHARE = 0.05  # share by which a probe exceeds the rate
PROBE_DOUBLING_SECONDS = 0.5  # seconds until the share doubles
ADOPTION_SHARE = 0.02  # share by which a probe has to exceed the rate before others follow
# Standard errors of a count of requests if the number of tokens at its start was known, a full bucket, or an estimate. TIME_ERROR
# is the uncertainty of the time of a throttled request, as a share of a round trip.
COUNT_ERROR, BURST_ERROR, UNMEASURED_ERROR, TIME_ERROR = 0.4, 1.0, 2.0, 0.25
CHANGED_SHARE = 0.08  # share from which the rate has changed, and was not only measured inexactly
SUSPECT_SECONDS = 2.0  # seconds
PAUSE_SECONDS = 0.3  # the wait of the others after a limiter is throttled unexpectedly: the server saves their tokens
SAME_TIME_SECONDS = 0.001  # seconds


@dataclass
class Probe:
    """A limiter that exceeds the rate `base`, by a share that grows with time."""

    limiter: RateLimiter
    started: float
    passed: int
    tokens: float
    base: float

    def speed(self, now: float) -> float:
        """Return the requests per second."""
        return self.base * (1 + PROBE_SHARE * math.exp2((now - self.started) / PROBE_DOUBLING_SECONDS))


class MeasuredRate:
    """The rate of one quota, in requests per second, its burst, and the standard error of the rate."""

    def __init__(
        self,
        quota: Quota,
        limiters: Sequence[RateLimiter],
        rate: float,
        burst: float,
        error: float,
        probe_after: int = PROBE_AFTER,
    ) -> None:
        """Use a rate for the limiters. Their buckets were full when they started, or were measured since."""
        self.quota, self.limiters, self.probe_after = quota, limiters, probe_after
        self.rate, self.burst, self.error = rate, burst, error
        self._requests_since_throttle = 0  # requests of all accounts
        self._paused_until = -math.inf
        self._paused_by: RateLimiter | None = None
        self._corrected_at = -math.inf  # requests that were sent earlier show nothing new
        self._probe: Probe | None = None
        # The limiters that were throttled early: when, and the rate that they measured.
        self._suspects: dict[RateLimiter, tuple[float, float]] = {}

    def wait(self, limiter: RateLimiter, now: float) -> float:
        """Return the seconds until a limiter may send its next request."""
        if now < self._paused_until + PAUSE_SECONDS * limiter.spread and limiter is not self._paused_by:
            return self._paused_until + PAUSE_SECONDS * limiter.spread - now
        tokens = self.tokens(limiter, now)
        if probe := self._probe_of(limiter, tokens, now):
            return max(0.0, limiter.sent_at + 1 / probe.speed(now) - now)
        wait = 0.0 if tokens >= 1 - 1e-9 else (1 - tokens) / self.limit(limiter, now)
        if self.burst < 2 and limiter.spent:
            return max(wait, limiter.sent_at + SINGLE_BURST_SPACING / self.limit(limiter, now) - now)
        return wait

    def tokens(self, limiter: RateLimiter, now: float) -> float:
        """Return the requests that a limiter may send now."""
        return limiter.level(self.limit(limiter, now), self.burst, self._reserve_of(limiter), now)

    def _reserve_of(self, limiter: RateLimiter) -> float:
        if self.quota.is_documented:
            return DOCUMENTED_SECONDS * self.rate
        return min(MAX_RESERVE_TOKENS, RESERVE_SECONDS * self.rate) * (1 + RESERVE_SPREAD * limiter.spread)

    def limit(self, limiter: RateLimiter, now: float) -> float:
        """Return the rate that a limiter uses."""
        if self.quota.is_documented:
            used_rate = self.rate
        else:
            used_rate = max(self.quota.floor, self.rate - max(UNUSED_SHARE * self.rate, 0.25 * self.error))
        return limiter.account_limit(used_rate, now)

    def spread_out(self, first: RateLimiter, now: float) -> None:
        """Make the other limiters spend their tokens one after the other, so few requests are throttled if they are too many."""
        self._paused_until, self._paused_by = now, first

    def passed(self, limiter: RateLimiter) -> None:
        """Take note of a request that was not throttled."""
        self._requests_since_throttle += 1
        if self._probe and self._probe.limiter is limiter:
            self._adopt_probe(self._probe, limiter.clock())

    def throttled(self, limiter: RateLimiter, before: BucketState) -> None:
        """Correct the rate of all accounts by the measurement of this one, or only its own rate if it is slower than others."""
        now, probe = limiter.clock(), self._probe if self._probe and self._probe.limiter is limiter else None
        if probe:
            self._probe = None
        if self.quota.is_documented or limiter.own_limit:
            limiter.limit_account(max(self.quota.floor, 0.7 * self.limit(limiter, now)), now)
            return
        self._requests_since_throttle = 0
        if limiter.bucket.sent > self._corrected_at + SAME_TIME_SECONDS:
            self._corrected_at = now
            if not probe:
                self._paused_until, self._paused_by = now + PAUSE_SECONDS, limiter
            self._correct_rate(limiter, before, now, probe)
        for other in self.limiters:
            other.wake()

    def _correct_rate(self, limiter: RateLimiter, before: BucketState, now: float, probe: Probe | None) -> None:
        """Correct the rate by the requests that passed since the tokens of the server were last known."""
        throttled_at, passed = limiter.bucket.time, limiter.bucket.passed
        seconds, count = (
            throttled_at - before.time,
            passed - before.passed - (self.burst if before.level is None else before.level),
        )
        error = UNMEASURED_ERROR if not before.is_measured else BURST_ERROR if before.level is None else COUNT_ERROR
        error += self.rate * TIME_ERROR * 2 * (now - throttled_at)
        if probe and not before.is_measured:
            seconds, count = (
                throttled_at - probe.started,
                passed - probe.passed,
            )  # at most: there were tokens when it started
        if seconds < 1 and before.level is None:  # too early to measure the rate: the burst is smaller
            if before.is_measured:
                self.burst = max(1.0, min(self.burst, self.burst + count - self.rate * seconds))
            return
        seconds = max(seconds, 1e-3)
        measured_rate, error = count / seconds, error / seconds
        difference = measured_rate - self.rate
        if measured_rate < 0.85 * self.rate and -difference > 3 * math.hypot(error, self.error) and not probe:
            self._suspect_account(limiter, max(measured_rate, 0.3 * self.rate, self.quota.floor), now)
        elif difference <= 0 or (probe and before.is_measured):
            gain = self.error**2 / (self.error**2 + error**2)
            self.rate = max(self.quota.floor, self.rate + gain * difference)
            self.error *= math.sqrt(1 - gain)

    def _suspect_account(self, limiter: RateLimiter, measured_rate: float, now: float) -> None:
        """Limit one account: other clients may also spend its rate. If two accounts slow down at once, the rate has changed."""
        cutoff = now - SUSPECT_SECONDS
        self._suspects = {suspect: suspicion for suspect, suspicion in self._suspects.items() if suspicion[0] > cutoff}
        self._suspects[limiter] = now, measured_rate
        limiter.limit_account(measured_rate, now)
        waiting_count = sum(other.is_waiting for other in self.limiters)
        if len(self._suspects) < min(waiting_count, max(2, min(4, waiting_count / 8))):
            return
        for other in self.limiters:  # its remaining tokens by the old rate, and at most none
            if other is not limiter:
                reserve = self._reserve_of(other)
                other.set_bucket(now, min(reserve, reserve + self.tokens(other, now)))
            if other.bucket.passed:  # AWS answers the account at all
                other.own_limit = None
        self.rate = max(rate for _, rate in self._suspects.values())
        self.error = 0.2 * self.rate
        self._suspects = {}

    def _probe_of(self, limiter: RateLimiter, tokens: float, now: float) -> Probe | None:
        """Return the probe of a limiter, which may start with this request if its bucket is empty."""
        if self._probe and self._probe.limiter is limiter:
            return self._probe
        bucket = limiter.bucket
        requests_due = self._requests_before_probe() + (
            0 if bucket.is_measured and bucket.level is not None else FULL_BUCKET_REQUESTS
        )
        if self.quota.is_documented or self._requests_since_throttle < requests_due or tokens > 1 or limiter.own_limit:
            return None
        if self._probe and (self._probe.limiter.is_waiting or self._probe.limiter.in_flight):
            return None
        # The server has saved what the limiter did not use of the rate.
        saved_tokens = (self.rate + self.error - self.limit(limiter, now)) * (now - bucket.time)
        tokens = max(0.0, tokens) + self._reserve_of(limiter) + saved_tokens if bucket.is_measured else self.burst
        self._probe = Probe(limiter, now, limiter.passed, min(tokens, self.burst), self.rate)
        return self._probe

    def _requests_before_probe(self) -> float:
        """Return the number of requests between a throttled request and a probe. An uncertain rate is probed sooner."""
        error = self.error / self.rate
        if error <= UNSURE_ERROR:
            return self.probe_after
        return max(MIN_PROBE_AFTER, self.probe_after * (UNSURE_ERROR / error) ** 2)

    def _adopt_probe(self, probe: Probe, now: float) -> None:
        """Raise the rate to the measured rate of a probe that has not been throttled, if it is higher."""
        seconds = now - probe.started
        if seconds < 0.5:
            return
        measured_rate = (probe.limiter.passed - probe.passed - probe.tokens - 2) / seconds
        bucket = probe.limiter.bucket
        if measured_rate <= probe.base * (1 + CHANGED_SHARE) and bucket.is_measured and bucket.level is not None:
            measured_rate = (probe.limiter.passed - bucket.passed - 1) / (now - bucket.time)
        if measured_rate <= self.rate * (1 + ADOPTION_SHARE):
            return
        if measured_rate > probe.base * (1 + CHANGED_SHARE):
            for other in self.limiters:  # the new rate does not hold for the past
                other.set_bucket(now, self._reserve_of(other) + self.tokens(other, now))
            self.error = 2 / seconds
        else:
            self.error = min(self.error, 1 / seconds)
            self.spread_out(probe.limiter, now)
        self.rate = measured_rate
        for other in self.limiters:
            other.wake()
