"""Expected rows of the tables of Identity Center, its identity store and Access Analyzer, from plain calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.schema.tables.boto3_client import ServiceAccount, take_members
from tests.schema.tables.boto3_oracle import Row, as_json, listed, response_of
from tests.schema.tables.oracle_iam_principals import std

EXTERNAL = ("ACCOUNT", "ORGANIZATION")


# -- Identity Center -------------------------------------------------------------------------------------------------------


def _instances(account: ServiceAccount) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield region, client and instance."""
    for region, client in account.regional_clients("sso-admin"):
        for item in listed(client, "list_instances", "Instances"):
            yield region, client, item


def instances(account: ServiceAccount) -> Iterator[Row]:
    """Return the row of aws_ssoadmin_instance."""
    for region, _, item in _instances(account):
        yield {
            "arn": item["InstanceArn"],
            **take_members(item, "IdentityStoreId", "Name", "CreatedDate", "OwnerAccountId", "Status"),
            **take_members(item, "StatusReason", "PrimaryRegion", "Regions"),
            "title": item["Name"],
            "akas": [item["InstanceArn"]],
            **account.common_columns(region),
        }


def _sets(account: ServiceAccount) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """Yield region, client and the parameters that identify a permission set."""
    for region, client, instance in _instances(account):
        arn = instance["InstanceArn"]
        for permission_set in listed(client, "list_permission_sets", "PermissionSets", InstanceArn=arn):
            yield region, client, {"InstanceArn": arn, "PermissionSetArn": permission_set}


