"""What policy documents say, statement by statement, as rows of the table made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.macros.test_macros import compact, in_order
from tests.schema.tables.boto3_oracle import Row

Document = dict[str, Any]
QUALIFIERS = {"forallvalues": "all", "foranyvalue": "any"}


def mark(document: Document | None) -> str | None:
    """Give a document's id: equal documents have one."""
    text = compact(document)
    return None if text is None else hashlib.md5(text.encode()).hexdigest()


def statements(found: Iterable[Document]) -> Iterator[Row]:
    """Give the rows of aws_iam_statement: those of each distinct document."""
    for document in {mark(one): one for one in found}.values():
        said = document.get("Statement", [])
        for number, one in enumerate([said] if isinstance(said, dict) else said, 1):
            yield {"document_id": mark(document), "number": number, **_said(document, in_order(one))}


def _said(document: Document, statement: Document) -> Row:
    actions, spared = lower(texts(statement.get("Action"))), lower(texts(statement.get("NotAction")))
    resources, others = texts(statement.get("Resource")), texts(statement.get("NotResource"))
    return {
        "sid": statement.get("Sid"),
        "effect": statement["Effect"],
        "actions": actions,
        "not_actions": spared,
        "resources": resources,
        "not_resources": others,
        "principals": principals(statement.get("Principal")),
        "not_principals": principals(statement.get("NotPrincipal")),
        "conditions": list(conditions(statement.get("Condition", {}))),
        "has_variables": document.get("Version") == "2012-10-17" and "${" in json.dumps(statement),
        "action_likes": likes(spared if actions is None else actions),
        "resource_likes": likes(others if resources is None else resources),
    }


def texts(value: Any) -> list[str] | None:
    """Give one value or several as texts; none as None."""
    given = value if isinstance(value, list) else [value]
    return [one if isinstance(one, str) else json.dumps(one) for one in given if value is not None] or None


def lower(some: list[str] | None) -> list[str] | None:
    """Put texts into small letters."""
    return some and [one.lower() for one in some]


def likes(patterns: list[str] | None) -> list[str] | None:
    """Write IAM's patterns as those of LIKE."""
    if patterns is None:
        return None
    spelt = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_", "*": "%", "?": "_"})
    return [one.translate(spelt) for one in patterns]


def principals(who: Any) -> list[Row] | None:
    """Give principals as pairs of type and value."""
    if who is None:
        return None
    kinds = who if isinstance(who, dict) else {"AWS": who}
    return [{"type": kind, "value": one} for kind, some in kinds.items() for one in texts(some) or ()]


def conditions(block: Document) -> Iterator[Row]:
    """Give each operator and key with its values."""
    for operator, keys in block.items():
        qualifier, mark_of, rest = operator.lower().rpartition(":")
        for key, values in keys.items():
            yield {
                "operator": rest.removesuffix("ifexists"),
                "qualifier": QUALIFIERS[qualifier] if mark_of else None,
                "if_exists": rest.endswith("ifexists"),
                "key": key.lower(),
                "spelt": key,
                "values": texts(values) or [],
            }
