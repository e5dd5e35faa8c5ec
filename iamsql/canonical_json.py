"""JSON text in a canonical order of keys, so that equal items are equal texts."""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from math import isfinite
from typing import Any

_WRITE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False).encode
DEEPER = 20_000  # nesting levels beyond Python's own limit


@lru_cache(4096)  # the items of a response have the same keys
def _order(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=_weight))


def _weight(key: str) -> tuple[int, bytes]:
    encoded = key.encode(errors="surrogatepass")
    return len(encoded), encoded


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = tuple(value)
        # An object with many keys is usually a map, whose keys differ from item to item: it would only fill the cache.
        order = _order(keys) if len(keys) < 40 else sorted(keys, key=_weight)
        return {key: _ordered(value[key]) for key in order}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def canonical_json(value: Any) -> str:
    """Return a value as JSON text, with keys in the order of PostgreSQL's jsonb: by length, then by bytes.

    Infinity and NaN become strings, and unpaired surrogates become U+FFFD, because JSON cannot represent them.
    """
    try:
        text = _WRITE(_ordered(value))
    except (RecursionError, ValueError):
        text = _default(value)
    return text if text.isascii() else str(replace_surrogates(text))


def _default(value: Any) -> str:
    """Serialize a value that is nested beyond Python's limit, or has numbers that JSON does not allow."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + DEEPER)
    try:
        return _WRITE(_ordered(_finite(value)))
    finally:
        sys.setrecursionlimit(before)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def replace_surrogates(value: Any) -> Any:
    """Replace unpaired surrogates, which UTF-8 cannot encode, by U+FFFD."""
    if not isinstance(value, str) or value.isascii() or _is_encodable(value):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
