"""Reject responses that are not responses of the operation, or that take too much memory or time.

botocore reads a body of any length, its XML parser expands entities, and it parses an unreadable JSON body as a response
without members: the sign-in page of a proxy or a truncated response would look like an empty list. A proxy, or an endpoint
from the configuration (AWS_ENDPOINT_URL), is trusted no more than the network.
"""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import Any
from xml.parsers import expat

from botocore.response import StreamingBody

from iamsql.aws.errors import MalformedResponseError, ResponseTooLargeError, excerpt

MAX_BODY_BYTES = 32 * 2**20
MAX_NODES = 2_000_000  # XML elements or JSON values: each takes memory in addition to its bytes
MAX_SECONDS = 300
CHUNK_BYTES = 2**16
LEADING_SPACE_BYTES = b"\xef\xbb\xbf \t\r\n"


class LimitedSession:
    """Sends requests through botocore's HTTP session and reads the responses within the limits; objects stay streams."""

    def __init__(self, session: Any) -> None:
        """Wrap botocore's session."""
        self._session = session

    def send(self, request: Any) -> Any:
        """Return the response to a request.

        Raise ResponseTooLargeError for a response beyond the limits and MalformedResponseError for an HTML page.
        """
        is_streaming, request.stream_output = request.stream_output, True  # otherwise botocore reads the body at once
        response = self._session.send(request)
        if not is_streaming or response.status_code >= 300:
            response._content = _read_body(response.raw)  # where botocore's parsers expect the body
        return response

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _read_body(raw: Any) -> bytes:
    """Read a body. StreamingBody converts network errors to botocore's exceptions."""
    stream, chunks, size, deadline = StreamingBody(raw, None), list[bytes](), 0, time.monotonic() + MAX_SECONDS
    try:
        while chunk := stream.read(CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            check_limits(size, deadline)
        return checked_body(b"".join(chunks))
    except BaseException:
        stream.close()
        raise


def check_limits(size: int, deadline: float) -> None:
    """Raise ResponseTooLargeError for a body of too many bytes, or after the deadline by the monotonic clock."""
    if size > MAX_BODY_BYTES or time.monotonic() > deadline:
        raise ResponseTooLargeError(
            f"The response has more than {MAX_BODY_BYTES >> 20} MiB, or takes longer than {MAX_SECONDS} seconds."
        )


def checked_body(body: bytes) -> bytes:
    """Return a body unless parsing it would take much more memory than its bytes.

    AWS sends no document type declaration, and XML without one has no entities to expand. Raise MalformedResponseError for a
    declaration, and ResponseTooLargeError for too many values.
    """
    first_byte = body[:CHUNK_BYTES].lstrip(LEADING_SPACE_BYTES)[:1]
    if first_byte == b"<" and b"<!DOCTYPE" in body:
        raise MalformedResponseError(f"The response declares a document type, which AWS never does: {excerpt(body)}")
    # Separators within strings count as well, so the body never has more values than this.
    count = body.count(b"<") if first_byte == b"<" else sum(map(body.count, (b",", b"[", b"{")))
    if count > MAX_NODES:
        raise ResponseTooLargeError(f"The response has more than {MAX_NODES:,} values.")
    return body


def check_response(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    """Handle botocore's `after-call` event: raise MalformedResponseError if a response has no member of the operation's output."""
    if http_response.status_code < 300 and not model.has_streaming_output:
        check_members(model, parsed, http_response.content)


def check_xml(operation_model: Any, response_dict: Any, **_: Any) -> None:
    """Handle botocore's `before-parse` event of S3: raise MalformedResponseError for a body of status 200 that is not XML.

    botocore turns such a response into one of status 500, which would be an error of AWS in coverage.
    """
    shape, body = operation_model.output_shape, response_dict["body"]
    if response_dict["status_code"] != HTTPStatus.OK or not body or operation_model.has_streaming_output or not shape:
        return
    payload = shape.members.get(shape.serialization.get("payload"))
    if payload is not None and payload.type_name == "string":
        return
    try:
        expat.ParserCreate().Parse(body, True)
    except expat.ExpatError as error:
        message = f"The response is not one of {operation_model.name}: {error}: {excerpt(body)}"
        raise MalformedResponseError(message) from error


def check_members(model: Any, parsed: Any, body: bytes) -> None:
    """Raise MalformedResponseError for a response of status 200 that has no member of the operation.

    An empty JSON object is a valid response. XML responses contain an element even for an empty list. IAM and STS may omit
    optional members, but botocore requires the element of the result in their responses.
    """
    shape = model.output_shape
    if shape and (payload := shape.serialization.get("payload")) in shape.members:
        _check_payload(model, shape.members[payload], parsed.get(payload), body)
    if not shape or not shape.members or any(name in parsed for name in shape.members):
        return
    protocol, body = model.service_model.resolved_protocol, body.strip()
    suspect_protocols = {"rest-xml": True, "ec2": True, "query": bool(shape.required_members)}
    is_json = protocol in ("json", "rest-json")
    if not _is_empty_object(body) if is_json else suspect_protocols.get(protocol, False):
        raise MalformedResponseError(f"The response is not one of {model.name}: {excerpt(body) or 'it is empty'}")


def _check_payload(model: Any, member: Any, value: Any, body: bytes) -> None:
    """Raise MalformedResponseError for a body that is not the member that it should be.

    botocore reads an XML document of another element as a structure without members, which AWS never sends, and any text as the
    policy of a bucket, which is a JSON object.
    """
    is_valid = bool(value)
    if member.type_name == "string":
        try:
            is_valid = isinstance(json.loads(body), dict)
        except (ValueError, RecursionError):
            is_valid = False
    if not is_valid:
        raise MalformedResponseError(f"The response is not one of {model.name}: {excerpt(body) or 'it is empty'}")


def _is_empty_object(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == {})
    except (ValueError, RecursionError):
        return False
