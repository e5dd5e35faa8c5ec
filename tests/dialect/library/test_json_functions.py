"""Functions that build documents."""

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
        ("jsonb_object(array['b', 'a'], array['1', null])", '{"a":null,"b":"1"}'),
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
