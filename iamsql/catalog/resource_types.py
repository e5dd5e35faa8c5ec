"""The front matter key `resource_types`: the answer depends only on the resources of these types in aws_resource_policy.

The SQL has to name the same types as text, so a type that is changed in one place only is an error.
"""

from __future__ import annotations

from collections.abc import Collection

from iamsql.catalog.keys import RESOURCE_TYPES
from iamsql.catalog.lexer import tokens
from iamsql.catalog.params import did_you_mean


def unknown_type_problem(types: Collection[str]) -> str:
    """Return the error for the first type that does not exist; '' if all exist."""
    for name in types:
        if name not in RESOURCE_TYPES:
            return f"unknown resource type {name!r}{did_you_mean(name, RESOURCE_TYPES)} (types are {', '.join(RESOURCE_TYPES)})"
    return ""


def different_types_problem(types: Collection[str], sql: str) -> str:
    """Return the error for SQL whose types differ from the types of the front matter; '' if they are the same."""
    sql_types = set(resource_types_in(sql))
    if sql_types == set(types):
        return ""
    sql_text = ", ".join(f"'{name}'" for name in sorted(sql_types)) or "no resource type"
    return f"resource_types is {', '.join(types)}, but the SQL has {sql_text}: the SQL must name each of these types, and no other"


def resource_types_in(sql: str) -> list[str]:
    """Return the resource types among the string literals of SQL, in their order."""
    texts = (sql[token.start : token.stop] for token in tokens(sql) if token.type == "text")
    return [text[1:-1] for text in texts if text.startswith("'") and text[1:-1] in RESOURCE_TYPES]
