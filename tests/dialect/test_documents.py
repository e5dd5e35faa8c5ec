"""JSON operators beside a small model of jsonb in Python, on documents made at random; and what no model would think of."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.dialect.literals import canonical_json, read_array
from iamsql.model import IamsqlError
from tests.dialect.bench import rows, value

KEYS = st.sampled_from(["a", "b", "Team", "a b", 'q"', "0", "é", "$", "a.b", "\\", ""])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 2.25]) | KEYS
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def sql(document: Any) -> str:
    return "'" + json.dumps(document, ensure_ascii=False).replace("'", "''") + "'::jsonb"


def text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def holds(left: Any, right: Any, top: bool = True) -> bool:
    """jsonb's @>, as its documentation has it."""
    if isinstance(right, dict):
        return isinstance(left, dict) and all(key in left and holds(left[key], right[key], False) for key in right)
    if isinstance(right, list):
        return isinstance(left, list) and all(any(holds(one, wanted, False) for one in left) for wanted in right)
    if top and isinstance(left, list):
        return any(holds(one, right, False) for one in left)
    return type_of(left) == type_of(right) and left == right


def type_of(document: Any) -> str:
    if isinstance(document, bool) or document is None:
        return str(type(document))
    return "number" if isinstance(document, int | float) else str(type(document))


def member(document: Any, key: str | int) -> tuple[bool, Any]:
    if isinstance(key, str):
        return (True, document[key]) if isinstance(document, dict) and key in document else (False, None)
    elements = (
        [document] if not isinstance(document, dict | list) else document
    )  # PostgreSQL takes a scalar for an array of it
    if isinstance(elements, list) and -len(elements) <= key < len(elements):
        return True, elements[key]
    return False, None


def spaced(document: Any) -> str:
    return json.dumps(json.loads(canonical_json(json.dumps(document))), ensure_ascii=False)


def top_keys(document: Any) -> set[str]:
    if isinstance(document, dict):
        return set(document)
    if isinstance(document, list):
        return {one for one in document if isinstance(one, str)}
    return {document} if isinstance(document, str) else set()


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, KEYS | st.integers(-4, 3))
def test_arrows_read_members_and_positions(document: Any, key: str | int) -> None:
    there, found = member(document, key)
    written = text(key) if isinstance(key, str) else str(key)
    arrow, words = rows(f"select doc -> {written}, doc ->> {written} from (select {sql(document)} as doc) x")[0]
    assert (arrow is not None) == there
    assert not there or json.loads(arrow) == found
    expected = None if not there or found is None else found if isinstance(found, str) else spaced(found)
    assert words == expected


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, KEYS)
def test_arrows_take_keys_that_columns_hold(document: Any, key: str) -> None:
    there, found = member(document, key)
    arrow = rows(f"select doc -> word from (select {sql(document)} as doc, {text(key)} as word) x")[0][0]
    assert (json.loads(arrow) == found) if there else arrow is None


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_containment_of_a_literal(left: Any, right: Any) -> None:
    found = rows(f"select doc @> {sql(right)}, {sql(right)} <@ doc from (select {sql(left)} as doc) x")
    assert found == [(holds(left, right), holds(left, right))]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_containment_of_a_column(left: Any, right: Any) -> None:
    table = f"(select {sql(left)} as held, {sql(right)} as wanted, {sql(left)} as again) x"
    assert rows(f"select held @> wanted, held @> again from {table}") == [(holds(left, right), holds(left, left))]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, st.lists(KEYS, max_size=3))
def test_keys_at_the_top(document: Any, keys: list[str]) -> None:
    listed = "array[" + ", ".join(map(text, keys)) + "]::text[]"
    one = text(keys[0] if keys else "a")
    found = rows(f"select doc ? {one}, doc ?| {listed}, doc ?& {listed} from (select {sql(document)} as doc) x")
    have = top_keys(document)
    assert found == [((keys[0] if keys else "a") in have, bool(have & set(keys)), set(keys) <= have)]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_set_returning_functions(document: Any) -> None:
    doc = sql(document)
    items = document if isinstance(document, list) else []
    found = rows(f"select v, n from jsonb_array_elements({doc}) with ordinality as x(v, n) order by n")
    assert [(json.loads(v), n) for v, n in found] == [(item, n) for n, item in enumerate(items, 1)]
    texts = [
        row[0] for row in rows(f"select x from jsonb_array_elements_text({doc}) with ordinality x(x, n) order by n")
    ]
    assert texts == [None if one is None else one if isinstance(one, str) else spaced(one) for one in items]
    pairs = document if isinstance(document, dict) else {}
    found = rows(f"select key, value from jsonb_each({doc})")
    assert {key: json.loads(held) for key, held in found} == pairs
    assert {key for (key,) in rows(f"select jsonb_object_keys({doc})")} == set(pairs)


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_text_becomes_json_in_one_spelling_and_back(document: Any) -> None:
    written = json.dumps(document, indent=2, ensure_ascii=True).replace("'", "''")
    table = f"(select '{written}'::text as words from (values (1)) v) x"
    assert rows(f"select words::jsonb::text, words::jsonb = {sql(document)} from {table}") == [(spaced(document), True)]


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


def test_null_on_the_left_stays_null_under_not() -> None:
    tests = """not (tags @> '{"Team":"core"}'), not tags ? 'Team', tags ?| array['Team'], tags <@ '{}'"""
    assert rows(f"select {tests} from t where id = 3") == [(None, None, None, None)]


@pytest.mark.parametrize(
    ("written", "items"),
    [
        ("{}", []),
        ("{a, b c ,NULL}", ["a", "b c", None]),
        ('{"a,b","NULL","q\\"\\\\"}', ["a,b", "NULL", 'q"\\']),
        ('{""}', [""]),
    ],
)
def test_array_literals(written: str, items: list[str | None]) -> None:
    assert read_array(written) == items


@pytest.mark.parametrize("written", ["a,b", "{{a},{b}}", "{a,,b}", "{a,}"])
def test_array_literals_that_are_none(written: str) -> None:
    with pytest.raises(IamsqlError, match="array literal"):
        read_array(written)


def test_a_literal_that_is_no_json_is_an_error() -> None:
    with pytest.raises(IamsqlError, match="is not valid JSON"):
        rows("select id from t where tags = 'core'")


def test_documents_are_sorted_by_kind_and_value() -> None:
    items = """'[10, 9, "b", "a b", "a", null, true, false, [1], {"a":1}, [2,1]]'"""
    expected = ["null", '"a"', '"a b"', '"b"', "9", "10", "false", "true", "[1]", "[2,1]", '{"a":1}']
    assert [row[0] for row in rows(f"select e from jsonb_array_elements({items}) e order by e")] == expected
    assert [row[0] for row in rows(f"select e as x from jsonb_array_elements({items}) e order by x desc")] == expected[
        ::-1
    ]
    assert rows("select jsonb_agg(e order by e) from jsonb_array_elements('[10,9]') e") == [("[9,10]",)]
    assert value("'10'::jsonb > '9' and not '\"a\"'::jsonb > '\"b\"'") is True
