"""Many accounts of one quota in simulated time, against servers that throttle with a token bucket as AWS does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from iamsql.aws.rates.quotas import Quota, find_quota
from iamsql.aws.rates.registry import SharedRate

LATENCY = 0.03
WORKERS = 10  # requests of an account that may wait for a response


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop that sets its clock to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__()
        self._selector.select = self._jump  # type: ignore[attr-defined]

    def _jump(self, timeout: float | None = None) -> list[Any]:
        self.now += timeout or 0.0
        return []

    def time(self) -> float:
        return self.now


def simulate(loop: SimulatedLoop, work: Coroutine[Any, Any, None]) -> float:
    """Run a coroutine to its end; return the simulated seconds."""
    try:
        loop.run_until_complete(work)
        return loop.now
    finally:
        loop.close()


@dataclass
class Server:
    """A token bucket that counts the requests that it throttles; `change` is (second, rate, burst)."""

    loop: SimulatedLoop
    rate: float
    burst: float
    change: tuple[float, float, float] | None = None
    throttled: int = 0
    opens: float = 0.0
    tokens: float = field(init=False)
    seen: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def ask(self) -> bool:
        """Take a token; return False if there is none."""
        if self.change and self.loop.now >= self.change[0]:
            self._refill(self.change[0])
            (_, self.rate, self.burst), self.change = self.change, None
        self._refill(self.loop.now)
        if self.tokens < 1 or self.loop.now < self.opens:
            self.throttled += 1
            return False
        self.tokens -= 1
        return True

    def _refill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + (now - self.seen) * self.rate)
        self.seen = now


@dataclass(frozen=True)
class Case:
    """Accounts with the same number of requests. Another client spends `stolen` a second of the first account's quota.

    `closed` is for how many seconds AWS throttles every request of the first account.
    """

    rate: float
    burst: float
    requests: int
    accounts: int
    change: tuple[float, float, float] | None = None
    stolen: float = 0.0
    closed: float = 0.0

    @property
    def name(self) -> str:
        """Return the name of the server."""
        parts = [f"{self.rate:g}/{self.burst:g}" if self.rate < 1e6 else "unlimited"]
        if self.change:
            parts.append("then {1:g}/{2:g} from {0:g} s".format(*self.change))
        if self.stolen:
            parts.append(f"{self.stolen:g} spent by another client")
        return ", ".join(parts)

    def minimum(self) -> float:
        """Return the seconds that the rate limit and the latency dictate."""
        by_latency = self.requests / WORKERS * LATENCY
        rate, remaining, seconds = self.rate - self.stolen, self.requests - self.burst, 0.0
        if self.change and remaining > rate * self.change[0]:
            seconds, remaining, rate = self.change[0], remaining - rate * self.change[0], self.change[1]
        return max(by_latency, seconds + remaining / rate)


@dataclass(frozen=True)
class Outcome:
    """The seconds until the last account was read, the throttled requests, both by account, and the shared rate."""

    seconds: float
    throttled: int
    ends: list[float]
    throttles: list[int]
    shared: SharedRate


def run_case(
    case: Case,
    quota: Quota | None = None,
    known_rate: tuple[float, float, str | None] | None = None,
    jitter: float = 0.0,
    stagger: float = 0.0,
) -> Outcome:
    """Send the requests of all accounts at once, or each account `stagger` seconds after the one before it."""
    loop, rng = SimulatedLoop(), random.Random(1)
    shared = SharedRate(quota or find_quota("iam"))
    if known_rate:
        shared.use(*known_rate)
    ends = [0.0] * case.accounts
    slower = case.rate - case.stolen
    servers = [
        Server(loop, case.rate if account else slower, case.burst, case.change, opens=0 if account else case.closed)
        for account in range(case.accounts)
    ]

    async def account(number: int) -> None:
        await asyncio.sleep(stagger * number)
        limiter, remaining = shared.add_limiter(loop.time), iter(range(case.requests))

        async def ask() -> bool:
            sent = await limiter.acquire()
            latency = LATENCY * (1 + jitter * rng.random())
            await asyncio.sleep(latency / 2)
            passed = servers[number].ask()
            await asyncio.sleep(latency / 2)
            (limiter.succeeded if passed else limiter.throttled)(sent)
            return passed

        async def work() -> None:
            for _ in remaining:
                while not await ask():
                    pass

        await asyncio.gather(*(work() for _ in range(WORKERS)))
        shared.limiters.remove(limiter)
        ends[number] = loop.now

    async def everyone() -> None:
        await asyncio.gather(*(account(number) for number in range(case.accounts)))

    seconds = simulate(loop, everyone())
    throttles = [server.throttled for server in servers]
    return Outcome(seconds, sum(throttles), ends, throttles, shared)
