"""IAM: its operations answer from the lists of iam.json, such as the lists of GetAccountAuthorizationDetails.

iam-operations.json maps each operation to a list. An item is stored once, with all members; the response has only the members of
the operation's output shape. The functions in this module are for operations that need more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from iamsql.demo.data import Account, Item, Params
from iamsql.demo.errors import AwsError, not_found_error
from iamsql.demo.files import read_data
from iamsql.demo.pagination import PageSize, cut_page

# IAM documents that its list operations do not return these members.
GET_ONLY_MEMBERS = ("Tags", "PermissionsBoundary", "RoleLastUsed")
DETAIL_LISTS = {"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList"}
OPERATIONS = json.loads(read_data("iam-operations.json"))
LIST_OPERATIONS: dict[str, Item] = OPERATIONS["Lists"]
GET_OPERATIONS: dict[str, Item] = OPERATIONS["Gets"]


def answer(account: Account, operation: str, params: Params, page_size: PageSize) -> Item | None:
    """Return the answer of an operation, None if it is unknown."""
    if operation in LIST_OPERATIONS:
        return _list_response(account, operation, params, page_size)
    if operation in GET_OPERATIONS:
        return _get_response(account, GET_OPERATIONS[operation], params)
    return SINGLE_ANSWERS[operation](account, params) if operation in SINGLE_ANSWERS else None


def find_item(account: Account, list_name: str, member: str, value: str, error: AwsError) -> Item:
    """Return the first item of a list whose member has a value, or raise the error."""
    return _first_matching(account.matching(list_name, member, value), member, value, error)


def find_principal(entity_type: str, account: Account, params: Params) -> Item:
    """Return the user, group or role of a request."""
    if f"{entity_type}Name" not in params:
        # IAM takes the caller as the default user, and every caller here is a role.
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    name = params[f"{entity_type}Name"]
    return find_item(
        account, DETAIL_LISTS[entity_type], f"{entity_type}Name", name, not_found_error(entity_type.lower(), name)
    )


def _list_response(account: Account, operation: str, params: Params, page_size: PageSize) -> Item:
    listing = LIST_OPERATIONS[operation]
    items = (
        ITEM_SOURCES[operation](account, params) if operation in ITEM_SOURCES else _list_items(account, listing, params)
    )
    page = cut_page("iam", operation, params, items, page_size("iam", params, listing["Page"]))
    result: Item = {"IsTruncated": page.token is not None, "Marker": page.token}
    if isinstance(listing["Answer"], str):
        return result | {listing["Answer"]: [_brief_item(account, item) for item in page.items]}
    # GetAccountAuthorizationDetails returns four lists, and one page and marker for all of them.
    result |= {name: [item for member, item in page.items if member == name] for name in listing["Answer"]}
    return result | {"RoleDetailList": [_role_detail(account, role) for role in result["RoleDetailList"]]}


def _list_items(account: Account, listing: Item, params: Params) -> Sequence[Any]:
    """Return the items of a list: all, the items with values of the request, or the items of a principal."""
    if "Of" not in listing:
        conditions = [(name, params[name]) for name in listing.get("Where", ()) if params.get(name)]
        items = account.items(listing["Items"])
        return (
            [item for item in items if all(item[name] == value for name, value in conditions)] if conditions else items
        )
    owner = find_principal(listing["Of"], account, params)
    if "Items" in listing:
        return account.matching(listing["Items"], "UserName", owner["UserName"])
    return [item[listing["Name"]] if "Name" in listing else item for item in owner[listing["Member"]]]


def _get_response(account: Account, operation: Item, params: Params) -> Item:
    """Return the item that the parameters identify."""
    (first, member), *others = operation["Key"].items()
    value = params.get(first, "")
    for item in account.matching(operation["Items"], member, value):
        if all(item[name] == params.get(param) for param, name in others):
            response = item | {"Roles": _brief_item(account, item)["Roles"]} if "Roles" in item else item
            return {operation["Answer"]: response} if "Answer" in operation else response
    code = operation.get("Code", "NoSuchEntity")
    raise AwsError(code, operation["Error"].format(value), 404 if code == "NoSuchEntity" else 403)


def _brief_item(account: Account, item: Any) -> Any:
    """Return an item as it appears in a list; the role names of an instance profile become roles."""
    if not isinstance(item, dict):
        return item
    brief_item = {name: value for name, value in item.items() if name not in GET_ONLY_MEMBERS}
    if "InstanceProfileName" in item:
        roles = [role for name in item["Roles"] for role in account.matching("RoleDetailList", "RoleName", name)]
        brief_item["Roles"] = [_brief_item(account, role) for role in roles]
    return brief_item


def _role_detail(account: Account, role: Item) -> Item:
    """Return a role as in GetAccountAuthorizationDetails, with its instance profiles."""
    profiles = [profile for profile in account.items("InstanceProfiles") if role["RoleName"] in profile["Roles"]]
    return role | {"InstanceProfileList": [_brief_item(account, profile) for profile in profiles]}


def _authorization_details(account: Account, params: Params) -> Sequence[tuple[str, Item]]:
    filters = {value for key, value in params.items() if key.startswith("Filter.member.")}
    owners = {
        owner for owner, entity in (("AWS", "AWSManagedPolicy"), ("Local", "LocalManagedPolicy")) if entity in filters
    }
    entity_lists = [(entity, member) for entity, member in DETAIL_LISTS.items() if not filters or entity in filters]
    principals = [(member, item) for _, member in entity_lists for item in account.items(member)]
    policies = [item for item in account.items("Policies") if not filters or _policy_scope(item) in owners]
    return principals + [("Policies", item) for item in policies]


def _policy_scope(policy: Item) -> str:
    return "AWS" if str(policy["Arn"]).split(":")[4] == "aws" else "Local"


def _managed_policies(account: Account, params: Params) -> Sequence[Item]:
    """Return managed policies; a policy that is only a permissions boundary counts as attached."""
    scope, attached = params.get("Scope", "All"), params.get("OnlyAttached") == "true"
    return [
        item
        for item in account.items("Policies")
        if scope in ("All", _policy_scope(item))
        and (not attached or item["AttachmentCount"] or item["PermissionsBoundaryUsageCount"])
    ]


def _groups_of_user(account: Account, params: Params) -> Sequence[Item]:
    names = find_principal("User", account, params)["GroupList"]
    return [group for group in account.items("GroupDetailList") if group["GroupName"] in names]


def _virtual_devices(account: Account, params: Params) -> Sequence[Item]:
    status = params.get("AssignmentStatus", "Any")
    items = account.items("VirtualMFADevices")
    return [item for item in items if status in ("Any", "Assigned" if "User" in item else "Unassigned")]


def _first_matching(items: Sequence[Item], member: str, value: Any, error: AwsError) -> Item:
    for item in items:
        if item[member] == value:
            return item
    raise error


def _inline_policy(entity: str, account: Account, params: Params) -> Item:
    owner, name = find_principal(entity, account, params), params.get("PolicyName", "")
    error = not_found_error(f"{entity.lower()} policy", name)
    return {
        f"{entity}Name": owner[f"{entity}Name"],
        **_first_matching(owner[f"{entity}PolicyList"], "PolicyName", name, error),
    }


def _password_policy(account: Account, _: Params) -> Item:
    if "PasswordPolicy" not in account.iam:
        raise AwsError("NoSuchEntity", f"The Password Policy with domain name {account.id} cannot be found.", 404)
    return {"PasswordPolicy": account.iam["PasswordPolicy"]}


def _policy_version(account: Account, params: Params) -> Item:
    arn, version = params.get("PolicyArn", ""), params.get("VersionId")
    policy = find_item(account, "Policies", "Arn", arn, AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404))
    error = AwsError("NoSuchEntity", f"Policy version {version} does not exist.", 404)
    return {"PolicyVersion": _first_matching(policy["PolicyVersionList"], "VersionId", version, error)}


def _server_certificate(account: Account, params: Params) -> Item:
    name = params.get("ServerCertificateName", "")
    certificates = {
        item["ServerCertificateMetadata"]["ServerCertificateName"]: item for item in account.items("ServerCertificates")
    }
    if name not in certificates:
        raise not_found_error("server certificate", name)
    return {"ServerCertificate": certificates[name]}


ITEM_SOURCES: dict[str, Callable[[Account, Params], Sequence[Any]]] = {
    "GetAccountAuthorizationDetails": _authorization_details,
    "ListGroupsForUser": _groups_of_user,
    "ListPolicies": _managed_policies,
    "ListServerCertificates": lambda account, _: [
        item["ServerCertificateMetadata"] for item in account.items("ServerCertificates")
    ],
    "ListVirtualMFADevices": _virtual_devices,
}
SINGLE_ANSWERS: dict[str, Callable[[Account, Params], Item]] = {
    "GetAccountPasswordPolicy": _password_policy,
    "GetAccountSummary": lambda account, _: {"SummaryMap": account.iam["SummaryMap"]},
    "GetGroupPolicy": partial(_inline_policy, "Group"),
    "GetPolicyVersion": _policy_version,
    "GetRolePolicy": partial(_inline_policy, "Role"),
    "GetServerCertificate": _server_certificate,
    "GetUserPolicy": partial(_inline_policy, "User"),
}
