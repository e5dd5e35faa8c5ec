"""Bodies that are too large, take too long, or would grow while they are parsed."""

from __future__ import annotations

import time

import pytest

from iamsql.aws.errors import MalformedResponseError, ResponseTooLargeError
from iamsql.aws.http import responses


def test_a_body_ends_at_its_limits() -> None:
    later = time.monotonic() + 60
    responses.check_limits(responses.MAX_BODY_BYTES, later)
    for size, deadline in ((responses.MAX_BODY_BYTES + 1, later), (0, time.monotonic() - 1)):
        with pytest.raises(ResponseTooLargeError, match="more than 32 MiB, or takes longer than 300 seconds"):
            responses.check_limits(size, deadline)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1, 2]", b"<a><b/></a>", b"\xef\xbb\xbf\n<a/>", b"plain"])
def test_a_small_body_is_returned_unchanged(body: bytes) -> None:
    assert responses.checked_body(body) is body


@pytest.mark.parametrize("space", [b"", b"\xef\xbb\xbf", b" \r\n"])
def test_no_entity_is_expanded(space: bytes) -> None:
    with pytest.raises(MalformedResponseError, match="declares a document type"):
        responses.checked_body(space + b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


@pytest.mark.parametrize("body", [b"<a>" + b"<b/>" * 9 + b"</a>", b"[" + b"1," * 9 + b"1]"])
def test_a_body_of_too_many_values_is_not_parsed(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_NODES", 5)
    with pytest.raises(ResponseTooLargeError):
        responses.checked_body(body)
