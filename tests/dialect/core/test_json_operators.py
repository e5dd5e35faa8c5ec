"""->, ->>, @>, <@, ?, ?| and ?& compared with a model of jsonb, on random documents."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialect.database import rows, value
from tests.dialect.jsonb_model import DOCUMENTS, KEYS, contains, jsonb_text, member, quote, sql, top_keys


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, KEYS | st.integers(-4, 3))
def test_literal_keys_and_positions(document: Any, key: str | int) -> None:
    exists, value = member(document, key)
    literal = quote(key) if isinstance(key, str) else str(key)
    document_value, text_value = rows(
        f"select doc -> {literal}, doc ->> {literal} from (select {sql(document)} as doc) x"
    )[0]
    assert (document_value is not None) == exists
    assert not exists or json.loads(document_value) == value
    expected = None if not exists or value is None else value if isinstance(value, str) else jsonb_text(value)
    assert text_value == expected


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, KEYS)
def test_keys_of_a_column(document: Any, key: str) -> None:
    exists, value = member(document, key)
    document_value = rows(f"select doc -> word from (select {sql(document)} as doc, {quote(key)} as word) x")[0][0]
    assert (json.loads(document_value) == value) if exists else document_value is None


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


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_containment_of_a_literal(left: Any, right: Any) -> None:
    result = rows(f"select doc @> {sql(right)}, {sql(right)} <@ doc from (select {sql(left)} as doc) x")
    assert result == [(contains(left, right), contains(left, right))]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_containment_of_a_column(left: Any, right: Any) -> None:
    table = f"(select {sql(left)} as outer_value, {sql(right)} as inner_value, {sql(left)} as again) x"
    result = rows(f"select outer_value @> inner_value, outer_value @> again from {table}")
    assert result == [(contains(left, right), contains(left, left))]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, st.lists(KEYS, max_size=3))
def test_top_level_keys(document: Any, keys: list[str]) -> None:
    key_array = "array[" + ", ".join(map(quote, keys)) + "]::text[]"
    key = quote(keys[0] if keys else "a")
    result = rows(f"select doc ? {key}, doc ?| {key_array}, doc ?& {key_array} from (select {sql(document)} as doc) x")
    found_keys = top_keys(document)
    assert result == [((keys[0] if keys else "a") in found_keys, bool(found_keys & set(keys)), set(keys) <= found_keys)]


def test_null_on_the_left_stays_null_under_not() -> None:
    tests = """not (tags @> '{"Team":"core"}'), not tags ? 'Team', tags ?| array['Team'], tags <@ '{}'"""
    assert rows(f"select {tests} from t where id = 3") == [(None, None, None, None)]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (f"doc @> '[{','.join(['{}'] * 5001)}]' from t where id = 1", "up to 5000"),
        ("""'{"a": {"pg @>": [1]}}'::jsonb @> '[1]'""", "have the key"),
    ],
)
def test_documents_that_cannot_be_compared(expression: str, message: str) -> None:
    with pytest.raises(duckdb.Error, match=message):
        value(expression)
