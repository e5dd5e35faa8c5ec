"""Access and change of documents by key paths, also compared with models in Python, and JSON path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("doc #> '{b,2,c}' from t where id = 1", "null"),
        ("doc #>> '{b,2,c}' from t where id = 1", None),
        ("doc #>> '{b,-2}' from t where id = 1", "2"),
        ("doc #>> '{b,9}' from t where id = 1", None),
        ("doc #> '{a,b}' from t where id = 1", None),
        ("doc #>> '{}' from t where id = 2", '[1, "two", null, {"k": "v"}]'),
        ("doc #>> array['3', 'k'] from t where id = 2", "v"),
        ("doc #>> list from t where id = 1", None),
        ("'{\"0\": 5}'::jsonb #> '{0}'", "5"),
        ("'{\"a/b\": {\"c~\": 1}}'::jsonb #> '{a/b,c~}'", "1"),
        ("jsonb_extract_path_text(doc, 'b', '1') from t where id = 1", "2"),
        ("'{\"a\": 1, \"b\": 2}'::jsonb - 'a'", '{"b":2}'),
        ('\'["a", "b", "a"]\'::jsonb - \'a\'', '["b"]'),
        ("'{\"a\": 1, \"b\": 2}'::jsonb - array['a', 'b', 'c']", "{}"),
        ("'[1, 2, 3]'::jsonb - -1", "[1,2]"),
        ("'[1, 2, 3]'::jsonb - 9", "[1,2,3]"),
        ("tags - null::text from t where id = 1", None),
        ('\'{"a": 1, "bb": 2}\'::jsonb || \'{"bb": {"c": 1}}\'', '{"a":1,"bb":{"c":1}}'),
        ("'{\"a\": 1}'::jsonb || '[2]'", '[{"a":1},2]'),
        ("'1'::jsonb || '[2]'", "[1,2]"),
        ("doc || '{}' from t where id = 3", None),
        (
            "tags || (select jsonb_object_agg(word, id) from t where id = 1) from t where id = 1",
            '{"abc":1,"Team":"core"}',
        ),
    ],
)
def test_key_paths(expression: str, expected: str | None) -> None:
    assert value(expression) == expected


def test_a_changed_document_prints_as_jsonb() -> None:
    assert value("(tags || '{\"A\": 1}')::text from t where id = 1") == '{"A": 1, "Team": "core"}'


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("doc #> '{a,null}' from t", "NULL"),
        ("doc - made from t", "cast it"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "b", "x, y", "ä"])


KEYS = st.sampled_from(["a", "b", "0", "bb", "ä", "c d"])


DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


BRANCHES = st.lists(DOCUMENTS, max_size=3) | st.dictionaries(KEYS, DOCUMENTS, max_size=3)


STEPS = st.lists(KEYS | st.sampled_from(["1", "-1", "2"]), min_size=1, max_size=3)


def literal(document: Any) -> str:
    return "'" + json.dumps(document).replace("'", "''") + "'::jsonb"


def path_array(steps: list[str]) -> str:
    return "array[" + ", ".join(f"'{step}'" for step in steps) + "]"


def index(step: str, size: int) -> int | None:
    at = int(step) if step.lstrip("-").isdigit() else None
    at = at + size if at is not None and at < 0 else at
    return at if at is not None and 0 <= at < size else None


def member(document: Any, step: str) -> tuple[bool, Any]:
    if isinstance(document, dict):
        return step in document, document.get(step)
    at = index(step, len(document)) if isinstance(document, list) else None
    return at is not None, document[at] if at is not None else None


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, STEPS)
def test_a_path_of_keys_is_followed(document: Any, steps: list[str]) -> None:
    exists, expected = True, document
    for step in steps:
        exists, expected = member(expected, step) if exists else (False, None)
    actual = value(f"{literal(document)} #> {path_array(steps)}")
    assert (actual is not None) is exists
    assert not exists or json.loads(actual) == expected


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(BRANCHES, BRANCHES, KEYS)
def test_concatenation_and_deletion(left: Any, right: Any, key: str) -> None:
    merged, shorter = rows(f"select {literal(left)} || {literal(right)}, {literal(left)} - '{key}'")[0]
    if isinstance(left, dict) and isinstance(right, dict):
        assert json.loads(merged) == {**left, **right}
    else:
        assert json.loads(merged) == [
            *(left if isinstance(left, list) else [left]),
            *(right if isinstance(right, list) else [right]),
        ]
    remaining = (
        {k: v for k, v in left.items() if k != key}
        if isinstance(left, dict)
        else [item for item in left if item != key]
    )
    assert json.loads(shorter) == remaining


DOCUMENT = {
    "S": [
        {"Effect": "Allow", "Action": ["kms:a", "s3:*"], "n": 1},
        {"Effect": "Deny", "Action": ["s3:x"], "Cond": {}, "n": 5},
    ],
    "max": 5,
    "none": None,
    "a b": {"c/d": 7},
    "nested": [[{"a": 1}], {"a": 2}],
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", [DOCUMENT]),
        ("$.S[*].n", [1, 5]),
        ("$.S.Effect", ["Allow", "Deny"]),
        ("$.S.Action[*]", ["kms:a", "s3:*", "s3:x"]),
        ("$.S[*].Action", [["kms:a", "s3:*"], ["s3:x"]]),
        ("$.S[*].Cond", [{}]),
        ("$.max[*]", [5]),
        ("$.max.x", []),
        ("lax $.max", [5]),
        ('$."a b"."c/d"', [7]),
        ("$.missing", []),
        ("$.none", [None]),
        ("$.nested", [[[{"a": 1}], {"a": 2}]]),
        ("$.nested.a", [2]),
        ("$.nested[*].a", [1, 2]),
    ],
)
def test_paths(path: str, expected: list[Any]) -> None:
    items = rows(f"select jsonb_path_query('{json.dumps(DOCUMENT)}', '{path}')")
    assert [json.loads(item) for (item,) in items] == expected
    as_list, exists, first = rows(
        f"select jsonb_path_query_array(d, '{path}'), jsonb_path_exists(d, '{path}'), jsonb_path_query_first(d, '{path}')"
        f" from (select '{json.dumps(DOCUMENT)}'::jsonb as d) as x"
    )[0]
    assert json.loads(as_list) == expected
    assert exists is bool(expected)
    assert (json.loads(first) if first is not None else None) == (expected[0] if expected else None)


def test_paths_of_null_and_operators() -> None:
    assert value("'{\"a\": 5}'::jsonb @? '$.b'") is False
    assert value("doc @? '$.a' from t where id = 3") is None
    assert value("jsonb_path_query_array(doc, '$.a') from t where id = 3") is None
    assert rows("select jsonb_path_query(doc, '$.a') from t where id = 3") == []
    assert rows("select id, x from t, jsonb_path_query(doc, '$.b[*].c') as x") == [(1, "null")]
