"""What plain calls tell of policy documents and of whom they reach, as rows of the tables made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3

from tests.schema.tables.boto3_oracle import Row, client, listed, tag_map
from tests.schema.tables.oracle_iam_principals import Asked, listed_policies
from tests.schema.tables.oracle_statements import Document, mark

PRINCIPALS = (("users", "User"), ("roles", "Role"))
TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


# -- whose they are --------------------------------------------------------------------------------------------------------


def entities(asked: Asked, kind: str) -> list[Row]:
    """List the users, groups or roles of an account."""
    return listed(asked.iam, f"list_{kind.lower()}s", f"{kind}s")


def inline(asked: Asked, kind: str, name: str) -> Iterator[tuple[str, Document]]:
    """Give the names and documents of the inline policies of one."""
    by = {f"{kind}Name": name}
    for policy in listed(asked.iam, f"list_{kind.lower()}_policies", "PolicyNames", **by):
        yield policy, getattr(asked.iam, f"get_{kind.lower()}_policy")(**by, PolicyName=policy)["PolicyDocument"]


def attached(asked: Asked, kind: str, name: str) -> Iterator[str]:
    """Give the ARNs of the policies that one has."""
    by = {f"{kind}Name": name}
    for policy in listed(asked.iam, f"list_attached_{kind.lower()}_policies", "AttachedPolicies", **by):
        yield policy["PolicyArn"]


def in_force(asked: Asked, arn: str) -> Document:
    """Give the document of a managed policy's default version."""
    version = default_versions(asked)[arn]
    found: Document = asked.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return found


@cache
def default_versions(asked: Asked) -> dict[str, str]:
    """Give the default version of each managed policy that a run reads, by ARN."""
    return {one["Arn"]: one["DefaultVersionId"] for one in listed_policies(asked)}


def papers(asked: Asked) -> Iterator[tuple[Row, Document]]:
    """Give every document of an account beside what tells whose it is."""
    for policy in listed_policies(asked):
        owner = _owner("managed", policy["Arn"], "policy", policy["PolicyName"])
        wanted = {"PolicyArn": policy["Arn"], "PolicyUsageFilter": "PermissionsPolicy"}
        used = [listed(asked.iam, "list_entities_for_policy", f"Policy{kind}s", **wanted) for kind in KINDS]
        owned = {"is_aws_managed": policy["Arn"].split(":")[4] == "aws", "is_attached": any(used)}
        yield {**owner, **owned}, in_force(asked, policy["Arn"])
    for kind in KINDS:
        for one in entities(asked, kind):
            for name, document in inline(asked, kind, one[f"{kind}Name"]):
                yield {**_owner("inline", one["Arn"], kind.lower(), name), **ALWAYS}, document
    for role in entities(asked, "Role"):
        yield {**_owner("trust", role["Arn"], "role", None), **ALWAYS}, role["AssumeRolePolicyDocument"]


KINDS = ("User", "Group", "Role")
ALWAYS = {"is_aws_managed": False, "is_attached": True}


def _owner(source: str, arn: str, kind: str, name: str | None) -> Row:
    told = {"source": source, "owner_arn": arn, "owner_type": kind, "policy_name": name}
    return {"partition": arn.split(":")[1], **told}


