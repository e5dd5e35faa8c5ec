"""Set-returning functions compared with a model of jsonb, and their rows in a select list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.dialect.database import rows
from tests.dialect.jsonb_model import DOCUMENTS, jsonb_text, sql


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_set_returning_functions(document: Any) -> None:
    doc = sql(document)
    items = document if isinstance(document, list) else []
    result = rows(f"select v, n from jsonb_array_elements({doc}) with ordinality as x(v, n) order by n")
    assert [(json.loads(v), n) for v, n in result] == [(item, n) for n, item in enumerate(items, 1)]
    texts = [
        row[0] for row in rows(f"select x from jsonb_array_elements_text({doc}) with ordinality x(x, n) order by n")
    ]
    assert texts == [None if item is None else item if isinstance(item, str) else jsonb_text(item) for item in items]
    pairs = document if isinstance(document, dict) else {}
    result = rows(f"select key, value from jsonb_each({doc})")
    assert {key: json.loads(member) for key, member in result} == pairs
    assert {key for (key,) in rows(f"select jsonb_object_keys({doc})")} == set(pairs)


def test_null_json_null_and_other_types_have_no_elements() -> None:
    assert rows("select id, jsonb_array_elements(doc) from t where id <> 2") == []
    assert rows("select id, key from t, jsonb_each(doc) order by 1, 2") == [(1, "a"), (1, "b")]


def test_two_functions_in_a_select_list_are_zipped() -> None:
    sql = (
        "select jsonb_array_elements('[1]'), jsonb_array_elements_text('[\"a\",\"b\"]') from t where id = 1 order by 2"
    )
    assert rows(sql) == [("1", "a"), (None, "b")]


def test_group_by_a_set_returning_function() -> None:
    assert rows("select jsonb_object_keys(tags) as k, count(*) from t group by k order by k") == [
        ("Team", 1),
        ("a b", 1),
        ("é", 1),
    ]
    assert len(rows("select id, jsonb_array_elements_text(doc) from t group by id, doc")) == 4
    assert rows("select jsonb_array_elements(jsonb_agg(id order by id)) from t where id < 3") == [("1",), ("2",)]


def test_the_key_of_jsonb_each_in_a_select_list() -> None:
    assert rows("select (jsonb_each(tags)).key from t where id = 1") == [("Team",)]


def test_glob_is_text_and_never_lists_files() -> None:
    assert rows("select glob('/etc/*'), g from glob('s3:Get?bject*') g") == [("/etc/%", "s3:Get_bject%")]


def test_members_are_numbered() -> None:
    members = """jsonb_each('{"a": 1, "b": 2}') with ordinality as x(key, value, n)"""
    assert rows(f"select key, value, n from {members} order by n") == [("a", "1", 1), ("b", "2", 2)]
