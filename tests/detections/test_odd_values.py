"""No value in a record makes a detection fail: its error would hide the findings of all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.detections.harness import DETECTIONS, Example, detection_rows, load_records
from tests.tiers import slow_but_every

MISSING = object()
ODD: tuple[Any, ...] = (
    MISSING, None, "", "x'\"%_\\\n\x1b[31m", 0, 1e30, True, [], {}, [None], ["a", {"b": 1}], {"items": [None, 3, {}]}, "{", "null",
    '{"Statement": [1, null, {"Effect": 3, "Principal": 4, "Action": {"a": 1}}]}', "%7B%zz", "2026-13-45T00:00:00Z",
)  # fmt: skip
Path = tuple[str | int, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each value inside a record."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from paths(inner, (*path, key))


def replaced(value: Any, path: Path, odd: Any) -> Any:
    """Return a record with another value at a path, or without a value there."""
    (key, *remaining), copy = path, value.copy()
    if remaining or odd is not MISSING:
        copy[key] = replaced(value[key], tuple(remaining), odd) if remaining else odd
    else:
        del copy[key]
    return copy


@pytest.mark.parametrize("name", slow_but_every(8, sorted(DETECTIONS)))
def test_unusual_values_do_not_raise(con: duckdb.DuckDBPyConnection, name: str) -> None:
    example = Example(name)
    records = [
        replaced(record, path, odd) | {"eventID": f"{number}-{path}-{index}"}
        for number, record in enumerate((example.found[0], example.found[-1]))
        for path in paths(record)
        for index, odd in enumerate(ODD)
    ]
    load_records(con, example, records)
    detection_rows(con, DETECTIONS[name])
