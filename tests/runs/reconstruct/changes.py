"""An organization whose IAM data changes, each change with the event that CloudTrail records for it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from iamsql.demo import cloudtrail
from iamsql.demo.data import Account, unique_id
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults

ACCOUNTS = ("666677778888", "555566667777")
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class ChangingOrganization:
    """The sample organization without credential reports, at a time that `advance` moves, with changes by name."""

    def __init__(self, seed: int = 0) -> None:
        faults = Faults(deny=(("*", "GenerateCredentialReport"),))
        self.aws = FakeAws(DAY, faults=faults, record=False)
        self.random, self.number = random.Random(seed), 0
        self.accounts = [account for account in self.aws.organization.accounts if account.id in ACCOUNTS]

    def advance(self, minutes: int) -> datetime:
        """Move the time, and return it."""
        self.aws.now += timedelta(minutes=minutes)
        return self.aws.now

    def run(self, folder: Path, **options: Any) -> Path:
        """Sync the two accounts that change into a folder."""
        cloudtrail.lookup_events.cache_clear()
        self.aws._bodies.clear()
        self.aws._cached = 0
        result = sync(
            Options(runs=folder, demo=True, no_reuse=True, accounts=ACCOUNTS, **options), Progress(), self.aws
        )
        assert result.path is not None
        return result.path

    def change(self, name: str = "", account: Account | None = None) -> str:
        """Make a change by name, or a random one that is possible now, and return its name."""
        for _ in range(1_000):
            change_name = name or self.random.choice(list(CHANGES))
            where = account or self.random.choice(self.accounts)
            if CHANGES[change_name](self, where):
                where._indexes.clear()
                return change_name
        raise AssertionError(f"{name} is not possible")

    def record(self, account: Account, name: str, parameters: Any, response: Any = None, **values: Any) -> bool:
        """Add the event of a change to the account, a second after the one before."""
        self.number += 1
        self.aws.now += timedelta(seconds=1)
        time = f"{self.aws.now:%Y-%m-%dT%H:%M:%SZ}"
        event = {
            "eventVersion": "1.10", "eventID": str(UUID(int=self.number)), "eventName": name, "eventTime": time,
            "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "readOnly": False, "managementEvent": True,
            "recipientAccountId": account.id, "eventType": "AwsApiCall", "sourceIPAddress": "203.0.113.7",
            "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{account.id}:user/irene", "userName": "irene"},
            "requestParameters": parameters, "responseElements": response, **values,
        }  # fmt: skip
        account.events.append({"CloudTrailEvent": event, "Username": "irene"})
        return True

    @property
    def time(self) -> str:
        """Return the time of the next event, as IAM returns times."""
        return f"{self.aws.now + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"

    def pick(self, items: Any) -> Any:
        """Return a random item; None if there is none."""
        candidates = list(items)
        return self.random.choice(candidates) if candidates else None

    def name(self, prefix: str) -> str:
        """Return a name that no other change has."""
        self.number += 1
        return f"{prefix}-{self.number}"


def create(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that creates a user, group or role."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        name, path = org.name(entity_type), org.random.choice(["/", "/team/"])
        unique = unique_id({"user": "AIDA", "group": "AGPA", "role": "AROA"}[entity_type], account.id, name)
        arn = f"arn:aws:iam::{account.id}:{entity_type}{path}{name}"
        item: dict[str, Any] = {
            "Path": path, f"{title}Name": name, f"{title}Id": unique, "Arn": arn, "CreateDate": org.time,
            "AttachedManagedPolicies": [], f"{title}PolicyList": [],
        }  # fmt: skip
        response_item: dict[str, Any] = {
            "path": path,
            f"{entity_type}Name": name,
            f"{entity_type}Id": unique,
            "arn": arn,
            "createDate": "…",
        }
        parameters: dict[str, Any] = {f"{entity_type}Name": name, "path": path}
        if entity_type != "group":
            item["Tags"] = [{"Key": "team", "Value": name}]
            parameters["tags"] = [{"key": "team", "value": name}]
        if entity_type == "user":
            item["GroupList"] = []
        if entity_type == "role":
            item |= {"AssumeRolePolicyDocument": TRUST, "RoleLastUsed": {}}
            parameters["assumeRolePolicyDocument"] = json.dumps(TRUST)
            response_item["assumeRolePolicyDocument"] = quote(json.dumps(TRUST))
        account.iam[f"{title}DetailList"].append(item)
        return org.record(account, f"Create{title}", parameters, {entity_type: response_item})

    return change


def delete(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that deletes a user, group or role from which nothing else must be removed first."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        items = account.iam[f"{title}DetailList"]
        keys = {key["UserName"] for key in account.iam["AccessKeys"]}
        members = {name for user in account.iam["UserDetailList"] for name in user["GroupList"]}
        free = [
            item
            for item in items
            if not (item["AttachedManagedPolicies"] or item[f"{title}PolicyList"] or item.get("GroupList"))
            and item[f"{title}Name"] not in keys | members
            and item["Arn"].rpartition("/")[2].startswith(f"{entity_type}-")
        ]
        if (entity := org.pick(free)) is None:
            return False
        _end_boundary(account, entity)
        items.remove(entity)
        return org.record(account, f"Delete{title}", {f"{entity_type}Name": entity[f"{title}Name"]})

    return change


def attach(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that attaches a managed policy."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner = org.pick(account.iam[f"{title}DetailList"])
        policy = org.pick(account.iam["Policies"])
        if any(entry["PolicyArn"] == policy["Arn"] for entry in owner["AttachedManagedPolicies"]):
            return False
        owner["AttachedManagedPolicies"].append({"PolicyName": policy["PolicyName"], "PolicyArn": policy["Arn"]})
        policy["AttachmentCount"] += 1
        return org.record(
            account, f"Attach{title}Policy", {f"{entity_type}Name": owner[f"{title}Name"], "policyArn": policy["Arn"]}
        )

    return change


def detach(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that detaches a managed policy."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner = org.pick(item for item in account.iam[f"{title}DetailList"] if item["AttachedManagedPolicies"])
        if owner is None or owner[f"{title}Name"] == "iamsql-audit":
            return False
        attachment = org.pick(owner["AttachedManagedPolicies"])
        owner["AttachedManagedPolicies"].remove(attachment)
        [policy] = [item for item in account.iam["Policies"] if item["Arn"] == attachment["PolicyArn"]]
        policy["AttachmentCount"] -= 1
        if (
            policy["AttachmentCount"] <= 0
            and ":aws:policy/" in policy["Arn"]
            and not policy["PermissionsBoundaryUsageCount"]
        ):
            account.iam["Policies"].remove(policy)
        return org.record(
            account,
            f"Detach{title}Policy",
            {f"{entity_type}Name": owner[f"{title}Name"], "policyArn": attachment["PolicyArn"]},
        )

    return change


def put_inline(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that writes an inline policy."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner, name = org.pick(account.iam[f"{title}DetailList"]), org.random.choice(["first", "second"])
        document = ALLOW | {
            "Statement": [{**ALLOW["Statement"][0], "Action": org.random.choice(["s3:*", "iam:*", "ec2:*"])}]
        }
        policies = owner[f"{title}PolicyList"]
        same_name = [policy for policy in policies if policy["PolicyName"] == name]
        if same_name:
            same_name[0]["PolicyDocument"] = document
        else:
            policies.append({"PolicyName": name, "PolicyDocument": document})
        parameters = {
            f"{entity_type}Name": owner[f"{title}Name"],
            "policyName": name,
            "policyDocument": json.dumps(document),
        }
        return org.record(account, f"Put{title}Policy", parameters)

    return change


def delete_inline(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that deletes an inline policy."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner = org.pick(item for item in account.iam[f"{title}DetailList"] if item[f"{title}PolicyList"])
        if owner is None or owner[f"{title}Name"] == "iamsql-audit":
            return False
        inline_policy = org.pick(owner[f"{title}PolicyList"])
        owner[f"{title}PolicyList"].remove(inline_policy)
        return org.record(
            account,
            f"Delete{title}Policy",
            {f"{entity_type}Name": owner[f"{title}Name"], "policyName": inline_policy["PolicyName"]},
        )

    return change


def create_key(org: ChangingOrganization, account: Account) -> bool:
    """Create an access key of a user with fewer than two."""
    user = org.pick(account.iam["UserDetailList"])
    keys = [key for key in account.iam["AccessKeys"] if key["UserName"] == user["UserName"]]
    if len(keys) == 2:
        return False
    key_id = unique_id("AKIA", account.id, org.name("key"))
    account.iam["AccessKeys"].append(
        {
            "UserName": user["UserName"],
            "AccessKeyId": key_id,
            "Status": "Active",
            "CreateDate": org.time,
            "AccessKeyLastUsed": {},
        }
    )
    response_item = {"userName": user["UserName"], "accessKeyId": key_id, "status": "Active", "createDate": "…"}
    return org.record(account, "CreateAccessKey", {"userName": user["UserName"]}, {"accessKey": response_item})


def update_key(org: ChangingOrganization, account: Account) -> bool:
    """Deactivate or activate a key."""
    key = org.pick(account.iam["AccessKeys"])
    key["Status"] = "Inactive" if key["Status"] == "Active" else "Active"
    parameters = {"userName": key["UserName"], "accessKeyId": key["AccessKeyId"], "status": key["Status"]}
    return org.record(account, "UpdateAccessKey", parameters)


def delete_key(org: ChangingOrganization, account: Account) -> bool:
    """Delete a key."""
    key = org.pick(account.iam["AccessKeys"])
    account.iam["AccessKeys"].remove(key)
    return org.record(account, "DeleteAccessKey", {"userName": key["UserName"], "accessKeyId": key["AccessKeyId"]})


def join(org: ChangingOrganization, account: Account) -> bool:
    """Add a user to a group."""
    user, group = org.pick(account.iam["UserDetailList"]), org.pick(account.iam["GroupDetailList"])["GroupName"]
    if group in user["GroupList"]:
        return False
    user["GroupList"].append(group)
    return org.record(account, "AddUserToGroup", {"userName": user["UserName"], "groupName": group})


def leave(org: ChangingOrganization, account: Account) -> bool:
    """Remove a user from a group."""
    user = org.pick(user for user in account.iam["UserDetailList"] if user["GroupList"])
    if user is None:
        return False
    group = org.pick(user["GroupList"])
    user["GroupList"].remove(group)
    return org.record(account, "RemoveUserFromGroup", {"userName": user["UserName"], "groupName": group})


def trust(org: ChangingOrganization, account: Account) -> bool:
    """Change the trust policy of a role."""
    role = org.pick(item for item in account.iam["RoleDetailList"] if item["RoleName"] != "iamsql-audit")
    service = org.random.choice(["ec2", "lambda", "ecs-tasks"])
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": [statement]}
    parameters = {"roleName": role["RoleName"], "policyDocument": json.dumps(role["AssumeRolePolicyDocument"])}
    return org.record(account, "UpdateAssumeRolePolicy", parameters)


def put_boundary(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that sets the permissions boundary of a user or role."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner, policy = org.pick(account.iam[f"{title}DetailList"]), org.pick(account.iam["Policies"])
        if owner.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == policy["Arn"]:
            return False
        _end_boundary(account, owner)
        owner["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy["Arn"]}
        policy["PermissionsBoundaryUsageCount"] += 1
        parameters = {f"{entity_type}Name": owner[f"{title}Name"], "permissionsBoundary": policy["Arn"]}
        return org.record(account, f"Put{title}PermissionsBoundary", parameters)

    return change


def delete_boundary(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that deletes the permissions boundary of a user or role."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner = org.pick(item for item in account.iam[f"{title}DetailList"] if item.get("PermissionsBoundary"))
        if owner is None:
            return False
        _end_boundary(account, owner)
        return org.record(account, f"Delete{title}PermissionsBoundary", {f"{entity_type}Name": owner[f"{title}Name"]})

    return change


def _end_boundary(account: Account, owner: dict[str, Any]) -> None:
    if old := owner.pop("PermissionsBoundary", None):
        [policy] = [item for item in account.iam["Policies"] if item["Arn"] == old["PermissionsBoundaryArn"]]
        policy["PermissionsBoundaryUsageCount"] -= 1
        if (
            ":aws:policy/" in policy["Arn"]
            and not policy["AttachmentCount"]
            and not policy["PermissionsBoundaryUsageCount"]
        ):
            account.iam["Policies"].remove(policy)


def create_policy(org: ChangingOrganization, account: Account) -> bool:
    """Create a managed policy."""
    name = org.name("policy")
    arn, unique = f"arn:aws:iam::{account.id}:policy/team/{name}", unique_id("ANPA", account.id, name)
    version = {"Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": org.time}
    account.iam["Policies"].append({
        "PolicyName": name, "PolicyId": unique, "Arn": arn, "Path": "/team/", "DefaultVersionId": "v1", "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0, "IsAttachable": True, "CreateDate": org.time, "UpdateDate": org.time,
        "PolicyVersionList": [version],
    })  # fmt: skip
    parameters = {"policyName": name, "path": "/team/", "policyDocument": json.dumps(ALLOW)}
    response_item = {
        "policyName": name,
        "policyId": unique,
        "arn": arn,
        "path": "/team/",
        "defaultVersionId": "v1",
        "attachmentCount": 0,
    }
    return org.record(account, "CreatePolicy", parameters, {"policy": response_item})


def create_version(org: ChangingOrganization, account: Account) -> bool:
    """Create a version of a customer managed policy."""
    policy = org.pick(item for item in account.iam["Policies"] if ":aws:policy/" not in item["Arn"])
    versions, is_default = policy["PolicyVersionList"], org.random.random() < 0.5
    version = f"v{1 + max(int(entry['VersionId'][1:]) for entry in versions)}"
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": f"s3:Get{version}", "Resource": "*"}],
    }
    versions.insert(
        0, {"Document": document, "VersionId": version, "IsDefaultVersion": is_default, "CreateDate": org.time}
    )
    if is_default:
        policy["DefaultVersionId"] = version
        for entry in versions[1:]:
            entry["IsDefaultVersion"] = False
    parameters = {"policyArn": policy["Arn"], "policyDocument": json.dumps(document), "setAsDefault": is_default}
    response_item = {"versionId": version, "isDefaultVersion": is_default}
    return org.record(account, "CreatePolicyVersion", parameters, {"policyVersion": response_item})


def _unused_policy(org: ChangingOrganization, account: Account, versions: int) -> Any:
    """Return an unused policy of the account with at least `versions` versions; None if there is none."""
    return org.pick(
        item
        for item in account.iam["Policies"]
        if ":aws:policy/" not in item["Arn"]
        and len(item["PolicyVersionList"]) >= versions
        and not (versions < 2 and (item["AttachmentCount"] or item["PermissionsBoundaryUsageCount"]))
    )


def delete_policy(org: ChangingOrganization, account: Account) -> bool:
    """Delete a customer managed policy that nothing uses."""
    if (policy := _unused_policy(org, account, 1)) is None:
        return False
    account.iam["Policies"].remove(policy)
    return org.record(account, "DeletePolicy", {"policyArn": policy["Arn"]})


def set_default_version(org: ChangingOrganization, account: Account) -> bool:
    """Make another version of a policy the default."""
    if (policy := _unused_policy(org, account, 2)) is None:
        return False
    version = org.pick(entry for entry in policy["PolicyVersionList"] if not entry["IsDefaultVersion"])
    for entry in policy["PolicyVersionList"]:
        entry["IsDefaultVersion"] = entry is version
    policy["DefaultVersionId"] = version["VersionId"]
    parameters = {"policyArn": policy["Arn"], "versionId": version["VersionId"]}
    return org.record(account, "SetDefaultPolicyVersion", parameters)


def delete_version(org: ChangingOrganization, account: Account) -> bool:
    """Delete a version of a policy that is not the default."""
    if (policy := _unused_policy(org, account, 2)) is None:
        return False
    version = org.pick(entry for entry in policy["PolicyVersionList"] if not entry["IsDefaultVersion"])
    policy["PolicyVersionList"].remove(version)
    return org.record(account, "DeletePolicyVersion", {"policyArn": policy["Arn"], "versionId": version["VersionId"]})


def rename(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change of the name and path of a user or group that a change has created."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        items = account.iam[f"{title}DetailList"]
        item = org.pick(item for item in items if item[f"{title}Name"].startswith(f"{entity_type}-"))
        if item is None:
            return False
        old, new = item[f"{title}Name"], org.name(entity_type)
        item |= {f"{title}Name": new, "Path": "/moved/", "Arn": f"arn:aws:iam::{account.id}:{entity_type}/moved/{new}"}
        if entity_type == "group":
            for user in account.iam["UserDetailList"]:
                user["GroupList"] = [new if name == old else name for name in user["GroupList"]]
        for key in account.iam["AccessKeys"] if entity_type == "user" else ():
            key["UserName"] = new if key["UserName"] == old else key["UserName"]
        parameters = {f"{entity_type}Name": old, f"new{title}Name": new, "newPath": "/moved/"}
        return org.record(account, f"Update{title}", parameters)

    return change


def tag(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that sets a tag of a user or role."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner = org.pick(account.iam[f"{title}DetailList"])
        tags = [tag for tag in owner.get("Tags", []) if tag["Key"] != "stage"]
        owner["Tags"] = [*tags, {"Key": "stage", "Value": org.name("stage")}]
        parameters = {
            f"{entity_type}Name": owner[f"{title}Name"],
            "tags": [{"key": "stage", "value": owner["Tags"][-1]["Value"]}],
        }
        return org.record(account, f"Tag{title}", parameters)

    return change


def untag(entity_type: str) -> Callable[[ChangingOrganization, Account], bool]:
    """Return the change that removes a tag of a user or role."""
    title = entity_type.title()

    def change(org: ChangingOrganization, account: Account) -> bool:
        owner = org.pick(item for item in account.iam[f"{title}DetailList"] if item.get("Tags"))
        if owner is None:
            return False
        removed_tag = org.pick(owner["Tags"])
        owner["Tags"].remove(removed_tag)
        return org.record(
            account, f"Untag{title}", {f"{entity_type}Name": owner[f"{title}Name"], "tagKeys": [removed_tag["Key"]]}
        )

    return change


def create_linked_role(org: ChangingOrganization, account: Account) -> bool:
    """Create a service-linked role. The event has its name and trust policy in the response only."""
    name, path = org.name("AWSServiceRoleFor"), "/aws-service-role/ec2.amazonaws.com/"
    unique, arn = unique_id("AROA", account.id, name), f"arn:aws:iam::{account.id}:role{path}{name}"
    account.iam["RoleDetailList"].append({
        "Path": path, "RoleName": name, "RoleId": unique, "Arn": arn, "CreateDate": org.time, "AttachedManagedPolicies": [],
        "RolePolicyList": [], "Tags": [], "AssumeRolePolicyDocument": TRUST, "RoleLastUsed": {},
    })  # fmt: skip
    response_item = {"path": path, "roleName": name, "roleId": unique, "arn": arn, "createDate": "…"}
    response_item["assumeRolePolicyDocument"] = quote(json.dumps(TRUST))
    return org.record(
        account, "CreateServiceLinkedRole", {"aWSServiceName": "ec2.amazonaws.com"}, {"role": response_item}
    )


def delete_linked_role(org: ChangingOrganization, account: Account) -> bool:
    """Delete a service-linked role that a change has created."""
    roles = account.iam["RoleDetailList"]
    linked_role = org.pick(role for role in roles if role["RoleName"].startswith("AWSServiceRoleFor-"))
    if linked_role is None or linked_role["AttachedManagedPolicies"] or linked_role["RolePolicyList"]:
        return False
    _end_boundary(account, linked_role)
    roles.remove(linked_role)
    return org.record(
        account, "DeleteServiceLinkedRole", {"roleName": linked_role["RoleName"]}, {"deletionTaskId": "task/1"}
    )


CHANGES: dict[str, Callable[[ChangingOrganization, Account], bool]] = {
    **{f"Create{entity_type.title()}": create(entity_type) for entity_type in ("user", "group", "role")},
    **{f"Delete{entity_type.title()}": delete(entity_type) for entity_type in ("user", "group", "role")},
    **{f"Attach{entity_type.title()}Policy": attach(entity_type) for entity_type in ("user", "group", "role")},
    **{f"Detach{entity_type.title()}Policy": detach(entity_type) for entity_type in ("user", "group", "role")},
    **{f"Put{entity_type.title()}Policy": put_inline(entity_type) for entity_type in ("user", "group", "role")},
    **{f"Delete{entity_type.title()}Policy": delete_inline(entity_type) for entity_type in ("user", "group", "role")},
    "CreateAccessKey": create_key,
    "UpdateAccessKey": update_key,
    "DeleteAccessKey": delete_key,
    "AddUserToGroup": join,
    "RemoveUserFromGroup": leave,
    "UpdateAssumeRolePolicy": trust,
    **{f"Put{entity_type.title()}PermissionsBoundary": put_boundary(entity_type) for entity_type in ("user", "role")},
    **{
        f"Delete{entity_type.title()}PermissionsBoundary": delete_boundary(entity_type)
        for entity_type in ("user", "role")
    },
    "CreatePolicy": create_policy,
    "DeletePolicy": delete_policy,
    "CreatePolicyVersion": create_version,
    "SetDefaultPolicyVersion": set_default_version,
    "DeletePolicyVersion": delete_version,
    **{f"Update{entity_type.title()}": rename(entity_type) for entity_type in ("user", "group")},
    **{f"Tag{entity_type.title()}": tag(entity_type) for entity_type in ("user", "role")},
    **{f"Untag{entity_type.title()}": untag(entity_type) for entity_type in ("user", "role")},
    "CreateServiceLinkedRole": create_linked_role,
    "DeleteServiceLinkedRole": delete_linked_role,
}
# The changes after which each change is possible.
PREPARED = (
    "PutUserPolicy", "PutGroupPolicy", "AttachUserPolicy", "AttachGroupPolicy", "AddUserToGroup", "CreateUser", "CreateGroup",
    "CreateRole", "CreateServiceLinkedRole", "CreatePolicy", "CreatePolicyVersion", "PutUserPermissionsBoundary",
    "PutRolePermissionsBoundary", "TagUser",
)  # fmt: skip
