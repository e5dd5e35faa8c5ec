"""@>, <@, ?, ?| and ?& compared with a model of jsonb, on random documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialect.database import rows
from tests.dialect.jsonb_model import DOCUMENTS, KEYS, contains, quote, sql, top_keys


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_containment_of_a_literal(left: Any, right: Any) -> None:
    found = rows(f"select doc @> {sql(right)}, {sql(right)} <@ doc from (select {sql(left)} as doc) x")
    assert found == [(contains(left, right), contains(left, right))]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_containment_of_a_column(left: Any, right: Any) -> None:
    table = f"(select {sql(left)} as outer_value, {sql(right)} as inner_value, {sql(left)} as again) x"
    found = rows(f"select outer_value @> inner_value, outer_value @> again from {table}")
    assert found == [(contains(left, right), contains(left, left))]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, st.lists(KEYS, max_size=3))
def test_top_level_keys(document: Any, keys: list[str]) -> None:
    listed = "array[" + ", ".join(map(quote, keys)) + "]::text[]"
    one = quote(keys[0] if keys else "a")
    found = rows(f"select doc ? {one}, doc ?| {listed}, doc ?& {listed} from (select {sql(document)} as doc) x")
    have = top_keys(document)
    assert found == [((keys[0] if keys else "a") in have, bool(have & set(keys)), set(keys) <= have)]


def test_null_on_the_left_stays_null_under_not() -> None:
    tests = """not (tags @> '{"Team":"core"}'), not tags ? 'Team', tags ?| array['Team'], tags <@ '{}'"""
    assert rows(f"select {tests} from t where id = 3") == [(None, None, None, None)]
