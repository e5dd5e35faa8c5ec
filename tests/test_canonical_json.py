"""Canonical JSON: keys by length and bytes, and text that every JSON parser and UTF-8 accept."""

from __future__ import annotations

import json
from collections import OrderedDict, UserString
from datetime import UTC, datetime
from math import inf, nan

import pytest

from iamsql.canonical_json import canonical_json


@pytest.mark.parametrize("more", [0, 40])
def test_keys_are_ordered_by_their_length_in_bytes(more: int) -> None:
    value = {f"long-key-{number:02}": number for number in range(more)} | {"zzz": 1, "é": 2, "zz": 3, "b": 4}
    assert list(json.loads(canonical_json(value)))[:4] == ["b", "zz", "é", "zzz"]


def test_equal_values_are_equal_texts() -> None:
    assert canonical_json([{"b": {"d": 1, "c": 2}, "a": []}]) == canonical_json([{"a": [], "b": {"c": 2, "d": 1}}])


def test_values_that_json_cannot_represent_become_text() -> None:
    assert canonical_json({"a": inf, "b": [nan], "c": "\ud800"}) == '{"a":"inf","b":["nan"],"c":"\ufffd"}'


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        0,
        -1,
        10**30,
        1.5,
        'a\n"\\é',
        [],
        {},
        [[], {}],
        {"b": {}, "a": [None]},
        OrderedDict(b=1, a=UserString("x")),
    ],
)
def test_values_are_written_as_the_json_module_writes_them(value: object) -> None:
    expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str, sort_keys=True)
    assert canonical_json(value) == expected


def test_times_are_written_as_text() -> None:
    assert (
        canonical_json({"CreateDate": datetime(2026, 11, 25, 12, tzinfo=UTC)})
        == '{"CreateDate":"2026-11-25 12:00:00+00:00"}'
    )


@pytest.mark.slow
def test_nesting_beyond_the_limit_of_python_is_written() -> None:
    value: list[object] = []
    for _ in range(3_000):
        value = [{"a": value}]
    assert canonical_json(value) == '[{"a":' * 3_000 + "[]" + "}]" * 3_000
