"""Aggregates over set-returning functions."""

from __future__ import annotations

from iamsql.dialect import translate
from tests.dialect.database import database, rows


def translated(sql: str) -> str:
    return translate(sql, database()[1]).sql


def test_aggregated_elements_keep_the_order_of_the_document() -> None:
    sql = "select id, {} from t, jsonb_array_elements_text(doc) e where id = 2 group by id"
    assert rows(sql.format("jsonb_agg(e)")) == [(2, '["1","two",null,"{\\"k\\": \\"v\\"}"]')]
    assert rows(sql.format("string_agg(e, '+')")) == [(2, '1+two+{"k": "v"}')]
    assert rows("select array(select x from jsonb_array_elements_text(doc) x) from t where id = 2") == [
        (["1", "two", None, '{"k": "v"}'],)
    ]


def test_aggregates_are_ordered_by_the_positions_of_the_elements() -> None:
    """The rows of a small table can be in order by chance, so the test also compares the SQL."""
    elements = "from t, jsonb_array_elements_text(doc) as e"
    for aggregate in ("jsonb_agg(e)", "array_agg(e)", "string_agg(e, ',')"):
        assert 'ORDER BY "e"."place_"' in translated(f"select {aggregate} {elements}")
    assert 'ORDER BY "x"."place_"' in translated(
        "select array(select x from jsonb_array_elements_text(doc) as x) from t"
    )
    assert '"place_"' not in translated(f"select jsonb_agg(e order by e), count(e) {elements}")
