"""Faults of the network: connections that break, bodies that are cut or of another form, markers that end."""

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

from iamsql.demo.errors import QUERY, AwsError
from iamsql.demo.protocol import Request, respond
from tests.fake_aws.faults import fits

PAGING = ("hollow", "stuck")
GARBLED = ("html", "cut", "other", "odd", "empty")
MARKERS = ("Marker", "NextToken", "nextToken", "ContinuationToken")
HOLLOW, SAME = "page-without-items", "the-same-again"
CONTENT = re.compile(rb"(?<=<Content>)[^<]*")  # of a credential report
NUMBERS = count()
PAGE = b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Sign in</title></head><body>Sign in.</body></html>'
SLOW = timedelta(minutes=20)  # by which the clock of the caller is behind
ENDED = {
    "iam": ("InvalidMarker", "The marker has ended."),
    "organizations": ("InvalidInputException", "You provided an invalid NextToken."),
    "cloudtrail": ("InvalidNextTokenException", "The token has ended."),
    "s3": ("InvalidArgument", "The continuation token provided is incorrect."),
}


class NetworkFaults:
    """The state of the network faults: how often each is still to come; `happened` counts those that came, by kind."""

    def __init__(self, planned: tuple[tuple[str, str, str, int], ...]) -> None:
        self._planned = planned
        self._left = [times for *_, times in planned]
        self._lock = threading.Lock()
        self.happened: Counter[str] = Counter()

    def due(self, accounts: tuple[str, ...], asked: Request) -> str:
        """Return the network fault of a request, '' for none."""
        for place, (account, wanted, kind, _) in enumerate(self._planned):
            if not fits(account, wanted, accounts, asked.service, asked.operation) or not _possible(kind, asked):
                continue
            with self._lock:
                if self._left[place] > 0:
                    self._left[place] -= 1
                    self.happened[kind] += 1
                    return kind
        return ""


def accounts_of(account_id: str, asked: Request) -> tuple[str, ...]:
    """Return the accounts of a request: the caller's, and that of the role where one is assumed."""
    return (account_id, *str(dict(asked.params).get("RoleArn", "")).split(":")[4:5])


def opened(asked: Request) -> Request:
    """Return a request without the marker of a page without items: the first page follows."""
    if (name := marker_of(asked)) and str(dict(asked.params)[name]).startswith((HOLLOW, SAME)):
        return asked._replace(params=tuple(pair for pair in asked.params if pair[0] != name))
    return asked


def marker_of(asked: Request) -> str:
    """Return the name of the parameter for a further page, '' where there is none."""
    return next((name for name, _ in asked.params if name in MARKERS), "")


def raise_error(kind: str, asked: Request, url: str) -> None:
    """Raise the error of a broken connection, or the response to a request that is refused at once."""
    if kind == "reset":
        raise ConnectionClosedError(endpoint_url=url, error=ConnectionResetError("Connection reset by peer"))
    if kind == "slow":
        raise ReadTimeoutError(endpoint_url=url)
    if kind == "stale":
        raise AwsError(*ENDED.get(asked.service, ("ValidationException", "The NextToken is invalid.")))
    if kind == "skew":
        raise _untimely(asked.service)


def paged(kind: str, asked: Request, result: dict[str, Any]) -> dict[str, Any]:
    """Return a page without items that has a next one, or a page whose next one has the same marker."""
    if kind not in PAGING:
        return result
    marker = f"{HOLLOW}-{next(NUMBERS)}" if kind == "hollow" else SAME
    shown = {name: [] if isinstance(value, list) and kind == "hollow" else value for name, value in result.items()}
    if asked.service == "iam":
        return shown | {"IsTruncated": True, "Marker": marker}
    return shown | {"nextToken" if asked.service == "access-analyzer" else "NextToken": marker}


def damaged(kind: str, service: str, url: str, answer: Callable[[], AWSResponse]) -> AWSResponse:
    """Return the answer, or what arrives instead of it, whether it is an error or not.

    botocore returns a body that ends before its length as if it were complete, which is `cut`. An odd one is JSON, or XML
    under the right element, of another shape. A credential report may be torn, or its base64 be cut short.
    """
    try:
        response = answer()
    except AwsError:
        if kind not in GARBLED:
            raise
        response = respond(url, service, 200, b"<Refused>")
    xml, content = service in (*QUERY, "s3"), response.content
    root = content[: content.find(b">") + 1]
    spoiled = {
        "html": PAGE,
        "cut": content[: max(1, len(content) // 2)],
        "other": b"<Other><Thing>1</Thing></Other>" if xml else b'{"Other": {"Thing": 1}}',
        "odd": root + b"</" + root[1:].split()[0].strip(b">") + b">" if xml else b"[]",
        "empty": b"",
        "torn": CONTENT.sub(lambda found: b64encode(b64decode(found[0])[:-200]), content),
        "base64": CONTENT.sub(lambda found: found[0].rstrip(b"=")[: len(found[0]) // 4 * 4 - 3], content),
    }
    response._content = spoiled.get(kind, content)
    return response


def _possible(kind: str, asked: Request) -> bool:
    """Return whether a fault is possible: only markers expire, and only the start of a list has no items."""
    if kind == "stale":
        return bool(marker_of(asked))
    return kind != "hollow" or not marker_of(asked) or opened(asked) != asked


class SkewedClock(AwsError):
    """The error for a signature of another time; `date` is the time there, as the `Date` header has it."""

    def __init__(self, code: str, message: str, status: int, date: str) -> None:
        super().__init__(code, message, status)
        self.date = date


def _untimely(service: str) -> AwsError:
    """Return the error of a service for a signature of another time."""
    there = datetime.now(UTC) + SLOW
    date = format_datetime(there)
    if service == "s3":
        words = "The difference between the request time and the current time is too large."
        return SkewedClock("RequestTimeTooSkewed", words, 403, date)
    if service == "ec2":
        return SkewedClock("RequestExpired", "Request has expired.", 400, date)
    spelled = [f"{one:%Y%m%dT%H%M%SZ}" for one in (there - SLOW, there - timedelta(minutes=5), there)]
    words = "Signature expired: {} is now earlier than {} ({} - 5 min.)".format(*spelled)
    return SkewedClock("SignatureDoesNotMatch" if service in QUERY else "InvalidSignatureException", words, 403, date)
