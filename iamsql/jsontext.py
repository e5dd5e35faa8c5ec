"""Items as JSON text: nothing renamed or dropped, keys in one order, so that equal items are equal texts."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

_WRITE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


@lru_cache(4096)
def _order(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: (len(key.encode()), key.encode())))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = tuple(value)
        order = _order(keys) if len(keys) < 40 else sorted(keys, key=lambda key: (len(key), key))
        return {key: _ordered(value[key]) for key in order}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def verbatim(value: Any) -> str:
    """Write an item as JSON text: nothing renamed or dropped, keys by length and bytes so that equal items are equal texts."""
    text = _WRITE(_ordered(value))
    return text if text.isascii() or _encodes(text) else json.dumps(_ordered(value), separators=(",", ":"), default=str)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: only an escape can hold it
        return False
    return True
