"""Find the unknown rate and burst of a quota. The limiter of one account leads, and the limiters of the others stay behind it.

The leader raises its rate until a request is throttled: the server's token bucket is empty. It goes on at a lower rate until
another request is throttled. The requests that passed in between are the tokens that the server refilled, which gives the
rate; the requests before the first throttled one then give the burst. An account with another limiter sends only as many
requests as have passed in some account within the same time since its start. Few requests of a run are therefore throttled,
however many accounts it has.

A simpler algorithm throttles more. In simulated time, with 8 accounts of 132 requests and the limits of `benchmarks/throttle.py`,
this search takes 1.05 times the minimum, and 0.4 % of the requests are throttled. One rate per quota with additive increase and
multiplicative decrease takes 1.22 times (3.4 %), with the cubic increase of botocore's adaptive mode 1.09 times (4.1 %).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from iamsql.aws.rates.confirmed_requests import ConfirmedRequests
from iamsql.aws.rates.limiter import CONFIRMATION_SECONDS, BucketState, RateLimiter
from iamsql.aws.rates.measured_rate import COUNT_ERROR, SAME_TIME_SECONDS, TIME_ERROR, MeasuredRate
from iamsql.aws.rates.quotas import Quota

FOLLOWER_MARGIN = 8  # requests that the others stay behind the leader, or a fifth of its requests
# Requests of the leader without a response: at first, and one more per requests that passed in all accounts, or in its own.
MIN_UNCONFIRMED, PASSED_PER_UNCONFIRMED, OWN_PASSED_PER_UNCONFIRMED = 1, 256, 64
START_FACTOR = 2  # times the rate of the quota, at which the leader sends at least
# Seconds without a request after which another limiter leads.
IDLE_SECONDS, IDLE_MEASURING_SECONDS, IDLE_DOCUMENTED_SECONDS = 0.06, 0.15, 2.0
POLL_SECONDS = 0.05
SLOW_START = 0.9  # share of the first guess at which the leader goes on after a throttled request
SPEED_GROWTH, SLOW_GROWTH, CAREFUL_GROWTH = 2.0, 1.5, 1.4  # per second, of the leader's speed
MIN_MEASURING_SECONDS = 0.35  # seconds: throttled requests nearer to each other than this measure little
MAX_ROUNDS = 6
OWN_THROTTLING_SHARE = 0.7  # share of what passed elsewhere, below which a throttled request only concerns its account
TOKEN_DROP = 0.3  # tokens that the server has more when a slow leader is throttled than when a fast one is
FIRST_TOKEN_DROP = 0.6


class RateSearch:
    """The search of one quota. `on_measured` is called with its result."""

    def __init__(
        self,
        quota: Quota,
        limiters: Sequence[RateLimiter],
        on_measured: Callable[[MeasuredRate], None],
        guaranteed: tuple[float, float] | None = None,
    ) -> None:
        """Start to search. `guaranteed` is a rate and a burst that every account has."""
        self.quota, self.limiters, self._on_measured = quota, limiters, on_measured
        self.guaranteed = guaranteed or ((quota.rate, quota.burst) if quota.is_documented else None)
        self.confirmed = ConfirmedRequests()
        self.leader: RateLimiter | None = None
        self.passed_total = self.beyond_documented = self.rounds = 0
        # The age of the account, and its bucket, when the first request was throttled.
        self._first_throttle: tuple[float, BucketState] | None = None
        self._empty_at: BucketState | None = None  # when the leader's bucket was empty
        self._speed, self._since, self._growth = 0.0, 0.0, SPEED_GROWTH
        self._slowed_at = -math.inf  # requests that were sent earlier show nothing new

    def wait(self, limiter: RateLimiter, now: float) -> float:
        """Return the seconds until a limiter may send its next request."""
        if limiter.own_limit and (own_rate := limiter.account_limit(self.quota.rate, now)) < self.quota.rate:
            return max(0.0, limiter.sent_at + 1 / own_rate - now)
        tokens = self._guaranteed_tokens(limiter, now)
        is_led = self.leader is not None and self._is_busy(self.leader, now)
        if tokens >= 1 - 1e-9:
            return (
                self._wait_for_burst(limiter, now)
                if is_led and self.leader is not limiter
                else self._spend_token(limiter, now)
            )
        confirmed = self.confirmed.count_at(now - limiter.started)
        if limiter.spent < confirmed - (min(0.2 * confirmed, FOLLOWER_MARGIN) if is_led else 0):
            return 0.0
        if is_led and self.leader is not limiter:
            return POLL_SECONDS
        self._lead_search(limiter, now)
        if self._first_throttle:
            return limiter.sent_at + 1 / self._speed_at(now) - now
        unconfirmed_times = [sent for sent in limiter.in_flight if sent > now - CONFIRMATION_SECONDS]
        if len(unconfirmed_times) < self._allowance(limiter):
            return 0.0
        if self.guaranteed:
            pace_seconds = (1 - tokens) / self.guaranteed[0]
        else:
            pace_seconds = limiter.sent_at + 1 / (START_FACTOR * self.quota.rate) - now
        return max(0.0, min(pace_seconds, unconfirmed_times[0] + CONFIRMATION_SECONDS - now))

    def passed(self, limiter: RateLimiter) -> None:
        """Take note of a request that was not throttled: the other accounts may send as many."""
        self.passed_total += 1
        now = limiter.clock()
        if self.quota.is_documented and limiter.passed > self.quota.burst + self.quota.rate * (now - limiter.started):
            self.beyond_documented += 1
        if self.confirmed.add(now - limiter.started, limiter.passed):
            for other in self.limiters:
                other.wake()
        elif limiter is self.leader:
            limiter.wake()

    def throttled(self, limiter: RateLimiter, before: BucketState) -> None:
        """Take note of a throttled request: the first ends the acceleration, a later one measures the rate."""
        now, throttled_at = limiter.clock(), limiter.bucket.time
        if self._concerns_own_account(limiter):
            rate = limiter.account_limit(self.quota.rate, now) if limiter.own_limit else self.quota.rate / 4
            limiter.limit_account(max(self.quota.floor, 0.7 * rate), now)
            if self.leader is limiter:
                self.leader = None
        elif self.quota.is_documented:
            for other in self.limiters:  # what was sent beyond the documented rate need not be saved
                if other.level(self.quota.rate, self.quota.burst, 0, now) < 0:
                    other.set_bucket(now, 0.0)
            burst = limiter.bucket.passed - self.quota.rate * (throttled_at - limiter.started)
            # There should have been a token, and there was none although the account had some.
            is_smaller = burst + 1 <= self.quota.burst and limiter.bucket.passed > 0
            self._finish_search(self.quota.rate, max(1.0, round(burst)) if is_smaller else self.quota.burst, 0.0)
        elif self._first_throttle is None:
            age = max(1e-3, throttled_at - limiter.started)
            # As if the burst were two seconds' worth of requests.
            estimated_rate = max(self.quota.floor, limiter.bucket.passed / (2 + age))
            self._first_throttle = age, limiter.bucket
            self.leader, self._empty_at = limiter, limiter.bucket
            self._speed, self._since = SLOW_START * estimated_rate, throttled_at
            self._slowed_at = now
        elif limiter.bucket.sent > self._slowed_at + SAME_TIME_SECONDS:
            self._measure_rate(limiter, before, self._first_throttle, now)

    def _concerns_own_account(self, limiter: RateLimiter) -> bool:
        """Return whether a throttled request only concerns its account: other clients spend its rate."""
        passed, age = limiter.bucket.passed, limiter.bucket.time - limiter.started
        is_first = passed < 2 and not self.quota.is_documented
        return is_first or passed < OWN_THROTTLING_SHARE * self.confirmed.count_at(age) - 2

    def reached(self) -> tuple[float, float]:
        """Return the rate and burst that were reached without a throttled request."""
        burst = max(1, self.confirmed.count_at(0.1))
        seconds = self.confirmed.ages[-1]
        rate = (self.confirmed.counts[-1] - burst) / seconds if seconds > 0.1 else 0.0
        guaranteed = self.guaranteed or (0.0, 1.0)
        return max(rate, guaranteed[0]), max(burst, guaranteed[1])

    def _is_unconfirmed(self, limiter: RateLimiter, now: float) -> bool:
        """Return whether a request needs a larger burst than any account has had. Documented quotas do not state the burst."""
        if self.guaranteed != (self.quota.rate, self.quota.burst) or limiter.spent <= self.confirmed.counts[-1]:
            return False
        return limiter.spent > 0 and now - limiter.sent_at < 1 / self.quota.rate

    def _spend_token(self, limiter: RateLimiter, now: float) -> float:
        if self._is_unconfirmed(limiter, now):
            self._lead_search(limiter, now)
        return 0.0

    def _wait_for_burst(self, limiter: RateLimiter, now: float) -> float:
        if not self._is_unconfirmed(limiter, now):
            return 0.0
        return min(POLL_SECONDS, limiter.sent_at + 1 / self.quota.rate - now)

    def _guaranteed_tokens(self, limiter: RateLimiter, now: float) -> float:
        if self.guaranteed is None:
            return 0.0
        return limiter.level(*self.guaranteed, 0.05 * self.guaranteed[0], now)

    def _allowance(self, limiter: RateLimiter) -> float:
        """Return the maximum number of the leader's requests without a response. All of them could be throttled."""
        if self.quota.is_documented:
            return 1 + self.beyond_documented
        return (
            MIN_UNCONFIRMED + self.passed_total / PASSED_PER_UNCONFIRMED + limiter.passed / OWN_PASSED_PER_UNCONFIRMED
        )

    def _is_busy(self, leader: RateLimiter, now: float) -> bool:
        is_documented = self.quota.is_documented and leader.in_flight
        other_seconds = IDLE_DOCUMENTED_SECONDS if is_documented else IDLE_SECONDS
        idle_seconds = IDLE_MEASURING_SECONDS if self._first_throttle else other_seconds
        return leader.is_waiting or (now - leader.sent_at < idle_seconds and leader in self.limiters)

    def _lead_search(self, limiter: RateLimiter, now: float) -> None:
        if self.leader is not limiter:
            self.leader, self._empty_at = limiter, None
            if self._first_throttle:
                self._speed, self._since = self._speed_at(now), now

    def _speed_at(self, now: float) -> float:
        return self._speed * math.pow(self._growth, max(0.0, now - self._since))

    def _measure_rate(
        self, limiter: RateLimiter, before: BucketState, first_throttle: tuple[float, BucketState], now: float
    ) -> None:
        """Measure the rate from the requests that passed since the bucket of the limiter was empty, or since the start."""
        age, empty_bucket = first_throttle
        throttled_at, passed, speed = limiter.bucket.time, limiter.bucket.passed, self._speed_at(now)
        if before.level is None:  # the account has had the burst of the first one
            seconds, count = throttled_at - limiter.started - age, passed - empty_bucket.passed
        else:
            seconds, count = throttled_at - before.time, passed - before.passed
        rate = (count + TOKEN_DROP) / max(seconds, 1e-3)
        self.rounds += 1
        self._slowed_at = now
        is_last = self.rounds >= MAX_ROUNDS
        if (count < 4 or seconds < MIN_MEASURING_SECONDS) and not is_last:
            self._speed = max(self.quota.floor, min(0.8 * speed, rate if count > 0 else 0.6 * speed))
            self._since, self._growth = now, CAREFUL_GROWTH
            if limiter is self.leader and self._empty_at:
                limiter.bucket = before  # the longer the interval, the better it measures
        elif limiter is self.leader and self._was_full(rate) and not is_last:
            self._empty_at = limiter.bucket
            for other in self.limiters:  # theirs may have been full too, so what they have left is unknown
                if other is not limiter:
                    other.set_bucket(now, 0.0)
            self._speed, self._since, self._growth = max(self.quota.floor, rate), now, SLOW_GROWTH
        else:
            burst = max(1.0, self._burst_for(rate))
            error = (COUNT_ERROR + rate * TIME_ERROR * 2 * (now - throttled_at)) / max(seconds, 0.1)
            self._finish_search(max(self.quota.floor, rate), burst, error)

    def _was_full(self, rate: float) -> bool:
        """Return whether the bucket was full while the leader was slower than this rate. If so, the rate is too low."""
        if rate <= self._speed:
            return False
        growth = math.log(self._growth)
        saved_tokens = rate * math.log(rate / self._speed) / growth - (rate - self._speed) / growth
        return saved_tokens > self._burst_for(rate) - 1

    def _burst_for(self, rate: float) -> float:
        """Return the burst that the first throttled request shows if AWS has this rate."""
        age, empty_bucket = self._first_throttle or (0.0, BucketState(0.0, 0.0, 0))
        return empty_bucket.passed + FIRST_TOKEN_DROP - rate * age

    def _finish_search(self, rate: float, burst: float, error: float) -> None:
        measured_rate = MeasuredRate(self.quota, self.limiters, rate, burst, error)
        if self.leader and not self.quota.is_documented:
            measured_rate.spread_out(self.leader, self.leader.clock())
        self._on_measured(measured_rate)
