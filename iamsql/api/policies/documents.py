"""Divide statements into policy documents within the size limit of managed policies.

Limits: "IAM and AWS STS quotas" in the IAM User Guide. IAM does not count white space; here, all characters of JSON without
optional white space count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# about: The characters of a managed policy.
# source: IAM User Guide, "IAM and AWS STS quotas"
# date: 2026-11-28
# rebuild: read the page
MANAGED_POLICY_SIZE = 6_144  # characters
# about: The managed policies that a user or role takes, unless the quota of the account is raised.
# source: IAM User Guide, "IAM and AWS STS quotas"
# date: 2026-12-01
# rebuild: read the page
ATTACHED_POLICIES = 10
POLICY_LANGUAGE_VERSION = "2012-10-17"
Statement = dict[str, Any]
Document = dict[str, Any]


def size(value: Mapping[str, Any]) -> int:
    """Return the number of characters of a document or statement as JSON without optional white space."""
    return len(json.dumps(value, separators=(",", ":")))


# Of a statement; its Sid may get a number.
MAX_STATEMENT_CHARACTERS = (
    MANAGED_POLICY_SIZE - size({"Version": POLICY_LANGUAGE_VERSION, "Statement": []}) - len("9999")
)


@dataclass
class _DocumentBuilder:
    """A document that is being filled; `remaining_characters` is the number of characters that it can still take."""

    version: str
    statements: list[Statement] = field(default_factory=list)
    remaining_characters: int = MANAGED_POLICY_SIZE - size({"Version": POLICY_LANGUAGE_VERSION, "Statement": []})

    def add(self, statement: Statement) -> bool:
        """Add a statement if it fits, or if it is the first; return whether the document has it."""
        unique_statement = _with_unique_sid(statement, self.statements)
        needed = size(unique_statement) + len(",")
        if self.statements and needed > self.remaining_characters:
            return False
        self.statements.append(unique_statement)
        self.remaining_characters -= needed
        return True


def build_documents(statements: Iterable[tuple[str, Statement]]) -> list[Document]:
    """Return documents with the statements, which come with the version of their policy language.

    A statement that is too large is divided by its actions or resources. A Deny, or a statement that cannot be divided, stays one
    statement, even in a document that is larger than the limit.
    """
    builders: list[_DocumentBuilder] = []
    seen: set[tuple[str, str]] = set()
    for version, original_statement in statements:
        key = (version, json.dumps(original_statement))
        if key not in seen:
            seen.add(key)
            for statement in _divide(original_statement):
                same_version = (builder for builder in builders if builder.version == version)
                if not any(builder.add(statement) for builder in same_version):
                    builders.append(
                        _DocumentBuilder(
                            version, [statement], _DocumentBuilder(version).remaining_characters - size(statement)
                        )
                    )
    return [{"Version": builder.version, "Statement": builder.statements} for builder in builders]


def _with_unique_sid(statement: Statement, other_statements: list[Statement]) -> Statement:
    """Return the statement with a Sid that no other statement has; IAM requires that the Sids of a document differ."""
    used_sids = {other.get("Sid") for other in other_statements}
    sid, number = statement.get("Sid"), 2
    if sid is None or sid not in used_sids:
        return statement
    while f"{sid}{number}" in used_sids:
        number += 1
    return {**statement, "Sid": f"{sid}{number}"}


def _divide(statement: Statement) -> Iterator[Statement]:
    """Yield the statement, or parts that fit into a document and together allow the same."""
    lists = {name: statement[name] for name in ("Action", "Resource") if _is_long(statement.get(name))}
    if size(statement) <= MAX_STATEMENT_CHARACTERS or not lists or statement.get("Effect") != "Allow":
        yield statement
        return
    name, values = max(lists.items(), key=lambda pair: len(json.dumps(pair[1])))
    limit = MAX_STATEMENT_CHARACTERS - size({**statement, name: []})
    for part in _fill_parts(values, limit) if limit > MAX_STATEMENT_CHARACTERS / 2 else _split_halves(values):
        yield from _divide({**statement, name: part if len(part) > 1 else part[0]})


def _fill_parts(values: list[Any], limit: int) -> Iterator[list[Any]]:
    """Yield parts of a list that take at most `limit` characters each, or have one value."""
    part: list[Any] = []
    remaining = limit
    for value in values:
        needed = len(json.dumps(value)) + len(",")
        if part and needed > remaining:
            yield part
            part, remaining = [], limit
        part.append(value)
        remaining -= needed
    yield part


def _split_halves(values: list[Any]) -> Iterator[list[Any]]:
    middle = len(values) // 2
    yield from (values[:middle], values[middle:])


def _is_long(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1
