"""Cuts lists into pages. A token is valid for its own request only."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from iamsql.demo.errors import AwsError

PageSize = Callable[[str, dict[str, Any], int], int]  # of service, parameters, and the sample organization's size
SIZES = ("MaxItems", "MaxResults", "maxResults")
TOKENS = ("Marker", "NextToken", "nextToken")
INVALID = ("ValidationException", "The NextToken is invalid.")
INVALID_TOKEN = {
    "organizations": ("InvalidInputException", "You provided an invalid NextToken."),
    "cloudtrail": ("InvalidNextTokenException", "The token is invalid, or was made for other parameters."),
    "iam": ("ValidationError", "Invalid Marker."),
}


class Page(NamedTuple):
    """A part of a list, and the token of the next one, None after the last."""

    items: Sequence[Any]
    token: str | None


def wanted(params: dict[str, Any]) -> int:
    """Return the size of a page that a request wants, 0 where it does not say."""
    return next((int(params[name]) for name in SIZES if params.get(name)), 0)


def cut(
    service: str, operation: str, params: dict[str, Any], items: Sequence[Any], size: int, gap: bool = False
) -> Page:
    """Return the page of the request's token; with `gap` the second page is empty, and has a next one."""
    key = f"{zlib.crc32(repr((operation, *(p for p in sorted(params.items()) if p[0] not in (*SIZES, *TOKENS)))).encode()):08x}"
    start, empty = 0, False
    if token := next((str(params[name]) for name in TOKENS if params.get(name)), ""):
        made_for, place, hollow = (*token.split("-"), "", "")[:3]
        if made_for != key or not place.isdigit():
            raise AwsError(*INVALID_TOKEN.get(service, INVALID))
        start, empty = int(place), hollow == "1"
    if empty:
        return Page((), f"{key}-{start}-0")
    stop = start + size
    return Page(items[start:stop], f"{key}-{stop}-{int(gap and not start)}" if stop < len(items) else None)
