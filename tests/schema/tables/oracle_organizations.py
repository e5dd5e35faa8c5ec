"""What plain calls tell of the organization, of accounts and their contacts, and of regions, as rows of their tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from iamsql.demo.protocol import model
from tests.schema.tables.boto3_client import Asked, taken
from tests.schema.tables.boto3_oracle import Row, answered, listed


def _organizations(asked: Asked) -> Any:
    return asked.client("organizations")


def _named(item: dict[str, Any]) -> Row:
    return {"title": item["Name"], "akas": [item["Arn"]]}


def organization_accounts(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_organizations_account."""
    if asked.management:
        client = _organizations(asked)
        for item in listed(client, "list_accounts", "Accounts"):
            [parent] = listed(client, "list_parents", "Parents", ChildId=item["Id"])
            yield {
                **taken(item, "Name", "Id", "Arn", "State", "Email", "JoinedMethod", "JoinedTimestamp"),
                "parent_id": parent["Id"],
                "status": item["State"],
                "tags_src": None,
                "tags": None,
                **_named(item),
                **asked.ending(),
            }


def delegated_administrators(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_organizations_delegated_administrator."""
    if asked.management:
        dates = ("JoinedTimestamp", "DelegationEnabledDate")
        for item in listed(_organizations(asked), "list_delegated_administrators", "DelegatedAdministrators"):
            whole = taken(item, "Id", "Arn", "Email", "Name", "JoinedMethod", *dates)
            yield {**whole, "status": item.get("Status", item.get("State")), **_named(item), **asked.ending()}


def delegated_services(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_organizations_delegated_services_for_account."""
    if asked.management:
        client = _organizations(asked)
        for one in listed(client, "list_delegated_administrators", "DelegatedAdministrators"):
            found = listed(client, "list_delegated_services_for_account", "DelegatedServices", AccountId=one["Id"])
            for item in found:
                yield {
                    "delegated_account_id": one["Id"],
                    **taken(item, "ServicePrincipal", "DelegationEnabledDate"),
                    "title": item["ServicePrincipal"],
                    **asked.ending(),
                }


def roots(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_organizations_root."""
    if asked.management:
        for item in listed(_organizations(asked), "list_roots", "Roots"):
            yield {**taken(item, "Name", "Id", "Arn", "PolicyTypes"), **_named(item), **asked.ending()}


def units(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_organizations_organizational_unit."""
    if asked.management:
        [root] = listed(_organizations(asked), "list_roots", "Roots")
        yield from _below(asked, root["Id"], root["Id"])


def _below(asked: Asked, parent: str, path: str) -> Iterator[Row]:
    client = _organizations(asked)
    for item in listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        place = f"{path}.{item['Id']}"
        yield {
            **taken(item, "Name", "Id", "Arn"),
            "parent_id": parent,
            "path": place.replace("-", "_"),
            **_named(item),
            **asked.ending(),
        }
        yield from _below(asked, item["Id"], place)


def _all_policies(client: Any) -> Iterator[dict[str, Any]]:
    """List the policies of every type that the model of Organizations knows."""
    for kind in model("organizations").shape_for("PolicyType").enum:
        yield from listed(client, "list_policies", "Policies", Filter=kind)


def _policy(client: Any, item: dict[str, Any]) -> Row:
    whole = client.describe_policy(PolicyId=item["Id"])["Policy"]
    row = taken(item, "Name", "Id", "Arn", "Type", "AwsManaged", "Description")
    return {**row, "content": json.loads(whole["Content"]), **_named(item)}


def policies(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_organizations_policy."""
    if asked.management:
        client = _organizations(asked)
        for item in _all_policies(client):
            yield {**_policy(client, item), **asked.ending()}


def policy_targets(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_organizations_policy_target, target by target, as other tools ask for them."""
    if not asked.management:
        return
    client = _organizations(asked)
    [root] = listed(client, "list_roots", "Roots")
    places = [(root, "ROOT"), *((one, "ACCOUNT") for one in listed(client, "list_accounts", "Accounts"))]
    for row in units(asked):
        places.append(({"Id": row["id"], "Name": row["name"], "Arn": row["arn"]}, "ORGANIZATIONAL_UNIT"))
    for place, kind in places:
        for policy_type in model("organizations").shape_for("PolicyType").enum:
            asking = {"TargetId": place["Id"], "Filter": policy_type}
            for item in listed(client, "list_policies_for_target", "Policies", **asking):
                yield {
                    **_policy(client, item),
                    "target_id": place["Id"],
                    "target_name": place["Name"],
                    "target_type": kind,
                    "target_arn": place["Arn"],
                    **asked.ending(),
                }


def account(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_account."""
    whole = _organizations(asked).describe_organization()["Organization"]
    aliases = listed(asked.client("iam"), "list_account_aliases", "AccountAliases")
    arn = f"arn:aws:::{asked.account_id}"
    yield {
        "account_aliases": aliases,
        "arn": arn,
        "organization_id": whole["Id"],
        "organization_arn": whole["Arn"],
        "organization_feature_set": whole["FeatureSet"],
        "organization_master_account_arn": whole["MasterAccountArn"],
        "organization_master_account_email": whole["MasterAccountEmail"],
        "organization_master_account_id": whole["MasterAccountId"],
        "organization_available_policy_types": whole["AvailablePolicyTypes"],
        "title": aliases[0] if aliases else asked.account_id,
        "akas": [arn],
        **asked.ending(),
    }


def contact(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_account_contact."""
    item = asked.client("account").get_contact_information()["ContactInformation"]
    lines = {f"address_line_{n}": item.get(f"AddressLine{n}") for n in (1, 2, 3)}
    place = taken(item, "City", "StateOrRegion", "DistrictOrCounty", "PostalCode", "CountryCode")
    more = taken(item, "FullName", "CompanyName", "PhoneNumber", "WebsiteUrl")
    linked = {"linked_account_id": asked.account_id, "title": item["FullName"]}
    yield {**lines, **place, **more, **linked, **asked.ending()}


def alternate_contacts(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_account_alternate_contact; that one is none is a refusal of its own."""
    client = asked.client("account")
    for kind in model("account").shape_for("AlternateContactType").enum:
        try:
            item = client.get_alternate_contact(AlternateContactType=kind)["AlternateContact"]
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("ResourceNotFoundException", "AccessDeniedException")
            continue
        yield {
            **taken(item, "Name", "EmailAddress", "PhoneNumber"),
            "contact_type": kind,
            "contact_title": item["Title"],
            "linked_account_id": asked.account_id,
            "title": item["Name"],
            **asked.ending(),
        }


def features(asked: Asked) -> Iterator[Row]:
    """Give the row of aws_iam_organizations_features."""
    if asked.management:
        item = asked.client("iam").list_organizations_features()
        yield {**taken(item, "OrganizationId", "EnabledFeatures"), **asked.ending()}


def regions(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_region: by ListRegions, or in EC2's words where that is denied."""
    if answered(asked.client("account"), "list_regions") is not None:
        wanted = ["ENABLED", "ENABLED_BY_DEFAULT"]
        found = listed(asked.client("account"), "list_regions", "Regions", RegionOptStatusContains=wanted)
    else:
        found = asked.client("ec2").describe_regions()["Regions"]
    for item in found:
        name, status = item["RegionName"], item.get("RegionOptStatus", item.get("OptInStatus"))
        yield {"name": name, "opt_in_status": status, "title": name, **asked.ending(name)}
