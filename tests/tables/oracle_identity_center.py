"""Expected rows of the tables of permission sets, groups of the identity store and findings, from plain calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.tables.boto3_client import ServiceAccount, take_members
from tests.tables.boto3_oracle import Row, as_json, listed, response_of
from tests.tables.oracle_iam_principals import std

EXTERNAL = ("ACCOUNT", "ORGANIZATION")


# -- Identity Center -------------------------------------------------------------------------------------------------------


def _instances(account: ServiceAccount) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield region, client and instance."""
    for region, client in account.regional_clients("sso-admin"):
        for item in listed(client, "list_instances", "Instances"):
            yield region, client, item


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


# -- the identity store ----------------------------------------------------------------------------------------------------


def _stores(account: ServiceAccount) -> Iterator[tuple[str, Any, dict[str, str]]]:
    for region, _, instance in _instances(account):
        yield region, account.create_client("identitystore", region), {"IdentityStoreId": instance["IdentityStoreId"]}


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


# -- Access Analyzer -------------------------------------------------------------------------------------------------------


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
