"""HTTP/1.1 messages: the bytes of a request, and a reader of responses that takes the bytes as they arrive.

The reader is strict, because a proxy or a configured endpoint is trusted no more than the network: it accepts what servers
send in practice, and fails for everything else instead of guessing where a response ends.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from iamsql.aws import responses
from iamsql.aws.errors import MalformedResponse

MAX_HEAD = 64 * 1024  # bytes of the status line and the headers, and of the trailers
STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-5]\d\d)(?: .*)?")
FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
CHUNK_SIZE = re.compile(r"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
LENGTH = re.compile(r"\d{1,12}")
END, LINE = b"\r\n\r\n", b"\r\n"


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


class InvalidMessage(Exception):
    """A message that is not HTTP/1.1, or a header that cannot be sent."""


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request. Raises InvalidMessage for a header with a line break, such as a token of a false STS."""
    head = (
        f"{method} {target} HTTP/1.1\r\n"
        + "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        + "\r\n"
    )
    lines = len(headers) + 2
    if head.count("\n") != lines or head.count("\r") != lines:
        raise InvalidMessage("A header of the request has a line break.")
    return head.encode() + body


class ResponseReader:
    """Reads one response. `is_done` tells that it is complete, and `is_reusable` that the connection can send another request."""

    def __init__(self, *, is_tunnel: bool = False) -> None:
        """Expect a response now. The response to CONNECT, which opens a tunnel, has no body if it is positive."""
        self.is_done, self.is_reusable, self.has_data = False, True, False
        self.status, self.reason = 0, ""
        self.headers: dict[str, str] = {}
        self._is_tunnel, self._deadline = is_tunnel, time.monotonic() + responses.MAX_SECONDS
        self._received, self._at = b"", 0  # the bytes that are not yet read begin at a position
        self._body: list[bytes] = []
        self._size = self._left = 0
        self._read: Callable[[], bool] = self._read_head

    @property
    def response(self) -> HttpResponse:
        """Return the response, when it is done."""
        return HttpResponse(self.status, self.headers, b"".join(self._body))

    def feed(self, data: bytes) -> None:
        """Read the next bytes. Raises InvalidMessage, and ResponseTooLarge for a response beyond the limits."""
        self.has_data = True
        self._received, self._at = self._received[self._at :] + data, 0
        while not self.is_done and self._read():
            pass
        if self.is_done and self._at < len(self._received):  # more than the response: no request has asked for it
            self.is_reusable = False

    def end(self) -> None:
        """Read the end of the connection. Raises MalformedResponse for a response that is truncated."""
        if self._read == self._read_rest:
            self.is_done = True
        if not self.is_done:
            raise MalformedResponse("The response ends before its length.")

    def _read_head(self) -> bool:
        head = self._take_until(END)
        if head is None:
            return False
        first, *lines = head.split("\r\n")
        status = STATUS_LINE.fullmatch(first)
        if status is None:
            raise InvalidMessage("The response does not begin with a status line of HTTP/1.1.")
        self.status, self.reason = int(status[2]), first.partition(" ")[2]
        self.headers = _fields(lines)
        if 100 <= self.status < 200:  # an interim response: the response follows
            return True
        if self._is_tunnel and self.status < 300:
            self.is_done = True  # the connection is the tunnel now, whatever the version and the headers are
            return False
        connection = self.headers.get("connection", "").lower()
        self.is_reusable = status[1] == "1" and "close" not in connection
        self._expect_body()
        return not self.is_done

    def _expect_body(self) -> None:
        """Choose how the body ends (RFC 9112, message body length)."""
        encoding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if self.status in (204, 304):
            self.is_done = True
        elif encoding is not None:
            if encoding.lower() != "chunked":
                raise InvalidMessage("The response has an unknown transfer encoding.")
            self.is_reusable = self.is_reusable and length is None
            self._read = self._read_chunk_size
        elif length is None:
            self.is_reusable, self._read = False, self._read_rest
        elif LENGTH.fullmatch(length):
            self._left, self._read = int(length), self._read_length
            responses.check_limits(self._left, self._deadline)
            self.is_done = not self._left
        else:
            raise InvalidMessage("The response has an invalid length.")

    def _read_length(self) -> bool:
        self.is_done = self._read_body()
        return False

    def _read_rest(self) -> bool:
        self._left = len(self._received) - self._at
        self._read_body()
        return False

    def _read_chunk_size(self) -> bool:
        line = self._take_until(LINE)
        if line is None:
            return False
        size = CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise InvalidMessage("The response has an invalid chunk.")
        self._left = int(size[1], 16)
        self._read = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        if not self._read_body():
            return False
        self._read = self._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        line = self._take_until(LINE)
        if line:
            raise InvalidMessage("The response has a chunk of another size.")
        self._read = self._read_chunk_size if line is not None else self._read
        return line is not None

    def _read_trailer(self) -> bool:
        line = self._take_until(LINE)
        self.is_done = line == ""
        return bool(line)

    def _read_body(self) -> bool:
        """Move received bytes to the body; return whether no byte of the present part is missing."""
        taken = self._received[self._at : self._at + self._left]
        self._at += len(taken)
        self._left -= len(taken)
        self._size += len(taken)
        self._body.append(taken)
        responses.check_limits(self._size, self._deadline)
        return not self._left

    def _take_until(self, separator: bytes) -> str | None:
        """Return the text before a separator; None if the separator has not been received."""
        end = self._received.find(separator, self._at)
        if (len(self._received) if end < 0 else end) - self._at > MAX_HEAD:
            raise InvalidMessage(f"The head of the response has more than {MAX_HEAD >> 10} KiB.")
        if end < 0:
            responses.check_limits(self._size, self._deadline)
            return None
        text, self._at = self._received[self._at : end], end + len(separator)
        return text.decode("latin-1")


def _fields(lines: list[str]) -> dict[str, str]:
    """Return the fields of a head with their names in lower case; several fields of one name are joined, as in urllib3."""
    fields: dict[str, str] = {}
    for line in lines:
        found = FIELD.fullmatch(line)
        if found is None:
            raise InvalidMessage("The response has an invalid header.")
        name, value = found[1].lower(), found[2]
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
