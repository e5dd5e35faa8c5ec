"""Divide statements into policy documents within the size limit of managed policies.

Limits: "IAM and AWS STS quotas" in the IAM User Guide. IAM does not count white space; here all characters of JSON without
optional white space count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MANAGED_POLICY_SIZE = 6_144  # characters
RESERVED = len("9999")  # characters for a number after a Sid
VERSION = "2012-10-17"
Statement = dict[str, Any]
Document = dict[str, Any]


def size(value: Mapping[str, Any]) -> int:
    """Return the number of characters of a document or statement as JSON without optional white space."""
    return len(json.dumps(value, separators=(",", ":")))


def documents_of(statements: Iterable[tuple[str, Statement]]) -> list[Document]:
    """Return documents with the statements, which come with the version of their policy language.

    A statement that is too large is divided by its actions, or else by its resources. A Deny, and what cannot be divided, is
    one statement, also in a document that is larger than the limit.
    """
    found: list[Document] = []
    for version, whole in statements:
        for statement in _divided(version, whole):
            _add(found, version, statement)
    return found


def _add(documents: list[Document], version: str, statement: Statement) -> None:
    """Add a statement to the first document with room for it, or to a new one."""
    for document in documents:
        if document["Version"] == version and statement in document["Statement"]:
            return
    for document in documents:
        if document["Version"] == version:
            listed = [*document["Statement"], _with_own_sid(statement, document["Statement"])]
            if size({"Version": version, "Statement": listed}) <= MANAGED_POLICY_SIZE:
                document["Statement"] = listed
                return
    documents.append({"Version": version, "Statement": [statement]})


def _with_own_sid(statement: Statement, others: list[Statement]) -> Statement:
    """Return the statement with a Sid that no other statement has; IAM requires that the Sids of a document differ."""
    used = {other.get("Sid") for other in others}
    sid, number = statement.get("Sid"), 2
    if sid is None or sid not in used:
        return statement
    while f"{sid}{number}" in used:
        number += 1
    return {**statement, "Sid": f"{sid}{number}"}


def _divided(version: str, statement: Statement) -> Iterator[Statement]:
    """Yield the statement, or parts of it that fit into a document and together allow the same."""
    member = next((name for name in ("Action", "Resource") if _is_long(statement.get(name))), None)
    room = MANAGED_POLICY_SIZE - RESERVED - size({"Version": version, "Statement": [statement]})
    if room >= 0 or member is None or statement.get("Effect") != "Allow":
        yield statement
        return
    empty = MANAGED_POLICY_SIZE - RESERVED - size({"Version": version, "Statement": [{**statement, member: []}]})
    values, start = statement[member], 0
    while start < len(values):
        end, left = start, empty
        while end < len(values) and (end == start or left >= len(json.dumps(values[end])) + 1):
            left -= len(json.dumps(values[end])) + 1
            end += 1
        part = values[start:end]
        # A single action can still have too many resources.
        yield from _divided(version, {**statement, member: part if len(part) > 1 else part[0]})
        start = end


def _is_long(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1
