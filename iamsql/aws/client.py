"""Send one request and return its response: rate limited, retried and counted. No other module calls the transport."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from iamsql.aws.errors import MAX_CALLS_FAULT, UNREADABLE_CODE, Fault, RequestFailedError, classify, request_id
from iamsql.aws.rates.limiter import backoff_seconds
from iamsql.aws.rates.registry import RateLimits
from iamsql.aws.sessions import AccountSession, SessionFactory
from iamsql.aws.timestamps import iso_time
from iamsql.aws.transport import Read, Transport
from iamsql.logs import Fields, fields

LOG = logging.getLogger(__name__)
MAX_TRANSIENT_TRIES = 5
MAX_THROTTLE_TRIES = 20  # more than a minute in total: other users of the account may spend its quota that long
TRANSIENT_FAULT_TYPES = ("transient", "skewed")  # a wrong clock may be corrected before the next attempt
# Codes of a credential report that is not ready: `credential_report` waits for it.
REPORT_NOT_READY_CODES = ("ReportInProgress", "ReportExpired", "ReportNotPresent")


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
    """Sends the requests of all accounts, with one rate limiter per account, region and quota."""

    def __init__(self, sessions: SessionFactory, max_calls: int | None = None, rate_limited: bool = True) -> None:
        """Use the transport of the sessions. `rate_limited=False` is for the sample organization, which does not throttle."""
        self.sessions = sessions
        self.rate_limits = RateLimits(limits=rate_limited)
        self.calls = self.throttles = 0
        self.expired: Fault | None = None  # why the caller's credentials cannot be used any more
        self.transient_tries = MAX_TRANSIENT_TRIES
        self._calls_left = max_calls
        self._transport = Transport(sessions)

    async def send(
        self, session: AccountSession, request: Request, stats: CallStats, read: Read = lambda response: response
    ) -> Any:
        """Return `read(response)`, which may be called in another thread.

        Retries throttled and transient failures. Raise RequestFailedError, with MAX_CALLS_FAULT at the limit of --max-calls.
        """
        limiter = self.rate_limits.limiter(session.account_id, request.service, request.operation, request.region)
        stats.started = stats.started or time.time()
        throttle_count = failure_count = 0
        log = _RequestLog(session, request)
        while True:
            sent = await limiter.acquire()
            log.start()
            try:
                response = await self._send_once(session, request, stats, read)
            except Exception as error:
                fault, aws_request_id = classify(error, request.empty_on), request_id(error)
            except BaseException:
                limiter.cancelled(sent)
                raise
            else:
                limiter.succeeded(sent)
                log.succeeded()
                return response
            if fault.fault_type == "throttled":
                throttle_count += 1
                stats.throttles += 1
                self.throttles += 1
                limiter.throttled(sent)
            else:  # any other response shows that the request was within the quota
                limiter.succeeded(sent)
                failure_count += fault.fault_type in TRANSIENT_FAULT_TYPES
            if (
                fault.fault_type not in ("throttled", *TRANSIENT_FAULT_TYPES)
                or failure_count >= self.transient_tries
                or throttle_count >= MAX_THROTTLE_TRIES
            ):
                log.failed(fault, aws_request_id)
                raise RequestFailedError(
                    fault if fault.fault_type != "transient" else Fault("error", fault.code, fault.message)
                )
            stats.retries += 1
            # The limiter has slowed down already, so the first throttled requests need no additional wait.
            must_wait = fault.fault_type in TRANSIENT_FAULT_TYPES or throttle_count > 3
            wait_seconds = backoff_seconds(failure_count + max(0, throttle_count - 3)) if must_wait else 0.0
            log.retried(fault, aws_request_id, wait_seconds)
            if wait_seconds:
                await asyncio.sleep(wait_seconds)

    async def _send_once(self, session: AccountSession, request: Request, stats: CallStats, read: Read) -> Any:
        # Only the thread of the event loop counts, so this needs no lock.
        if self._calls_left is not None:
            if self._calls_left <= 0:
                raise RequestFailedError(MAX_CALLS_FAULT)
            self._calls_left -= 1
        started_at = time.perf_counter()
        try:
            return await self._transport.send(
                session, request.service, request.operation, request.region, request.params, read
            )
        finally:
            self.calls += 1
            stats.requests += 1
            stats.seconds += time.perf_counter() - started_at

    def release_account(self, account_id: str) -> None:
        """Drop the rate limiters of an account that is finished."""
        self.rate_limits.release_account(account_id)

    def close(self) -> None:
        """Stop without waiting for requests in progress. Connections are closed when the event loop ends."""
        self._transport.close()


class _RequestLog:
    """The records of one request and its retries."""

    def __init__(self, session: AccountSession, request: Request) -> None:
        role = str(request.params.get("RoleArn", ""))
        self._request: Fields = {
            "account_id": role.split(":")[4] if role else session.account_id,
            "role": role,
            "region": request.region,
            "service": request.service,
            "operation": request.operation,
        }
        self._attempt, self._started = 0, 0.0

    def start(self) -> None:
        """Start an attempt."""
        self._attempt += 1
        self._started = time.perf_counter()

    def succeeded(self) -> None:
        """Record a response."""
        if LOG.isEnabledFor(logging.DEBUG):
            LOG.debug("The request succeeded.", extra=fields(self._request | self._attempt_fields()))

    def retried(self, fault: Fault, aws_request_id: str, wait: float) -> None:
        """Record a failure after which the request is sent again, in `wait` seconds or when the rate limiter allows it."""
        if LOG.isEnabledFor(logging.DEBUG):
            message = (
                "AWS throttled the request."
                if fault.fault_type == "throttled"
                else "The request failed and is sent again."
            )
            LOG.debug(message, extra=self._fault_fields(fault, aws_request_id, round(wait, 3)))

    def failed(self, fault: Fault, aws_request_id: str) -> None:
        """Record a failure after which the request is given up. "None exist" and "not ready" are not failures."""
        is_expected = fault.fault_type == "absent" or fault.code in REPORT_NOT_READY_CODES
        level = logging.DEBUG if is_expected else logging.WARNING
        if LOG.isEnabledFor(level):
            message = "AWS has no data for the request yet." if is_expected else "The request failed and is given up."
            LOG.log(level, message, extra=self._fault_fields(fault, aws_request_id))

    def _attempt_fields(self) -> Fields:
        return {"attempt": self._attempt, "seconds": round(time.perf_counter() - self._started, 3)}

    def _fault_fields(self, fault: Fault, aws_request_id: str, wait: float | None = None) -> dict[str, Any]:
        # The message about an unreadable response quotes the response.
        error = fault.message if fault.code != UNREADABLE_CODE else ""
        details: Fields = {"kind": fault.fault_type, "code": fault.code, "error": error, "request_id": aws_request_id}
        wait_fields: Fields = {"wait": wait} if wait is not None else {}
        return fields(self._request | self._attempt_fields() | details | wait_fields)


def ignore_exception(task: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """Retrieve the task's exception, so asyncio does not log a task that is abandoned after an earlier failure."""
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
