"""Write sample organizations as files of the AWS CLI, which `iamsql import` reads."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import SHARED

ORGANIZATIONS = SHARED / "permissions" / "estates"
REPORT = "credential_report"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
TARGET_TYPES = {
    "r": "ROOT",
    "o": "ORGANIZATIONAL_UNIT",
}  # by the first letter of the ID; the ID of an account is a number
Item = dict[str, Any]
# The verdicts of iamsql by the verdicts of the shared questions.
VERDICTS = {"certain": "allowed", "conditional": "conditional", "unknown": "unknown", "blocked": "denied"}


def names() -> list[str]:
    """List the names of the shared organizations."""
    return sorted(path.stem for path in ORGANIZATIONS.glob("*.json"))


def read(name: str) -> Item:
    """Read a shared organization."""
    data: Item = json.loads((ORGANIZATIONS / f"{name}.json").read_text(encoding="utf-8"))
    return data


def nodes(tree: Item) -> Iterator[Item]:
    """Yield the root and its organizational units, parents first."""
    yield tree
    for child in tree["children"]:
        yield from nodes(child)


def write_dumps(data: Item, folder: Path) -> Path:
    """Write a sample organization to a new folder: files for the organization, and a folder for each account. Return the folder."""
    administrators: tuple[str, Item] = ("list-delegated-administrators", {"DelegatedAdministrators": []})
    for name, response in (*_tree(data), *_policies(data), administrators):
        _write(folder / f"{name}.json", response)
    for account_id, details in data["accounts"].items():
        lists = {name: items for name, items in details.items() if name != REPORT}
        _write(folder / account_id / "get-account-authorization-details.json", lists)
        if REPORT in details:
            _write_report(folder / account_id / "credential-report.csv", details[REPORT])
    return folder


def _write_report(path: Path, rows: list[Item]) -> None:
    """Write a credential report where AWS spells booleans in lower case."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(
            {name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()}
            for row in rows
        )


def _write(path: Path, response: Item) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(response, indent=4), encoding="utf-8")


def _arn(data: Item, kind: str, name: str) -> str:
    organization = data["organization"]
    head = f"arn:aws:organizations::{organization['management_account']}:{kind}/{organization['id']}"
    return f"{head}/{name}" if name else head


def _tree(data: Item) -> Iterator[tuple[str, Item]]:
    """Yield the responses about the organization, its accounts and its organizational units."""
    organization = data["organization"]
    management = organization["management_account"]
    described = {"Id": organization["id"], "Arn": _arn(data, "organization", ""), "FeatureSet": "ALL"}
    yield "describe-organization", {"Organization": described | {"MasterAccountId": management}}
    accounts = organization["accounts"]
    yield "list-accounts", {"Accounts": [_account(data, account) for account in accounts]}
    root = organization["tree"]
    enabled = [SCP, RCP] if data.get("rcps") else [SCP]
    types = [{"Type": type_, "Status": "ENABLED"} for type_ in enabled]
    item = {"Id": root["id"], "Arn": _arn(data, "root", root["id"]), "Name": root["name"], "PolicyTypes": types}
    yield "list-roots", {"Roots": [item]}
    for node in nodes(root):
        units = [
            {"Id": unit["id"], "Arn": _arn(data, "ou", unit["id"]), "Name": unit["name"]} for unit in node["children"]
        ]
        yield f"list-organizational-units-for-parent-{node['id']}", {"OrganizationalUnits": units}
        children = [_account(data, account) for account in accounts if account["ou"] == node["id"]]
        yield f"list-accounts-for-parent-{node['id']}", {"Accounts": children}


def _account(data: Item, account: Item) -> Item:
    account_id = account["id"]
    arn, email = _arn(data, "account", account_id), f"{account_id}@example.com"
    return {"Id": account_id, "Arn": arn, "Name": account["name"], "Email": email, "State": "ACTIVE"}


def _policies(data: Item) -> Iterator[tuple[str, Item]]:
    """Yield the responses about service and resource control policies, with documents and targets."""
    targets = {node["id"]: (node["name"], "ou") for node in nodes(data["organization"]["tree"])}
    targets |= {account["id"]: (account["name"], "account") for account in data["organization"]["accounts"]}
    by_type = {SCP: data["scps"], RCP: data.get("rcps", [])}
    for type_, policies in by_type.items():
        yield f"list-policies-{type_}", {"Policies": [_summary(data, policy, type_) for policy in policies]}
    for type_, policy in ((type_, policy) for type_, policies in by_type.items() for policy in policies):
        content = {"PolicySummary": _summary(data, policy, type_), "Content": json.dumps(policy["document"])}
        yield f"describe-policy-{policy['id']}", {"Policy": content}
        items = [
            {
                "TargetId": target,
                "Arn": _arn(data, targets[target][1], target),
                "Name": targets[target][0],
                "Type": TARGET_TYPES.get(target[0], "ACCOUNT"),
            }
            for target in policy["targets"]
        ]
        yield f"list-targets-for-policy-{policy['id']}", {"Targets": items}


def _summary(data: Item, policy: Item, type_: str) -> Item:
    is_aws_managed = policy["id"].startswith("p-Full")
    owner = "aws" if is_aws_managed else data["organization"]["management_account"]
    organization = "" if is_aws_managed else f"{data['organization']['id']}/"
    arn = f"arn:aws:organizations::{owner}:policy/{organization}{type_.lower()}/{policy['id']}"
    return {"Id": policy["id"], "Arn": arn, "Name": policy["name"], "Type": type_, "AwsManaged": is_aws_managed}
