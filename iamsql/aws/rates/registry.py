"""All rate limiters of a run. Limiters of the same quota share their measured rate across accounts and regions."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from iamsql.aws.rates.limiter import BucketState, RateLimiter
from iamsql.aws.rates.measured_rate import PROBE_AFTER_KNOWN, MeasuredRate
from iamsql.aws.rates.quotas import UNLIMITED_QUOTA, KnownRate, Quota, find_quota, quota_key
from iamsql.aws.rates.search import RateSearch

MAX_RATE_AGE = timedelta(days=30)  # then the rate is searched again
MIN_SHARE, MAX_RATE = 0.2, 10_000.0  # a lower share of the starting rate, or a higher rate, means a damaged file
KNOWN_RATE_ERROR = 0.015  # relative error of a rate that an earlier run measured
KNOWN_SECONDS = 60.0  # seconds' worth of requests after which the rate of an earlier run is probed at the latest
# The largest error of a measured rate whose quota is a whole number: a share of the rate, or requests per second. The few dozen
# requests of an organization measure a rate of 5 with an error of 0.3.
MAX_ROUNDING_SHARE, MAX_ROUNDING_RATE = 0.06, 0.35
MIN_PASSED_SHARE = 0.85  # a known rate was wrong if a smaller share of the requests that it allows has passed
GOLDEN_RATIO = 0.618  # its multiples are spread evenly
START_SHARE = 0.9  # the search starts from this share of a rate that was reached without being throttled


class LimiterKey(NamedTuple):
    """The account, region and quota of a limiter."""

    account_id: str
    region: str
    quota: str


class SharedRate:
    """The rate of one quota in all accounts and regions. A search finds the rate, which is then measured."""

    def __init__(self, quota: Quota, limits: bool = True) -> None:
        """Start with nothing known; `limits=False` is for a server that does not throttle."""
        self.quota = quota
        self.limiters: list[RateLimiter] = []
        self._added = 0
        self._known_rate: MeasuredRate | None = None  # from an earlier run, until a request is throttled
        self.throttled_at: str | None = None
        self.state: RateSearch | MeasuredRate = RateSearch(quota, self.limiters, self._use_measured)
        if not limits:
            self.state = MeasuredRate(UNLIMITED_QUOTA, self.limiters, UNLIMITED_QUOTA.rate, UNLIMITED_QUOTA.burst, 0.0)

    def add_limiter(self, clock: Callable[[], float]) -> RateLimiter:
        """Add and return the limiter of another account or region."""
        limiter = RateLimiter(self, clock, spread=self._added * GOLDEN_RATIO % 1)
        self._added += 1
        self.limiters.append(limiter)
        return limiter

    def wait(self, limiter: RateLimiter, now: float) -> float:
        """Return the seconds until a limiter may send its next request."""
        return self.state.wait(limiter, now)

    def passed(self, limiter: RateLimiter) -> None:
        """Take note of a request that was not throttled."""
        if self.quota.is_documented and limiter.passed == 1 and limiter.bucket.level is None:
            # AWS refills the bucket from the time of the first request, which it has received by now.
            limiter.bucket.time = limiter.clock()
        self.state.passed(limiter)

    def throttled(self, limiter: RateLimiter, before: BucketState) -> None:
        """Take note of a throttled request."""
        self.throttled_at = datetime.now(UTC).isoformat(timespec="seconds")
        if self._is_wrong(limiter, before):
            self.state = RateSearch(self.quota, self.limiters, self._use_measured)
        self.state.throttled(limiter, before)

    def use(self, rate: float, burst: float, throttled_at: str | None) -> None:
        """Use what an earlier run found, unless this run has measured the rate already."""
        if isinstance(self.state, MeasuredRate) or rate <= 0:  # the rate is 0 after too few requests
            return
        if throttled_at:
            self.throttled_at = throttled_at
            if self.quota.is_documented:
                rate, burst = self.quota.rate, min(burst, self.quota.burst)
            else:
                rate = _round_to_quota(rate)
            error = 0.0 if self.quota.is_documented else KNOWN_RATE_ERROR * rate
            probe_after = min(PROBE_AFTER_KNOWN, math.ceil(KNOWN_SECONDS * rate))
            self._known_rate = MeasuredRate(self.quota, self.limiters, rate, burst, error, probe_after)
            self._use_measured(self._known_rate)
        elif self.quota.is_documented:
            self.state.guaranteed = max(self.quota.rate, START_SHARE * rate), max(self.quota.burst, START_SHARE * burst)
        else:
            self.state.guaranteed = START_SHARE * rate, max(1.0, START_SHARE * burst)
        self._wake()

    def rate_and_burst(self) -> tuple[float, float]:
        """Return the rate and the burst."""
        if isinstance(self.state, MeasuredRate):
            return self.state.rate, self.state.burst
        return self.state.reached()

    def _is_wrong(self, limiter: RateLimiter, before: BucketState) -> bool:
        """Return whether a throttled request shows that the rate or the burst of an earlier run is too high."""
        earlier_rate, self._known_rate = self._known_rate, None
        if (
            earlier_rate is None
            or earlier_rate is not self.state
            or self.quota.is_documented
            or before.level is not None
        ):
            return False
        seconds = limiter.bucket.time - before.time
        return limiter.bucket.passed < MIN_PASSED_SHARE * (earlier_rate.burst + earlier_rate.rate * seconds)

    def _use_measured(self, measured_rate: MeasuredRate) -> None:
        self.state = measured_rate
        self._wake()

    def _wake(self) -> None:
        for limiter in self.limiters:
            limiter.wake()


def _round_to_quota(rate: float) -> float:
    """Return the whole number near a measured rate. Assumed: AWS's quotas are whole numbers, as all documented ones are."""
    nearest = float(round(rate))
    return (
        nearest if nearest >= 1 and abs(nearest - rate) <= max(MAX_ROUNDING_SHARE * rate, MAX_ROUNDING_RATE) else rate
    )


