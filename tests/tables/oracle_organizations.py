"""Expected rows of the tables of the organization, accounts, contacts and regions, from plain calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from iamsql.demo.protocol import service_model
from tests.tables.boto3_client import ServiceAccount, take_members
from tests.tables.boto3_oracle import Row, listed, response_of


def _organizations(service_account: ServiceAccount) -> Any:
    return service_account.create_client("organizations")


def _named(item: dict[str, Any]) -> Row:
    return {"title": item["Name"], "akas": [item["Arn"]]}


def organization_accounts(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_organizations_account."""
    if service_account.management:
        client = _organizations(service_account)
        for item in listed(client, "list_accounts", "Accounts"):
            [parent] = listed(client, "list_parents", "Parents", ChildId=item["Id"])
            yield {
                **take_members(item, "Name", "Id", "Arn", "State", "Email", "JoinedMethod", "JoinedTimestamp"),
                "parent_id": parent["Id"],
                "status": item["State"],
                "tags_src": None,
                "tags": None,
                **_named(item),
                **service_account.common_columns(),
            }


def units(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_organizations_organizational_unit."""
    if service_account.management:
        [root] = listed(_organizations(service_account), "list_roots", "Roots")
        yield from _below(service_account, root["Id"], root["Id"])


def _below(service_account: ServiceAccount, parent: str, path: str) -> Iterator[Row]:
    client = _organizations(service_account)
    for item in listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        unit_path = f"{path}.{item['Id']}"
        yield {
            **take_members(item, "Name", "Id", "Arn"),
            "parent_id": parent,
            "path": unit_path.replace("-", "_"),
            **_named(item),
            **service_account.common_columns(),
        }
        yield from _below(service_account, item["Id"], unit_path)


def _all_policies(client: Any) -> Iterator[dict[str, Any]]:
    """Return the policies of each type in botocore's model of Organizations."""
    for policy_type in service_model("organizations").shape_for("PolicyType").enum:
        yield from listed(client, "list_policies", "Policies", Filter=policy_type)


def _policy(client: Any, item: dict[str, Any]) -> Row:
    detail = client.describe_policy(PolicyId=item["Id"])["Policy"]
    row = take_members(item, "Name", "Id", "Arn", "Type", "AwsManaged", "Description")
    return {**row, "content": json.loads(detail["Content"]), **_named(item)}


def policies(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_organizations_policy."""
    if service_account.management:
        client = _organizations(service_account)
        for item in _all_policies(client):
            yield {**_policy(client, item), **service_account.common_columns()}


def policy_targets(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_organizations_policy_target, target by target, as Steampipe requests them."""
    if not service_account.management:
        return
    client = _organizations(service_account)
    [root] = listed(client, "list_roots", "Roots")
    targets = [(root, "ROOT"), *((account, "ACCOUNT") for account in listed(client, "list_accounts", "Accounts"))]
    for row in units(service_account):
        targets.append(({"Id": row["id"], "Name": row["name"], "Arn": row["arn"]}, "ORGANIZATIONAL_UNIT"))
    for target, target_type in targets:
        for policy_type in service_model("organizations").shape_for("PolicyType").enum:
            asking = {"TargetId": target["Id"], "Filter": policy_type}
            for item in listed(client, "list_policies_for_target", "Policies", **asking):
                yield {
                    **_policy(client, item),
                    "target_id": target["Id"],
                    "target_name": target["Name"],
                    "target_type": target_type,
                    "target_arn": target["Arn"],
                    **service_account.common_columns(),
                }


def account(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the row of aws_account."""
    organization = _organizations(service_account).describe_organization()["Organization"]
    aliases = listed(service_account.create_client("iam"), "list_account_aliases", "AccountAliases")
    arn = f"arn:aws:::{service_account.account_id}"
    yield {
        "account_aliases": aliases,
        "arn": arn,
        "organization_id": organization["Id"],
        "organization_arn": organization["Arn"],
        "organization_feature_set": organization["FeatureSet"],
        "organization_master_account_arn": organization["MasterAccountArn"],
        "organization_master_account_email": organization["MasterAccountEmail"],
        "organization_master_account_id": organization["MasterAccountId"],
        "organization_available_policy_types": organization["AvailablePolicyTypes"],
        "title": aliases[0] if aliases else service_account.account_id,
        "akas": [arn],
        **service_account.common_columns(),
    }


def contact(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the row of aws_account_contact."""
    item = service_account.create_client("account").get_contact_information()["ContactInformation"]
    lines = {f"address_line_{n}": item.get(f"AddressLine{n}") for n in (1, 2, 3)}
    address = take_members(item, "City", "StateOrRegion", "DistrictOrCounty", "PostalCode", "CountryCode")
    names = take_members(item, "FullName", "CompanyName", "PhoneNumber", "WebsiteUrl")
    linked = {"linked_account_id": service_account.account_id, "title": item["FullName"]}
    yield {**lines, **address, **names, **linked, **service_account.common_columns()}


def alternate_contacts(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_account_alternate_contact; AWS reports a missing contact as an error."""
    client = service_account.create_client("account")
    for contact_type in service_model("account").shape_for("AlternateContactType").enum:
        try:
            item = client.get_alternate_contact(AlternateContactType=contact_type)["AlternateContact"]
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("ResourceNotFoundException", "AccessDeniedException")
            continue
        yield {
            **take_members(item, "Name", "EmailAddress", "PhoneNumber"),
            "contact_type": contact_type,
            "contact_title": item["Title"],
            "linked_account_id": service_account.account_id,
            "title": item["Name"],
            **service_account.common_columns(),
        }


def regions(service_account: ServiceAccount) -> Iterator[Row]:
    """Return the rows of aws_region: from ListRegions, or from EC2 if it is denied."""
    if response_of(service_account.create_client("account"), "list_regions") is not None:
        enabled_states = ["ENABLED", "ENABLED_BY_DEFAULT"]
        items = listed(
            service_account.create_client("account"), "list_regions", "Regions", RegionOptStatusContains=enabled_states
        )
    else:
        items = service_account.create_client("ec2").describe_regions()["Regions"]
    for item in items:
        name, status = item["RegionName"], item.get("RegionOptStatus", item.get("OptInStatus"))
        yield {"name": name, "opt_in_status": status, "title": name, **service_account.common_columns(name)}
