"""Recognize responses of Organizations. File names contain the parameters of requests that responses do not repeat.

The lists of the children of a parent, of the targets of a policy and of the policies of a target do not contain the ID of
the parent, policy or target. The file, or its folder, must be named after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iamsql.sync.importer.files import InputFile
from iamsql.sync.importer.items import Items
from iamsql.sync.importer.responses import Response, objects, stem
from iamsql.tables.calls.account import FEATURES

SERVICE = "organizations"
TARGETS = "ListTargetsForPolicy"
UNITS = "ListOrganizationalUnitsForParent"
NAMED_ITEMS = ("ListRoots", UNITS, "ListAccounts", "ListAccountsForParent")
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
        """Return the last ID of the parameter's form in the file name, otherwise in its folder's name; '' if neither has one."""
        ids, _ = PARAMETERS[self.parameter]
        for name in (stem(path), path.parent.name):
            if matches := ids.findall(name):
                return str(matches[-1])
        return ""


UNIT_KEYS, ACCOUNT_KEYS, POLICY_KEYS = ("Id", "Arn", "Name"), ("Id", "Arn"), ("Id", "Type", "AwsManaged")
REQUESTS = (
    RequestShape("OrganizationalUnits", UNITS, UNIT_KEYS, "ParentId", "the organizational units under a parent"),
    RequestShape("Accounts", "ListAccountsForParent", ACCOUNT_KEYS, "ParentId", "the accounts under a parent", "for-parent"),
    RequestShape("Targets", TARGETS, ("TargetId", "Type"), "PolicyId", "the targets of a policy"),
    RequestShape("Policies", "ListPoliciesForTarget", POLICY_KEYS, "TargetId", "the policies of a target", "for-target"),
)  # fmt: skip


def responses(path: Path, document: dict[str, Any]) -> tuple[list[Response], str]:
    """Return the responses in a list for one parent, policy or target, and a message: it is empty, or has no ID in its name."""
    policies, policy_type = document.get("Policies"), _policy_type(path)
    if policy_type and isinstance(policies, Items) and not policies and document.keys() <= {"Policies", "NextToken"}:
        return [Response(SERVICE, "ListPolicies", [], bound={"Filter": policy_type})], "no policies"
    for shape in REQUESTS:
        items = document.get(shape.member)
        if not isinstance(items, Items) or not _is_response_to(shape, path, items):
            continue
        if requested := shape.requested_id(path):
            return _build_responses(shape, requested, items), f"{shape.description}: none"
        example = f"{_command_form(shape.operation)}-{PARAMETERS[shape.parameter][1]}.json"
        what = f"{shape.description}, but no parent, policy or target"
        return [], f"{what}: put it into the file name, such as {example}"
    return [], ""


def _is_response_to(shape: RequestShape, path: Path, items: Items) -> bool:
    """Return whether a list is the response to a request. An empty list needs the ID or the word in the file name."""
    if not all(isinstance(item, dict) and set(shape.needs) <= item.keys() for item in items):
        return False
    if not shape.word:
        return bool(items or shape.requested_id(path))
    has_word = shape.word in _command_form(f"{path.parent.name}/{path.name}")
    return has_word or bool(items and PARENT.search(stem(path)))


def _build_responses(shape: RequestShape, requested: str, items: Items) -> list[Response]:
    """Return the responses of a response. Each policy of a target becomes a policy, and a target of this policy."""
    if shape.parameter != "TargetId":
        return [Response(SERVICE, shape.operation, items, bound={shape.parameter: requested})]
    target = {"TargetId": requested, "Type": TARGET_TYPES.get(requested[0], "ACCOUNT")}
    responses: list[Response] = []
    for item in items:
        responses.append(Response(SERVICE, "ListPolicies", [item], bound={"Filter": str(item["Type"])}))
        responses.append(
            Response(SERVICE, TARGETS, [target], bound={"PolicyId": str(item["Id"]), "TargetId": requested})
        )
    return responses


def _policy_type(path: Path) -> str:
    """Return the policy type in the file name; '' if there is none, or if the name is of ListPoliciesForTarget."""
    name = _command_form(stem(path))
    for short, full in ABBREVIATIONS.items():
        name = re.sub(rf"(?<![a-z]){short}s?(?![a-z])", full, name)
    return next(
        (policy_type for word, policy_type in POLICY_TYPES.items() if word in name and "for-target" not in name), ""
    )


def _command_form(name: str) -> str:
    """Return a name in the form of AWS CLI commands: list-accounts-for-parent for ListAccountsForParent."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


# -- all files together ------------------------------------------------------------------------------------------------


def resolve(responses: Sequence[tuple[InputFile, Response]]) -> list[tuple[InputFile, Response]]:
    """Return the responses with each target of a policy once, and with the names of roots, OUs and accounts from their lists."""
    items_by_id = {
        str(item.get("Id")): item
        for item in objects(response for _, response in responses if response.operation in NAMED_ITEMS)
    }
    targets = [response for _, response in responses if _is_of_policy(response)]
    pairs = ((response.bound["PolicyId"], item) for response in targets for item in objects([response]))
    named_targets = {(policy, str(item["TargetId"])) for policy, item in pairs if "Name" in item}
    seen_targets: set[tuple[str, str]] = set()
    return [
        (
            file,
            _resolve_targets(response, items_by_id, named_targets, seen_targets)
            if _is_of_policy(response)
            else response,
        )
        for file, response in responses
    ]


def _is_of_policy(response: Response) -> bool:
    """Return whether a response has the targets of a policy. One that is recognized by its name alone has no targets."""
    return response.operation == TARGETS and "PolicyId" in response.bound


def _resolve_targets(
    response: Response,
    items_by_id: dict[str, dict[str, Any]],
    named_targets: set[tuple[str, str]],
    seen_targets: set[tuple[str, str]],
) -> Response:
    policy, items = response.bound["PolicyId"], list[Any]()
    for item in objects([response]):
        pair = (policy, str(item["TargetId"]))
        # A target from ListTargetsForPolicy has a name and is preferred; a target from ListPoliciesForTarget has none.
        if pair in seen_targets or (pair in named_targets and "Name" not in item):
            continue
        seen_targets.add(pair)
        entry = items_by_id.get(pair[1], {})
        items.append({name: entry[name] for name in ("Arn", "Name") if name in entry} | item)
    return replace(response, items=items)


def is_of_organization(response: Response) -> bool:
    """Return whether a response is about the organization, which belongs to the management account."""
    return response.service == SERVICE or (response.service, response.operation) == (
        FEATURES.service,
        FEATURES.operation,
    )


def management_account(accounts: Iterable[tuple[Response, str | None]]) -> str | None:
    """Return the account of responses without one, such as AWS managed policies; None unless there is exactly one candidate."""
    candidates = {account for response, account in accounts if response.service == SERVICE and account}
    return candidates.pop() if len(candidates) == 1 else None
