"""JSON with sorted keys, so equal values serialize identically, and parsing that rejects duplicate keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, NoReturn

_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False).encode
_MIN_MAP_KEYS = 40  # an object with as many keys is usually a map, whose keys differ from item to item
EXTRA_RECURSION = 20_000  # nesting levels beyond Python's own limit


@lru_cache(4096)  # the items of a response have the same keys
def _keys_with_prefixes(keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the keys in canonical order, each with the text before its value, such as `,"name":`."""
    sorted_keys = sorted(keys, key=_sort_key)
    return tuple((key, f"{',' if index else '{'}{encode_basestring(key)}:") for index, key in enumerate(sorted_keys))


def _sort_key(key: str) -> tuple[int, bytes]:
    encoded = key.encode(errors="surrogatepass")
    return len(encoded), encoded


def _write_object(value: dict[str, Any]) -> str:
    if not value:
        return "{}"
    keys = tuple(value)
    members = _keys_with_prefixes(keys) if len(keys) < _MIN_MAP_KEYS else _keys_with_prefixes.__wrapped__(keys)
    texts = [prefix + _ENCODERS.get(type(item := value[key]), _write_other)(item) for key, prefix in members]
    return "".join(texts) + "}"


def _write_list(value: list[Any]) -> str:
    return f"[{','.join([_ENCODERS.get(type(item), _write_other)(item) for item in value])}]"


def _write_other(value: Any) -> str:
    """Serialize a value of another type, such as a subclass of dict."""
    if isinstance(value, dict):
        return _write_object(value)
    return _write_list(value) if isinstance(value, list) else _encode_json(value)


# JSONEncoder would need a copy of each object with sorted keys, which takes as long again.
_ENCODERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    dict: _write_object,
    list: _write_list,
    int: int.__repr__,
    bool: {True: "true", False: "false"}.__getitem__,
    datetime: lambda time: encode_basestring(str(time)),
}


def parse_unambiguous(text: str | bytes) -> Any:
    """Parse a JSON text. Raise ValueError for invalid JSON, and for an object with a duplicate key."""
    return json.loads(text, object_pairs_hook=_build_object)


def refuse_constant(constant: str) -> NoReturn:
    """Raise ValueError: the `parse_constant` of `json.loads` for NaN and Infinity, which are not JSON."""
    raise ValueError(constant)


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"an object has the key {next(name for name in names if names.count(name) > 1)!r} twice")
    return value


def canonical_json(value: Any) -> str:
    """Return a value as JSON text, with keys in the order of PostgreSQL's jsonb: by length, then by bytes.

    Infinity and NaN become strings, and unpaired surrogates become U+FFFD, because JSON cannot represent them.
    """
    try:
        text = _ENCODERS.get(type(value), _write_other)(value)
    except (RecursionError, ValueError):
        text = _serialize_irregular(value)
    return text if text.isascii() else str(replace_surrogates(text))


def _serialize_irregular(value: Any) -> str:
    """Serialize a value that is nested beyond Python's limit, or has numbers that JSON does not allow."""
    original_limit = sys.getrecursionlimit()
    sys.setrecursionlimit(original_limit + EXTRA_RECURSION)
    try:
        return _write_other(_replace_nonfinite(value))
    finally:
        sys.setrecursionlimit(original_limit)


def _replace_nonfinite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _replace_nonfinite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_nonfinite(item) for item in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def replace_surrogates(value: Any) -> Any:
    """Replace unpaired surrogates, which UTF-8 cannot encode, with U+FFFD."""
    if not isinstance(value, str) or value.isascii() or _is_encodable(value):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
