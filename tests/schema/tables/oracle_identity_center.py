"""What plain calls tell of Identity Center, its identity store and Access Analyzer, as rows of their tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.schema.tables.boto3_client import Asked, taken
from tests.schema.tables.boto3_oracle import Row, answered, as_json, listed
from tests.schema.tables.oracle_iam_principals import std

EXTERNAL = ("ACCOUNT", "ORGANIZATION")


# -- Identity Center -----------------------------------------------------------------------------------------------------


def _instances(asked: Asked) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Give region, client and instance."""
    for region, client in asked.everywhere("sso-admin"):
        for item in listed(client, "list_instances", "Instances"):
            yield region, client, item


def instances(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_ssoadmin_instance."""
    for region, _, item in _instances(asked):
        yield {
            "arn": item["InstanceArn"],
            **taken(item, "IdentityStoreId", "Name", "CreatedDate", "OwnerAccountId", "Status"),
            **taken(item, "StatusReason", "PrimaryRegion", "Regions"),
            "title": item["Name"],
            "akas": [item["InstanceArn"]],
            **asked.ending(region),
        }


def _sets(asked: Asked) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """Give region, client and the parameters that name a permission set."""
    for region, client, instance in _instances(asked):
        arn = instance["InstanceArn"]
        for one in listed(client, "list_permission_sets", "PermissionSets", InstanceArn=arn):
            yield region, client, {"InstanceArn": arn, "PermissionSetArn": one}


def permission_sets(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_ssoadmin_permission_set."""
    for region, client, which in _sets(asked):
        item = client.describe_permission_set(**which)["PermissionSet"]
        arn = which["PermissionSetArn"]
        policy = json.loads(client.get_inline_policy_for_permission_set(**which)["InlinePolicy"] or "null")
        bounded = answered(client, "get_permissions_boundary_for_permission_set", **which) or {}
        asking = {"InstanceArn": which["InstanceArn"], "ResourceArn": arn}
        tags = listed(client, "list_tags_for_resource", "Tags", **asking)
        yield {
            **taken(item, "Name", "CreatedDate", "Description", "RelayState", "SessionDuration"),
            "arn": arn,
            "instance_arn": which["InstanceArn"],
            "tags_src": tags,
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
            "inline_policy": policy,
            "inline_policy_std": policy and std(policy),
            "title": item["Name"],
            "akas": [arn],
            "permissions_boundary": bounded.get("PermissionsBoundary"),
            **asked.ending(region),
        }


def assignments(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_ssoadmin_account_assignment."""
    for region, client, which in _sets(asked):
        found = listed(client, "list_accounts_for_provisioned_permission_set", "AccountIds", **which)
        for account_id in found:
            given = {**which, "AccountId": account_id}
            for item in listed(client, "list_account_assignments", "AccountAssignments", **given):
                yield {
                    "target_account_id": account_id,
                    "instance_arn": which["InstanceArn"],
                    **taken(item, "PermissionSetArn", "PrincipalType", "PrincipalId"),
                    **asked.ending(region),
                }


def managed_policies(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_ssoadmin_managed_policy_attachment."""
    for region, client, which in _sets(asked):
        for item in listed(client, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **which):
            name = {"name": item["Name"], "managed_policy_arn": item["Arn"], "title": item["Name"]}
            yield {**taken(which, "PermissionSetArn", "InstanceArn"), **name, **asked.ending(region)}


def customer_policies(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_ssoadmin_customer_policy_attachment."""
    operation, member = (
        "list_customer_managed_policy_references_in_permission_set",
        "CustomerManagedPolicyReferences",
    )
    for region, client, which in _sets(asked):
        for item in listed(client, operation, member, **which):
            name = {"name": item["Name"], "path": item["Path"], "title": item["Name"]}
            yield {**taken(which, "PermissionSetArn", "InstanceArn"), **name, **asked.ending(region)}


# -- the identity store --------------------------------------------------------------------------------------------------


def _stores(asked: Asked) -> Iterator[tuple[str, Any, dict[str, str]]]:
    for region, _, instance in _instances(asked):
        yield region, asked.client("identitystore", region), {"IdentityStoreId": instance["IdentityStoreId"]}


def store_users(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_identitystore_user."""
    plain = ("DisplayName", "NickName", "Locale", "PreferredLanguage", "ProfileUrl", "Timezone", "UserType")
    lists = ("Addresses", "Emails", "ExternalIds", "PhoneNumbers")
    for region, client, store in _stores(asked):
        for item in listed(client, "list_users", "Users", **store):
            yield {
                **taken(item, "IdentityStoreId", *plain, *lists, "UserStatus", "CreatedAt", "UpdatedAt"),
                "id": item["UserId"],
                "name": item["UserName"],
                "title": item["UserName"],
                "full_name": item["Name"],
                "job_title": item.get("Title"),
                "arn": item.get("UserArn"),
                **asked.ending(region),
            }


def store_groups(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_identitystore_group."""
    for region, client, store in _stores(asked):
        for item in listed(client, "list_groups", "Groups", **store):
            ids = item.get("ExternalIds")
            yield {
                **taken(item, "IdentityStoreId", "Description", "CreatedAt", "UpdatedAt"),
                "id": item["GroupId"],
                "name": item["DisplayName"],
                "title": item["DisplayName"],
                "external_ids": ids and json.dumps(ids, separators=(",", ":"), sort_keys=True),
                "akas": [item["GroupArn"]],
                **asked.ending(region),
            }


def store_memberships(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_identitystore_group_membership."""
    for region, client, store in _stores(asked):
        for group in listed(client, "list_groups", "Groups", **store):
            asking = {**store, "GroupId": group["GroupId"]}
            for item in listed(client, "list_group_memberships", "GroupMemberships", **asking):
                yield {
                    **taken(item, "MembershipId", "IdentityStoreId", "GroupId"),
                    "member_id": item["MemberId"]["UserId"],
                    "title": item["MembershipId"],
                    **asked.ending(region),
                }


# -- Access Analyzer -----------------------------------------------------------------------------------------------------


def analyzers(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_accessanalyzer_analyzer."""
    members = ("name", "arn", "status", "type", "createdAt", "lastResourceAnalyzed", "lastResourceAnalyzedAt", "tags")
    for region, client in asked.everywhere("accessanalyzer"):
        for item in listed(client, "list_analyzers", "analyzers"):
            yield {
                **taken(item, *members, "configuration", "managedBy"),
                "status_reason": item.get("statusReason", {}).get("code"),
                "title": item["name"],
                "akas": [item["arn"]],
                **asked.ending(region),
            }


def _sources(item: dict[str, Any]) -> Any:
    """Spell the sources of a finding as other tools do, a detail that is not there as null."""
    if "sources" not in item:
        return None
    spelt = {"accessPointArn": "AccessPointArn", "accessPointAccount": "AccessPointAccount"}
    return [
        {
            "Type": one["type"],
            "Detail": {name: one["detail"].get(old) for old, name in spelt.items()} if "detail" in one else None,
        }
        for one in item["sources"]
    ]


def findings(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_accessanalyzer_finding, found with the call that each type of analyzer takes."""
    members = ("id", "analyzedAt", "createdAt", "error", "isPublic", "resource", "resourceOwnerAccount", "resourceType")
    more = ("status", "updatedAt", "action", "principal", "condition", "resourceControlPolicyRestriction")
    for region, client in asked.everywhere("accessanalyzer"):
        for one in listed(client, "list_analyzers", "analyzers"):
            operation = "list_findings" if one["type"] in EXTERNAL else "list_findings_v2"
            for item in listed(client, operation, "findings", analyzerArn=one["arn"]):
                yield {
                    **taken(item, *members, *more),
                    "access_analyzer_arn": one["arn"],
                    "sources": as_json(_sources(item)),
                    "title": item["id"],
                    "finding_type": item.get("findingType", "ExternalAccess"),
                    **asked.ending(region),
                }
