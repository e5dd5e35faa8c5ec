"""A connection on the event loop that sends one request after another, directly or through the tunnel of a proxy."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from botocore import exceptions as botocore_errors

from iamsql.aws.http.messages import InvalidMessageError, ResponseReader

READ_TIMEOUT = 60.0  # seconds without a byte of the response, as botocore's clients have
IDLE_TIMEOUT = 15.0  # seconds after which an unused connection is closed, before AWS closes it
CHECK_INTERVAL = 1.0  # seconds between comparisons with these timeouts


class Connection(asyncio.Protocol):
    """One connection. `exchange` sends a request and returns its response; the connection then waits for the next one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, url: str) -> None:
        """Use an event loop. `url` is the endpoint that errors name."""
        self._loop, self._url = loop, url
        self._transport: Any = None
        self._reader: ResponseReader | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._last_used = loop.time()  # when the connection was last used
        self._timer = loop.call_later(CHECK_INTERVAL, self._check_timeouts)

    @property
    def is_open(self) -> bool:
        """Return whether the connection can send a request."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_busy(self) -> bool:
        """Return whether a response is awaited."""
        return self._waiter is not None

    async def exchange(self, request: bytes, reader: ResponseReader) -> ResponseReader:
        """Send a request and return the reader of its response. Raise the network errors of botocore.

        The connection is closed if the response does not leave it in a known state.
        """
        self._reader, self._waiter, self._last_used = reader, self._loop.create_future(), self._loop.time()
        try:
            self._transport.write(request)
            await self._waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._reader = self._waiter = None
            self._last_used = self._loop.time()
        if not reader.is_reusable:
            self.close()
        return reader

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt the connection, which is a tunnel to a host."""
        self._transport = await self._loop.start_tls(self._transport, self, context, server_hostname=host)

    def close(self) -> None:
        """Close the connection at once."""
        self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: Any) -> None:
        """Start to use a transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read bytes of the response. Without a request, nothing may be received."""
        self._last_used = self._loop.time()
        if self._reader is None:
            self.close()
            return
        try:
            self._reader.feed(data)
        except Exception as error:
            self._finish_request(error)
        else:
            if self._reader.is_done:
                self._finish_request(None)

    def eof_received(self) -> None:
        """Read the end of the response."""
        self._end_connection("The server closed the connection.")

    def connection_lost(self, error: Exception | None) -> None:
        """End the request that waits for a response."""
        self._timer.cancel()
        if error is not None and self._reader is not None:
            self._finish_request(self._connection_error(str(error)))
        else:
            self._end_connection("The connection was closed.")

    def _end_connection(self, reason: str) -> None:
        if self._reader is None:
            return
        try:
            if not self._reader.has_data:
                raise self._connection_error(reason)
            self._reader.end()
        except Exception as error:
            self._finish_request(error)
        else:
            self._finish_request(None)

    def _finish_request(self, error: Exception | None) -> None:
        """Give the result to the request."""
        if self._waiter is None or self._waiter.done():
            return
        if error is None:
            self._waiter.set_result(None)
        else:
            self._waiter.set_exception(
                self._connection_error(str(error)) if isinstance(error, InvalidMessageError) else error
            )

    def _check_timeouts(self) -> None:
        """Compare the time since the last use with the timeouts: fail the request, or close an unused connection."""
        idle_seconds = self._loop.time() - self._last_used
        if self._waiter is not None and idle_seconds >= READ_TIMEOUT:
            self._finish_request(botocore_errors.ReadTimeoutError(endpoint_url=self._url, error="timed out"))
        elif self._waiter is None and idle_seconds >= IDLE_TIMEOUT:
            self.close()
            return
        self._timer = self._loop.call_later(CHECK_INTERVAL, self._check_timeouts)

    def _connection_error(self, text: str) -> Exception:
        error: Exception = botocore_errors.ConnectionClosedError(endpoint_url=self._url, error=text)
        return error
