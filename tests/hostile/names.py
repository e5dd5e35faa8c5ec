"""Hostile names, and an organization that uses them for nearly everything."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from iamsql.demo import SampleOrganization
from iamsql.demo.data import Account, Item, unique_id
from iamsql.demo.organizations import Organization
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.fake_aws.records import at, created_user, group, policy, role, tag_list, time_text, user

NAMES = (
    "'; drop table aws_iam_user; --", 'say "hi"', "a\nb", "a\r\nb", "tab\tbed", "\u202egnp.exe", "\u200b\ufeffzero\u2066",
    "\u2028\u2029", '=HYPERLINK("http://evil","x")', "+1+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", "]]></a>&amp;&#0;",
    "../../etc/x", "..\\..\\x", "C:\\con\\nul", "$$", "{{name}}", "{0}%s%n", "$(id)`id`", "${jndi:ldap://x}",
    "|`x`*_[l](http://x)_*|", "\U0001f600\U0001f469\u200d\U0001f4bb", "\u0130\u0131\xdf\ufb01", "\U0010ffff", "null", "NULL",
    "NaN", "1e999", "0x10", "", " ", " lead", "trail ", "%27%20or%201=1", "%00", "\\u0000", "\\x1b[2J", "x" * 2000, "a,b;c|d",
    "~user", "-rf", "--run", "con", ".hidden", "*", "?", "[a]", "name@1", "x.sql",
)  # fmt: skip
UNSEEN = (
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x07\x08\x7f",
    "\x85\x9b31m",
    "\ud800",
    "a\x0bb\x0cc",
)  # XML holds none
WIDE = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": ["x" * 64_000]}]}
)
VICTIM = "666677778888"  # the account with hostile names


def nested(depth: int) -> str:
    """Return a policy document with a condition that is nested to a depth."""
    inner = '{"StringEquals":' + "[" * depth + "]" * depth + "}"
    return (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{inner}}}]}}'
    )


def tags(index: int) -> tuple[tuple[str, str], ...]:
    """Return tags with hostile keys and values."""
    first, second = NAMES[index % len(NAMES)], NAMES[(index * 7 + 3) % len(NAMES)]
    return ((first, second), ("plain", first))


def statement(action: str, resource: str) -> Item:
    """Return a policy document that allows an action on a resource."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def trust(name: str) -> Item:
    """Return a trust policy for a principal."""
    allowed = {"Effect": "Allow", "Principal": {"AWS": name}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


DECRYPT = statement("kms:Decrypt", "*")


def hostile_user(account: Account, index: int, name: str) -> Item:
    """Return a user whose name, tags and inline policies are hostile."""
    limits = f"arn:aws:iam::{account.id}:policy/boundaries/limits"
    members: dict[str, Any] = {"Tags": tag_list(tags(index)), "GroupList": [NAMES[0]]}
    if index % 4 == 0:
        members["UserPolicyList"] = [{"PolicyName": name, "PolicyDocument": DECRYPT}]
    if index % 5:
        members["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": limits}
    if index % 2:
        members["PasswordLastUsed"] = time_text(at(account, 50, f"{name}/sign-in"))
    return user(account, name, 101 + index, "/" if index % 2 else "/<b>/", **members)


def add_users(account: Account, iam: Item) -> None:
    """Add hostile users with their credentials, and the events of their creation."""
    rows = account.credential_report.decode().splitlines(keepends=True)
    for index, name in enumerate(NAMES):
        user_item = hostile_user(account, index, name)
        set_up = time_text(at(account, 100 + index, f"{name}/set up"))
        iam["UserDetailList"].append(user_item)
        key = {"UserName": name, "AccessKeyId": unique_id("AKIA", account.id, name, "0"), "Status": "Active"}
        last_used = {"LastUsedDate": time_text(at(account, 70, name)), "ServiceName": "s3", "Region": "N/A"}
        iam["AccessKeys"].append(key | {"CreateDate": set_up, "AccessKeyLastUsed": last_used})
        if index % 2:
            profile = {"UserName": name, "CreateDate": set_up, "PasswordResetRequired": False}
            iam["LoginProfiles"].append(profile)
        if index % 3:
            serial = f"arn:aws:iam::{account.id}:mfa/virtual-{name}"
            iam["MFADevices"].append({"UserName": name, "SerialNumber": serial, "EnableDate": set_up})
            owner = {name: user_item[name] for name in ("Path", "UserName", "UserId", "Arn", "CreateDate")}
            iam["VirtualMFADevices"].append({"SerialNumber": serial, "User": owner, "EnableDate": set_up})
        rows.append(row(user_item, set_up, last_used["LastUsedDate"], mfa=bool(index % 3)))
        account.events.append(created_user(account, name, at(account, 101 + index % 80, name)))
    account.events.sort(key=lambda name: str(name["CloudTrailEvent"]["eventTime"]))
    account.__dict__["credential_report"] = "".join(rows).encode("utf-8", "replace")


def row(user_item: Item, set_up: str, last_used: str, *, mfa: bool) -> str:
    """Return a user's row of the credential report."""
    head = (user_item["UserName"], user_item["Arn"], user_item["CreateDate"])
    last_sign_in = user_item.get("PasswordLastUsed")
    password = ("true", last_sign_in, set_up, "N/A") if last_sign_in else ("false", "N/A", "N/A", "N/A")
    first = ("true", set_up, last_used, "N/A", "s3")
    cells = (*head, *password, str(mfa).lower(), *first, "false", *["N/A"] * 4, "false", "N/A", "false", "N/A", "N/A")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(
        cell.replace("Z", "+00:00") if cell[:4] == "202" else cell for cell in cells
    )
    return out.getvalue()


def victim(account: Account, documents: Mapping[str, str]) -> None:
    """Add hostile users, groups, roles and policies to an account."""
    iam = account.iam
    add_users(account, iam)
    for index, name in enumerate(NAMES[:12]):
        inline = [{"PolicyName": name, "PolicyDocument": DECRYPT}]
        iam["GroupDetailList"].append(group(account, name, 200, GroupPolicyList=inline))
        last_used = {"LastUsedDate": time_text(at(account, 3, name)), "Region": "us-east-1"}
        members = {"Description": name, "Tags": tag_list(tags(index)), "RoleLastUsed": last_used}
        iam["RoleDetailList"].append(role(account, name, 300, trust(name), **members))
        iam["Policies"].append(policy(account, name, 150, statement(name, name), Description=name))
    for name, text in documents.items():
        iam["RoleDetailList"].append(role(account, name, 10, text))
        iam["Policies"].append(policy(account, name, 10, text))
    iam["AccountAliases"] = [NAMES[12]]
    spare = [{"SerialNumber": f"arn:aws:iam::{account.id}:mfa/spare-{index}"} for index in range(3)]
    iam["VirtualMFADevices"] += spare
    iam["SummaryMap"] |= {"Users": len(iam["UserDetailList"]), "MFADevices": len(iam["VirtualMFADevices"])}


def renamed(organization: Organization, documents: Mapping[str, str]) -> Organization:
    """Give hostile names and tags to the accounts of the sample organization, and hostile contents and units to one."""
    hostile = iter((*UNSEEN, *NAMES))
    for account in organization.accounts:
        name = next(hostile)
        account.name = account.item["Name"] = name
        account.item["Email"] = f"{name}@x"
        account.item["Tags"] = [*account.item["Tags"], *tag_list((("name", name), (name[:5] or "x", "y")))]
        if account.id == VICTIM:
            account.item["ParentId"] = hostile_units(organization, account.item["ParentId"], name)
            victim(account, documents)
    return organization


def hostile_units(organization: Organization, parent: str, name: str) -> str:
    """Add each unit of an account again with a hostile name; return the id of the last."""
    units = {unit["Id"]: unit for unit in organization.units}
    path: list[Item] = []
    while parent in units:
        path.insert(0, units[parent])
        parent = units[parent]["ParentId"]
    for unit in path:
        copy = unit | {"Id": unique_id("ou-demo-", name, unit["Id"], size=8).lower(), "ParentId": parent}
        copy["Name"], copy["Arn"] = f"{unit['Name']}{name}", unit["Arn"].replace(unit["Id"], copy["Id"])
        organization.units.append(copy)
        parent = copy["Id"]
    return parent


@contextmanager
def hostile_aws(documents: Mapping[str, str]) -> Iterator[FakeAws]:
    """Serve a sample organization with hostile names; documents that are text are served unchanged."""
    opened = SampleOrganization.open_organization
    with patch.object(SampleOrganization, "open_organization", lambda self: renamed(opened(self), documents)):
        yield FakeAws(DAY)
