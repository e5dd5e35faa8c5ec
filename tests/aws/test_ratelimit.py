"""The limiter is judged in simulated time, against servers that refuse by a token bucket as AWS does."""

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
    """A token bucket that counts what it refuses."""

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
    """Run to the end and tell how long it took."""
    try:
        loop.run_until_complete(work)
        return loop.now
    finally:
        loop.close()


def read(rate: float, burst: float, requests: int, workers: int, seed: int = 1, told: bool = True) -> tuple[float, int]:
    """Read an account with so many requests: seconds, and requests refused."""
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
            limiter.throttled(sent if told else None)
        return passed

    async def worker() -> None:
        for _ in left:
            while not await ask_once():
                pass

    async def everyone() -> None:
        await asyncio.gather(*(worker() for _ in range(workers)))

    return simulate(loop, everyone()), server.refused


def bound(rate: float, burst: float, requests: int) -> float:
    """Tell what the throttle dictates: the bucket's time and one round trip."""
    return max(0.0, (requests - burst) / rate) + 0.065


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("workers", [8, 16, 48])
@pytest.mark.parametrize(("requests", "slack"), [(60, 1.2), (200, 1.05), (517, 1.05), (2000, 1.05)])
def test_the_usual_server_is_used_whole_and_refuses_few(requests: int, slack: float, workers: int, told: bool) -> None:
    seconds, refused = read(20, 40, requests, workers, told=told)
    assert refused / requests < 0.01
    assert seconds <= slack * bound(20, 40, requests)


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
def test_other_servers_are_found_out(rate: float, burst: float, requests: int, slack: float, share: float) -> None:
    seconds, refused = read(rate, burst, requests, 16)
    assert seconds <= slack * bound(rate, burst, requests)
    assert refused / requests <= share


def test_no_account_is_starved_by_a_server_that_turns_slow() -> None:
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


def starts_of(limit: Quota) -> list[float]:
    """Take twenty turns at once, and three more after a rest; tell when each began."""
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


def test_look_ups_keep_their_distance_whatever_the_rest_before() -> None:
    starts = starts_of(LOOKUP)
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 0.515 - 1e-9
    assert max(gaps[:19]) <= 0.516


def test_a_fixed_limit_is_never_passed_and_is_returned_to() -> None:
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


def test_turns_come_in_order() -> None:
    loop, order = SimulatedLoop(), list[int]()
    limiter = RateLimiter(Quota(10, 1), loop.time)

    async def take(place: int) -> None:
        await limiter.acquire()
        order.append(place)

    async def work() -> None:
        await asyncio.gather(*(take(place) for place in range(50)))

    simulate(loop, work())
    assert order == list(range(50))


def test_one_round_trip_slows_down_once() -> None:
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


def test_a_turn_that_need_not_wait_is_cheap() -> None:
    limiter = RateLimiter(Quota(1e9, 1e9), time.monotonic)

    async def work() -> float:
        begun = time.process_time()
        for _ in range(5000):
            await limiter.acquire()
        return (time.process_time() - begun) / 5000

    assert asyncio.run(work()) < 20e-6


def test_operations_with_their_own_quota_have_their_own_lane() -> None:
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
