"""Recognize responses of Organizations. File names contain the parameters of requests that responses do not repeat.

The lists of the children of a parent, of the targets of a policy and of the policies of a target do not contain the ID of
the parent, policy or target. The file, or its folder, must be named after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iamsql.importer.detect import Fragment, stem
from iamsql.importer.files import InputFile
from iamsql.importer.items import is_list

SERVICE = "organizations"
TARGETS = "ListTargetsForPolicy"
NAMED_ITEMS = ("ListRoots", "ListOrganizationalUnitsForParent", "ListAccounts", "ListAccountsForParent")
_ID = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"
# The forms of IDs: Organizations API Reference.
PARENT = re.compile(_ID.format(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"))
POLICY = re.compile(_ID.format(r"p-[0-9A-Za-z]+(?:_[0-9A-Za-z]+)*"))
TARGET = re.compile(_ID.format(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12}"))
PARAMETERS = {"ParentId": (PARENT, "r-ab12"), "PolicyId": (POLICY, "p-ab12cd34"), "TargetId": (TARGET, "r-ab12")}
# An empty list of policies does not contain their type.
POLICY_TYPES = {"service-control": "SERVICE_CONTROL_POLICY", "resource-control": "RESOURCE_CONTROL_POLICY"}
ABBREVIATIONS = {"scp": "service-control", "rcp": "resource-control"}
TARGET_TYPES = {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}


@dataclass(frozen=True)
class RequestShape:
    """A response that does not repeat a parameter of its request: its member, the keys of its items, and the parameter.

    `word` is the part of the operation's name that distinguishes it from an operation with the same response. The file
    name must contain this word, or the ID of a root or organizational unit.
    """

    member: str
    operation: str
    needs: tuple[str, ...]
    parameter: str
    description: str
    word: str = ""

    def requested_id(self, path: Path) -> str:
        """Return the last ID of the parameter's form in the file name, or else in the name of its folder; '' if there is none."""
        ids, _ = PARAMETERS[self.parameter]
        for name in (stem(path), path.parent.name):
            if matches := ids.findall(name):
                return str(matches[-1])
        return ""


REQUESTS = (
    RequestShape(
        "OrganizationalUnits",
        "ListOrganizationalUnitsForParent",
        ("Id", "Arn", "Name"),
        "ParentId",
        "the organizational units under a parent",
    ),
    RequestShape(
        "Accounts", "ListAccountsForParent", ("Id", "Arn"), "ParentId", "the accounts under a parent", "for-parent"
    ),
    RequestShape("Targets", TARGETS, ("TargetId", "Type"), "PolicyId", "the targets of a policy"),
    RequestShape(
        "Policies",
        "ListPoliciesForTarget",
        ("Id", "Type", "AwsManaged"),
        "TargetId",
        "the policies of a target",
        "for-target",
    ),
)


def fragments(path: Path, document: Any) -> tuple[list[Fragment], str]:
    """Return the fragments of a list for one parent, policy or target, and a message: it is empty, or has no ID in its name."""
    if not isinstance(document, dict):
        return [], ""
    if document.get("Policies") == [] and (kind := _policy_type(path)) and document.keys() <= {"Policies", "NextToken"}:
        return [Fragment(SERVICE, "ListPolicies", [], bound={"Filter": kind})], "no policies"
    for shape in REQUESTS:
        items = document.get(shape.member)
        if not is_list(items) or not _matches(shape, path, items):
            continue
        if requested := shape.requested_id(path):
            return _fragments_of(shape, requested, items), f"{shape.description}: none"
        example = f"{_normalized(shape.operation)}-{PARAMETERS[shape.parameter][1]}.json"
        what = f"{shape.description}, but no parent, policy or target"
        return [], f"{what}: put it into the file name, such as {example}"
    return [], ""


def _matches(shape: RequestShape, path: Path, items: Sequence[Any]) -> bool:
    """Return whether a list is the response to a request. An empty list needs the ID or the word in the file name."""
    if not all(isinstance(item, dict) and set(shape.needs) <= item.keys() for item in items):
        return False
    if not shape.word:
        return bool(items or shape.requested_id(path))
    has_word = shape.word in _normalized(f"{path.parent.name}/{path.name}")
    return has_word or bool(items and PARENT.search(stem(path)))


def _fragments_of(shape: RequestShape, requested: str, items: Sequence[Any]) -> list[Fragment]:
    """Return the fragments of a response. Each policy of a target becomes a policy, and a target of this policy."""
    if shape.parameter != "TargetId":
        return [Fragment(SERVICE, shape.operation, items, bound={shape.parameter: requested})]
    target = {"TargetId": requested, "Type": TARGET_TYPES.get(requested[0], "ACCOUNT")}
    fragments: list[Fragment] = []
    for item in items:
        fragments.append(Fragment(SERVICE, "ListPolicies", [item], bound={"Filter": str(item["Type"])}))
        fragments.append(
            Fragment(SERVICE, TARGETS, [target], bound={"PolicyId": str(item["Id"]), "TargetId": requested})
        )
    return fragments


def _policy_type(path: Path) -> str:
    """Return the policy type in the file name; '' if there is none, or if the name is that of ListPoliciesForTarget."""
    name = _normalized(stem(path))
    for short, full in ABBREVIATIONS.items():
        name = re.sub(rf"(?<![a-z]){short}s?(?![a-z])", full, name)
    return next((kind for word, kind in POLICY_TYPES.items() if word in name and "for-target" not in name), "")


def _normalized(name: str) -> str:
    """Return a name in the form of AWS CLI commands: list-accounts-for-parent for ListAccountsForParent."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


# -- all files together ------------------------------------------------------------------------------------------------


def resolve(fragments: Sequence[tuple[InputFile, Fragment]]) -> list[tuple[InputFile, Fragment]]:
    """Return the fragments with each target of a policy once, and with the names of roots, OUs and accounts from their lists."""
    listed = {
        str(item.get("Id")): item
        for _, fragment in fragments
        if fragment.operation in NAMED_ITEMS
        for item in _dicts(fragment)
    }
    named = {
        (fragment.bound["PolicyId"], str(item["TargetId"]))
        for _, fragment in fragments
        if fragment.operation == TARGETS
        for item in _dicts(fragment)
        if "Name" in item
    }
    seen: set[tuple[str, str]] = set()
    return [
        (file, _resolve(fragment, listed, named, seen) if fragment.operation == TARGETS else fragment)
        for file, fragment in fragments
    ]


def _resolve(
    fragment: Fragment, listed: dict[str, dict[str, Any]], named: set[tuple[str, str]], seen: set[tuple[str, str]]
) -> Fragment:
    policy, items = fragment.bound["PolicyId"], list[Any]()
    for item in _dicts(fragment):
        pair = (policy, str(item["TargetId"]))
        # ListTargetsForPolicy returns a name, the inverse of ListPoliciesForTarget does not: the former is preferred.
        if pair in seen or (pair in named and "Name" not in item):
            continue
        seen.add(pair)
        entry = listed.get(pair[1], {})
        items.append({name: entry[name] for name in ("Arn", "Name") if name in entry} | item)
    return replace(fragment, items=items)


def _dicts(fragment: Fragment) -> Iterator[dict[str, Any]]:
    return (item for item in fragment.items if isinstance(item, dict))


def management_account(accounts: Iterable[tuple[Fragment, str | None]]) -> str | None:
    """Return the account of fragments without one, such as AWS managed policies; None unless there is exactly one candidate."""
    candidates = {account for fragment, account in accounts if fragment.service == SERVICE and account}
    return candidates.pop() if len(candidates) == 1 else None
