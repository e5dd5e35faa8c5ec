"""Faults of the network: broken connections, truncated or malformed bodies, expired page tokens, a wrong clock."""

from __future__ import annotations

import re
import threading
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from iamsql.demo.errors import QUERY_SERVICES, REST_XML_SERVICES, AwsError
from iamsql.demo.protocol import Request, make_response, service_model
from tests.fake_aws.faults import fits

PAGING = ("hollow", "stuck")
GARBLED = ("html", "cut", "other", "odd", "empty")
MARKERS = ("Marker", "NextToken", "nextToken", "ContinuationToken")
NEXT = ("NextToken", "nextToken", "NextMarker")  # members with the token of the next page
HOLLOW, SAME = "page-without-items", "the-same-again"
CONTENT = re.compile(rb"(?<=<Content>)[^<]*")  # of a credential report
NUMBERS = count()
PAGE = b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Sign in</title></head><body>Sign in.</body></html>'
SKEW = timedelta(minutes=20)  # the delay of the caller's clock
ENDED = {
    "iam": ("InvalidMarker", "The marker has expired."),
    "organizations": ("InvalidInputException", "You provided an invalid NextToken."),
    "cloudtrail": ("InvalidNextTokenException", "The token has expired."),
    "s3": ("InvalidArgument", "The continuation token provided is incorrect."),
    "kms": ("InvalidMarkerException", "The marker is not valid."),
}


class NetworkFaults:
    """The state of the network faults: the remaining ones, and `happened`, the number of faults by kind."""

    def __init__(self, planned: tuple[tuple[str, str, str, int], ...]) -> None:
        self._planned = planned
        self._remaining = [times for *_, times in planned]
        self._lock = threading.Lock()
        self.happened: Counter[str] = Counter()

    def due(self, accounts: tuple[str, ...], request: Request) -> str:
        """Return the kind of network fault of a request; '' if there is none."""
        for index, (account, pattern, kind, _) in enumerate(self._planned):
            if not fits(account, pattern, accounts, request.service, request.operation) or not _possible(kind, request):
                continue
            with self._lock:
                if self._remaining[index] > 0:
                    self._remaining[index] -= 1
                    self.happened[kind] += 1
                    return kind
        return ""


def accounts_of(account_id: str, request: Request) -> tuple[str, ...]:
    """Return the accounts of a request: the caller's, and for AssumeRole the account of the role."""
    return (account_id, *str(dict(request.params).get("RoleArn", "")).split(":")[4:5])


def without_marker(request: Request) -> Request:
    """Return a request without the made-up marker of a hollow or stuck page; the first page is the response."""
    if (name := marker_of(request)) and str(dict(request.params)[name]).startswith((HOLLOW, SAME)):
        return request._replace(params=tuple(pair for pair in request.params if pair[0] != name))
    return request


def marker_of(request: Request) -> str:
    """Return the name of the request's page token parameter; '' if it has none."""
    return next((name for name, _ in request.params if name in MARKERS), "")


def raise_error(kind: str, request: Request, url: str) -> None:
    """Raise the error of a broken connection, an expired marker, or a skewed clock."""
    if kind == "reset":
        raise ConnectionClosedError(endpoint_url=url, error=ConnectionResetError("Connection reset by peer"))
    if kind == "slow":
        raise ReadTimeoutError(endpoint_url=url)
    if kind == "stale":
        raise AwsError(*ENDED.get(request.service, ("ValidationException", "The NextToken is invalid.")))
    if kind == "skew":
        raise _skew_error(request.service)


def repeat_page(kind: str, request: Request, result: dict[str, Any]) -> dict[str, Any]:
    """Return a page without items that has a next page, or a page with the same marker as every other page."""
    if kind not in PAGING:
        return result
    marker = f"{HOLLOW}-{next(NUMBERS)}" if kind == "hollow" else SAME
    page = {name: [] if isinstance(value, list) and kind == "hollow" else value for name, value in result.items()}
    if request.service == "iam":
        return page | {"IsTruncated": True, "Marker": marker}
    members = service_model(request.service).operation_model(request.operation).output_shape.members
    return page | {next(name for name in NEXT if name in members): marker}


def garble(kind: str, service: str, url: str, send: Callable[[], AWSResponse]) -> AWSResponse:
    """Return the response, or a garbled one in its place, even in place of an error.

    `cut`: the body ends before its length, which botocore does not notice. `odd`: JSON, or XML under the right element,
    of another shape. `torn` and `base64`: a credential report that ends early, before or after its encoding.
    """
    try:
        response = send()
    except AwsError:
        if kind not in GARBLED:
            raise
        response = make_response(url, service, 200, b"<Refused>")
    xml, content = service in (*QUERY_SERVICES, *REST_XML_SERVICES), response.content
    root = content[: content.find(b">") + 1]
    bodies = {
        "html": PAGE,
        "cut": content[: max(1, len(content) // 2)],
        "other": b"<Other><Thing>1</Thing></Other>" if xml else b'{"Other": {"Thing": 1}}',
        "odd": root + b"</" + root[1:].split()[0].strip(b">") + b">" if xml else b"[]",
        "empty": b"",
        "torn": CONTENT.sub(lambda match: b64encode(b64decode(match[0])[:-200]), content),
        "base64": CONTENT.sub(lambda match: match[0].rstrip(b"=")[: len(match[0]) // 4 * 4 - 3], content),
    }
    response._content = bodies.get(kind, content)
    return response


def _possible(kind: str, request: Request) -> bool:
    """Return whether a fault is possible: a stale fault needs a marker, and only a first page is hollow."""
    if kind == "stale":
        return bool(marker_of(request))
    return kind != "hollow" or not marker_of(request) or without_marker(request) != request


class SkewedClock(AwsError):
    """The error for a signature with a wrong time; `date` is the server's time in the form of the `Date` header."""

    def __init__(self, code: str, message: str, status: int, date: str) -> None:
        super().__init__(code, message, status)
        self.date = date


def _skew_error(service: str) -> AwsError:
    """Return the error of a service for a signature with a wrong time."""
    server_time = datetime.now(UTC) + SKEW
    date = format_datetime(server_time)
    if service in REST_XML_SERVICES:
        message = "The difference between the request time and the current time is too large."
        return SkewedClock("RequestTimeTooSkewed", message, 403, date)
    if service == "ec2":
        return SkewedClock("RequestExpired", "Request has expired.", 400, date)
    limits = (server_time - SKEW, server_time - timedelta(minutes=5), server_time)
    times = [f"{time:%Y%m%dT%H%M%SZ}" for time in limits]
    message = "Signature expired: {} is now earlier than {} ({} - 5 min.)".format(*times)
    return SkewedClock(
        "SignatureDoesNotMatch" if service in QUERY_SERVICES else "InvalidSignatureException", message, 403, date
    )
