"""The queue of a rate limiter: order, cancelled requests, what counts as a request before a throttled one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from iamsql.aws.rates.limiter import BucketState, RateLimiter, backoff_seconds
from iamsql.aws.rates.registry import RateLimits
from tests.aws.rate_simulation import SimulatedLoop, simulate


class EverySecond:
    """A rate of one request a second that records what it is told."""

    def __init__(self) -> None:
        self.throttles: list[tuple[BucketState, BucketState]] = []

    def wait(self, limiter: RateLimiter, now: float) -> float:
        return limiter.sent_at + 1 - now if limiter.spent or limiter.throttles else 0.0

    def passed(self, limiter: RateLimiter) -> None:
        pass

    def throttled(self, limiter: RateLimiter, before: BucketState) -> None:
        self.throttles.append((before, limiter.bucket))


def run(work: Coroutine[Any, Any, None], loop: SimulatedLoop) -> None:
    simulate(loop, work)


def test_requests_start_in_the_order_in_which_they_waited() -> None:
    loop, order = SimulatedLoop(), list[tuple[int, int]]()
    limiter = RateLimiter(EverySecond(), loop.time)

    async def take(position: int) -> None:
        order.append((position, round(await limiter.acquire())))

    async def work() -> None:
        await asyncio.gather(*(take(position) for position in range(50)))

    run(work(), loop)
    assert order == [(position, position) for position in range(50)]


def test_cancelled_requests_do_not_take_a_turn() -> None:
    loop, started = SimulatedLoop(), list[str]()
    limiter = RateLimiter(EverySecond(), loop.time)

    async def take(name: str) -> None:
        await limiter.acquire()
        started.append(name)

    async def work() -> None:
        tasks = [asyncio.create_task(take(name)) for name in "abcd"]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert loop.now == pytest.approx(1.0)

    run(work(), loop)
    assert started == ["a", "d"]
    assert len(limiter.in_flight) == 2


def test_a_request_that_is_cancelled_when_its_turn_comes_is_forgotten() -> None:
    loop = SimulatedLoop()
    limiter = RateLimiter(EverySecond(), loop.time)

    async def work() -> None:
        limiter.succeeded(await limiter.acquire())
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.5)
        loop.call_at(1.0, waiting.cancel)  # after the timer of the limiter, which is due at the same time
        await asyncio.gather(waiting, return_exceptions=True)

    run(work(), loop)
    assert (limiter.in_flight, limiter.spent) == ([], 1)


def test_what_was_sent_before_a_throttled_request_counts_as_passed_unless_it_is_throttled_too() -> None:
    loop, rate = SimulatedLoop(), EverySecond()
    limiter = RateLimiter(rate, loop.time)

    async def work() -> None:
        sent = [await limiter.acquire() for _ in range(6)]
        limiter.succeeded(sent[0])
        limiter.succeeded(sent[5])
        limiter.throttled(sent[3])
        assert limiter.bucket.passed == 4  # 0 and 5 passed, and 1 and 2 are expected to
        limiter.succeeded(sent[2])
        assert limiter.bucket.passed == 4
        limiter.throttled(sent[1])
        assert limiter.bucket.passed == 3
        limiter.cancelled(sent[4])
        assert limiter.level(1.0, 10.0, 0.0, limiter.bucket.time + 2) == 2.0

    run(work(), loop)
    [(before, after)] = rate.throttles  # the second is of the same round trip
    assert (before.level, after.level, limiter.throttles) == (None, 0.0, 2)


def test_a_bucket_is_refilled_up_to_its_burst() -> None:
    loop = SimulatedLoop()
    limiter = RateLimiter(EverySecond(), loop.time)

    async def work() -> None:
        assert limiter.level(2.0, 10.0, 1.5, 0.0) == 8.5
        for _ in range(4):
            limiter.succeeded(await limiter.acquire())
        assert limiter.level(0.5, 10.0, 1.5, loop.now) == 8.5 + 1.5 - 4
        assert limiter.level(0.5, 10.0, 1.5, loop.now + 60) == 8.5
        assert limiter.level(0.5, 10.0, 1.5, loop.now + 60) == 8.5

    run(work(), loop)


def test_a_request_that_need_not_wait_costs_little_time() -> None:
    async def work() -> float:
        limits = RateLimits(limits=False, clock=time.monotonic)
        begun = time.process_time()
        for _ in range(5000):
            limiter = limits.limiter("123456789012", "iam", "ListUsers", "us-east-1")
            limiter.succeeded(await limiter.acquire())
        return (time.process_time() - begun) / 5000

    assert asyncio.run(work()) < 50e-6


def test_backoff_doubles_its_ceiling_up_to_a_cap() -> None:
    rng = random.Random(7)
    drawn = [max(backoff_seconds(attempt, rng) for _ in range(300)) for attempt in range(12)]
    assert 0.19 < drawn[0] <= 0.2
    assert 0.35 < drawn[1] <= 0.4
    assert 19 < drawn[11] <= 20
