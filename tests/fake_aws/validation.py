"""Validation of requests that the sample organization does not validate, and operations that only tests call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamsql.demo.data import Account, Item, Params
from iamsql.demo.errors import AwsError
from iamsql.demo.iam import DETAIL_LISTS, find_item
from iamsql.demo.organizations import Organization
from iamsql.demo.pagination import PageSize, cut_page

KEYS = ("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId")
INVALID = "InvalidLookupAttributesException"


def check_lookup(params: Params) -> None:
    """Raise the errors of LookupEvents."""
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and float(end) < float(start):
        raise AwsError("InvalidTimeRangeException", "The end time must not be before the start time.")
    if not 1 <= int(params.get("MaxResults", 50)) <= 50:
        raise AwsError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
    attributes = [dict(pair) for pair in params.get("LookupAttributes", ())]
    if len(attributes) > 1:
        raise AwsError(INVALID, "You can only specify one lookup attribute.")
    for attribute in attributes:
        key, value = attribute.get("AttributeKey", ""), attribute.get("AttributeValue", "")
        if key not in KEYS or not value or (key == "ReadOnly" and value not in ("true", "false")):
            raise AwsError(INVALID, f"The lookup attribute {key} is not valid.")


def parents(organization: Organization, params: Params) -> Item:
    """Return the result of ListParents."""
    units = {unit["Id"]: unit["ParentId"] for unit in organization.units}
    parents_by_id = units | {account.id: account.item["ParentId"] for account in organization.accounts}
    parent = parents_by_id.get(params.get("ChildId", ""))
    if parent is None:
        raise AwsError("ChildNotFoundException", "We can't find an account or OU with that ID.")
    return {"Parents": [{"Id": parent, "Type": "ORGANIZATIONAL_UNIT" if parent in units else "ROOT"}]}


def group_users(account: Account, params: Params, page_size: PageSize) -> Item:
    """Return the result of GetGroup."""
    name = params.get("GroupName", "")
    group = find_item(account, "GroupDetailList", "GroupName", name, AwsError("NoSuchEntity", f"No group {name}.", 404))
    users = [user for user in account.items("UserDetailList") if name in user["GroupList"]]
    brief = [
        {key: value for key, value in user.items() if key not in ("Tags", "PermissionsBoundary")} for user in users
    ]
    return {"Group": group, **_page("GetGroup", params, brief, page_size, "Users")}


def entities(account: Account, params: Params, page_size: PageSize) -> Item:
    """Return the result of ListEntitiesForPolicy: the principals with a policy attached, or as their boundary."""
    arn = params.get("PolicyArn", "")
    find_item(account, "Policies", "Arn", arn, AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404))
    boundary = params.get("PolicyUsageFilter") == "PermissionsBoundary"

    def arns(item: Item) -> list[str]:
        if boundary:
            return [item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")]
        return [attached["PolicyArn"] for attached in item["AttachedManagedPolicies"]]

    pairs = [
        (kind, item) for kind, member in DETAIL_LISTS.items() for item in account.items(member) if arn in arns(item)
    ]
    page = _page("ListEntitiesForPolicy", params, pairs, page_size, "pairs")
    page_pairs = page.pop("pairs")
    return page | {f"Policy{kind}s": [item for of, item in page_pairs if of == kind] for kind in DETAIL_LISTS}


def _page(operation: str, params: Params, items: Sequence[Any], page_size: PageSize, member: str) -> Item:
    page = cut_page("iam", operation, params, items, page_size("iam", params, 3))
    return {"IsTruncated": page.token is not None, "Marker": page.token, member: page.items}
