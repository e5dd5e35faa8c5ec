"""What plain IAM calls tell of users, groups, roles and policies, as rows of the tables that hold them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from tests.macros.test_macros import compact, statement_std
from tests.schema.tables.boto3_oracle import Row, answered, as_json, client, ending, listed, tag_map


@dataclass(frozen=True)
class Asked:
    """An account that is asked entity by entity, and what of it a run cannot have in bulk."""

    account_id: str
    session: boto3.Session

    @cached_property
    def iam(self) -> Any:
        """Give a client of IAM."""
        return client(self.session, "iam")

    @cached_property
    def bulk(self) -> bool:
        """Tell whether the account answers in bulk: else a run has what the list calls tell."""
        return answered(self.iam, "get_account_authorization_details", MaxItems=1) is not None

    @cached_property
    def reported(self) -> set[str] | None:
        """Name the users of the credential report; None where it is denied, and a run asks user by user."""
        for _ in range(2):  # the second request finds it made
            answered(self.iam, "generate_credential_report")
        report = answered(self.iam, "get_credential_report")
        return report and {row["user"] for row in csv.DictReader(io.StringIO(report["Content"].decode()))}


def std(document: Any) -> Any:
    """Put a policy document into its canonical form, by a second way of doing so."""
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    heads = {name: document[name] for name in ("Version", "Id") if document.get(name)}
    return heads | {"Statement": [statement_std(one) for one in statements]}


def held(asked: Asked, kind: str, name: str) -> Row:
    """Give the inline and attached policies of a user, group or role."""
    by = {f"{kind.capitalize()}Name": name}
    names = listed(asked.iam, f"list_{kind}_policies", "PolicyNames", **by)
    got = [getattr(asked.iam, f"get_{kind}_policy")(**by, PolicyName=one) for one in names]
    inline = [{"PolicyName": one["PolicyName"], "PolicyDocument": one["PolicyDocument"]} for one in got]
    arns = [one["PolicyArn"] for one in listed(asked.iam, f"list_attached_{kind}_policies", "AttachedPolicies", **by)]
    return {
        "inline_policies": inline or None,
        "inline_policies_std": [one | {"PolicyDocument": std(one["PolicyDocument"])} for one in inline] or None,
        "attached_policy_arns": arns or None,
    }


def named(asked: Asked, name: str, arn: str) -> Row:
    """Give the columns that name a thing."""
    return {"title": name, "akas": [arn], **ending(asked.account_id)}


def bounded(asked: Asked, whole: Row) -> Row:
    """Give boundary and tags, which only the bulk answer brings to a run."""
    arn = whole.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") if asked.bulk else None
    return {
        "permissions_boundary_arn": arn,
        "permissions_boundary_type": arn and "Policy",
        "tags_src": whole.get("Tags", []) if asked.bulk else None,
        "tags": tag_map(whole.get("Tags")) if asked.bulk else None,
    }


def users(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_user."""
    for position, item in enumerate(listed(asked.iam, "list_users", "Users"), 1):
        name = item["UserName"]
        groups = listed(asked.iam, "list_groups_for_user", "Groups", UserName=name)
        yield {
            "name": name,
            "user_id": item["UserId"],
            "path": item["Path"],
            "arn": item["Arn"],
            "create_date": item["CreateDate"],
            "password_last_used": item.get("PasswordLastUsed"),
            "groups": as_json(sorted(groups, key=lambda one: one["GroupName"]) if asked.bulk else groups),
            "position": position,
            **sign_in(asked, name),
            **held(asked, "user", name),
            **bounded(asked, asked.iam.get_user(UserName=name)["User"]),
            **named(asked, name, item["Arn"]),
        }


def sign_in(asked: Asked, name: str) -> Row:
    """Give MFA and password of a user: by the report, which tells no dates, or user by user where that is denied."""
    devices = listed(asked.iam, "list_mfa_devices", "MFADevices", UserName=name)
    login = (answered(asked.iam, "get_login_profile", UserName=name) or {}).get("LoginProfile")
    if asked.reported is None:
        given = {"mfa_enabled": bool(devices), "mfa_devices": as_json(devices)}
        return given | {"login_profile": as_json(login), "password_enabled": login is not None}
    known = name in asked.reported  # a user younger than the report is not in it
    virtual = {one["SerialNumber"] for one in listed(asked.iam, "list_virtual_mfa_devices", "VirtualMFADevices")}
    return {
        "mfa_enabled": bool(devices) if known else None,
        "mfa_devices": as_json([one for one in devices if one["SerialNumber"] in virtual]),
        "login_profile": {"UserName": name} if known and login else None,
        "password_enabled": login is not None if known else None,
    }


