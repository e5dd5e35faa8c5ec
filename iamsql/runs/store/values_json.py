"""Python values of DuckDB as JSON, for pipes between two processes. JSON cannot execute code, as pickle can.

Text, numbers, booleans, NULL and lists are themselves. Every other value is an object with one key, the name of its type, so an
object is never a value of its own. The types are a closed list.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")  # the time zone of each connection
CONTAINERS = {list, tuple, dict}  # whose elements have to be visited
Rows = Sequence[tuple[Any, ...]]


def dumps(value: Any) -> bytes:
    """Return a value as JSON in ASCII. Raise TypeError for a type that DuckDB does not return."""
    return dumps_plain(_to_plain(value))


def dumps_plain(value: Any) -> bytes:
    """Return a value whose tuples and dictionaries are replaced already, such as the columns of `to_columns`."""
    return json.dumps(value, default=_to_tagged, separators=(",", ":")).encode("ascii")


def loads(text: bytes) -> Any:
    """Return the value of JSON that `dumps` wrote. Raise ValueError, KeyError or TypeError for other JSON."""
    return json.loads(text, object_hook=_from_tagged)


def to_columns(rows: Rows) -> list[Any]:
    """Return rows as columns for `dumps_plain`; a column without lists and structs needs no step for each value."""
    return [_to_plain_column(column) for column in zip(*rows, strict=True)]


def to_rows(columns: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return the rows of `to_columns`."""
    return list(zip(*columns, strict=True))


def _to_plain_column(column: tuple[Any, ...]) -> Any:
    types = set(map(type, column))
    if CONTAINERS & types:
        return [_to_plain(value) for value in column]
    if types - {NoneType} == {datetime} and {value.tzinfo for value in column if value} == {UTC}:
        return {"utc": [value and value.replace(tzinfo=None).isoformat() for value in column]}  # the largest columns
    return column


def _to_plain(value: Any) -> Any:
    """Replace tuples and dictionaries, which JSON would turn into lists and into objects with text as keys."""
    if isinstance(value, dict):
        return {"dict": [[_to_plain(key), _to_plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_to_plain(item) for item in value]}
    if isinstance(value, list) and CONTAINERS & set(map(type, value)):
        return [_to_plain(item) for item in value]
    return value


def _to_tagged(value: Any) -> dict[str, Any]:
    """Return the object of a value that JSON does not have. datetime is a subclass of date."""
    if isinstance(value, datetime):
        if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key:
            return {"zoned": [value.replace(tzinfo=None).isoformat(), value.tzinfo.key, value.fold]}
        return {"datetime": value.isoformat()}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": b64encode(value).decode("ascii")}
    if isinstance(value, timedelta):
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    for value_type in (date, time):
        if isinstance(value, value_type):
            return {value_type.__name__: value.isoformat()}
    if isinstance(value, Decimal | UUID):
        return {type(value).__name__: str(value)}
    raise TypeError(f"Values of type {type(value).__name__} are not supported.")


_VALUES: dict[str, Callable[[Any], Any]] = {
    "dict": dict,
    "tuple": tuple,
    "zoned": lambda parts: datetime.fromisoformat(parts[0]).replace(tzinfo=ZoneInfo(parts[1]), fold=parts[2]),
    "utc": lambda texts: [text and datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts],
    "datetime": datetime.fromisoformat,
    "bytes": b64decode,
    "timedelta": lambda parts: timedelta(*parts),
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "Decimal": Decimal,
    "UUID": UUID,
}


def _from_tagged(tagged: dict[str, Any]) -> Any:
    """Return the value of an object."""
    ((type_name, value),) = tagged.items()
    return _VALUES[type_name](value)
