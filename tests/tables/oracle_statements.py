"""Expected rows of the table of policy statements, from policy documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.tables.boto3_oracle import Row
from tests.tables.macros.test_macros import compact, in_order

Document = dict[str, Any]
QUALIFIERS = {"forallvalues": "all", "foranyvalue": "any"}


def document_id(document: Document | None) -> str | None:
    """Return the ID of a document; equal documents have the same ID."""
    text = compact(document)
    return None if text is None else hashlib.md5(text.encode()).hexdigest()


def statements(documents: Iterable[Document]) -> Iterator[Row]:
    """Return the rows of aws_iam_statement for each distinct document."""
    for document in {document_id(item): item for item in documents}.values():
        document_statements = document.get("Statement", [])
        for number, item in enumerate(
            [document_statements] if isinstance(document_statements, dict) else document_statements, 1
        ):
            yield {"document_id": document_id(document), "number": number, **_said(document, in_order(item))}


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
        "action_likes": like_patterns(spared if actions is None else actions),
        "resource_likes": like_patterns(others if resources is None else resources),
    }


def texts(value: Any) -> list[str] | None:
    """Return one value or several as texts, None as None."""
    values = value if isinstance(value, list) else [value]
    return [value_ if isinstance(value_, str) else json.dumps(value_) for value_ in values if value is not None] or None


def lower(some: list[str] | None) -> list[str] | None:
    """Return texts in lower case."""
    return some and [text.lower() for text in some]


def like_patterns(patterns: list[str] | None) -> list[str] | None:
    """Return IAM's patterns as patterns of LIKE."""
    if patterns is None:
        return None
    escapes = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_", "*": "%", "?": "_"})
    return [pattern.translate(escapes) for pattern in patterns]


def principals(principal: Any) -> list[Row] | None:
    """Return principals as pairs of type and value."""
    if principal is None:
        return None
    kinds = principal if isinstance(principal, dict) else {"AWS": principal}
    return [
        {"type": principal_type, "value": value}
        for principal_type, some in kinds.items()
        for value in texts(some) or ()
    ]


def conditions(block: Document) -> Iterator[Row]:
    """Return each operator and key with its values."""
    for operator, keys in block.items():
        qualifier, mark_of, bare_operator = operator.lower().rpartition(":")
        for key, values in keys.items():
            yield {
                "operator": bare_operator.removesuffix("ifexists"),
                "qualifier": QUALIFIERS[qualifier] if mark_of else None,
                "if_exists": bare_operator.endswith("ifexists"),
                "key": key.lower(),
                "original_key": key,
                "values": texts(values) or [],
            }
