"""Tell an answer from what only looks like one: botocore takes JSON that it cannot read for an answer without items.

So a sign-in page of a proxy, or an answer cut short, would pass for "there is nothing". Such an answer is no answer: it is
asked for again, and in the end it is an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from iamsql.aws.errors import MalformedResponse

JSON = ("json", "rest-json")
SHOWN = 60  # letters of an answer that an error shows


def whole(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
    """Hear botocore's `after-call`: raise Garbled for an answer with none of its members, unless it says itself so.

    The body is looked into in that case alone: an empty JSON object is an answer. XML names even an empty list; IAM's and
    STS's may leave a member out that is not required, under an element that botocore itself insists on.
    """
    shape = model.output_shape
    if http_response.status_code >= 300 or not shape or not shape.members or model.has_streaming_output:
        return
    if any(name in parsed for name in shape.members):
        return
    protocol, body = model.service_model.resolved_protocol, http_response.content.strip()
    doubtful = {"rest-xml": True, "ec2": True, "query": bool(shape.required_members)}
    if not _is_empty_object(body) if protocol in JSON else doubtful.get(protocol, False):
        raise MalformedResponse(_words(model.name, body))


def sent(method: Callable[..., Any], params: dict[str, Any]) -> Any:
    """Send a request and give its answer; whatever botocore's parsers stumble over raises Garbled."""
    try:
        return method(**params)
    except (BotoCoreError, ClientError, ResponseParserError):
        raise
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        name = getattr(method, "__name__", "request")
        words = f"The answer to {name} is not of its shape: {type(error).__name__}: {error}"
        raise MalformedResponse(words) from error


def _is_empty_object(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == {})
    except (ValueError, RecursionError):
        return False


def _words(operation: str, body: bytes) -> str:
    shown = " ".join(body[:SHOWN].decode(errors="replace").split())
    return f"The answer is none of {operation}: {shown or 'it is empty'}"
