"""Which answer of Organizations a document is; what was asked about, where the answer does not tell, is in the file's name.

The units and accounts under a parent, the targets of a policy and the policies of a target name neither parent, policy nor
target. Whoever dumps them names the file, or its folder, after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from iamsql.importer.detect import Piece
from iamsql.importer.files import File
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
class Question:
    """An answer that may not say what was asked about: the member and what its items have, and the id in the file's name.

    `like` is a word of the operation's name, without which an answer that looks like another's is taken for that one, but
    where the file's own name holds the id of a root or unit; `advice` is such a name.
    """

    member: str
    operation: str
    needs: tuple[str, ...]
    parameter: str
    ids: re.Pattern[str]
    what: str
    advice: str
    like: str = ""


QUESTIONS = (
    Question(
        "OrganizationalUnits",
        "ListOrganizationalUnitsForParent",
        ("Id", "Arn", "Name"),
        "ParentId",
        PARENT,
        "the units under a parent",
        "list-organizational-units-for-parent-r-ab12.json",
    ),
    Question(
        "Accounts",
        "ListAccountsForParent",
        ("Id", "Arn"),
        "ParentId",
        PARENT,
        "the accounts under a parent",
        "list-accounts-for-parent-r-ab12.json",
        "for-parent",
    ),
    Question(
        "Targets",
        "ListTargetsForPolicy",
        ("TargetId", "Type"),
        "PolicyId",
        POLICY,
        "the targets of a policy",
        "list-targets-for-policy-p-ab12cd34.json",
    ),
    Question(
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


def pieces(path: Path, document: Any) -> tuple[list[Piece], str]:
    """Name what a document answers of what is asked parent by parent, policy by policy; or say how to name its file."""
    if not isinstance(document, dict):
        return [], ""
    if document.get("Policies") == [] and (kind := _type(path)) and document.keys() <= {"Policies", "NextToken"}:
        return [Piece(SERVICE, "ListPolicies", [], bound={"Filter": kind})], "no policies"
    for question in QUESTIONS:
        items = document.get(question.member)
        if not is_list(items) or not _meant(question, path, items):
            continue
        if asked := _asked(question.ids, path):
            return _answered(question, asked, items), f"{question.what}: none"
        words = f"{question.what}, but nothing says of which: name the file after it, such as {question.advice}"
        return [], words
    return [], ""


def _meant(question: Question, path: Path, items: Sequence[Any]) -> bool:
    """Tell whether a list is the answer to a question; an empty one only where the file is named after it."""
    if not all(isinstance(item, dict) and set(question.needs) <= item.keys() for item in items):
        return False
    if not question.like:
        return bool(items or _asked(question.ids, path))
    alike = question.like in _spelt(f"{path.parent.name}/{path.name}")
    return alike or bool(items and PARENT.search(_stem(path)))


def _answered(question: Question, asked: str, items: Sequence[Any]) -> list[Piece]:
    """Make the pieces of an answer; the policies of a target tell of policies, and of a target of each."""
    if question.parameter != "TargetId":
        return [Piece(SERVICE, question.operation, items, bound={question.parameter: asked})]
    target = {"TargetId": asked, "Type": KINDS.get(asked[0], "ACCOUNT")}
    found: list[Piece] = []
    for item in items:
        found.append(Piece(SERVICE, "ListPolicies", [item], bound={"Filter": str(item["Type"])}))
        found.append(Piece(SERVICE, TARGETS, [target], bound={"PolicyId": str(item["Id"]), "TargetId": asked}))
    return found


def _asked(ids: re.Pattern[str], path: Path) -> str:
    """Read the id that was asked about: the last in the file's name, else in its folder's."""
    for name in (_stem(path), path.parent.name):
        if found := ids.findall(name):
            return str(found[-1])
    return ""


def _type(path: Path) -> str:
    """Read a type of policies from the file's name; without, or with the word of another question, there is none."""
    words = _spelt(_stem(path))
    for short, whole in SHORT.items():
        words = re.sub(rf"(?<![a-z]){short}s?(?![a-z])", whole, words)
    return next((kind for word, kind in TYPES.items() if word in words and "for-target" not in words), "")


def _stem(path: Path) -> str:
    return unquote(path.name.removesuffix(".gz").removesuffix(".json"))


def _spelt(name: str) -> str:
    """Spell the words of a name as the AWS CLI does: ListAccountsForParent and list_accounts_for_parent alike."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


# -- all answers together ------------------------------------------------------------------------------------------------


def settled(held: Sequence[tuple[File, Piece]]) -> list[tuple[File, Piece]]:
    """Give what is held with each target of a policy once, named as the lists of roots, units and accounts name it."""
    known = {str(item.get("Id")): item for _, piece in held if piece.operation in PLACES for item in _dicts(piece)}
    told = {pair for _, piece in held if piece.operation == TARGETS for pair in _pairs(piece, with_name=True)}
    seen: set[tuple[str, str]] = set()
    return [(file, _settle(piece, known, told, seen) if piece.operation == TARGETS else piece) for file, piece in held]


def _settle(
    piece: Piece, known: dict[str, dict[str, Any]], told: set[tuple[str, str]], seen: set[tuple[str, str]]
) -> Piece:
    policy, items = piece.bound["PolicyId"], list[Any]()
    for item in _dicts(piece):
        pair = (policy, str(item["TargetId"]))
        if pair in seen or (pair in told and "Name" not in item):
            continue
        seen.add(pair)
        place = known.get(pair[1], {})
        items.append({name: place[name] for name in ("Arn", "Name") if name in place} | item)
    return replace(piece, items=items)


def _pairs(piece: Piece, with_name: bool) -> Iterator[tuple[str, str]]:
    return ((piece.bound["PolicyId"], str(one["TargetId"])) for one in _dicts(piece) if with_name == ("Name" in one))


def _dicts(piece: Piece) -> Iterator[dict[str, Any]]:
    return (item for item in piece.items if isinstance(item, dict))


def management_of(accounts: Sequence[tuple[Piece, str | None]]) -> str | None:
    """Name the account of what is known of an organization and names none itself, such as AWS's own policies."""
    found = {account for piece, account in accounts if piece.service == SERVICE and account}
    return found.pop() if len(found) == 1 else None
