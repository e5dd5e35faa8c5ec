"""An HTTP/1.1 client for the requests of botocore's services, on the event loop, with connections that are kept open.

With aiohttp 3.14.5 instead of these modules, a sync of 20 accounts × 500 users takes 1.40 times the CPU time per call, and with
httpcore 1.0.9 five times (20 × 150); `benchmarks/cpu.py` with either as HttpClient, alternating, on 2026-12-02.
Nothing is guessed: there are no redirects, no cookies and no compression.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections import defaultdict

from botocore import exceptions as botocore_errors
from botocore.httpsession import get_cert_path

from iamsql.aws.http.connection import Connection
from iamsql.aws.http.messages import HttpRequest, HttpResponse, InvalidMessageError, ResponseReader, request_bytes
from iamsql.aws.http.responses import checked_body
from iamsql.aws.http.routes import Route, connect, route_to, tls_context

MAX_CONNECTIONS = 100  # requests at once, to all endpoints together
FIXED_HEADERS = {"Accept-Encoding": "identity"}  # which botocore's connections add


class HttpClient:
    """Sends requests over connections that it keeps open, until the event loop ends."""

    def __init__(self, ca_bundle: str | None) -> None:
        """Trust the CA certificates of a file. None or '' selects the file in REQUESTS_CA_BUNDLE, or botocore's own file."""
        self._ca_bundle = str(ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True))
        self._context: ssl.SSLContext | None = None
        self._routes: dict[str, Route] = {}
        self._pool: _Pool | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a request.

        Raise the network errors of botocore, ResponseTooLargeError for a response beyond the limits, and
        MalformedResponseError for a body that is truncated or that no service of AWS sends.
        """
        route = self._routes.get(request.url)
        if route is None:
            route = self._routes[request.url] = route_to(request.url)
        try:
            content = request_bytes(
                request.method, route.target, route.headers | FIXED_HEADERS | request.headers, request.body
            )
        except InvalidMessageError as error:
            raise botocore_errors.HTTPClientError(error=error) from error
        loop = asyncio.get_running_loop()
        if self._pool is None or self._pool.loop is not loop:
            self._pool = _Pool(loop)
        async with self._pool.limit:
            reader = await self._exchange_retrying(self._pool, route, content)
        response = reader.response
        checked_body(response.body)
        return response

    async def _exchange_retrying(self, pool: _Pool, route: Route, content: bytes) -> ResponseReader:
        while connection := pool.take(route):
            reader = ResponseReader()
            try:
                return await pool.exchange(route, connection, content, reader)
            except botocore_errors.ConnectionClosedError:
                if reader.has_data:
                    raise
                # The server closed the unused connection while the request was sent: all requests only read, so send it again.
        connection = await connect(route, self._tls_context(route.url) if route.needs_tls else None)
        return await pool.exchange(route, connection, content, ResponseReader())

    def _tls_context(self, url: str) -> ssl.SSLContext:
        """Return the TLS settings. Raise SSLError if the CA certificates cannot be read."""
        if self._context is None:
            try:
                self._context = tls_context(self._ca_bundle)
            except OSError as error:
                raise botocore_errors.SSLError(endpoint_url=url, error=f"{self._ca_bundle}: {error}") from error
        return self._context


class _Pool:
    """The connections of one event loop. They are closed when the loop ends, because it then cancels all tasks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.limit = loop, asyncio.Semaphore(MAX_CONNECTIONS)
        self._unused: dict[tuple[str, int, bool, str], list[Connection]] = defaultdict(list)
        self._all: set[Connection] = set()
        self._closing = loop.create_task(self._close_at_end())

    def take(self, route: Route) -> Connection | None:
        """Return an unused connection, the one that was used last; None if there is none."""
        unused = self._unused[route.key]
        while unused:
            connection = unused.pop()
            if connection.is_open:
                return connection
            self._all.discard(connection)
        return None

    async def exchange(
        self, route: Route, connection: Connection, content: bytes, reader: ResponseReader
    ) -> ResponseReader:
        """Send a request on a connection, and keep the connection for the next one."""
        self._all.add(connection)
        try:
            return await connection.exchange(content, reader)
        finally:
            if connection.is_open:
                self._unused[route.key].append(connection)
            else:
                self._all.discard(connection)

    async def _close_at_end(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for connection in self._all:
                connection.close()
