"""-> and ->> compared with a model of jsonb, on random documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialect.database import rows, value
from tests.dialect.jsonb_model import DOCUMENTS, KEYS, jsonb_text, member, quote, sql


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, KEYS | st.integers(-4, 3))
def test_literal_keys_and_positions(document: Any, key: str | int) -> None:
    there, found = member(document, key)
    written = quote(key) if isinstance(key, str) else str(key)
    arrow, words = rows(f"select doc -> {written}, doc ->> {written} from (select {sql(document)} as doc) x")[0]
    assert (arrow is not None) == there
    assert not there or json.loads(arrow) == found
    expected = None if not there or found is None else found if isinstance(found, str) else jsonb_text(found)
    assert words == expected


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, KEYS)
def test_keys_of_a_column(document: Any, key: str) -> None:
    there, found = member(document, key)
    arrow = rows(f"select doc -> word from (select {sql(document)} as doc, {quote(key)} as word) x")[0][0]
    assert (json.loads(arrow) == found) if there else arrow is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'5'::jsonb -> 0", "5"),
        ("'5'::jsonb -> -1", "5"),
        ("'5'::jsonb -> 1", None),
        ("'\"a\"'::jsonb ->> 0", "a"),
        ("'{\"a\": 1}'::jsonb -> 0", None),
        ("'[7, 8]'::jsonb -> -1", "8"),
        ("doc -> id::int from (select '[7, 8]'::jsonb as doc, 1 as id) as x", "8"),
        ("doc ->> null from t where id = 1", None),
    ],
)
def test_a_scalar_is_an_array_of_one_element(expression: str, expected: str | None) -> None:
    assert value(expression) == expected
