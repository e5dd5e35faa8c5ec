"""Send one request and return its response: rate limited, retried and counted. No other module waits for AWS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from iamsql.aws.errors import MAX_CALLS, Fault, RequestFailed, classify
from iamsql.aws.ratelimit import Quota, RateLimiter, backoff, quota_key, quota_of
from iamsql.aws.sessions import THREADS, AccountSession, SessionFactory
from iamsql.aws.timestamps import iso_time

TRANSIENT_TRIES = 5
THROTTLE_TRIES = 20  # more than a minute in total: other users of the account may spend its quota that long
UNLIMITED = Quota(10_000, 10_000)
Read = Callable[[Any], Any]  # converts a response
TRANSIENT = ("transient", "skewed")  # a wrong clock may be corrected meanwhile


@dataclass
class CallStats:
    """Counts of one account × region × operation: a row of iamsql.coverage."""

    items: int = 0
    requests: int = 0
    throttles: int = 0
    retries: int = 0
    seconds: float = 0.0
    started: float = 0.0  # epoch seconds of the first request; 0 if there was none
    faults: list[Fault] = field(default_factory=list)

    def columns(self) -> dict[str, Any]:
        """Return the counts by the names of their columns in iamsql.coverage."""
        return {
            "items": self.items,
            "requests": self.requests,
            "throttles": self.throttles,
            "retries": self.retries,
            "seconds": round(self.seconds, 3),
            "started_at": iso_time(self.started) if self.started else None,
        }


@dataclass(frozen=True)
class Request:
    """One request: service, operation, region and parameters; `empty_on` lists the error codes that mean "none exist"."""

    service: str
    operation: str
    region: str
    params: dict[str, Any]
    empty_on: tuple[str, ...] = ()


class ApiClient:
    """Sends the requests of all accounts, from one thread pool, with one rate limiter per quota."""

    def __init__(self, sessions: SessionFactory, max_calls: int | None = None, rate_limited: bool = True) -> None:
        """Start the thread pool. `rate_limited=False` is for the sample organization, which does not throttle."""
        self.sessions = sessions
        self.calls = self.throttles = 0
        self.expired: Fault | None = None  # why the caller's credentials cannot be used any more
        self.transient_tries = TRANSIENT_TRIES
        self._calls_left = max_calls
        self._rate_limited = rate_limited
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")
        self._limiters: dict[tuple[str, str, str], RateLimiter] = {}

    async def send(
        self, session: AccountSession, request: Request, stats: CallStats, read: Read = lambda answer: answer
    ) -> Any:
        """Return `read(response)`, which is called in the thread of the request.

        Retries throttled and transient failures. Raises RequestFailed, with the fault MAX_CALLS at the limit of --max-calls.
        """
        quota = (session.account_id, quota_key(request.service, request.operation), request.region)
        if (limiter := self._limiters.get(quota)) is None:
            limit = quota_of(request.service, request.operation) if self._rate_limited else UNLIMITED
            limiter = self._limiters[quota] = RateLimiter(limit)
        stats.started = stats.started or time.time()
        throttled = failed = 0
        while True:
            sent = await limiter.acquire()
            try:
                answer = await self._send_once(session, request, stats, read)
            except Exception as error:
                fault = classify(error, request.empty_on)
            else:
                limiter.succeeded()
                return answer
            if fault.kind == "throttled":
                throttled += 1
                stats.throttles += 1
                self.throttles += 1
                limiter.throttled(sent)
            else:  # every other response shows that the request was within the quota
                limiter.succeeded()
                failed += fault.kind in TRANSIENT
            if (
                fault.kind not in ("throttled", *TRANSIENT)
                or failed >= self.transient_tries
                or throttled >= THROTTLE_TRIES
            ):
                raise RequestFailed(fault if fault.kind != "transient" else Fault("error", fault.code, fault.message))
            stats.retries += 1
            # The limiter has slowed down already, so the first throttled requests need no further wait.
            if fault.kind in TRANSIENT or throttled > 3:
                await asyncio.sleep(backoff(failed + max(0, throttled - 3)))

    async def _send_once(self, session: AccountSession, request: Request, stats: CallStats, read: Read) -> Any:
        # Only the thread of the event loop counts, so this needs no lock.
        if self._calls_left is not None:
            if self._calls_left <= 0:
                raise RequestFailed(MAX_CALLS)
            self._calls_left -= 1
        client = self.sessions.client(request.service, request.region)
        method = getattr(client, xform_name(request.operation))
        started = time.perf_counter()
        try:
            # `read` runs in the thread too, because the JSON of a page with a thousand policies would block the event loop.
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, lambda: read(self.sessions.send(session, method, request.params))
            )
        finally:
            self.calls += 1
            stats.requests += 1
            stats.seconds += time.perf_counter() - started

    def release_account(self, account_id: str) -> None:
        """Drop the rate limiters of an account that is finished."""
        for key in [key for key in self._limiters if key[0] == account_id]:
            del self._limiters[key]

    def close(self) -> None:
        """Stop the threads without waiting for requests in progress."""
        # A request may wait for its response for a minute.
        self._pool.shutdown(wait=False, cancel_futures=True)


def ignore_exception(task: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """Retrieve the task's exception, so that asyncio does not log a task that is abandoned after an earlier failure."""
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
