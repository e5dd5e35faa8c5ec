"""Which answer of the services beside IAM a document is: Organizations, contacts, Access Analyzer and Identity Center.

An answer is taken where it tells by itself what it was asked about. One that does not, such as the findings of an analyzer,
belongs to nothing without the question, and is left alone; of Organizations the file's name may tell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iamsql.importer.detect import Piece, account_in
from iamsql.importer.items import grouped, is_list

PERMISSION_SET = "PermissionSetArn"


@dataclass(frozen=True)
class Answer:
    """An answer known by one member and by what its first item has; `bound` are the parameters that items tell."""

    member: str
    service: str
    operation: str
    needs: tuple[str, ...]
    bound: tuple[str, ...] = ()


ANSWERS = (
    Answer("Roots", "organizations", "ListRoots", ("Id", "Arn", "PolicyTypes")),
    Answer("DelegatedAdministrators", "organizations", "ListDelegatedAdministrators", ("Id", "DelegationEnabledDate")),
    Answer("Policies", "organizations", "ListPolicies", ("Id", "Type", "AwsManaged"), ("Filter",)),
    Answer("Policy", "organizations", "DescribePolicy", ("PolicySummary", "Content"), ("PolicyId",)),
    Answer("ContactInformation", "account", "GetContactInformation", ("FullName", "CountryCode")),
    Answer("AlternateContact", "account", "GetAlternateContact", ("AlternateContactType",), ("AlternateContactType",)),
    Answer("analyzers", "accessanalyzer", "ListAnalyzers", ("arn", "type")),
    Answer("Instances", "sso-admin", "ListInstances", ("InstanceArn", "IdentityStoreId")),
    Answer("PermissionSet", "sso-admin", "DescribePermissionSet", (PERMISSION_SET,), ("InstanceArn", PERMISSION_SET)),
    Answer(
        "AccountAssignments",
        "sso-admin",
        "ListAccountAssignments",
        (PERMISSION_SET, "PrincipalId"),
        ("InstanceArn", PERMISSION_SET, "AccountId"),
    ),
    Answer("Users", "identitystore", "ListUsers", ("IdentityStoreId", "UserId"), ("IdentityStoreId",)),
    Answer("Groups", "identitystore", "ListGroups", ("IdentityStoreId", "GroupId"), ("IdentityStoreId",)),
    Answer(
        "GroupMemberships",
        "identitystore",
        "ListGroupMemberships",
        ("MembershipId", "GroupId"),
        ("IdentityStoreId", "GroupId"),
    ),
)


def pieces(document: Any) -> list[Piece]:
    """Name the calls that a document answers: none when it is not recognised."""
    if not isinstance(document, dict):
        return []
    found = [piece for answer in ANSWERS for piece in _of(answer, document.get(answer.member))]
    return [*found, *_permission_sets(document.get("PermissionSets"))]


def _of(answer: Answer, value: Any) -> Iterator[Piece]:
    """Part the items by what they were asked with, and by region where they tell one."""
    items = value if is_list(value) else [value]
    if not items or not all(isinstance(item, dict) and set(answer.needs) <= item.keys() for item in items):
        return
    keys = ((_region(item), _owner(item), tuple((name, _told(name, item)) for name in answer.bound)) for item in items)
    for (region, account_id, asked), own in grouped(items, keys).items():
        yield Piece(answer.service, answer.operation, own, "", dict(asked), region, account_id)


def _told(name: str, item: dict[str, Any]) -> str:
    """Read from an item the parameter that it was asked with."""
    if name == "Filter":
        return str(item["Type"])
    if name == "PolicyId":
        return str(item["PolicySummary"].get("Id"))
    return _instance(item[PERMISSION_SET]) if name == "InstanceArn" else str(item.get(name))


def _instance(permission_set: str) -> str:
    """Name the instance of a permission set: its id is in the ARN."""
    return permission_set.rpartition("/")[0].replace(":permissionSet/", ":instance/")


def _region(item: dict[str, Any]) -> str:
    parts = str(item.get("arn", "")).split(":")
    return parts[3] if len(parts) > 5 else str(item.get("PrimaryRegion", "global"))


def _owner(item: dict[str, Any]) -> str:
    """Name the account that an item says it is of: an instance's owner, or the one that an ARN names."""
    summary = item.get("PolicySummary")
    arn = summary.get("Arn") if isinstance(summary, dict) else None
    return str(item.get("OwnerAccountId") or account_in(arn) or "")


def _permission_sets(value: Any) -> Iterator[Piece]:
    """Part a list of the ARNs of permission sets by instance."""
    arns = value if is_list(value) else []
    if arns and all(isinstance(arn, str) and ":permissionSet/" in arn for arn in arns):
        for instance, own in grouped(arns, map(_instance, arns)).items():
            yield Piece("sso-admin", "ListPermissionSets", own, "", {"InstanceArn": instance})
