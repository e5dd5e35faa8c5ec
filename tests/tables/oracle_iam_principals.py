"""Expected rows of the tables of users, groups, roles and policies, from plain IAM calls."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from tests.tables.boto3_oracle import Row, as_json, client, common_columns, listed, response_of, tag_map
from tests.tables.macros.test_macros import compact, statement_std


@dataclass(frozen=True)
class IamAccount:
    """An account whose principals are read one by one, and the data that a run gets from bulk calls."""

    account_id: str
    session: boto3.Session

    @cached_property
    def iam(self) -> Any:
        """Return an IAM client."""
        return client(self.session, "iam")

    @cached_property
    def bulk(self) -> bool:
        """Return whether GetAccountAuthorizationDetails is allowed; otherwise a run has the columns of the list calls."""
        return response_of(self.iam, "get_account_authorization_details", MaxItems=1) is not None

    @cached_property
    def reported(self) -> dict[str, int] | None:
        """Map the users of the credential report to their number of keys; None if it is denied and a run reads user by user."""
        for _ in range(2):  # the second request finds the finished report
            response_of(self.iam, "generate_credential_report")
        report = response_of(self.iam, "get_credential_report")
        return report and {
            row["user"]: sum(row[f"access_key_{slot}_last_rotated"] != "N/A" for slot in (1, 2))
            for row in csv.DictReader(io.StringIO(report["Content"].decode()))
        }


def std(document: Any) -> Any:
    """Return the canonical form of a policy document, by an implementation of the tests."""
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    heads = {name: document[name] for name in ("Version", "Id") if document.get(name)}
    return heads | {"Statement": [statement_std(statement) for statement in statements]}


def attached_and_inline(account: IamAccount, entity_type: str, name: str) -> Row:
    """Return the inline and attached policies of a user, group or role."""
    by = {f"{entity_type.capitalize()}Name": name}
    names = listed(account.iam, f"list_{entity_type}_policies", "PolicyNames", **by)
    got = [getattr(account.iam, f"get_{entity_type}_policy")(**by, PolicyName=policy) for policy in names]
    inline = [{"PolicyName": policy["PolicyName"], "PolicyDocument": policy["PolicyDocument"]} for policy in got]
    arns = [
        policy["PolicyArn"]
        for policy in listed(account.iam, f"list_attached_{entity_type}_policies", "AttachedPolicies", **by)
    ]
    return {
        "inline_policies": inline or None,
        "inline_policies_std": [policy | {"PolicyDocument": std(policy["PolicyDocument"])} for policy in inline]
        or None,
        "attached_policy_arns": arns or None,
    }


def name_columns(account: IamAccount, name: str, arn: str) -> Row:
    """Return the columns that identify a resource."""
    return {"title": name, "akas": [arn], **common_columns(account.account_id)}


def boundary_and_tags(account: IamAccount, detail: Row) -> Row:
    """Return boundary and tags, which a run gets only from the bulk call."""
    arn = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") if account.bulk else None
    return {
        "permissions_boundary_arn": arn,
        "permissions_boundary_type": arn and "Policy",
        "tags_src": detail.get("Tags", []) if account.bulk else None,
        "tags": tag_map(detail.get("Tags")) if account.bulk else None,
    }


def users(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_user."""
    for position, item in enumerate(listed(account.iam, "list_users", "Users"), 1):
        name = item["UserName"]
        groups = listed(account.iam, "list_groups_for_user", "Groups", UserName=name)
        yield {
            "name": name,
            "user_id": item["UserId"],
            "path": item["Path"],
            "arn": item["Arn"],
            "create_date": item["CreateDate"],
            "password_last_used": item.get("PasswordLastUsed"),
            "groups": as_json(sorted(groups, key=lambda group: group["GroupName"]) if account.bulk else groups),
            "position": position,
            **sign_in(account, name),
            **attached_and_inline(account, "user", name),
            **boundary_and_tags(account, account.iam.get_user(UserName=name)["User"]),
            **name_columns(account, name, item["Arn"]),
        }