class RateLimits:
    """The limiters of a run, by account, region and quota."""

    def __init__(self, limits: bool = True, clock: Callable[[], float] | None = None) -> None:
        """Start with the documented quotas; `limits=False` is for the sample organization, which does not throttle.

        `clock` returns seconds; the default is the clock of the event loop.
        """
        self._limits, self._clock = limits, clock
        self._shared_rates: dict[str, SharedRate] = {}
        self._limiters: dict[LimiterKey, RateLimiter] = {}
        self._released_counts: dict[
            LimiterKey, tuple[int, int]
        ] = {}  # passed and throttled requests of released limiters
        self._known_rates: dict[str, tuple[float, float, str | None]] = {}

    def limiter(self, account_id: str, service: str, operation: str, region: str) -> RateLimiter:
        """Return the limiter of an operation in an account and region."""
        key = LimiterKey(account_id, region, quota_key(service, operation))
        if (limiter := self._limiters.get(key)) is None:
            shared = self._shared_rates.get(key.quota) or self._add_shared_rate(
                key.quota, find_quota(service, operation)
            )
            limiter = shared.add_limiter(self._clock or asyncio.get_running_loop().time)
            self._limiters[key] = limiter
        return limiter

    def release_account(self, account_id: str) -> None:
        """Drop the limiters of an account that is finished."""
        for key in [key for key in self._limiters if key.account_id == account_id]:
            limiter = self._limiters.pop(key)
            self._shared_rates[key.quota].limiters.remove(limiter)
            passed, throttles = self._released_counts.get(key, (0, 0))
            self._released_counts[key] = passed + limiter.passed, throttles + limiter.throttles

    def use(self, known_rates: Iterable[KnownRate]) -> None:
        """Start from the rates of an earlier run, even where requests have been sent already."""
        by_quota: dict[str, list[KnownRate]] = {}
        for row in known_rates:
            by_quota.setdefault(row.quota, []).append(row)
        for quota, rows in by_quota.items():
            min_rate = MIN_SHARE * find_quota(*quota.split(":", 1)).rate
            if summary := _summarize(rows, min_rate):
                self._known_rates[quota] = summary
                if quota in self._shared_rates:
                    self._shared_rates[quota].use(*summary)

    def rate(self, service: str, operation: str = "") -> tuple[float, float]:
        """Return the known rate and burst of a quota, or the values that the search starts with."""
        quota = find_quota(service, operation)
        if summary := self._known_rates.get(quota_key(service, operation)):
            return summary[:2]
        return quota.rate, quota.burst

    def known_rates(self, caller: str = "") -> list[KnownRate]:
        """Return the rates that the run found, sorted by account, region and quota; [] without limits.

        `caller` is the account ID for requests with the caller's own session, whose limiters have the account ''.
        """
        if not self._limits:
            return []
        counts = dict(self._released_counts)
        for key, limiter in self._limiters.items():
            passed, throttles = counts.get(key, (0, 0))
            counts[key] = passed + limiter.passed, throttles + limiter.throttles
        rows = []
        for key, (passed, throttles) in sorted(counts.items()):
            shared = self._shared_rates[key.quota]
            rate, burst = (round(value, 2) for value in shared.rate_and_burst())
            account_id, requests = key.account_id or caller, passed + throttles
            rows.append(
                KnownRate(account_id, key.region, key.quota, rate, burst, requests, throttles, shared.throttled_at)
            )
        return rows

    def _add_shared_rate(self, name: str, quota: Quota) -> SharedRate:
        shared = self._shared_rates[name] = SharedRate(quota, self._limits)
        if name in self._known_rates:
            shared.use(*self._known_rates[name])
        return shared


def _summarize(rows: list[KnownRate], min_rate: float) -> tuple[float, float, str | None] | None:
    """Return the rate and burst of most accounts, and when a request was throttled; None if nothing valid is known.

    A limit older than MAX_RATE_AGE is ignored.
    """
    now = datetime.now(UTC)
    valid_rows = [row for row in rows if 0 <= row.rate <= MAX_RATE and 1 <= row.burst <= MAX_RATE]
    limited_rows = [
        row for row in valid_rows if row.throttled_at and _is_valid(row.throttled_at, now) and row.rate >= min_rate
    ]
    selected_rows = limited_rows or [row for row in valid_rows if row.throttled_at is None]
    if not selected_rows:
        return None
    rate = statistics.median_high(row.rate for row in selected_rows)
    burst = statistics.median_high(row.burst for row in selected_rows)
    return rate, burst, max((row.throttled_at for row in selected_rows if row.throttled_at), default=None)


def _is_valid(throttled_at: str, now: datetime) -> bool:
    """Return whether a time differs from now by less than MAX_RATE_AGE. A clock that is wrong can put it in the future."""
    try:
        return abs(now - datetime.fromisoformat(throttled_at)) < MAX_RATE_AGE
    except (ValueError, OverflowError, TypeError):  # a year or an offset that Python does not have, or no time zone
        return False