def groups(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_group."""
    for item in listed(asked.iam, "list_groups", "Groups"):
        name = item["GroupName"]
        members = listed(asked.iam, "get_group", "Users", GroupName=name)
        told = ("Arn", "Path", "UserId", "UserName", "CreateDate")
        yield {
            "name": name,
            "group_id": item["GroupId"],
            "path": item["Path"],
            "arn": item["Arn"],
            "create_date": item["CreateDate"],
            "users": as_json([{key: one[key] for key in told} for one in members]) or None,
            **held(asked, "group", name),
            **named(asked, name, item["Arn"]),
        }


def roles(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_role."""
    profiles = listed(asked.iam, "list_instance_profiles", "InstanceProfiles")
    for item in listed(asked.iam, "list_roles", "Roles"):
        name, trust = item["RoleName"], item["AssumeRolePolicyDocument"]
        whole = asked.iam.get_role(RoleName=name)["Role"]
        last = whole.get("RoleLastUsed", {}) if asked.bulk else {}
        of_role = [one["Arn"] for one in profiles if name in [role["RoleName"] for role in one["Roles"]]]
        yield {
            "name": name,
            "arn": item["Arn"],
            "role_id": item["RoleId"],
            "path": item["Path"],
            "create_date": item["CreateDate"],
            "description": None if asked.bulk else item.get("Description"),
            "max_session_duration": None if asked.bulk else item["MaxSessionDuration"],
            "instance_profile_arns": (of_role or None) if asked.bulk else None,
            "role_last_used_date": last.get("LastUsedDate"),
            "role_last_used_region": last.get("Region"),
            "assume_role_policy_document": compact(trust),
            "assume_role_policy": trust,
            "assume_role_policy_std": std(trust),
            **held(asked, "role", name),
            **bounded(asked, whole),
            **named(asked, name, item["Arn"]),
        }


def listed_policies(asked: Asked) -> list[Row]:
    """List the customer's policies, and AWS's own that are attached."""
    own = listed(asked.iam, "list_policies", "Policies", Scope="Local")
    return [*own, *listed(asked.iam, "list_policies", "Policies", Scope="AWS", OnlyAttached=True)]


def policies(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_policy."""
    for item in listed_policies(asked):
        version = asked.iam.get_policy_version(PolicyArn=item["Arn"], VersionId=item["DefaultVersionId"])
        document = version["PolicyVersion"]["Document"]
        yield {
            "name": item["PolicyName"],
            "policy_id": item["PolicyId"],
            "path": item["Path"],
            "description": item.get("Description"),
            "arn": item["Arn"],
            "is_aws_managed": ":iam::aws:policy/" in item["Arn"],
            "is_attachable": item["IsAttachable"],
            "create_date": item["CreateDate"],
            "update_date": item["UpdateDate"],
            "attachment_count": item["AttachmentCount"],
            "is_attached": item["AttachmentCount"] > 0,
            "default_version_id": item["DefaultVersionId"],
            "permissions_boundary_usage_count": item["PermissionsBoundaryUsageCount"],
            "policy": document,
            "policy_std": std(document),
            "tags_src": [] if asked.bulk else None,
            "tags": None,
            **named(asked, item["PolicyName"], item["Arn"]),
        }


def versions(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_policy_version: all versions, or the default one where the bulk answer is denied."""
    for item in listed_policies(asked):
        for number in range(1, 6):  # IAM keeps five at most
            found = answered(asked.iam, "get_policy_version", PolicyArn=item["Arn"], VersionId=f"v{number}")
            version = found and found["PolicyVersion"]
            if version and (asked.bulk or version["IsDefaultVersion"]):
                yield {
                    "policy_arn": item["Arn"],
                    "policy_name": item["PolicyName"],
                    "is_aws_managed": ":iam::aws:policy/" in item["Arn"],
                    "version_id": version["VersionId"],
                    "is_default_version": version["IsDefaultVersion"],
                    "create_date": version["CreateDate"],
                    "policy": version["Document"],
                    "policy_std": std(version["Document"]),
                    "title": f"{item['PolicyName']}:{version['VersionId']}",
                    **ending(asked.account_id),
                }


def attachments(asked: Asked) -> Iterator[Row]:
    """Give the rows of aws_iam_policy_attachment."""
    for item in listed_policies(asked):
        row: Row = {"policy_arn": item["Arn"]}
        for kind in ("Group", "Role", "User"):
            wanted = {"PolicyArn": item["Arn"], "PolicyUsageFilter": "PermissionsPolicy"}
            found = listed(asked.iam, "list_entities_for_policy", f"Policy{kind}s", **wanted)
            told = [{f"{kind}Id": one[f"{kind}Id"], f"{kind}Name": one[f"{kind}Name"]} for one in found]
            row[f"policy_{kind.lower()}s"] = sorted(told, key=lambda one: list(one.values())[1])
        attached = any(row[f"policy_{kind}"] for kind in ("groups", "roles", "users"))
        yield row | {"is_attached": attached, **ending(asked.account_id)}
