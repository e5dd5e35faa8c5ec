"""Aggregates that return JSON, and NULLs in their order."""

from __future__ import annotations

from tests.dialect.database import rows


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
