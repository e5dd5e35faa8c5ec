"""Recognize responses of Organizations. The parameter of a request that its response does not repeat is in the file name.

The responses that list the children of a parent, the targets of a policy and the policies of a target name none of these.
Such a file, or its folder, is named after the parent, policy or target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from iamsql.importer.detect import Fragment
from iamsql.importer.files import InputFile
from iamsql.importer.items import is_list

SERVICE = "organizations"
TARGETS = "ListTargetsForPolicy"
PLACES = ("ListRoots", "ListOrganizationalUnitsForParent", "ListAccounts", "ListAccountsForParent")
_WHOLE = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"
PARENT = re.compile(_WHOLE.format(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"))
POLICY = re.compile(_WHOLE.format(r"p-[0-9A-Za-z]+(?:_[0-9A-Za-z]+)*"))
TARGET = re.compile(_WHOLE.format(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12}"))
# An empty list of policies tells no type by itself.
TYPES = {"service-control": "SERVICE_CONTROL_POLICY", "resource-control": "RESOURCE_CONTROL_POLICY"}
SHORT = {"scp": "service-control", "rcp": "resource-control"}
KINDS = {"r": "ROOT", "o": "ORGANIZATIONAL_UNIT"}


@dataclass(frozen=True)
class RequestShape:
    """A response that may not repeat its parameter: its member, the keys of its items, and the pattern of the id in the file name.

    `like` is a word of the operation's name that tells it from an operation with the same response; the file name must hold the
    word, or the id of a root or organizational unit. `advice` is an example of a file name.
    """

    member: str
    operation: str
    needs: tuple[str, ...]
    parameter: str
    ids: re.Pattern[str]
    what: str
    advice: str
    like: str = ""


REQUESTS = (
    RequestShape(
        "OrganizationalUnits",
        "ListOrganizationalUnitsForParent",
        ("Id", "Arn", "Name"),
        "ParentId",
        PARENT,
        "the organizational units under a parent",
        "list-organizational-units-for-parent-r-ab12.json",
    ),
    RequestShape(
        "Accounts",
        "ListAccountsForParent",
        ("Id", "Arn"),
        "ParentId",
        PARENT,
        "the accounts under a parent",
        "list-accounts-for-parent-r-ab12.json",
        "for-parent",
    ),
    RequestShape(
        "Targets",
        "ListTargetsForPolicy",
        ("TargetId", "Type"),
        "PolicyId",
        POLICY,
        "the targets of a policy",
        "list-targets-for-policy-p-ab12cd34.json",
    ),
    RequestShape(
        "Policies",
        "ListPoliciesForTarget",
        ("Id", "Type", "AwsManaged"),
        "TargetId",
        TARGET,
        "the policies of a target",
        "list-policies-for-target-r-ab12.json",
        "for-target",
    ),
)


def fragments(path: Path, document: Any) -> tuple[list[Fragment], str]:
    """Return the fragments of a document that answers a request for one parent, policy or target, or how to name the file."""
    if not isinstance(document, dict):
        return [], ""
    if document.get("Policies") == [] and (kind := _type(path)) and document.keys() <= {"Policies", "NextToken"}:
        return [Fragment(SERVICE, "ListPolicies", [], bound={"Filter": kind})], "no policies"
    for shape in REQUESTS:
        items = document.get(shape.member)
        if not is_list(items) or not _request_of(shape, path, items):
            continue
        if requested := _requested_id(shape.ids, path):
            return _fragments_of(shape, requested, items), f"{shape.what}: none"
        message = f"{shape.what}, but no parent, policy or target: put it into the file name, such as {shape.advice}"
        return [], message
    return [], ""


def _request_of(shape: RequestShape, path: Path, items: Sequence[Any]) -> bool:
    """Return whether a list answers a request; for an empty list, only if the file name says so."""
    if not all(isinstance(item, dict) and set(shape.needs) <= item.keys() for item in items):
        return False
    if not shape.like:
        return bool(items or _requested_id(shape.ids, path))
    alike = shape.like in _normalized(f"{path.parent.name}/{path.name}")
    return alike or bool(items and PARENT.search(_stem(path)))


def _fragments_of(shape: RequestShape, requested: str, items: Sequence[Any]) -> list[Fragment]:
    """Return the fragments of a response. The policies of a target give policies, and each gives a target."""
    if shape.parameter != "TargetId":
        return [Fragment(SERVICE, shape.operation, items, bound={shape.parameter: requested})]
    target = {"TargetId": requested, "Type": KINDS.get(requested[0], "ACCOUNT")}
    found: list[Fragment] = []
    for item in items:
        found.append(Fragment(SERVICE, "ListPolicies", [item], bound={"Filter": str(item["Type"])}))
        found.append(Fragment(SERVICE, TARGETS, [target], bound={"PolicyId": str(item["Id"]), "TargetId": requested}))
    return found


def _requested_id(ids: re.Pattern[str], path: Path) -> str:
    """Return the last id in the file name, or else in the name of its folder."""
    for name in (_stem(path), path.parent.name):
        if found := ids.findall(name):
            return str(found[-1])
    return ""


def _type(path: Path) -> str:
    """Return the policy type that the file name states; '' if it states none, or names another operation."""
    words = _normalized(_stem(path))
    for short, full in SHORT.items():
        words = re.sub(rf"(?<![a-z]){short}s?(?![a-z])", full, words)
    return next((kind for word, kind in TYPES.items() if word in words and "for-target" not in words), "")


def _stem(path: Path) -> str:
    return unquote(path.name.removesuffix(".gz").removesuffix(".json"))


def _normalized(name: str) -> str:
    """Return a name in the form of AWS CLI commands: ListAccountsForParent and list_accounts_for_parent become the same."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


