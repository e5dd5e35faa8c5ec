"""JSON and array literals, read at the time of translation as PostgreSQL reads them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from iamsql.canonical_json import refuse_constant
from iamsql.model import IamsqlError

_ARRAY_ITEM_PATTERN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^",{}\\]|\\.)*?))\s*,', re.DOTALL)


def read_json(text: str) -> Any:
    """Parse a JSON literal; a number with a decimal point becomes a Decimal and so keeps its digits.

    Raise IamsqlError for text that is not JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise IamsqlError(f"{text[:60]!r} is used as JSON and is not valid JSON: {error}.") from error


def key_order(key: str) -> tuple[int, bytes]:
    """Return the sort key of a member name: jsonb orders keys by length and then by bytes."""
    return len(key.encode()), key.encode()


def write_json(value: Any) -> str:
    """Serialize a value as jsonb orders and spells it, without blanks."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_to_json(key)}:{write_json(value[key])}" for key in sorted(value, key=key_order)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write_json, value)) + "]"
    # jsonb stores NUMERIC: it prints all digits and no exponent.
    return format(value, "f") if isinstance(value, Decimal) else _to_json(value)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def canonical_json(text: str) -> str:
    """Return a JSON literal in the canonical spelling, where equal documents are equal strings."""
    return write_json(read_json(text))


def contains_number(value: Any) -> bool:
    """Report whether a document contains a number, which has several spellings, such as 1 and 1.0."""
    if isinstance(value, dict | list):
        return any(map(contains_number, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def read_array(text: str) -> list[str | None]:
    """Parse an array literal of one dimension, such as {a,"b c",NULL}; raise IamsqlError for any other text."""
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}")):
        raise IamsqlError(f"{text[:60]!r} is not an array literal: write {{a,b}} or ARRAY['a', 'b'].")
    if not body[1:-1].strip():
        return []
    body = body[1:-1] + ","
    items: list[str | None] = []
    position = 0
    while position < len(body):
        item = _ARRAY_ITEM_PATTERN.match(body, position)
        if not item or item[2] == "":
            raise IamsqlError(f"{text[:60]!r}: only array literals of one dimension are supported.")
        value = re.sub(r"\\(.)", r"\1", item[2] or item[1] or "", flags=re.DOTALL)
        items.append(None if item[2] and value.upper() == "NULL" else value)
        position = item.end()
    return items
