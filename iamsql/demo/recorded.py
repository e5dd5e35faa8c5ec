"""Services that answer with recorded responses, by operation and parameters; lists of them are cut into pages."""

from __future__ import annotations

from iamsql.demo.data import Account, Item
from iamsql.demo.errors import AwsError, denial
from iamsql.demo.pagination import cut, size_of
from iamsql.demo.protocol import Request

PAGES = {"access-analyzer": 2, "identitystore": 2, "sso": 2, "cloudtrail": 10}
UNTRUSTED = "Trusted access for account.amazonaws.com is not enabled."


def answer(account: Account, request: Request, who: str, page_size: int) -> Item:
    """Return the recorded response of a request; `page_size` replaces the size of a page."""
    service, operation, params = request.service, request.operation, dict(request.params)
    if service == "account" and params.get("AccountId"):
        raise AwsError("AccessDeniedException", UNTRUSTED, 403)
    response = _recorded(account, request, who)
    if not operation.startswith("List"):
        return response
    [(member, items)] = response.items()
    size = size_of(service, params, PAGES.get(service, 0) if account.small_pages else 0, page_size)
    page = cut(service, operation, params, items, size)
    token = "nextToken" if service == "access-analyzer" else "NextToken"
    return {member: page.items} | ({token: page.token} if page.token else {})


def _recorded(account: Account, request: Request, who: str) -> Item:
    given = request.params
    for one in account.responses:
        if (one["Service"], one["Operation"]) != (request.service, request.operation):
            continue
        if one.get("Region", request.region) == request.region and one["Parameters"].items() <= set(given):
            if error := one.get("Error"):
                raise AwsError(error["Code"], error["Message"], error["Status"])
            response: Item = one["Response"]
            return response
    raise denial(request.service, request.operation, who)
