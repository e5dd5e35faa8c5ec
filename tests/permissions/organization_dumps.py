"""Sample organizations as files of the AWS CLI, for `iamsql import`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import SHARED

ESTATES = SHARED / "permissions" / "estates"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
Item = dict[str, Any]


def names() -> list[str]:
    """List the names of the shared estates."""
    return sorted(path.stem for path in ESTATES.glob("*.json"))


def read(name: str) -> Item:
    """Read an estate."""
    estate: Item = json.loads((ESTATES / f"{name}.json").read_text(encoding="utf-8"))
    return estate


def nodes(tree: Item) -> Iterator[Item]:
    """Yield the root and its organizational units, parents first."""
    yield tree
    for child in tree["children"]:
        yield from nodes(child)


def dumped(estate: Item, folder: Path) -> Path:
    """Write an estate as files into a new folder: those of the organization, and a folder for each account."""
    for name, answer in (*_tree(estate), *_policies(estate)):
        _write(folder / f"{name}.json", answer)
    for account_id, details in estate["accounts"].items():
        _write(folder / account_id / "get-account-authorization-details.json", details)
    return folder


def _write(path: Path, answer: Item) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(answer, indent=4), encoding="utf-8")


def _arn(estate: Item, kind: str, name: str) -> str:
    whole = estate["organization"]
    return f"arn:aws:organizations::{whole['management_account']}:{kind}/{whole['id']}{'/' if name else ''}{name}"


def _tree(estate: Item) -> Iterator[tuple[str, Item]]:
    """Yield the responses about the organization, its accounts and its organizational units."""
    whole = estate["organization"]
    management = whole["management_account"]
    described = {"Id": whole["id"], "Arn": _arn(estate, "organization", ""), "FeatureSet": "ALL"}
    yield "describe-organization", {"Organization": described | {"MasterAccountId": management}}
    yield "list-accounts", {"Accounts": [_account(estate, one) for one in whole["accounts"]]}
    root = whole["tree"]
    enabled = [SCP, RCP] if estate.get("rcps") else [SCP]
    types = [{"Type": type_, "Status": "ENABLED"} for type_ in enabled]
    item = {"Id": root["id"], "Arn": _arn(estate, "root", root["id"]), "Name": root["name"], "PolicyTypes": types}
    yield "list-roots", {"Roots": [item]}
    for node in nodes(root):
        units = [
            {"Id": one["id"], "Arn": _arn(estate, "ou", one["id"]), "Name": one["name"]} for one in node["children"]
        ]
        yield f"list-organizational-units-for-parent-{node['id']}", {"OrganizationalUnits": units}
        inside = [_account(estate, one) for one in whole["accounts"] if one["ou"] == node["id"]]
        yield f"list-accounts-for-parent-{node['id']}", {"Accounts": inside}


def _account(estate: Item, one: Item) -> Item:
    arn, email = _arn(estate, "account", one["id"]), f"{one['id']}@example.com"
    return {"Id": one["id"], "Arn": arn, "Name": one["name"], "Email": email, "State": "ACTIVE"}


def _policies(estate: Item) -> Iterator[tuple[str, Item]]:
    """Yield the responses about service and resource control policies, with documents and targets."""
    places = {node["id"]: (node["name"], "ou") for node in nodes(estate["organization"]["tree"])}
    places |= {one["id"]: (one["name"], "account") for one in estate["organization"]["accounts"]}
    kinds = {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}
    typed = {SCP: estate["scps"], RCP: estate.get("rcps", [])}
    for type_, policies in typed.items():
        yield f"list-policies-{type_}", {"Policies": [_summary(estate, one, type_) for one in policies]}
    for type_, one in ((type_, one) for type_, policies in typed.items() for one in policies):
        content = {"PolicySummary": _summary(estate, one, type_), "Content": json.dumps(one["document"])}
        yield f"describe-policy-{one['id']}", {"Policy": content}
        targets = [
            {
                "TargetId": place,
                "Arn": _arn(estate, places[place][1], place),
                "Name": places[place][0],
                "Type": kinds.get(place[0], "ACCOUNT"),
            }
            for place in one["targets"]
        ]
        yield f"list-targets-for-policy-{one['id']}", {"Targets": targets}


def _summary(estate: Item, one: Item, type_: str) -> Item:
    ours = not one["id"].startswith("p-Full")
    owner = estate["organization"]["management_account"] if ours else "aws"
    place = f"{estate['organization']['id']}/" if ours else ""
    arn = f"arn:aws:organizations::{owner}:policy/{place}{type_.lower()}/{one['id']}"
    return {"Id": one["id"], "Arn": arn, "Name": one["name"], "Type": type_, "AwsManaged": not ours}
