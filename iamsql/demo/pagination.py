"""Cuts lists into pages: small ones in the demo, AWS's own elsewhere; a token is good only for its own request."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site

PAGING = ("Marker", "MaxItems", "NextToken", "MaxResults", "nextToken", "maxResults")
REAL_SIZES = {
    "organizations": (20, 20),
    "cloudtrail": (50, 50),
    "iam": (100, 1000),
    "account": (20, 50),
    "access-analyzer": (100, 100),
    "sso": (100, 100),
    "identitystore": (100, 100),
}
BAD = ("ValidationException", "The NextToken is invalid.")
BAD_TOKEN = {
    "organizations": ("InvalidInputException", "You provided an invalid NextToken."),
    "cloudtrail": ("InvalidNextTokenException", "The token is invalid, or was made for other parameters."),
    "iam": ("ValidationError", "Invalid Marker."),
    "account": BAD,
    "access-analyzer": BAD,
    "sso": BAD,
    "identitystore": BAD,
}


@dataclass(frozen=True)
class Listing:
    """A paged answer: what there is, how one is written, in which member; `demo_page` is the demo's small page."""

    member: str
    of: Callable[[Site, dict[str, Any]], Sequence[Any]]
    write: Callable[[Site, Any], Any] = lambda _, item: item
    demo_page: int = 4
    sort: Callable[[Any], str] | None = None
    members: tuple[str, ...] = ()


class Page(NamedTuple):
    """A stretch of a list and the token of the next one, if there is more."""

    items: Sequence[Any]
    token: str | None


def size_of(service: str, params: dict[str, Any], small: int, override: int) -> int:
    """Choose the page's size: the fault's, the demo's, or what the request asks for within AWS's limits."""
    usual, most = REAL_SIZES[service]
    asked = int(params.get("MaxItems") or params.get("MaxResults") or params.get("maxResults") or usual)
    return min(asked, override or small or most)


def cut(service: str, operation: str, params: dict[str, Any], items: Sequence[Any], size: int, *, gap: bool) -> Page:
    """Cut the page that the request's token asks for; with `gap` the second page is empty but has a next one."""
    key = zlib.crc32(repr((operation, sorted((k, v) for k, v in params.items() if k not in PAGING))).encode())
    token = params.get("Marker") or params.get("NextToken") or params.get("nextToken")
    start, hollow = 0, False
    if token:
        start, hollow = _open(service, str(token), key)
    if hollow:
        return Page((), f"{key:08x}-{start}-0")
    stop = start + size
    more = f"{key:08x}-{stop}-{int(gap and not start)}" if stop < len(items) else None
    return Page(items[start:stop], more)


def _open(service: str, token: str, key: int) -> tuple[int, bool]:
    parts = token.split("-")
    if len(parts) != 3 or parts[0] != f"{key:08x}" or not parts[1].isdigit():
        raise AwsError(*BAD_TOKEN[service])
    return int(parts[1]), parts[2] == "1"


def json_page(member: str, page: Page, token: str = "NextToken") -> dict[str, Any]:  # noqa: S107
    """Return a page as the JSON services answer it, with the token of the next one."""
    items: dict[str, Any] = {member: list(page.items)}
    return items | {token: page.token} if page.token else items
