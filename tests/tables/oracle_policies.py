"""Expected rows of the tables of policy documents and of the principals and accounts that they apply to, from plain calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3

from tests.tables.boto3_oracle import Row, client, listed, tag_map
from tests.tables.oracle_iam_principals import IamAccount, listed_policies
from tests.tables.oracle_statements import Document, document_id

PRINCIPALS = (("users", "User"), ("roles", "Role"))
TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


# -- owners of documents ---------------------------------------------------------------------------------------------------


def entities(iam_account: IamAccount, entity_type: str) -> list[Row]:
    """Return the users, groups or roles of an account."""
    return listed(iam_account.iam, f"list_{entity_type.lower()}s", f"{entity_type}s")


def inline(iam_account: IamAccount, entity_type: str, name: str) -> Iterator[tuple[str, Document]]:
    """Yield the names and documents of the inline policies of an entity."""
    by = {f"{entity_type}Name": name}
    for policy in listed(iam_account.iam, f"list_{entity_type.lower()}_policies", "PolicyNames", **by):
        yield (
            policy,
            getattr(iam_account.iam, f"get_{entity_type.lower()}_policy")(**by, PolicyName=policy)["PolicyDocument"],
        )


def attached(iam_account: IamAccount, entity_type: str, name: str) -> Iterator[str]:
    """Yield the ARNs of the policies attached to an entity."""
    by = {f"{entity_type}Name": name}
    for policy in listed(iam_account.iam, f"list_attached_{entity_type.lower()}_policies", "AttachedPolicies", **by):
        yield policy["PolicyArn"]


def default_document(iam_account: IamAccount, arn: str) -> Document:
    """Return the document of a managed policy's default version."""
    version = default_versions(iam_account)[arn]
    response = iam_account.iam.get_policy_version(PolicyArn=arn, VersionId=version)
    document: Document = response["PolicyVersion"]["Document"]
    return document


@cache
def default_versions(iam_account: IamAccount) -> dict[str, str]:
    """Return the default version of each managed policy that a run reads, by ARN."""
    return {policy["Arn"]: policy["DefaultVersionId"] for policy in listed_policies(iam_account)}


def owned_documents(iam_account: IamAccount) -> Iterator[tuple[Row, Document]]:
    """Yield each document of an account, with the columns of its owner."""
    for policy in listed_policies(iam_account):
        owner = _owner("managed", policy["Arn"], "policy", policy["PolicyName"])
        parameters = {"PolicyArn": policy["Arn"], "PolicyUsageFilter": "PermissionsPolicy"}
        used = [listed(iam_account.iam, "list_entities_for_policy", f"Policy{kind}s", **parameters) for kind in KINDS]
        owned = {"is_aws_managed": policy["Arn"].split(":")[4] == "aws", "is_attached": any(used)}
        yield {**owner, **owned}, default_document(iam_account, policy["Arn"])
    for kind in KINDS:
        for entity in entities(iam_account, kind):
            for name, document in inline(iam_account, kind, entity[f"{kind}Name"]):
                yield {**_owner("inline", entity["Arn"], kind.lower(), name), **ALWAYS}, document
    for role in entities(iam_account, "Role"):
        yield {**_owner("trust", role["Arn"], "role", None), **ALWAYS}, role["AssumeRolePolicyDocument"]


KINDS = ("User", "Group", "Role")
ALWAYS = {"is_aws_managed": False, "is_attached": True}


def _owner(source: str, arn: str, kind: str, name: str | None) -> Row:
    columns = {"source": source, "owner_arn": arn, "owner_type": kind, "policy_name": name}
    return {"partition": arn.split(":")[1], **columns}


