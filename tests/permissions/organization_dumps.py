"""Write sample organizations as files of the AWS CLI, which `iamsql import` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import SHARED

ESTATES = SHARED / "permissions" / "estates"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
TARGET_TYPES = {
    "r": "ROOT",
    "o": "ORGANIZATIONAL_UNIT",
}  # by the first letter of the id; the id of an account is a number
Item = dict[str, Any]


def names() -> list[str]:
    """List the names of the shared estates."""
    return sorted(path.stem for path in ESTATES.glob("*.json"))


def read(name: str) -> Item:
    """Read a shared estate."""
    estate: Item = json.loads((ESTATES / f"{name}.json").read_text(encoding="utf-8"))
    return estate


def nodes(tree: Item) -> Iterator[Item]:
    """Yield the root and its organizational units, parents first."""
    yield tree
    for child in tree["children"]:
        yield from nodes(child)


def write_dumps(estate: Item, folder: Path) -> Path:
    """Write an estate to a new folder: files for the organization, and a folder for each account. Return the folder."""
    for name, response in (*_tree(estate), *_policies(estate)):
        _write(folder / f"{name}.json", response)
    for account_id, details in estate["accounts"].items():
        _write(folder / account_id / "get-account-authorization-details.json", details)
    return folder


def _write(path: Path, response: Item) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(response, indent=4), encoding="utf-8")


def _arn(estate: Item, kind: str, name: str) -> str:
    organization = estate["organization"]
    head = f"arn:aws:organizations::{organization['management_account']}:{kind}/{organization['id']}"
    return f"{head}/{name}" if name else head


def _tree(estate: Item) -> Iterator[tuple[str, Item]]:
    """Yield the responses about the organization, its accounts and its organizational units."""
    organization = estate["organization"]
    management = organization["management_account"]
    described = {"Id": organization["id"], "Arn": _arn(estate, "organization", ""), "FeatureSet": "ALL"}
    yield "describe-organization", {"Organization": described | {"MasterAccountId": management}}
    accounts = organization["accounts"]
    yield "list-accounts", {"Accounts": [_account(estate, account) for account in accounts]}
    root = organization["tree"]
    enabled = [SCP, RCP] if estate.get("rcps") else [SCP]
    types = [{"Type": type_, "Status": "ENABLED"} for type_ in enabled]
    item = {"Id": root["id"], "Arn": _arn(estate, "root", root["id"]), "Name": root["name"], "PolicyTypes": types}
    yield "list-roots", {"Roots": [item]}
    for node in nodes(root):
        units = [
            {"Id": unit["id"], "Arn": _arn(estate, "ou", unit["id"]), "Name": unit["name"]} for unit in node["children"]
        ]
        yield f"list-organizational-units-for-parent-{node['id']}", {"OrganizationalUnits": units}
        children = [_account(estate, account) for account in accounts if account["ou"] == node["id"]]
        yield f"list-accounts-for-parent-{node['id']}", {"Accounts": children}


def _account(estate: Item, account: Item) -> Item:
    account_id = account["id"]
    arn, email = _arn(estate, "account", account_id), f"{account_id}@example.com"
    return {"Id": account_id, "Arn": arn, "Name": account["name"], "Email": email, "State": "ACTIVE"}


def _policies(estate: Item) -> Iterator[tuple[str, Item]]:
    """Yield the responses about service and resource control policies, with documents and targets."""
    targets = {node["id"]: (node["name"], "ou") for node in nodes(estate["organization"]["tree"])}
    targets |= {account["id"]: (account["name"], "account") for account in estate["organization"]["accounts"]}
    by_type = {SCP: estate["scps"], RCP: estate.get("rcps", [])}
    for type_, policies in by_type.items():
        yield f"list-policies-{type_}", {"Policies": [_summary(estate, policy, type_) for policy in policies]}
    for type_, policy in ((type_, policy) for type_, policies in by_type.items() for policy in policies):
        content = {"PolicySummary": _summary(estate, policy, type_), "Content": json.dumps(policy["document"])}
        yield f"describe-policy-{policy['id']}", {"Policy": content}
        items = [
            {
                "TargetId": target,
                "Arn": _arn(estate, targets[target][1], target),
                "Name": targets[target][0],
                "Type": TARGET_TYPES.get(target[0], "ACCOUNT"),
            }
            for target in policy["targets"]
        ]
        yield f"list-targets-for-policy-{policy['id']}", {"Targets": items}


def _summary(estate: Item, policy: Item, type_: str) -> Item:
    is_aws_managed = policy["id"].startswith("p-Full")
    owner = "aws" if is_aws_managed else estate["organization"]["management_account"]
    organization = "" if is_aws_managed else f"{estate['organization']['id']}/"
    arn = f"arn:aws:organizations::{owner}:policy/{organization}{type_.lower()}/{policy['id']}"
    return {"Id": policy["id"], "Arn": arn, "Name": policy["name"], "Type": type_, "AwsManaged": is_aws_managed}
