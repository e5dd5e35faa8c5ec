"""Bytes of HTTP/1.1: valid responses are read as Python's http.client reads them, however they arrive; others are errors."""

from __future__ import annotations

import io
from contextlib import suppress
from http.client import HTTPResponse
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.aws.errors import MalformedResponseError, ResponseTooLargeError
from iamsql.aws.http import responses
from iamsql.aws.http.messages import HttpRequest, InvalidMessageError, ResponseReader, request_bytes

FIELDS = st.dictionaries(
    st.sampled_from(["Date", "x-amzn-RequestId", "Content-Type", "Server", "x"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=20).map(str.strip),
    max_size=4,
)
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=4)


def read(data: bytes, cuts: list[int] | None = None, *, ends: bool = False, is_tunnel: bool = False) -> ResponseReader:
    """Read bytes that arrive in parts, cut at positions."""
    reader, positions = ResponseReader(is_tunnel=is_tunnel), [0, *sorted(cuts or []), len(data)]
    for start, end in pairwise(positions):
        if data[start:end]:
            reader.feed(data[start:end])
    if ends:
        reader.end()
    return reader


def expected(data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return a response as http.client reads it."""

    class Socket:
        def makefile(self, *_: Any) -> io.BytesIO:
            return io.BytesIO(data)

    response = HTTPResponse(Socket())  # type: ignore[arg-type]
    response.begin()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def message(fields: dict[str, str], parts: list[bytes], ending: str, status: int) -> bytes:
    """Return a response with a body that ends by its length, its chunks, or the end of the connection."""
    head = f"HTTP/1.1 {status} Some reason\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    body = b"".join(parts)
    if ending == "chunked":
        head += "Transfer-Encoding: chunked\r\n"
        body = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nTrailer: 1\r\n\r\n"
    elif ending == "length":
        head += f"Content-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode("latin-1") + body


@pytest.mark.slow
@given(
    fields=FIELDS,
    parts=BODIES,
    kind=st.sampled_from(["length", "chunked", "end"]),
    status=st.sampled_from([200, 202, 301, 400, 403, 500, 503]),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_a_response_is_read_as_http_client_reads_it_however_it_arrives(
    fields: dict[str, str], parts: list[bytes], kind: str, status: int, cuts: list[int]
) -> None:
    data = message(fields, parts, kind, status)
    reader = read(data, [min(cut, len(data)) for cut in cuts], ends=kind == "end")
    assert reader.is_done and tuple(reader.response) == expected(data)
    assert reader.is_reusable is (kind != "end")


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=3))
def test_any_bytes_are_a_response_or_an_error(data: bytes, cuts: list[int]) -> None:
    with suppress(InvalidMessageError, MalformedResponseError, ResponseTooLargeError):
        assert read(b"HTTP/1.1 200 OK\r\n" + data, cuts, ends=True).is_done


@pytest.mark.parametrize(
    ("data", "is_reusable", "body"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True, b""),
        (b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok", True, b"ok"),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", False, b"ok"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK", False, b"ok"),
    ],
)
def test_a_connection_is_used_again_only_if_the_end_of_the_response_is_certain(
    data: bytes, is_reusable: bool, body: bytes
) -> None:
    reader = read(data)
    assert (reader.is_done, reader.is_reusable, reader.response.body) == (True, is_reusable, body)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nspace before : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nfolded: 1\r\n 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        b"x" * 70_000,
    ],
)
def test_a_message_that_is_not_http_is_an_error(data: bytes) -> None:
    with pytest.raises(InvalidMessageError):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    ],
)
def test_a_truncated_response_is_an_error(data: bytes) -> None:
    reader = read(data)
    assert not reader.is_done
    with pytest.raises(MalformedResponseError):
        reader.end()


def test_a_response_beyond_the_limits_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_BODY_BYTES", 1000)
    for body in (
        b"Content-Length: 1001\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 1001,
        b"\r\n" + b"a" * 1001,
    ):
        with pytest.raises(ResponseTooLargeError):
            read(b"HTTP/1.1 200 OK\r\n" + body)
    monkeypatch.setattr(responses, "MAX_SECONDS", -1)
    with pytest.raises(ResponseTooLargeError):
        read(b"HTTP/1.1 20")


def test_the_answer_to_connect_has_no_body_unless_the_proxy_refuses() -> None:
    for head in (
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n",
    ):
        opened = read(head + b"\r\n", is_tunnel=True)
        assert (opened.is_done, opened.is_reusable, opened.reason) == (True, True, "OK")
    refused = read(b"HTTP/1.1 407 Log in\r\nContent-Length: 2\r\n\r\nno", is_tunnel=True)
    assert (refused.is_done, refused.status, refused.reason) == (True, 407, "Log in")


def test_a_header_with_a_line_break_is_not_sent() -> None:
    """The token of a session is a text that STS, or another server in its place, has chosen."""
    assert request_bytes("POST", "/", {"a": "b"}, b"c") == b"POST / HTTP/1.1\r\na: b\r\n\r\nc"
    for value in ("b\r\nx: y", "b\nx: y", "b\rx"):
        with pytest.raises(InvalidMessageError):
            request_bytes("POST", "/", {"a": value}, b"c")


def test_the_representation_of_a_request_has_no_secret() -> None:
    request = HttpRequest("https://h/", {"X-Amz-Security-Token": "a-token"}, b"ExternalId=secret")
    assert "a-token" not in repr(request) and "secret" not in repr(request)
