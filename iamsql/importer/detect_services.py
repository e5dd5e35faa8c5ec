"""Recognize responses of Organizations, Account Management, Access Analyzer and IAM Identity Center by their content.

A response is recognized only if it repeats the parameters of its request. ListFindings, for example, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iamsql.importer.detect import Fragment, account_in
from iamsql.importer.items import Items, grouped

PERMISSION_SET = "PermissionSetArn"


@dataclass(frozen=True)
class ResponseForm:
    """A response that one member and the keys of its items identify. `bound` are the request parameters that items repeat."""

    member: str
    service: str
    operation: str
    needs: tuple[str, ...]
    bound: tuple[str, ...] = ()


RESPONSES = (
    ResponseForm("Roots", "organizations", "ListRoots", ("Id", "Arn", "PolicyTypes")),
    ResponseForm(
        "DelegatedAdministrators", "organizations", "ListDelegatedAdministrators", ("Id", "DelegationEnabledDate")
    ),
    ResponseForm("Policies", "organizations", "ListPolicies", ("Id", "Type", "AwsManaged"), ("Filter",)),
    ResponseForm("Policy", "organizations", "DescribePolicy", ("PolicySummary", "Content"), ("PolicyId",)),
    ResponseForm("ContactInformation", "account", "GetContactInformation", ("FullName", "CountryCode")),
    ResponseForm(
        "AlternateContact", "account", "GetAlternateContact", ("AlternateContactType",), ("AlternateContactType",)
    ),
    ResponseForm("analyzers", "accessanalyzer", "ListAnalyzers", ("arn", "type")),
    ResponseForm("Instances", "sso-admin", "ListInstances", ("InstanceArn", "IdentityStoreId")),
    ResponseForm(
        "PermissionSet", "sso-admin", "DescribePermissionSet", (PERMISSION_SET,), ("InstanceArn", PERMISSION_SET)
    ),
    ResponseForm(
        "AccountAssignments",
        "sso-admin",
        "ListAccountAssignments",
        (PERMISSION_SET, "PrincipalId"),
        ("InstanceArn", PERMISSION_SET, "AccountId"),
    ),
    ResponseForm("Users", "identitystore", "ListUsers", ("IdentityStoreId", "UserId"), ("IdentityStoreId",)),
    ResponseForm("Groups", "identitystore", "ListGroups", ("IdentityStoreId", "GroupId"), ("IdentityStoreId",)),
    ResponseForm(
        "GroupMemberships",
        "identitystore",
        "ListGroupMemberships",
        ("MembershipId", "GroupId"),
        ("IdentityStoreId", "GroupId"),
    ),
)


def fragments(document: Any) -> list[Fragment]:
    """Return the fragments of a document; [] if it is not recognized."""
    if not isinstance(document, dict):
        return []
    by_member = [fragment for form in RESPONSES for fragment in _fragments_of(form, document.get(form.member))]
    return [*by_member, *_permission_sets(document.get("PermissionSets"))]


def _fragments_of(form: ResponseForm, value: Any) -> Iterator[Fragment]:
    """Split the items by request parameters, account and region."""
    items = value if isinstance(value, Items) else [value]
    if not items or not all(isinstance(item, dict) and set(form.needs) <= item.keys() for item in items):
        return
    keys = (
        (_region(item), _account(item), tuple((name, _request_parameter(name, item)) for name in form.bound))
        for item in items
    )
    for (region, account_id, parameters), selected in grouped(items, keys).items():
        yield Fragment(form.service, form.operation, selected, "", dict(parameters), region, account_id)


def _request_parameter(name: str, item: dict[str, Any]) -> str:
    """Return the request parameter that an item repeats."""
    if name == "Filter":
        return str(item["Type"])
    if name == "PolicyId":
        return str(item["PolicySummary"].get("Id"))
    return _instance(item[PERMISSION_SET]) if name == "InstanceArn" else str(item.get(name))


def _instance(permission_set: str) -> str:
    """Return the ARN of the instance of a permission set."""
    return permission_set.rpartition("/")[0].replace(":permissionSet/", ":instance/")


def _region(item: dict[str, Any]) -> str:
    parts = str(item.get("arn", "")).split(":")
    return parts[3] if len(parts) > 5 else str(item.get("PrimaryRegion", "global"))


def _account(item: dict[str, Any]) -> str:
    """Return the account that an item belongs to: the owner of an instance, or the account of an ARN."""
    summary = item.get("PolicySummary")
    arn = summary.get("Arn") if isinstance(summary, dict) else None
    return str(item.get("OwnerAccountId") or account_in(arn) or "")


def _permission_sets(value: Any) -> Iterator[Fragment]:
    """Split a list of permission set ARNs by instance."""
    arns = value if isinstance(value, Items) else []
    if arns and all(isinstance(arn, str) and ":permissionSet/" in arn for arn in arns):
        for instance, selected in grouped(arns, map(_instance, arns)).items():
            yield Fragment("sso-admin", "ListPermissionSets", selected, "", {"InstanceArn": instance})
