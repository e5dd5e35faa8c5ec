"""Bounds of what an endpoint answers: botocore reads a body of any length, and its XML parser expands entities.

A proxy or an endpoint that is configured (AWS_ENDPOINT_URL) is trusted no more than the network.
"""

from __future__ import annotations

import time
from typing import Any

from botocore.response import StreamingBody

from iamsql.aws.errors import MalformedResponse, ResponseTooLarge

ANSWER = 32 * 2**20  # bytes of an answer
NODES = 2_000_000  # elements of XML, or values of JSON: each takes memory of its own
SECONDS = 300  # that an answer may take
CHUNK = 2**16
SHOWN = 60  # letters of an answer that an error shows
SPACE = b"\xef\xbb\xbf \t\r\n"


class BoundedSession:
    """Sends requests by botocore's HTTP session, and reads their answers within bounds; objects stay streams."""

    def __init__(self, session: Any) -> None:
        """Take botocore's session."""
        self._session = session

    def send(self, request: Any) -> Any:
        """Return the answer to a request; raise TooLarge for one that is beyond the bounds, Garbled for a page of HTML."""
        streams, request.stream_output = request.stream_output, True  # or botocore reads all of it at once
        response = self._session.send(request)
        if not streams or response.status_code >= 300:
            response._content = _read(response.raw)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _read(raw: Any) -> bytes:
    """Read an answer; StreamingBody turns errors of the network into botocore's."""
    stream, chunks, size, until = StreamingBody(raw, None), list[bytes](), 0, time.monotonic() + SECONDS
    try:
        while chunk := stream.read(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > ANSWER or time.monotonic() > until:
                raise ResponseTooLarge(
                    f"The answer has more than {ANSWER >> 20} MiB, or takes longer than {SECONDS} seconds."
                )
        return _checked(b"".join(chunks))
    except BaseException:
        stream.close()
        raise


def _checked(body: bytes) -> bytes:
    """Refuse what takes much more memory than its bytes. AWS sends no document type, without which XML has no entities."""
    start = body[:CHUNK].lstrip(SPACE)[:1]
    if start == b"<" and b"<!DOCTYPE" in body:
        shown = " ".join(body[:SHOWN].decode(errors="replace").split())
        raise MalformedResponse(f"The answer declares a document type, as no answer of AWS does: {shown}")
    count = body.count(b"<") if start == b"<" else sum(map(body.count, (b",", b"[", b"{")))
    if count > NODES:
        raise ResponseTooLarge(f"The answer has more than {NODES:,} values.")
    return body
