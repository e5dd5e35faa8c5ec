"""JSON: every value is read back, and no name has codes for terminals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import Result
from tests.render.formatting import written


def test_json_of_same_named_columns() -> None:
    result = Result(("a", "a", "a_2", "a", "A"), [(1, 2, 3, 4, 5)])
    assert written(result, "jsonl") == '{"a": 1, "a_3": 2, "a_2": 3, "a_4": 4, "A": 5}\n'


def test_json_has_no_terminal_codes_and_loses_no_data() -> None:
    name = "a\x1b[2J\x9b\u202e\u2028\x7f"
    out = written(Result((name, "j"), [(name, json.dumps(name, ensure_ascii=False))], ("VARCHAR", "JSON")), "json")
    assert json.loads(out) == [{name: name, "j": name}]
    assert not set(name[1:]) & set(out) - set("[2J")


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(ANY, ANY), max_size=4))
def test_json_is_read_back(rows: list[tuple[Any, Any]]) -> None:
    result = Result(("one", "two"), [(one, json.dumps(two)) for one, two in rows], ("VARCHAR", "JSON"))
    expected = [{"one": one, "two": two} for one, two in rows]
    assert json.loads(written(result, "json")) == expected
    assert [json.loads(line) for line in written(result, "jsonl").split("\n")[:-1]] == expected
