"""Equality and order of documents, and the canonical spelling of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value
from tests.dialect.jsonb_model import DOCUMENTS, jsonb_text, sql


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_text_is_cast_to_canonical_json_and_back(document: Any) -> None:
    written = json.dumps(document, indent=2, ensure_ascii=True).replace("'", "''")
    table = f"(select '{written}'::text as words from (values (1)) v) x"
    assert rows(f"select words::jsonb::text, words::jsonb = {sql(document)} from {table}") == [
        (jsonb_text(document), True)
    ]


def test_the_last_of_equal_keys_wins_and_keys_are_sorted_by_length() -> None:
    assert value("""'{"bb":1,"a":2,"bb":3}'::jsonb::text""") == '{"a": 2, "bb": 3}'
    assert rows("""select w::jsonb::text from (select '{"bb":1,"a":2,"bb":3}'::text as w from t where id = 1) x""") == [
        ('{"a": 2, "bb": 3}',)
    ]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("'[1.0, 2.50]'::jsonb = '[1, 2.5]'", True),
        ("""'["1.0"]'::jsonb = '["1"]'""", False),
        ("'null'::jsonb is null", False),
        ("'null'::jsonb = 'null'", True),
        ("""'{"a":null}'::jsonb -> 'a' is null""", False),
        ("""'{"a":null}'::jsonb ->> 'a' is null""", True),
        ("""'["x"]'::jsonb in ('[ "x" ]', '[]')""", True),
        ("""'{"a":1}'::jsonb is distinct from null""", True),
        ("""nullif('{}'::jsonb, '{ }') is null""", True),
        ("""coalesce(null::jsonb, '{"b":1,"a":2}')::text = '{"a": 2, "b": 1}'""", True),
        ("""'"ab"'::jsonb @> '"ab"'""", True),
        ("""'"ab"'::jsonb @> '["ab"]'""", False),
        ("""'["ab"]'::jsonb @> '"ab"'""", True),
        ("""'[["ab"]]'::jsonb @> '"ab"'""", False),
    ],
)
def test_values_and_nulls(test: str, expected: bool) -> None:
    assert value(test) is expected


def test_a_literal_that_is_not_json_is_an_error() -> None:
    with pytest.raises(IamsqlError, match="is not valid JSON"):
        rows("select id from t where tags = 'core'")


@pytest.mark.slow
def test_documents_are_sorted_by_type_and_value() -> None:
    items = """'[10, 9, "b", "a b", "a", null, true, false, [1], {"a":1}, [2,1]]'"""
    expected = ["null", '"a"', '"a b"', '"b"', "9", "10", "false", "true", "[1]", "[2,1]", '{"a":1}']
    assert [row[0] for row in rows(f"select e from jsonb_array_elements({items}) e order by e")] == expected
    assert [row[0] for row in rows(f"select e as x from jsonb_array_elements({items}) e order by x desc")] == expected[
        ::-1
    ]
    assert [row[0] for row in rows(f"select e from jsonb_array_elements({items}) e order by 1")] == expected
    assert rows("select jsonb_agg(e order by e) from jsonb_array_elements('[10,9]') e") == [("[9,10]",)]
    assert value("'10'::jsonb > '9' and not '\"a\"'::jsonb > '\"b\"'") is True
    assert value("'5'::jsonb between '4' and '10'") is True
    assert value("'\"b\"'::jsonb not between '4' and '10'") is True


def test_results_without_duplicates_are_sorted_by_value() -> None:
    documents = "jsonb_array_elements('[10, 9, 10]') e"
    assert rows(f"select distinct e as x from {documents} order by x") == [("9",), ("10",)]
    assert rows(f"select distinct e from {documents} order by 1 desc") == [("10",), ("9",)]
    assert rows(f"select e from {documents} union select '\"a\"'::jsonb order by e") == [('"a"',), ("9",), ("10",)]
    assert rows("select distinct tags as doc, doc as tags from t where id < 3 order by doc") == [
        ("{}", '[1,"two",null,{"k":"v"}]'),
        ('{"Team":"core"}', '{"a":1,"b":[1,2,{"c":null}]}'),
    ]


@pytest.mark.parametrize("json", ["jsonb_array_elements('[1]')", "(select doc from t where id = 1)"])
def test_an_order_by_rows_in_the_select_list_is_refused(json: str) -> None:
    with pytest.raises(IamsqlError, match="use it in FROM"):
        rows(f"select distinct {json} as x order by x")
