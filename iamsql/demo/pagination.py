"""Cut lists into pages. As in AWS, a token is valid only for the operation and parameters that returned it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from iamsql.demo.errors import AwsError

PageSize = Callable[[str, dict[str, Any], int], int]  # of service, parameters, and the sample organization's size
SIZE_PARAMETERS = ("MaxItems", "MaxResults", "maxResults")
TOKEN_MEMBERS = ("Marker", "NextToken", "nextToken")
# The members of other names with the token of the next page, and the parameters of other names with the token.
TOKEN_MEMBERS_BY_OPERATION = {"DescribeFileSystems": ("NextMarker",), "ListTables": ("LastEvaluatedTableName",)}
TOKEN_PARAMETERS = (*TOKEN_MEMBERS, "marker", "ExclusiveStartTableName")
DEFAULT_TOKEN_ERROR = ("ValidationException", "The NextToken is invalid.")
TOKEN_ERRORS_BY_SERVICE = {
    "organizations": ("InvalidInputException", "You provided an invalid NextToken."),
    "cloudtrail": ("InvalidNextTokenException", "The token is invalid, or was made for other parameters."),
    "iam": ("ValidationError", "Invalid Marker."),
}


class Page(NamedTuple):
    """A page of a list, and the token of the next page, None after the last."""

    items: Sequence[Any]
    token: str | None


def requested_size(params: dict[str, Any]) -> int:
    """Return the page size that a request asks for, 0 if it has none."""
    return next((int(params[name]) for name in SIZE_PARAMETERS if params.get(name)), 0)


def cut_page(
    service: str, operation: str, params: dict[str, Any], items: Sequence[Any], size: int, gap: bool = False
) -> Page:
    """Return the page of the request's token; with `gap` the second page is empty, although more items follow.

    AWS Organizations documents that a page can be empty before the last page.
    """
    # The token contains a hash of the request, the position of the next item, and whether the next page is empty.
    page_parameters = (*SIZE_PARAMETERS, *TOKEN_PARAMETERS)
    request = (operation, *(item for item in sorted(params.items()) if item[0] not in page_parameters))
    key = f"{zlib.crc32(repr(request).encode()):08x}"
    start, is_empty = 0, False
    if token := next((str(params[name]) for name in TOKEN_PARAMETERS if params.get(name)), ""):
        request_key, position, gap_flag = (*token.split("-"), "", "")[:3]
        if request_key != key or not position.isdigit():
            raise AwsError(*TOKEN_ERRORS_BY_SERVICE.get(service, DEFAULT_TOKEN_ERROR))
        start, is_empty = int(position), gap_flag == "1"
    if is_empty:
        return Page((), f"{key}-{start}-0")
    stop = start + size
    return Page(items[start:stop], f"{key}-{stop}-{int(gap and not start)}" if stop < len(items) else None)
