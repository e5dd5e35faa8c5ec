"""POST requests to webhooks: bounded in time and size, retried, over TLS, and without the URL in any error.

Path and query of a webhook URL are its password, so errors name only scheme and host. Redirects are errors: they would
send the message to another server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from iamsql.automation.notify.connection import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    Failure,
    connection_pool,
    parse_webhook_url,
    read_failure,
    remove_url_secrets,
)
from iamsql.automation.notify.model import DeliveryError
from iamsql.automation.notify.secrets import Secret
from iamsql.escaping import printable

MAX_TRIES = 5
TIMEOUT = Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
MAX_WAIT_SECONDS = 120.0  # seconds before a try, even if the server asks for more
MAX_BODY_BYTES = 4096  # bytes of a response that are read
MAX_SHOWN_CHARACTERS = 200  # characters of a response in an error
BODY_TIMEOUT = 30.0  # seconds for the body of a response
HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "iamsql"}
RETRYABLE_STATUSES = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Response:
    """A response: its status and the beginning of its body as text."""

    status: int
    text: str


class Client:
    """Sends requests to one URL. `sleep` waits between tries, and `now` is the clock for the dates of Retry-After."""

    def __init__(
        self,
        url: Secret,
        environment: Mapping[str, str],
        sleep: Callable[[float], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Check the URL. Raise DeliveryError for a URL that is neither https nor of this machine."""
        self._url = parse_webhook_url(url)
        self.host = (self._url.host or "").lower()
        self.origin = f"{self._url.scheme}://{printable(self._url.netloc or '')}"
        self._environment, self._sleep, self._now = environment, sleep or time.sleep, now
        self._pool: urllib3.PoolManager | None = None

    def post(self, body: bytes, headers: Callable[[], Mapping[str, str]] = dict) -> Response:
        """Send a body of JSON, and return the response with a status from 200 to 299. `headers` is called for each try.

        A request is repeated after an error, even if the server may have received it: a repeated message is better than a lost
        one, and receivers of webhooks can use the Idempotency-Key. Raise DeliveryError with the server's answer after the last
        try, or for an error that another try does not resolve.
        """
        attempt = 1
        while True:
            result, wait_seconds = self._try_request(body, HEADERS | dict(headers()))
            if isinstance(result, Response) and 200 <= result.status < 300:
                return result
            can_retry = result.status in RETRYABLE_STATUSES if isinstance(result, Response) else result.can_retry
            if not can_retry or attempt == MAX_TRIES:
                raise self._delivery_error(result, attempt)
            self._sleep(min(2.0 ** (attempt - 1) if wait_seconds is None else wait_seconds, MAX_WAIT_SECONDS))
            attempt += 1

    def _try_request(self, body: bytes, headers: Mapping[str, str]) -> tuple[Response | Failure, float | None]:
        if self._pool is None:
            self._pool = connection_pool(self._url, self._environment)
        try:
            response = self._pool.request(
                "POST",
                self._url.url,
                body=body,
                headers=headers,
                timeout=TIMEOUT,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            return read_failure(error, self._environment), None
        wait_seconds = parse_retry_after(response.headers.get("Retry-After"), self._now())
        return Response(response.status, _read_beginning(response)), wait_seconds

    def _delivery_error(self, result: Response | Failure, tries: int) -> DeliveryError:
        tries_text = f" ({tries} tries)" if tries > 1 else ""
        if isinstance(result, Failure):
            return DeliveryError(f"{self.origin}: {result.reason}{tries_text}.\n{result.step}")
        server_text = printable(remove_url_secrets(result.text, self._url).strip())
        reply = (
            f": {server_text[:MAX_SHOWN_CHARACTERS]}{'…' if len(server_text) > MAX_SHOWN_CHARACTERS else ''}"
            if server_text
            else ""
        )
        message = f"{self.origin} answered {result.status}{reply}{tries_text}.\n{_next_step(result.status)}"
        return RefusedError(message, result)


class RefusedError(DeliveryError):
    """An error with the response of the server. A target can derive a better next step from it."""

    def __init__(self, text: str, response: Response) -> None:
        """Store the response."""
        super().__init__(text)
        self.response = response

    def with_step(self, step: str) -> DeliveryError:
        """Return the error with another next step."""
        return DeliveryError(f"{str(self).splitlines()[0]}\n{step}")


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or as a date; None without a valid one."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max((date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)


def _read_beginning(response: urllib3.BaseHTTPResponse) -> str:
    """Return the beginning of a body. A server can neither fill the memory nor hold the connection for long.

    The status decides about the message, so a body that breaks off is ignored.
    """
    body, end = b"", time.monotonic() + BODY_TIMEOUT
    with suppress(HTTPError), closing(response):
        while (
            len(body) < MAX_BODY_BYTES
            and time.monotonic() < end
            and (chunk := response.read1(MAX_BODY_BYTES - len(body)))
        ):
            body += chunk
    return body.decode(errors="replace")


def _next_step(status: int) -> str:
    if 300 <= status < 400:
        return "Redirects are not followed: set the webhook to the URL that the service has now."
    if status in (401, 403, 404, 410):
        return "Check the URL of the webhook: it can be revoked or expired."
    return (
        "Try again later."
        if status in RETRYABLE_STATUSES
        else "Check the URL of the webhook, and the log of its service."
    )
