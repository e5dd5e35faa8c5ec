"""Cuts lists into pages: small ones of the sample organization, AWS's own elsewhere. A token fits its own request only."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from iamsql.demo.errors import AwsError

PAGING = ("Marker", "MaxItems", "NextToken", "MaxResults", "nextToken", "maxResults")
SIZES = {  # by default, and at most
    "organizations": (20, 20),
    "cloudtrail": (50, 50),
    "iam": (100, 1000),
    "account": (20, 50),
    "access-analyzer": (100, 100),
    "sso": (100, 100),
    "identitystore": (100, 100),
}
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


def size_of(service: str, params: dict[str, Any], small: int, override: int) -> int:
    """Return the size of a page: `override`, else `small`, else AWS's, and never more than the request allows."""
    usual, most = SIZES[service]
    wanted = int(params.get("MaxItems") or params.get("MaxResults") or params.get("maxResults") or usual)
    return min(wanted, override or small or most)


def cut(
    service: str, operation: str, params: dict[str, Any], items: Sequence[Any], size: int, gap: bool = False
) -> Page:
    """Return the page of the request's token; with `gap` the second page is empty, and has a next one."""
    key = zlib.crc32(repr((operation, sorted((k, v) for k, v in params.items() if k not in PAGING))).encode())
    token = params.get("Marker") or params.get("NextToken") or params.get("nextToken")
    start, empty = _opened(service, str(token), key) if token else (0, False)
    if empty:
        return Page((), f"{key:08x}-{start}-0")
    stop = start + size
    return Page(items[start:stop], f"{key:08x}-{stop}-{int(gap and not start)}" if stop < len(items) else None)


def _opened(service: str, token: str, key: int) -> tuple[int, bool]:
    parts = token.split("-")
    if len(parts) != 3 or parts[0] != f"{key:08x}" or not parts[1].isdigit():
        raise AwsError(*INVALID_TOKEN.get(service, INVALID))
    return int(parts[1]), parts[2] == "1"
