"""Services that answer with recorded responses, by operation and parameters; lists of them are cut into pages."""

from __future__ import annotations

from iamsql.demo.data import Account, Item
from iamsql.demo.errors import AwsError, denial
from iamsql.demo.pagination import PageSize, cut
from iamsql.demo.protocol import Request, freeze

PAGES = {"access-analyzer": 2, "identitystore": 2, "sso": 2, "cloudtrail": 10}


def answer(account: Account, request: Request, who: str, page_size: PageSize) -> Item:
    """Return the recorded response of a request."""
    service, operation, params = request.service, request.operation, dict(request.params)
    if service == "account" and params.get("AccountId"):
        raise AwsError("AccessDeniedException", "Trusted access for account.amazonaws.com is not enabled.", 403)
    response = _recorded(account, request, who)
    if not operation.startswith("List"):
        return response
    [(member, items)] = response.items()
    page = cut(service, operation, params, items, page_size(service, params, PAGES[service]))
    token = "nextToken" if service == "access-analyzer" else "NextToken"
    return {member: page.items} | ({token: page.token} if page.token else {})


def _recorded(account: Account, request: Request, who: str) -> Item:
    """Return the first response whose parameters are all in the request."""
    operation, given = (request.service, request.operation), set(request.params)
    for recorded in account.responses:
        same_call = (recorded["Service"], recorded["Operation"]) == operation
        here = same_call and recorded.get("Region", request.region) == request.region
        if here and set(freeze(recorded["Parameters"])) <= given:
            if error := recorded.get("Error"):
                raise AwsError(error["Code"], error["Message"], error["Status"])
            response: Item = recorded["Response"]
            return response
    raise denial(request.service, request.operation, who)
