"""Items as JSON text: nothing renamed or dropped, keys in one order, so that equal items are equal texts."""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from math import isfinite
from typing import Any

_WRITE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False).encode
DEEPER = 20_000  # levels that a document may nest beyond Python's own limit


@lru_cache(4096)
def _order(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=_weight))


def _weight(key: str) -> tuple[int, bytes]:
    spelled = key.encode(errors="surrogatepass")
    return len(spelled), spelled


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = tuple(value)
        order = _order(keys) if len(keys) < 40 else sorted(keys, key=lambda key: (len(key), key))
        return {key: _ordered(value[key]) for key in order}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def verbatim(value: Any) -> str:
    """Write an item as JSON text: nothing renamed or dropped, keys by length and bytes so that equal items are equal texts.

    What no JSON can hold has a stand-in: infinity and NaN are texts, half of a surrogate pair is U+FFFD.
    """
    try:
        text = _WRITE(_ordered(value))
    except (RecursionError, ValueError):
        text = _odd(value)
    return text if text.isascii() else str(storable(text))


def _odd(value: Any) -> str:
    """Write what is nested deeper than Python likes, or has numbers that JSON has not."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + DEEPER)
    try:
        return _WRITE(_ordered(_finite(value)))
    finally:
        sys.setrecursionlimit(before)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def storable(value: Any) -> Any:
    """Give a value whose text UTF-8 can hold: half of a surrogate pair, which is no character, becomes U+FFFD."""
    if not isinstance(value, str) or value.isascii() or _encodes(value):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
