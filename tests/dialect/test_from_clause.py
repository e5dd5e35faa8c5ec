"""Functions in FROM: the names of their columns, their aliases, joins and ordinality."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import result, rows

ELEMENTS = [(2, "1"), (2, '"two"'), (2, "null"), (2, '{"k":"v"}')]


def test_the_alias_and_its_value_are_the_element() -> None:
    sql = "select e.value, e ->> 'k', id from t, jsonb_array_elements(doc) as e where e = '{\"k\":\"v\"}'"
    assert result(sql) == (["value", "?column?", "id"], [('{"k":"v"}', "v", 2)])


def test_a_column_of_the_alias_name_comes_first() -> None:
    sql = "select doc ? 'two', doc.value from t, jsonb_array_elements(t.doc -> 3) x, jsonb_array_elements(doc) as doc where id = 2"
    assert rows(sql) == []
    sql = "select doc ? 'two', doc.value from t, jsonb_array_elements(t.doc) as doc where id = 2 and doc.value = '1'"
    assert rows(sql) == [(True, "1")]


def test_without_alias_the_table_has_the_name_of_the_function_and_the_column_is_value() -> None:
    sql = "select jsonb_array_elements_text.value, value from t, jsonb_array_elements_text(doc) where value = 'two'"
    assert rows(sql) == [("two", "two")]


def test_the_column_of_other_functions_has_the_name_of_the_alias() -> None:
    assert result("select k, tag.* from t, jsonb_object_keys(tags) k, unnest(list) tag where id = 1 order by 2") == (
        ["k", "tag"],
        [("Team", "a"), ("Team", "b")],
    )
    assert result("select * from jsonb_object_keys('{\"a\":1}')")[0] == ["jsonb_object_keys"]


def test_star_has_the_column_names_of_the_function() -> None:
    assert result("select x.* from t, jsonb_each(tags) x where id = 1") == (["key", "value"], [("Team", '"core"')])


@pytest.mark.parametrize("form", ["as x(v, n)", "x(v, n)"])
def test_with_ordinality_numbers_the_rows(form: str) -> None:
    sql = f"select v, n from t, jsonb_array_elements(doc) with ordinality {form} order by n"
    assert rows(sql) == [(element, n) for n, (_, element) in enumerate(ELEMENTS, 1)]


def test_the_position_is_named_ordinality() -> None:
    assert rows(
        "select m.ordinality from t, jsonb_array_elements(doc) with ordinality m where m.value = '\"two\"'"
    ) == [(2,)]
    assert rows("select u, ordinality from unnest(array['x']) with ordinality u") == [("x", 1)]


def test_a_left_join_keeps_rows_without_elements_and_an_inner_join_does_not() -> None:
    sql = "select id, e from t left join lateral jsonb_array_elements_text(doc) e on e = 'two' order by id"
    assert rows(sql) == [(1, None), (2, "two"), (3, None), (4, None)]
    assert rows("select id from t cross join jsonb_array_elements(doc) e group by id") == [(2,)]


def test_unnest_of_several_lists_pads_with_null() -> None:
    assert rows("select * from unnest(array['a', 'b'], array[1]) as u(x, y)") == [("a", 1), ("b", None)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select (select count(*) from jsonb_array_elements(doc) e where e ->> 'k' = 'v') from t order by id",
            [0, 1, 0, 0],
        ),
        ("select id from t where exists (select 1 from jsonb_array_elements_text(doc -> 'b') x where x = '2')", [1]),
        ("select id from t where 'two' in (select jsonb_array_elements_text(doc))", [2]),
        ("select t.id from t join jsonb_array_elements_text(t.doc) p on p.value = 'two'", [2]),
        ("select count(*) from t, jsonb_array_elements(doc) a, jsonb_array_elements(doc) b", [16]),
        ("select x.v from t, lateral (select jsonb_array_elements_text(doc -> 'b') as v) x order by 1 limit 1", ["1"]),
    ],
)
def test_within_subqueries_and_joins(sql: str, expected: list[Any]) -> None:
    assert [row[0] for row in rows(sql)] == expected


def test_other_forms_of_functions_in_from_are_refused() -> None:
    with pytest.raises(IamsqlError, match="not supported"):
        rows("select * from rows from (jsonb_each('{}'), jsonb_each('{}')) as x")
    for call in ("json_populate_record(null, '{}')", "jsonb_to_recordset('[]')", "json_to_record('{}')"):
        with pytest.raises(IamsqlError, match="jsonb_array_elements"):
            rows(f"select * from {call} as x(a int)")
