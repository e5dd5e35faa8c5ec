"""Aggregates over set-returning functions."""

from __future__ import annotations

from tests.dialect.database import rows


def test_aggregated_elements_keep_the_order_of_the_document() -> None:
    sql = "select id, {} from t, jsonb_array_elements_text(doc) e where id = 2 group by id"
    assert rows(sql.format("jsonb_agg(e)")) == [(2, '["1","two",null,"{\\"k\\": \\"v\\"}"]')]
    assert rows(sql.format("string_agg(e, '+')")) == [(2, '1+two+{"k": "v"}')]
    assert rows("select array(select x from jsonb_array_elements_text(doc) x) from t where id = 2") == [
        (["1", "two", None, '{"k": "v"}'],)
    ]
