"""Send one request and hear its answer: paced, retried, counted. Nothing else in iamsql waits for AWS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore import xform_name

from iamsql.aws.errors import MAX_CALLS, Fault, RequestFailed, classify
from iamsql.aws.ratelimit import Quota, RateLimiter, backoff, quota_key, quota_of
from iamsql.aws.sessions import THREADS, AssumedSession, SessionFactory
from iamsql.aws.validate import sent

TRANSIENT_TRIES = 5
THROTTLE_TRIES = 20
UNPACED = Quota(10_000, 10_000)
BROKEN = ("transient", "skewed")  # a clock that is off may be set right meanwhile
REPEATED = Fault("error", "SamePageTwice", "AWS gave the same page marker twice.")


class CallLimitReached(RequestFailed):
    """--max-calls is reached."""

    def __init__(self) -> None:
        """Carry the fault that says so."""
        super().__init__(MAX_CALLS)


@dataclass
class CallStats:
    """How one account × region × operation fared; becomes a row of coverage."""

    items: int = 0
    requests: int = 0
    throttles: int = 0
    retries: int = 0
    seconds: float = 0.0
    started: float = 0.0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """One request: what is asked of which service and region, and the codes that mean none."""

    service: str
    operation: str
    region: str
    params: dict[str, Any]
    empty_on: tuple[str, ...] = ()


class ApiClient:
    """Sends requests for every account, from one pool of threads and a lane for each quota."""

    def __init__(self, door: SessionFactory, max_calls: int | None = None, paced: bool = True) -> None:
        """Make the pool; lanes come as they are needed. Only a room that throttles nobody need not be paced."""
        self.door = door
        self.calls = self.throttles = 0
        self.expired: Fault | None = None
        self._left = max_calls
        self._paced = paced
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")
        self._lanes: dict[tuple[str, str, str], RateLimiter] = {}

    async def send(
        self, entered: AssumedSession, request: Request, tally: CallStats, read: Callable[[Any], Any] = lambda x: x
    ) -> Any:
        """Give what `read` makes of the answer, in the thread that got it; raise Failed, or OutOfCalls."""
        lane = self._lane(entered.account_id, request)
        tally.started = tally.started or time.time()
        slow = broken = 0
        while True:
            at = await lane.acquire()
            try:
                answer = await self._once(entered, request, tally, read)
            except Exception as error:
                fault = classify(error, request.empty_on)
            else:
                lane.succeeded()
                return answer
            if fault.kind == "throttled":
                slow += 1
                tally.throttles += 1
                self.throttles += 1
                lane.throttled(at)
            else:
                lane.succeeded()
                broken += fault.kind in BROKEN
            if fault.kind not in ("throttled", *BROKEN) or broken >= TRANSIENT_TRIES or slow >= THROTTLE_TRIES:
                raise RequestFailed(fault if fault.kind != "transient" else Fault("error", fault.code, fault.message))
            tally.retries += 1
            if fault.kind in BROKEN or slow > 3:
                await asyncio.sleep(backoff(broken + max(0, slow - 3)))

    async def _once(
        self, entered: AssumedSession, request: Request, tally: CallStats, read: Callable[[Any], Any]
    ) -> Any:
        if self._left is not None:
            if self._left <= 0:
                raise CallLimitReached
            self._left -= 1
        client = self.door.client(request.service, request.region)
        method = getattr(client, python_name(request.operation))
        begun = time.perf_counter()

        def trip() -> Any:
            with self.door.inside(entered):
                return read(sent(method, request.params))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, trip)
        finally:
            self.calls += 1
            tally.requests += 1
            tally.seconds += time.perf_counter() - begun

    def _lane(self, account_id: str, request: Request) -> RateLimiter:
        key = (account_id, quota_key(request.service, request.operation), request.region)
        if key not in self._lanes:
            limit = quota_of(request.service, request.operation) if self._paced else UNPACED
            self._lanes[key] = RateLimiter(limit)
        return self._lanes[key]

    def release_account(self, account_id: str) -> None:
        """Forget the lanes of an account that is done."""
        for key in [key for key in self._lanes if key[0] == account_id]:
            del self._lanes[key]

    def close(self) -> None:
        """Let the threads end, without waiting for what is still under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def ignore_exception(task: asyncio.Task[Any]) -> asyncio.Task[Any]:
    """Have nothing said of how a task failed that nobody waits for any more: what failed first is told."""
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


@cache
def python_name(operation: str) -> str:
    """Give the client's method for an operation."""
    return str(xform_name(operation))


def items_of(answer: Any, path: str) -> list[Any]:
    """Find the items of an answer: a list's elements, a map or structure as one, '' for the whole answer."""
    found = answer if not path else answer.get(path)
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        return [{key: value for key, value in found.items() if key != "ResponseMetadata"}]
    return [] if found is None else [found]


class PageTokens:
    """The page markers of one list."""

    def __init__(self) -> None:
        """Begin with none seen."""
        self._seen: set[tuple[str, str]] = set()

    def next_params(self, answer: dict[str, Any]) -> dict[str, str]:
        """Give the parameter of the page after an answer, {} at the end; raise Failed where markers go round in a circle."""
        return self.taken(dict(next_page(answer)))

    def taken(self, marker: dict[str, str]) -> dict[str, str]:
        """Give a marker back that did not come before; raise Failed for one that did."""
        if self._seen.issuperset(marker.items()) and marker:
            raise RequestFailed(REPEATED)
        self._seen |= marker.items()
        return marker


def next_page(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the parameter and marker of the next page, if there is one; a page may be empty and still have it."""
    if answer.get("NextToken"):
        yield "NextToken", answer["NextToken"]
    elif answer.get("nextToken"):
        yield "nextToken", answer["nextToken"]
    elif answer.get("NextContinuationToken"):
        yield "ContinuationToken", answer["NextContinuationToken"]
    elif answer.get("IsTruncated") and answer.get("Marker"):
        yield "Marker", answer["Marker"]