def documents(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_document."""
    for row, document in papers(asked):
        yield {"account_id": asked.account_id, **row, "document_id": mark(document)}


# -- whom they reach -------------------------------------------------------------------------------------------------------


def principal_policies(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_principal_policy."""
    for kind in ("User", "Role"):
        for one in entities(asked, kind):
            name = one[f"{kind}Name"]
            who = {"account_id": asked.account_id, "principal_arn": one["Arn"], "principal_type": kind.lower()}
            for row in (*_held(asked, kind, name, ""), *_of_groups(asked, kind, name), *_bounded(asked, kind, name)):
                yield {**who, "principal_name": name, **row}


def _held(asked: Asked, kind: str, name: str, of: str) -> Iterator[Row]:
    """Give the policies that one has, attached and inline; `of` is `group ` where they reach the members."""
    layer = {"layer": "identity", "group_name": name if of else None}
    for arn in attached(asked, kind, name):
        yield {**layer, "via": f"{of}attached", **_managed(asked, arn)}
    for policy, document in inline(asked, kind, name):
        told = {"policy_arn": None, "policy_name": policy, "is_aws_managed": None, "document_id": mark(document)}
        yield {**layer, "via": f"{of}inline", **told}


def _of_groups(asked: Asked, kind: str, name: str) -> Iterator[Row]:
    if kind == "User":
        for group in listed(asked.iam, "list_groups_for_user", "Groups", UserName=name):
            yield from _held(asked, "Group", group["GroupName"], "group ")


def group_policies(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_group_policy."""
    for group in entities(asked, "Group"):
        whose = {"account_id": asked.account_id, "group_arn": group["Arn"]}
        for row in _held(asked, "Group", group["GroupName"], "group "):
            del row["layer"]
            yield {**whose, **row, "via": row["via"].removeprefix("group ")}


def _bounded(asked: Asked, kind: str, name: str) -> Iterator[Row]:
    """Give the boundary, which only the bulk answer brings to a run."""
    whole = getattr(asked.iam, f"get_{kind.lower()}")(**{f"{kind}Name": name})[kind]
    if asked.bulk and "PermissionsBoundary" in whole:
        arn = whole["PermissionsBoundary"]["PermissionsBoundaryArn"]
        yield {"layer": "boundary", "via": "boundary", "group_name": None, **_managed(asked, arn)}


def _managed(asked: Asked, arn: str) -> Row:
    told = {"policy_arn": arn, "policy_name": arn.rpartition("/")[2], "is_aws_managed": arn.split(":")[4] == "aws"}
    return {**told, "document_id": mark(in_force(asked, arn))}


def facts(asked: Asked, organization: str, management: str, chains: dict[str, list[str]]) -> Iterator[Row]:
    """Give the rows of aws_iam_principal, but for guard_id; `chains` are the ids above each account, from the root down."""
    for kind, type_ in (("User", "User"), ("Role", "AssumedRole")):
        for one in entities(asked, kind):
            whole = getattr(asked.iam, f"get_{kind.lower()}")(**{f"{kind}Name": one[f"{kind}Name"]})[kind]
            linked = one["Path"].startswith("/aws-service-role/")
            yield {
                "principal_arn": one["Arn"],
                "account_id": asked.account_id,
                "name": one[f"{kind}Name"],
                "id": one[f"{kind}Id"],
                "type": type_,
                "tags": (tag_map(whole.get("Tags")) or {}) if asked.bulk else None,
                "organization_id": organization,
                "organization_path": "/".join([organization, *chains[asked.account_id], ""]),
                "is_guarded": asked.account_id != management and not linked,
            }


# -- the organization's ----------------------------------------------------------------------------------------------------


def content(organizations: Any, policy_id: str) -> Document:
    """Give the document of a policy of the organization."""
    found: Document = json.loads(organizations.describe_policy(PolicyId=policy_id)["Policy"]["Content"])
    return found


def guardrails(session: boto3.Session) -> Iterator[Document]:
    """Give the documents of all service and resource control policies."""
    organizations = client(session, "organizations")
    for kind in TYPES:
        for policy in listed(organizations, "list_policies", "Policies", Filter=kind):
            yield content(organizations, policy["Id"])


def account_policies(session: boto3.Session) -> Iterator[Row]:
    """Give the rows of aws_organizations_account_policy, level by level from the root down."""
    organizations = client(session, "organizations")
    [root] = listed(organizations, "list_roots", "Roots")
    for account, chain in _below(organizations, [(root["Id"], "Root")]):
        for level, (target, name) in enumerate(chain):
            for kind in TYPES:
                where = {"account_id": account["Id"], "type": kind, "level": level, "target_id": target}
                asking = {"TargetId": target, "Filter": kind}
                for policy in listed(organizations, "list_policies_for_target", "Policies", **asking):
                    told = {"policy_id": policy["Id"], "policy_name": policy["Name"]}
                    held = {
                        "aws_managed": policy["AwsManaged"],
                        "document_id": mark(content(organizations, policy["Id"])),
                    }
                    yield {**where, "target_name": name, **told, **held}


def chains(session: boto3.Session) -> dict[str, list[str]]:
    """Give the ids of the root and the units above each account."""
    organizations = client(session, "organizations")
    [root] = listed(organizations, "list_roots", "Roots")
    found = _below(organizations, [(root["Id"], "Root")])
    return {account["Id"]: [target for target, _ in chain[:-1]] for account, chain in found}


def _below(organizations: Any, chain: list[tuple[str, str]]) -> Iterator[tuple[Row, list[tuple[str, str]]]]:
    """Give each account under the last of a chain with its own chain, from the root down to itself."""
    parent = chain[-1][0]
    for account in listed(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent):
        yield account, [*chain, (account["Id"], account["Name"])]
    for unit in listed(organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        yield from _below(organizations, [*chain, (unit["Id"], unit["Name"])])
