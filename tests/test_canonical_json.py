"""Canonical JSON: keys by length and bytes, and text that every JSON parser and UTF-8 accept."""

from __future__ import annotations

import json
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
