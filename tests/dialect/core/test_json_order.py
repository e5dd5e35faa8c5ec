"""The order of documents."""

from __future__ import annotations

from tests.dialect.database import rows, value


def test_documents_are_sorted_by_type_and_value() -> None:
    items = """'[10, 9, "b", "a b", "a", null, true, false, [1], {"a":1}, [2,1]]'"""
    expected = ["null", '"a"', '"a b"', '"b"', "9", "10", "false", "true", "[1]", "[2,1]", '{"a":1}']
    assert [row[0] for row in rows(f"select e from jsonb_array_elements({items}) e order by e")] == expected
    assert [row[0] for row in rows(f"select e as x from jsonb_array_elements({items}) e order by x desc")] == expected[
        ::-1
    ]
    assert rows("select jsonb_agg(e order by e) from jsonb_array_elements('[10,9]') e") == [("[9,10]",)]
    assert value("'10'::jsonb > '9' and not '\"a\"'::jsonb > '\"b\"'") is True
