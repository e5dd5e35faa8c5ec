"""Reject responses of status 200 that are not responses of the operation.

botocore parses an unreadable JSON body as a response without members, so the sign-in page of a proxy or a truncated
response would look like an empty list. Such a response raises MalformedResponse, which is retried and finally an error.
"""

from __future__ import annotations

import json
from typing import Any

from iamsql.aws.errors import MalformedResponse, excerpt

JSON_PROTOCOLS = ("json", "rest-json")


def check_response(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    """Handle botocore's `after-call` event: raise MalformedResponse for a response that has no member of the operation.

    An empty JSON object is a valid response. XML responses contain an element even for an empty list. IAM and STS may omit
    optional members, but botocore requires the element of the result in their responses.
    """
    shape = model.output_shape
    if http_response.status_code >= 300 or not shape or not shape.members or model.has_streaming_output:
        return
    if any(name in parsed for name in shape.members):
        return
    protocol, body = model.service_model.resolved_protocol, http_response.content.strip()
    suspect_protocols = {"rest-xml": True, "ec2": True, "query": bool(shape.required_members)}
    is_malformed = not _is_empty_object(body) if protocol in JSON_PROTOCOLS else suspect_protocols.get(protocol, False)
    if is_malformed:
        raise MalformedResponse(_message(model.name, body))


def _is_empty_object(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == {})
    except (ValueError, RecursionError):
        return False


def _message(operation: str, body: bytes) -> str:
    return f"The response is not one of {operation}: {excerpt(body) or 'it is empty'}"
