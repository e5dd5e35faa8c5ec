"""The rate limiter in simulated time, against servers that throttle with a token bucket as AWS does."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

import pytest

from iamsql.aws.ratelimit import QUOTAS, Quota, RateLimiter, backoff, quota_key, quota_of

LOOKUP = QUOTAS[("cloudtrail", "LookupEvents")]


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__()
        self._selector.select = self._jump  # type: ignore[attr-defined]

    def _jump(self, timeout: float | None = None) -> list[Any]:
        self.now += timeout or 0.0
        return []

    def time(self) -> float:
        return self.now


class Server:
    """A token bucket that counts the requests that it throttles."""

    def __init__(self, loop: SimulatedLoop, rate: float, burst: float) -> None:
        self.loop, self.rate, self.burst, self.tokens, self.at, self.refused = loop, rate, burst, burst, 0.0, 0

    def ask(self) -> bool:
        self.tokens = min(self.burst, self.tokens + (self.loop.now - self.at) * self.rate)
        self.at = self.loop.now
        if self.tokens < 1:
            self.refused += 1
            return False
        self.tokens -= 1
        return True


def simulate(loop: SimulatedLoop, work: Coroutine[Any, Any, None]) -> float:
    """Run a coroutine to its end; return the simulated seconds."""
    try:
        loop.run_until_complete(work)
        return loop.now
    finally:
        loop.close()


def read_account(
    rate: float, burst: float, requests: int, workers: int, seed: int = 1, with_time: bool = True
) -> tuple[float, int]:
    """Send the requests of an account; return the seconds, and the number of requests that were throttled."""
    loop, rng = SimulatedLoop(), random.Random(seed)
    server, limiter, left = Server(loop, rate, burst), RateLimiter(quota_of("iam"), loop.time), iter(range(requests))

    async def ask_once() -> bool:
        sent = await limiter.acquire()
        latency = rng.uniform(0.03, 0.1)
        there = latency * rng.uniform(0.3, 0.7)
        await asyncio.sleep(there)
        passed = server.ask()
        await asyncio.sleep(latency - there)
        if passed:
            limiter.succeeded()
        else:
            limiter.throttled(sent if with_time else None)
        return passed

    async def worker() -> None:
        for _ in left:
            while not await ask_once():
                pass

    async def everyone() -> None:
        await asyncio.gather(*(worker() for _ in range(workers)))

    return simulate(loop, everyone()), server.refused


def least_seconds(rate: float, burst: float, requests: int) -> float:
    """Return the shortest time that the token bucket allows, with one round trip."""
    return max(0.0, (requests - burst) / rate) + 0.065


@pytest.mark.parametrize("with_time", [True, False])
@pytest.mark.parametrize("workers", [8, 16, 48])
@pytest.mark.parametrize(("requests", "slack"), [(60, 1.2), (200, 1.05), (517, 1.05), (2000, 1.05)])
def test_the_limiter_uses_the_whole_rate_of_a_usual_server_with_few_throttles(
    requests: int, slack: float, workers: int, with_time: bool
) -> None:
    seconds, refused = read_account(20, 40, requests, workers, with_time=with_time)
    assert refused / requests < 0.01
    assert seconds <= slack * least_seconds(20, 40, requests)


@pytest.mark.parametrize(
    ("rate", "burst", "requests", "slack", "share"),
    [
        (10, 20, 200, 1.1, 0.04),  # it starts above this server's rate: the first burst costs some eight requests
        (10, 20, 2000, 1.05, 0.02),
        (5, 10, 517, 1.1, 0.03),
        (5, 10, 2000, 1.05, 0.02),
        (15, 15, 517, 1.2, 0.02),
        (15, 15, 2000, 1.1, 0.01),
        (40, 80, 517, 1.2, 0.02),
        (40, 80, 2000, 1.1, 0.01),
        (100, 200, 2000, 1.35, 0.01),
    ],
)
def test_the_limiter_adapts_to_servers_with_other_rates(
    rate: float, burst: float, requests: int, slack: float, share: float
) -> None:
    seconds, refused = read_account(rate, burst, requests, 16)
    assert seconds <= slack * least_seconds(rate, burst, requests)
    assert refused / requests <= share


def test_each_account_makes_progress_when_a_server_becomes_slow() -> None:
    loop = SimulatedLoop()
    server, limiter = Server(loop, 40, 80), RateLimiter(quota_of("iam"), loop.time)

    async def work() -> None:
        for place in range(900):
            if place == 500:
                server.rate, server.burst = 4, 8
            sent = await limiter.acquire()
            await asyncio.sleep(0.05)
            if server.ask():
                limiter.succeeded()
            else:
                limiter.throttled(sent)

    simulate(loop, work())
    assert server.refused < 40
    assert 3 <= limiter.rate <= 6


def start_times(limit: Quota) -> list[float]:
    """Acquire twenty turns at once, and three more after a pause; return when each began."""
    loop, starts = SimulatedLoop(), list[float]()
    limiter = RateLimiter(limit, loop.time)

    async def look() -> None:
        starts.append(await limiter.acquire())
        limiter.succeeded()

    async def work() -> None:
        await asyncio.gather(*(look() for _ in range(20)))
        await asyncio.sleep(30)
        await asyncio.gather(*(look() for _ in range(3)))

    simulate(loop, work())
    return starts


def test_lookups_keep_their_interval_after_any_pause() -> None:
    starts = start_times(LOOKUP)
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 0.515 - 1e-9
    assert max(gaps[:19]) <= 0.516


def test_a_fixed_quota_is_never_exceeded_and_is_reached_again() -> None:
    loop = SimulatedLoop()
    limiter = RateLimiter(LOOKUP, loop.time)

    async def work() -> None:
        limiter.throttled(await limiter.acquire())
        assert limiter.rate < LOOKUP.rate
        for _ in range(60):
            await limiter.acquire()
            limiter.succeeded()
            assert limiter.rate <= LOOKUP.rate

    simulate(loop, work())
    assert limiter.rate == LOOKUP.rate


def test_requests_start_in_the_order_in_which_they_waited() -> None:
    loop, order = SimulatedLoop(), list[int]()
    limiter = RateLimiter(Quota(10, 1), loop.time)

    async def take(place: int) -> None:
        await limiter.acquire()
        order.append(place)

    async def work() -> None:
        await asyncio.gather(*(take(place) for place in range(50)))

    simulate(loop, work())
    assert order == list(range(50))


def test_the_throttles_of_one_round_trip_lower_the_rate_once() -> None:
    loop = SimulatedLoop()
    limiter = RateLimiter(Quota(20, 40), loop.time)

    async def work() -> None:
        sent = [await limiter.acquire() for _ in range(10)]
        await asyncio.sleep(0.1)
        limiter.throttled(sent[0])
        rate = limiter.rate
        for when in sent[1:]:
            limiter.throttled(when)
        assert limiter.rate == rate
        assert limiter.throttles == 10

    simulate(loop, work())


def test_a_request_that_need_not_wait_costs_little_time() -> None:
    limiter = RateLimiter(Quota(1e9, 1e9), time.monotonic)

    async def work() -> float:
        begun = time.process_time()
        for _ in range(5000):
            await limiter.acquire()
        return (time.process_time() - begun) / 5000

    assert asyncio.run(work()) < 20e-6


def test_operations_with_a_quota_of_their_own_wait_separately() -> None:
    assert quota_key("cloudtrail", "LookupEvents") == "cloudtrail:LookupEvents"
    assert quota_key("iam", "ListUsers") == "iam"
    assert quota_of("iam", "ListUsers") is QUOTAS["iam"]
    assert quota_of("unheard-of").rate > 0


def test_backoff_doubles_its_ceiling_up_to_a_cap() -> None:
    rng = random.Random(7)
    drawn = [max(backoff(attempt, rng) for _ in range(300)) for attempt in range(12)]
    assert 0.19 < drawn[0] <= 0.2
    assert 0.35 < drawn[1] <= 0.4
    assert 19 < drawn[11] <= 20
