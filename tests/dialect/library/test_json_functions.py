"""Functions and aggregates that build documents, and NULLs in their order."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("jsonb_build_object('bb', 1, 'a', null, 'c', true)", '{"a":null,"c":true,"bb":1}'),
        ("jsonb_build_object('a', 1, 'a', 2)", '{"a":2}'),
        (
            "jsonb_build_object('t', timestamptz '2020-01-01', 'd', date '2020-01-02')",
            '{"d":"2020-01-02","t":"2020-01-01T00:00:00+00:00"}',
        ),
        ("jsonb_build_object(word, list) from t where id = 1", '{"abc":["a","b"]}'),
        ("jsonb_build_object()", "{}"),
        ("jsonb_build_array(1, 'x', null, tags) from t where id = 1", '[1,"x",null,{"Team":"core"}]'),
        ("jsonb_object_agg(id, word) from t where id < 3", '{"1":"abc","2":"A_b%"}'),
        ("jsonb_object_agg(word, id) filter (where id > 9) from t", None),
        ("row_to_json(x)::text from (select 2 as b, 'x' as a) as x", '{"b":2,"a":"x"}'),
        ('jsonb_strip_nulls(\'{"a": null, "b": [null], "c": {"d": null}}\')', '{"b":[null],"c":{}}'),
    ],
)
def test_functions_that_build_documents(expression: str, expected: str | None) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("jsonb_build_object('a')", "in turn"),
        ("json_build_object('a', 1)::text", "blanks into the text"),
        ("row_to_json(1)", "alias"),
        ("json_arrayagg(id) from t", "json_arrayagg"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


def test_aggregates_of_json() -> None:
    assert rows("select jsonb_agg(id), json_agg(word) filter (where id = 1) from t where id < 3") == [
        ("[1,2]", '["abc"]')
    ]
    assert rows("select jsonb_agg(id) from t where false") == [(None,)]
    assert rows("select jsonb_agg(distinct flag), string_agg(distinct word, '/') from t") == [
        ("[false,true,null]", "A_b%/\\x/abc")
    ]
    assert rows("select id, jsonb_agg(id) over (partition by flag order by id) from t order by id") == [
        (1, "[1]"),
        (2, "[2]"),
        (3, "[3]"),
        (4, "[1,4]"),
    ]


def test_nulls_sort_last_ascending_and_first_descending() -> None:
    assert [row[0] for row in rows("select share from t order by share")] == [-2.5, 1.5, 2.0, None]
    assert [row[0] for row in rows("select share from t order by share desc")] == [None, 2.0, 1.5, -2.5]
    assert rows("select array_agg(share order by share desc), jsonb_agg(flag order by flag) from t") == [
        ([None, 2.0, 1.5, -2.5], "[false,true,true,null]")
    ]
