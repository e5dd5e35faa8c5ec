"""HTTP/1.1 for the fake AWS: connections that stay open, in one event loop, at a few dozen microseconds a request.

A request body needs a Content-Length. The latency is a timer of the event loop, so requests wait in parallel.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError

from tests.fake_aws.server import FakeAws

HEAD_END = b"\r\n\r\n"
MOST_HEAD = 64 * 1024  # bytes; a session policy is in the body
STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
SET_HERE = ("content-length", "transfer-encoding", "date", "connection")
BACKLOG = 4096  # connections that are not accepted yet


class InvalidRequest(Exception):
    """A request that the server cannot read; the argument is the HTTP status."""


def prepared(method: str, path: str, headers: dict[str, str], body: bytes) -> SimpleNamespace:
    """Return an HTTP request in the form of botocore's prepared requests, with the host name that AWS has."""
    scope = headers.get("Authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    region, service = (scope[2], scope[3]) if len(scope) > 4 else ("us-east-1", "sts")
    url = f"https://{service}.{region}.amazonaws.com{path}"
    if path.startswith("/v20180820/"):  # S3 Control, whose host name begins with the account
        url = f"https://{headers.get('x-amz-account-id', '')}.s3-control.{region}.amazonaws.com{path}"
    elif service == "s3" and path.partition("?")[0] != "/":  # an endpoint with an address has the bucket in the path
        bucket, _, key = path.removeprefix("/").partition("?")[0].partition("/")
        query = urlsplit(path).query
        url = f"https://{bucket}.s3.{region}.amazonaws.com/{key}" + (f"?{query}" if query else "")
    return SimpleNamespace(method=method, url=url, headers=headers, body=body, service=service)


class HttpAws:
    """A fake AWS and what all its connections share: the time of the header Date, and the endpoints about the traffic."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.connections: set[Connection] = set()
        self._second, self._date = 0, ""

    def date(self) -> str:
        """Return the value of the header Date."""
        second = int(time.time() + self.aws.faults.seconds_ahead)
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        return self._date

    def control(self, method: str, path: str) -> bytes | None:
        """Return the JSON of `GET /_report`, or of `POST /_reset` as of before the reset; None for other paths."""
        if (method, path) not in (("GET", "/_report"), ("POST", "/_reset")):
            return None
        content = json.dumps(self.aws.report()).encode()
        if method == "POST":
            self.aws.reset()
        return content

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self.connections):
            connection.close()


class Connection(asyncio.Protocol):
    """A connection of a client. Its requests are answered one after the other."""

    transport: asyncio.Transport

    def __init__(self, shared: HttpAws) -> None:
        self.shared = shared
        self.received = bytearray()
        self.is_answering = self.is_last = self.has_continued = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the connection."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.shared.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the connection."""
        self.shared.connections.discard(self)

    def close(self) -> None:
        """Close the connection after what was written."""
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Answer the next request if it is complete."""
        self.received += data
        self._next()

    def _next(self) -> None:
        if self.is_answering or self.transport.is_closing():
            return
        try:
            request = self._read()
        except InvalidRequest as error:
            self.is_last = True
            self._write(error.args[0], {}, b"")
            return
        if request is None:
            return
        self.is_answering = True
        if (content := self.shared.control(request.method, request.url)) is not None:
            self._write(200, {"Content-Type": "application/json"}, content)
            return
        head = (request.method, request.url, request.headers, request.body)
        latency, loop = self.shared.aws.faults.latency, asyncio.get_running_loop()
        if latency:
            loop.call_later(latency, self._answer, prepared(*head))
        else:
            self._answer(prepared(*head))

    def _read(self) -> SimpleNamespace | None:
        """Remove a request from the received bytes and return it; None if it is not complete."""
        end = self.received.find(HEAD_END)
        if end < 0:
            if len(self.received) > MOST_HEAD:
                raise InvalidRequest(431)
            return None
        method, path, headers = _parsed(bytes(self.received[:end]))
        length = int(headers.get("Content-Length", "0"))
        if "Transfer-Encoding" in headers:
            raise InvalidRequest(501)
        start = end + len(HEAD_END)
        if len(self.received) < start + length:
            if headers.get("Expect") == "100-continue" and not self.has_continued:
                self.has_continued = True
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        body = bytes(self.received[start : start + length])
        del self.received[: start + length]
        self.has_continued = False
        self.is_last = headers.get("Connection", "").lower() == "close"
        return SimpleNamespace(method=method, url=path, headers=headers, body=body)

    def _answer(self, request: SimpleNamespace) -> None:
        if request.service == "s3":  # reading and compressing a log file takes long, and a slow object sleeps
            threads = asyncio.get_running_loop().run_in_executor(None, self._result, request)
            threads.add_done_callback(lambda done: self._write_response(request, done.result))
        else:
            self._write_response(request, lambda: self._result(request))

    def _result(self, request: SimpleNamespace) -> AWSResponse | None:
        """Return the response; None if the connection ends instead."""
        try:
            return self.shared.aws.answer_at_once(request)
        except (BotoCoreError, OSError):
            return None

    def _write_response(self, request: SimpleNamespace, result: Callable[[], AWSResponse | None]) -> None:
        try:
            response = result()
        except BaseException:
            self.close()
            raise
        if response is None:
            self.close()
            return
        self._write(response.status_code, response.headers, response.content, has_body=request.method != "HEAD")

    def _write(self, status: int, headers: Any, content: bytes, has_body: bool = True) -> None:
        lines = [f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() not in SET_HERE]
        closing = "Connection: close\r\n" if self.is_last else ""
        lines.append(f"Date: {self.shared.date()}\r\nContent-Length: {len(content)}\r\n{closing}\r\n")
        head = (STATUS_LINES[status] + "".join(lines)).encode("latin-1")
        self.transport.write(head + content if has_body else head)
        if self.is_last:
            self.close()
            return
        self.is_answering = False
        if self.received:
            asyncio.get_running_loop().call_soon(self._next)


def _parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Return the method, the path and the headers of a request, with names such as X-Amz-Target."""
    first, *lines = head.decode("latin-1").split("\r\n")
    try:
        method, path, version = first.split(" ")
        headers = {name.title(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        if not headers.get("Content-Length", "0").isdigit():
            raise InvalidRequest(400)
    except ValueError as error:
        raise InvalidRequest(400) from error
    if version == "HTTP/1.0":
        headers.setdefault("Connection", "close")
    return method, path, headers


async def listen(aws: FakeAws, port: int = 0) -> tuple[asyncio.Server, HttpAws]:
    """Accept connections on the loopback address in the running event loop; port 0 is any free port."""
    shared, loop = HttpAws(aws), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(shared), "127.0.0.1", port, backlog=BACKLOG)
    return server, shared