def sign_in(account: IamAccount, name: str) -> Row:
    """Return MFA and password of a user: from the report, which has no dates, or from calls for the user if it is denied."""
    devices = listed(account.iam, "list_mfa_devices", "MFADevices", UserName=name)
    login = (response_of(account.iam, "get_login_profile", UserName=name) or {}).get("LoginProfile")
    if account.reported is None:
        mfa_columns = {"mfa_enabled": bool(devices), "mfa_devices": as_json(devices)}
        return mfa_columns | {
            "login_profile": as_json(login),
            "password_enabled": login is not None,
            "access_keys": None,
            "mfa_active": None,
        }
    is_reported = name in account.reported  # a user younger than the report is not in it
    virtual = {
        device["SerialNumber"] for device in listed(account.iam, "list_virtual_mfa_devices", "VirtualMFADevices")
    }
    return {
        "mfa_enabled": bool(devices) if is_reported else None,
        "mfa_devices": as_json([device for device in devices if device["SerialNumber"] in virtual]),
        "login_profile": {"UserName": name} if is_reported and login else None,
        "password_enabled": login is not None if is_reported else None,
        "access_keys": account.reported[name] if is_reported else None,
        "mfa_active": bool(devices) if is_reported else None,
    }


def groups(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_group."""
    for item in listed(account.iam, "list_groups", "Groups"):
        name = item["GroupName"]
        members = listed(account.iam, "get_group", "Users", GroupName=name)
        member_keys = ("Arn", "Path", "UserId", "UserName", "CreateDate")
        yield {
            "name": name,
            "group_id": item["GroupId"],
            "path": item["Path"],
            "arn": item["Arn"],
            "create_date": item["CreateDate"],
            "users": as_json([{key: member[key] for key in member_keys} for member in members]) or None,
            **attached_and_inline(account, "group", name),
            **name_columns(account, name, item["Arn"]),
        }


def roles(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_role."""
    profiles = listed(account.iam, "list_instance_profiles", "InstanceProfiles")
    for item in listed(account.iam, "list_roles", "Roles"):
        name, trust = item["RoleName"], item["AssumeRolePolicyDocument"]
        detail = account.iam.get_role(RoleName=name)["Role"]
        last = detail.get("RoleLastUsed", {}) if account.bulk else {}
        of_role = [profile["Arn"] for profile in profiles if name in [role["RoleName"] for role in profile["Roles"]]]
        yield {
            "name": name,
            "arn": item["Arn"],
            "role_id": item["RoleId"],
            "path": item["Path"],
            "create_date": item["CreateDate"],
            "description": None if account.bulk else item.get("Description"),
            "max_session_duration": None if account.bulk else item["MaxSessionDuration"],
            "instance_profile_arns": (of_role or None) if account.bulk else None,
            "role_last_used_date": last.get("LastUsedDate"),
            "role_last_used_region": last.get("Region"),
            "assume_role_policy_document": compact(trust),
            "assume_role_policy": trust,
            "assume_role_policy_std": std(trust),
            **attached_and_inline(account, "role", name),
            **boundary_and_tags(account, detail),
            **name_columns(account, name, item["Arn"]),
        }


def listed_policies(account: IamAccount) -> list[Row]:
    """Return the customer managed policies, and the AWS managed policies that are attached."""
    customer_managed = listed(account.iam, "list_policies", "Policies", Scope="Local")
    return [*customer_managed, *listed(account.iam, "list_policies", "Policies", Scope="AWS", OnlyAttached=True)]


def policies(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_policy."""
    for item in listed_policies(account):
        version = account.iam.get_policy_version(PolicyArn=item["Arn"], VersionId=item["DefaultVersionId"])
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
            "tags_src": [] if account.bulk else None,
            "tags": None,
            **name_columns(account, item["PolicyName"], item["Arn"]),
        }


def versions(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_policy_version: all versions, or the default version if the bulk call is denied."""
    for item in listed_policies(account):
        for number in range(1, 6):  # IAM keeps five at most
            response = response_of(account.iam, "get_policy_version", PolicyArn=item["Arn"], VersionId=f"v{number}")
            version = response and response["PolicyVersion"]
            if version and (account.bulk or version["IsDefaultVersion"]):
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
                    **common_columns(account.account_id),
                }


def attachments(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_policy_attachment."""
    for item in listed_policies(account):
        row: Row = {"policy_arn": item["Arn"]}
        for entity_type in ("Group", "Role", "User"):
            parameters = {"PolicyArn": item["Arn"], "PolicyUsageFilter": "PermissionsPolicy"}
            attached_entities = listed(account.iam, "list_entities_for_policy", f"Policy{entity_type}s", **parameters)
            entities = [
                {f"{entity_type}Id": entity[f"{entity_type}Id"], f"{entity_type}Name": entity[f"{entity_type}Name"]}
                for entity in attached_entities
            ]
            row[f"policy_{entity_type.lower()}s"] = sorted(entities, key=lambda entity: list(entity.values())[1])
        attached = any(row[f"policy_{entity_type}"] for entity_type in ("groups", "roles", "users"))
        yield row | {"is_attached": attached, **common_columns(account.account_id)}