def documents(iam_account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_document."""
    for row, document in owned_documents(iam_account):
        yield {"account_id": iam_account.account_id, **row, **_contents(document)}


def _contents(document: Document) -> Row:
    """Return the ID of a document. boto3 parses documents, where a key is never duplicated."""
    return {"document_id": document_id(document), "duplicate_key": None}


# -- principals that policies apply to -------------------------------------------------------------------------------------


def principal_policies(iam_account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_principal_policy."""
    for entity_type in ("User", "Role"):
        for entity in entities(iam_account, entity_type):
            name = entity[f"{entity_type}Name"]
            principal = {
                "account_id": iam_account.account_id,
                "principal_arn": entity["Arn"],
                "principal_type": entity_type.lower(),
            }
            for row in (
                *_policies_of(iam_account, entity_type, name, ""),
                *_of_groups(iam_account, entity_type, name),
                *_boundary(iam_account, entity_type, name),
            ):
                yield {**principal, "principal_name": name, **row}


def _policies_of(iam_account: IamAccount, entity_type: str, name: str, prefix: str) -> Iterator[Row]:
    """Yield the attached and inline policies of an entity; `of` is `group ` if they apply to its members."""
    layer = {"layer": "identity", "group_name": name if prefix else None}
    for arn in attached(iam_account, entity_type, name):
        yield {**layer, "via": f"{prefix}attached", **_managed(iam_account, arn)}
    for policy, document in inline(iam_account, entity_type, name):
        columns = {
            "policy_arn": None,
            "policy_name": policy,
            "is_aws_managed": None,
            **_contents(document),
        }
        yield {**layer, "via": f"{prefix}inline", **columns}


def _of_groups(iam_account: IamAccount, entity_type: str, name: str) -> Iterator[Row]:
    if entity_type == "User":
        for group in listed(iam_account.iam, "list_groups_for_user", "Groups", UserName=name):
            yield from _policies_of(iam_account, "Group", group["GroupName"], "group ")


def group_policies(iam_account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_group_policy."""
    for group in entities(iam_account, "Group"):
        whose = {"account_id": iam_account.account_id, "group_arn": group["Arn"]}
        for row in _policies_of(iam_account, "Group", group["GroupName"], "group "):
            del row["layer"]
            yield {**whose, **row, "via": row["via"].removeprefix("group ")}


def _boundary(iam_account: IamAccount, entity_type: str, name: str) -> Iterator[Row]:
    """Yield the boundary, which a run gets only from the bulk call."""
    detail = getattr(iam_account.iam, f"get_{entity_type.lower()}")(**{f"{entity_type}Name": name})[entity_type]
    if iam_account.bulk and "PermissionsBoundary" in detail:
        arn = detail["PermissionsBoundary"]["PermissionsBoundaryArn"]
        yield {"layer": "boundary", "via": "boundary", "group_name": None, **_managed(iam_account, arn)}


def _managed(iam_account: IamAccount, arn: str) -> Row:
    columns = {"policy_arn": arn, "policy_name": arn.rpartition("/")[2], "is_aws_managed": arn.split(":")[4] == "aws"}
    return {**columns, **_contents(default_document(iam_account, arn))}


def principal_rows(
    iam_account: IamAccount, organization: str, management: str, chains: dict[str, list[str]]
) -> Iterator[Row]:
    """Return the rows of aws_iam_principal without guardrail_id; `chains` has the IDs above each account, from the root down."""
    for entity_type, type_ in (("User", "User"), ("Role", "AssumedRole")):
        for entity in entities(iam_account, entity_type):
            detail = getattr(iam_account.iam, f"get_{entity_type.lower()}")(
                **{f"{entity_type}Name": entity[f"{entity_type}Name"]}
            )[entity_type]
            linked = entity["Path"].startswith("/aws-service-role/")
            yield {
                "principal_arn": entity["Arn"],
                "account_id": iam_account.account_id,
                "name": entity[f"{entity_type}Name"],
                "id": entity[f"{entity_type}Id"],
                "type": type_,
                "tags": (tag_map(detail.get("Tags")) or {}) if iam_account.bulk else None,
                "organization_id": organization,
                "organization_path": "/".join([organization, *chains[iam_account.account_id], ""]),
                "in_organization": True,
                "has_guardrails": iam_account.account_id != management and not linked,
            }


# -- policies of the organization ------------------------------------------------------------------------------------------


def content(organizations: Any, policy_id: str) -> Document:
    """Return the document of a policy of the organization."""
    document: Document = json.loads(organizations.describe_policy(PolicyId=policy_id)["Policy"]["Content"])
    return document


def organization_policies(session: boto3.Session) -> Iterator[Document]:
    """Return the documents of all service and resource control policies."""
    organizations = client(session, "organizations")
    for policy_type in TYPES:
        for policy in listed(organizations, "list_policies", "Policies", Filter=policy_type):
            yield content(organizations, policy["Id"])


def account_policies(session: boto3.Session) -> Iterator[Row]:
    """Return the rows of aws_organizations_account_policy, level by level from the root down."""
    organizations = client(session, "organizations")
    [root] = listed(organizations, "list_roots", "Roots")
    for account, chain in _below(organizations, [(root["Id"], "Root")]):
        for level, (target, name) in enumerate(chain):
            for policy_type in TYPES:
                key_columns = {"account_id": account["Id"], "type": policy_type, "level": level, "target_id": target}
                asking = {"TargetId": target, "Filter": policy_type}
                for policy in listed(organizations, "list_policies_for_target", "Policies", **asking):
                    columns = {"policy_id": policy["Id"], "policy_name": policy["Name"]}
                    attached_policies = {
                        "aws_managed": policy["AwsManaged"],
                        "document_id": document_id(content(organizations, policy["Id"])),
                    }
                    yield {**key_columns, "target_name": name, **columns, **attached_policies}


def chains(session: boto3.Session) -> dict[str, list[str]]:
    """Return the IDs of the root and the units above each account."""
    organizations = client(session, "organizations")
    [root] = listed(organizations, "list_roots", "Roots")
    paths = _below(organizations, [(root["Id"], "Root")])
    return {account["Id"]: [target for target, _ in chain[:-1]] for account, chain in paths}


def _below(organizations: Any, chain: list[tuple[str, str]]) -> Iterator[tuple[Row, list[tuple[str, str]]]]:
    """Yield each account under the last ID of a chain, with its own chain."""
    parent = chain[-1][0]
    for account in listed(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent):
        yield account, [*chain, (account["Id"], account["Name"])]
    for unit in listed(organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        yield from _below(organizations, [*chain, (unit["Id"], unit["Name"])])
