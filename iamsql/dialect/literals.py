"""JSON and array literals as PostgreSQL reads them, at the time of translation."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from iamsql.model import IamsqlError

_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^",{}\\]|\\.)*?))\s*(,|$)', re.DOTALL)


def read(text: str) -> Any:
    """Read a JSON literal; numbers with a point keep their digits."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise IamsqlError(f"{text[:60]!r} is no JSON, which stands here beside a JSON value: {error}.") from error


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def write(value: Any) -> str:
    """Write JSON in the one spelling of jsonb, compact: keys by length and then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ",".join(f"{_text(key)}:{write(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def canonical(text: str) -> str:
    """Give a JSON literal in the one spelling of jsonb."""
    return write(read(text))


def has_number(value: Any) -> bool:
    """Tell whether a document holds a number, which may be spelled in several ways."""
    if isinstance(value, dict):
        return any(map(has_number, value.values()))
    if isinstance(value, list):
        return any(map(has_number, value))
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def array(text: str) -> list[str | None]:
    """Read an array literal of one dimension: {a,"b c",NULL}."""
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}")):
        raise IamsqlError(f"{text[:60]!r} is no array literal: write {{a,b}} or ARRAY['a', 'b'].")
    body = body[1:-1]
    items: list[str | None] = []
    place = 0
    while body.strip() and place <= len(body):
        found = _ITEM.match(body, place)
        if not found or (found[1] is None and found[2] == ""):
            raise IamsqlError(f"{text[:60]!r}: only array literals of one dimension are supported.")
        quoted = found[1] is not None
        word = re.sub(r"\\(.)", r"\1", found[1] if quoted else found[2], flags=re.DOTALL)
        items.append(None if not quoted and word.upper() == "NULL" else word)
        place = found.end()
        if found[3] != ",":
            break
    return items
