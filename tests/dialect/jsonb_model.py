"""A model of jsonb in Python, and random documents, for the tests of the operators."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from iamsql.dialect.literals import canonical_json

KEYS = st.sampled_from(["a", "b", "Team", "a b", 'q"', "0", "é", "$", "a.b", "\\", ""])


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 2.25]) | KEYS


DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def sql(document: Any) -> str:
    """Return a document as a jsonb literal of SQL."""
    return "'" + json.dumps(document, ensure_ascii=False).replace("'", "''") + "'::jsonb"


def quote(word: str) -> str:
    """Return a string literal of SQL."""
    return "'" + word.replace("'", "''") + "'"


def contains(left: Any, right: Any, top: bool = True) -> bool:
    """Report whether a document contains another, by the rules of PostgreSQL's documentation."""
    if isinstance(right, dict):
        return isinstance(left, dict) and all(key in left and contains(left[key], right[key], False) for key in right)
    if isinstance(right, list):
        return isinstance(left, list) and all(any(contains(element, part, False) for element in left) for part in right)
    if top and isinstance(left, list):
        return any(contains(element, right, False) for element in left)
    return json_type(left) == json_type(right) and left == right


def json_type(document: Any) -> str:
    """Return the type of a document; a boolean is not a number."""
    if isinstance(document, bool) or document is None:
        return str(type(document))
    return "number" if isinstance(document, int | float) else str(type(document))


def member(document: Any, key: str | int) -> tuple[bool, Any]:
    """Return whether a document has a member or element, and its value, as `->` does."""
    if isinstance(key, str):
        return (True, document[key]) if isinstance(document, dict) and key in document else (False, None)
    # PostgreSQL treats a scalar document as an array of one element.
    elements = [document] if not isinstance(document, dict | list) else document
    if isinstance(elements, list) and -len(elements) <= key < len(elements):
        return True, elements[key]
    return False, None


def jsonb_text(document: Any) -> str:
    """Return the text that PostgreSQL prints for a jsonb document."""
    return json.dumps(json.loads(canonical_json(json.dumps(document))), ensure_ascii=False)


def top_keys(document: Any) -> set[str]:
    """Return the keys that `?` finds: of an object, the strings of an array, or a string itself."""
    if isinstance(document, dict):
        return set(document)
    if isinstance(document, list):
        return {element for element in document if isinstance(element, str)}
    return {document} if isinstance(document, str) else set()