def permission_sets(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_ssoadmin_permission_set."""
    for region, client, parameters in _sets(account):
        item = client.describe_permission_set(**parameters)["PermissionSet"]
        arn = parameters["PermissionSetArn"]
        policy = json.loads(client.get_inline_policy_for_permission_set(**parameters)["InlinePolicy"] or "null")
        bounded = response_of(client, "get_permissions_boundary_for_permission_set", **parameters) or {}
        asking = {"InstanceArn": parameters["InstanceArn"], "ResourceArn": arn}
        tags = listed(client, "list_tags_for_resource", "Tags", **asking)
        yield {
            **take_members(item, "Name", "CreatedDate", "Description", "RelayState", "SessionDuration"),
            "arn": arn,
            "instance_arn": parameters["InstanceArn"],
            "tags_src": tags,
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
            "inline_policy": policy,
            "inline_policy_std": policy and std(policy),
            "title": item["Name"],
            "akas": [arn],
            "permissions_boundary": bounded.get("PermissionsBoundary"),
            **account.common_columns(region),
        }


def assignments(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_ssoadmin_account_assignment."""
    for region, client, parameters in _sets(account):
        found = listed(client, "list_accounts_for_provisioned_permission_set", "AccountIds", **parameters)
        for account_id in found:
            given = {**parameters, "AccountId": account_id}
            for item in listed(client, "list_account_assignments", "AccountAssignments", **given):
                yield {
                    "target_account_id": account_id,
                    "instance_arn": parameters["InstanceArn"],
                    **take_members(item, "PermissionSetArn", "PrincipalType", "PrincipalId"),
                    **account.common_columns(region),
                }


def managed_policies(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_ssoadmin_managed_policy_attachment."""
    for region, client, parameters in _sets(account):
        for item in listed(client, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **parameters):
            name = {"name": item["Name"], "managed_policy_arn": item["Arn"], "title": item["Name"]}
            yield {
                **take_members(parameters, "PermissionSetArn", "InstanceArn"),
                **name,
                **account.common_columns(region),
            }


def customer_policies(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_ssoadmin_customer_policy_attachment."""
    operation, member = (
        "list_customer_managed_policy_references_in_permission_set",
        "CustomerManagedPolicyReferences",
    )
    for region, client, parameters in _sets(account):
        for item in listed(client, operation, member, **parameters):
            name = {"name": item["Name"], "path": item["Path"], "title": item["Name"]}
            yield {
                **take_members(parameters, "PermissionSetArn", "InstanceArn"),
                **name,
                **account.common_columns(region),
            }


# -- the identity store ----------------------------------------------------------------------------------------------------


def _stores(account: ServiceAccount) -> Iterator[tuple[str, Any, dict[str, str]]]:
    for region, _, instance in _instances(account):
        yield region, account.create_client("identitystore", region), {"IdentityStoreId": instance["IdentityStoreId"]}


def store_users(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_identitystore_user."""
    plain = ("DisplayName", "NickName", "Locale", "PreferredLanguage", "ProfileUrl", "Timezone", "UserType")
    lists = ("Addresses", "Emails", "ExternalIds", "PhoneNumbers")
    for region, client, store in _stores(account):
        for item in listed(client, "list_users", "Users", **store):
            yield {
                **take_members(item, "IdentityStoreId", *plain, *lists, "UserStatus", "CreatedAt", "UpdatedAt"),
                "id": item["UserId"],
                "name": item["UserName"],
                "title": item["UserName"],
                "full_name": item["Name"],
                "job_title": item.get("Title"),
                "arn": item.get("UserArn"),
                **account.common_columns(region),
            }


def store_groups(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_identitystore_group."""
    for region, client, store in _stores(account):
        for item in listed(client, "list_groups", "Groups", **store):
            ids = item.get("ExternalIds")
            yield {
                **take_members(item, "IdentityStoreId", "Description", "CreatedAt", "UpdatedAt"),
                "id": item["GroupId"],
                "name": item["DisplayName"],
                "title": item["DisplayName"],
                "external_ids": ids and json.dumps(ids, separators=(",", ":"), sort_keys=True),
                "akas": [item["GroupArn"]],
                **account.common_columns(region),
            }


def store_memberships(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_identitystore_group_membership."""
    for region, client, store in _stores(account):
        for group in listed(client, "list_groups", "Groups", **store):
            asking = {**store, "GroupId": group["GroupId"]}
            for item in listed(client, "list_group_memberships", "GroupMemberships", **asking):
                yield {
                    **take_members(item, "MembershipId", "IdentityStoreId", "GroupId"),
                    "member_id": item["MemberId"]["UserId"],
                    "title": item["MembershipId"],
                    **account.common_columns(region),
                }


# -- Access Analyzer -------------------------------------------------------------------------------------------------------


def analyzers(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_accessanalyzer_analyzer."""
    members = ("name", "arn", "status", "type", "createdAt", "lastResourceAnalyzed", "lastResourceAnalyzedAt", "tags")
    for region, client in account.regional_clients("accessanalyzer"):
        for item in listed(client, "list_analyzers", "analyzers"):
            yield {
                **take_members(item, *members, "configuration", "managedBy"),
                "status_reason": item.get("statusReason", {}).get("code"),
                "title": item["name"],
                "akas": [item["arn"]],
                **account.common_columns(region),
            }


def _sources(item: dict[str, Any]) -> Any:
    """Return the sources of a finding as Steampipe does, with missing details as null."""
    if "sources" not in item:
        return None
    names = {"accessPointArn": "AccessPointArn", "accessPointAccount": "AccessPointAccount"}
    return [
        {
            "Type": source["type"],
            "Detail": {name: source["detail"].get(old) for old, name in names.items()} if "detail" in source else None,
        }
        for source in item["sources"]
    ]


def findings(account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_accessanalyzer_finding, from the call that each type of analyzer supports."""
    members = ("id", "analyzedAt", "createdAt", "error", "isPublic", "resource", "resourceOwnerAccount", "resourceType")
    detail_names = ("status", "updatedAt", "action", "principal", "condition", "resourceControlPolicyRestriction")
    for region, client in account.regional_clients("accessanalyzer"):
        for analyzer in listed(client, "list_analyzers", "analyzers"):
            operation = "list_findings" if analyzer["type"] in EXTERNAL else "list_findings_v2"
            for item in listed(client, operation, "findings", analyzerArn=analyzer["arn"]):
                yield {
                    **take_members(item, *members, *detail_names),
                    "access_analyzer_arn": analyzer["arn"],
                    "sources": as_json(_sources(item)),
                    "title": item["id"],
                    "finding_type": item.get("findingType", "ExternalAccess"),
                    **account.common_columns(region),
                }
