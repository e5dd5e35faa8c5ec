"""The JSON Schema of front matter, from the declarations that the parser uses, for editors and generators of query files.

An instance maps each key to a string; `param` and `remediation` have a list of strings.
"""

from __future__ import annotations

import re
from typing import Any

from iamsql.catalog.keys import DECLARED_KEYS, TYPE_NAME_PATTERN, Key
from iamsql.catalog.params import TYPES

JSON_SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema, as a dict for JSON."""
    return {
        "$schema": JSON_SCHEMA_DRAFT,
        "title": "Front matter of a query file",
        "description": "The keys of the leading comment of a .sql file.",
        "type": "object",
        "properties": {key.name: {"description": key.about, **_value_schema(key)} for key in DECLARED_KEYS},
        "required": [key.name for key in DECLARED_KEYS if key.is_required],
        "additionalProperties": False,
    }


def _value_schema(key: Key) -> dict[str, Any]:
    """Return the schema of the values of a key."""
    text: dict[str, Any] = {"type": "string", "pattern": f"^(?:{_portable_pattern(key.pattern)})$"}
    if key.choices:
        text = {"enum": list(key.choices)}
    return {"type": "array", "items": text, "minItems": 1} if key.is_repeatable else text


def _portable_pattern(pattern: str) -> str:
    """Return a pattern of Python as one of ECMA-262, which has no (?P<name>…); TYPE becomes the names of the types."""
    pattern = pattern.replace(TYPE_NAME_PATTERN, f"(?:{'|'.join(map(re.escape, TYPES))})").replace(r"\#", "#")
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)