# -- all files together ------------------------------------------------------------------------------------------------


def resolve(fragments: Sequence[tuple[InputFile, Fragment]]) -> list[tuple[InputFile, Fragment]]:
    """Return the fragments with each target of a policy once, with the name that roots, OUs and accounts have in their lists."""
    known = {
        str(item.get("Id")): item
        for _, fragment in fragments
        if fragment.operation in PLACES
        for item in _dicts(fragment)
    }
    named = {
        pair for _, fragment in fragments if fragment.operation == TARGETS for pair in _pairs(fragment, with_name=True)
    }
    seen: set[tuple[str, str]] = set()
    return [
        (file, _resolve(fragment, known, named, seen) if fragment.operation == TARGETS else fragment)
        for file, fragment in fragments
    ]


def _resolve(
    fragment: Fragment, known: dict[str, dict[str, Any]], named: set[tuple[str, str]], seen: set[tuple[str, str]]
) -> Fragment:
    policy, items = fragment.bound["PolicyId"], list[Any]()
    for item in _dicts(fragment):
        pair = (policy, str(item["TargetId"]))
        if pair in seen or (pair in named and "Name" not in item):
            continue
        seen.add(pair)
        listed = known.get(pair[1], {})
        items.append({name: listed[name] for name in ("Arn", "Name") if name in listed} | item)
    return replace(fragment, items=items)


def _pairs(fragment: Fragment, with_name: bool) -> Iterator[tuple[str, str]]:
    return (
        (fragment.bound["PolicyId"], str(item["TargetId"]))
        for item in _dicts(fragment)
        if with_name == ("Name" in item)
    )


def _dicts(fragment: Fragment) -> Iterator[dict[str, Any]]:
    return (item for item in fragment.items if isinstance(item, dict))


def management_of(accounts: Sequence[tuple[Fragment, str | None]]) -> str | None:
    """Return the account of fragments that name none, such as AWS managed policies; None unless there is exactly one candidate."""
    found = {account for fragment, account in accounts if fragment.service == SERVICE and account}
    return found.pop() if len(found) == 1 else None
