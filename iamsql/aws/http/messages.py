"""HTTP/1.1 messages: the bytes of a request, and a reader of responses that takes the bytes as they arrive.

httptools, the parser of Node.js, reads responses. It is strict, because a proxy or a configured endpoint is trusted no more than
the network: where the end of a response is uncertain, the response is an error.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

from iamsql.aws.errors import MalformedResponseError
from iamsql.aws.http import responses

MAX_HEAD_BYTES = 64 * 1024  # bytes of the status line and the headers, and of the trailers
FIELD_SEPARATOR_BYTES = 4  # bytes of a field that are neither its name nor its value
CHUNKED = "chunked"


@dataclass(frozen=True)
class HttpRequest:
    """A request with the attributes of botocore's prepared requests. Its headers contain the session token."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"


class HttpResponse(NamedTuple):
    """A response: the status, the headers with names in lower case, and the complete body."""

    status: int
    headers: dict[str, str]
    body: bytes


class InvalidMessageError(Exception):
    """A message that is not HTTP/1.1, or a header that cannot be sent."""


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request. Raise InvalidMessageError for a header with a line break, such as a token of a false STS."""
    head = (
        f"{method} {target} HTTP/1.1\r\n"
        + "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        + "\r\n"
    )
    lines = len(headers) + 2
    if head.count("\n") != lines or head.count("\r") != lines:
        raise InvalidMessageError("A header of the request has a line break.")
    return head.encode() + body


class ResponseReader:
    """Reads one response. `is_done`: it is complete. `is_reusable`: the connection can send another request."""

    def __init__(self, *, is_tunnel: bool = False) -> None:
        """Expect a response now. The response to CONNECT, which opens a tunnel, has no body if it is positive."""
        self.is_done, self.is_reusable, self.has_data = False, True, False
        self.status, self.reason = 0, ""
        self.headers: dict[str, str] = {}
        self._is_tunnel, self._deadline = is_tunnel, time.monotonic() + responses.MAX_SECONDS
        self._is_head_read = False
        self._body: list[bytes] = []
        self._received = 0  # bytes while the head is read
        self._size = 0  # bytes of the fields that are stored, and then of the body
        self._parser = HttpResponseParser(self)

    @property
    def response(self) -> HttpResponse:
        """Return the response, when it is done."""
        return HttpResponse(self.status, self.headers, b"".join(self._body))

    def feed(self, data: bytes) -> None:
        """Read the next bytes. Raise InvalidMessageError, and ResponseTooLargeError for a response beyond the limits."""
        self.has_data = True
        self._received += 0 if self._is_head_read else len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserCallbackError as error:  # raised below
            raise error.__context__ or error from None
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.is_done:
                raise InvalidMessageError(f"The response is not one of HTTP/1.1: {error}.") from error
            self.is_reusable = False
        if not self._is_head_read and self._received > MAX_HEAD_BYTES:
            raise _too_large_error()
        responses.check_limits(0, self._deadline)

    def end(self) -> None:
        """Read the end of the connection. Raise MalformedResponseError for a response that is truncated."""
        ends_with_connection = "content-length" not in self.headers and "transfer-encoding" not in self.headers
        if self._is_head_read and ends_with_connection:
            self.is_done, self.is_reusable = True, False
        if not self.is_done:
            raise MalformedResponseError("The response ends before its length.")

    # -- called by the parser --------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Begin with a response. A second one answers no request."""
        self.is_reusable = not self.is_done

    def on_status(self, reason: bytes) -> None:
        """Store a part of the reason, which may be empty."""
        if not self.is_done:
            self.reason += reason.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a field of the head; several fields of one name are joined, as in urllib3."""
        if self._is_head_read:  # a trailer
            return
        self._size += len(name) + len(value) + FIELD_SEPARATOR_BYTES
        if self._size > MAX_HEAD_BYTES:
            raise _too_large_error()
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """Check the head. Raise InvalidMessageError and ResponseTooLargeError."""
        if self.is_done:
            return
        self.status = self._parser.get_status_code()
        if self._is_tunnel and 200 <= self.status < 300:
            self.is_done = True  # the connection is the tunnel now, regardless of version and headers
            return
        if not 100 <= self.status < 600:
            raise InvalidMessageError(f"The response has the invalid status {self.status}.")
        if self.headers.get("transfer-encoding", CHUNKED).lower() != CHUNKED:
            raise InvalidMessageError("The response has an unknown transfer encoding.")
        responses.check_limits(int(self.headers.get("content-length") or 0), self._deadline)
        if self.status >= 200:
            self._is_head_read, self._size = True, 0

    def on_body(self, data: bytes) -> None:
        """Store a part of the body. Raise ResponseTooLargeError."""
        if not self.is_done:
            self._size += len(data)
            responses.check_limits(self._size, self._deadline)
            self._body.append(data)

    def on_message_complete(self) -> None:
        """End the response, unless it is an interim one, which the response follows."""
        if self.is_done:
            return
        if not self._is_head_read:
            self.headers, self.reason = {}, ""
        else:
            self.is_done = True
            self.is_reusable = self._parser.should_keep_alive()


def _too_large_error() -> InvalidMessageError:
    return InvalidMessageError(f"The head of the response has more than {MAX_HEAD_BYTES >> 10} KiB.")
