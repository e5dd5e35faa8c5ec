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
        ("jsonb_set('{\"a\": [1, 2]}', '{a,-1}', '9')", '{"a":[1,9]}'),
        ("jsonb_set('{\"a\": [1]}', '{a,7}', '9')", '{"a":[1,9]}'),
        ("jsonb_set('{\"a\": 1}', '{b}', '2', false)", '{"a":1}'),
        ("jsonb_set('{\"a\": 1}', '{b,c}', '2')", '{"a":1}'),
        ("jsonb_set('{\"bb\": 1}', '{a}', '{\"x\": 1}')", '{"a":{"x":1},"bb":1}'),
        ("jsonb_set(doc, '{a}', to_jsonb(null::text)) from t where id = 1", None),
        ("jsonb_set(doc, '{a}', '1') from t where id = 3", None),
        ("jsonb_insert('{\"a\": [0, 1]}', '{a,1}', '\"n\"')", '{"a":[0,"n",1]}'),
        ("jsonb_insert('{\"a\": [0, 1]}', '{a,1}', '\"n\"', true)", '{"a":[0,1,"n"]}'),
        ("jsonb_insert('{\"a\": 1}', '{b}', '2')", '{"a":1,"b":2}'),
        ("'{\"a\": 1, \"b\": 2}'::jsonb - 'a'", '{"b":2}'),
        ('\'["a", "b", "a"]\'::jsonb - \'a\'', '["b"]'),
        ("'{\"a\": 1, \"b\": 2}'::jsonb - array['a', 'b', 'c']", "{}"),
        ("'[1, 2, 3]'::jsonb - -1", "[1,2]"),
        ("'[1, 2, 3]'::jsonb - 9", "[1,2,3]"),
        ("tags - null::text from t where id = 1", None),
        ('\'{"a": {"b": 1, "c": 2}}\'::jsonb #- \'{a,b}\'', '{"a":{"c":2}}'),
        ("'[1, [2, 3]]'::jsonb #- '{1,-1}'", "[1,[2]]"),
        ("'{\"a\": 1}'::jsonb #- '{x,y}'", '{"a":1}'),
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
        ("jsonb_set(doc, list, '1') from t", "literal path"),
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


NUMBERED = st.lists(st.sampled_from(["0", "1", "-1", "2"]), min_size=1, max_size=3)


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
    exists, found = True, document
    for step in steps:
        exists, found = member(found, step) if exists else (False, None)
    got = value(f"{literal(document)} #> {path_array(steps)}")
    assert (got is not None) is exists
    assert not exists or json.loads(got) == found


def set_value(document: Any, steps: list[str], new_value: Any) -> Any:
    step, rest = steps[0], steps[1:]
    exists, inner = member(document, step)
    if rest and not exists:
        return document
    new = set_value(inner, rest, new_value) if rest else new_value
    if isinstance(document, dict):
        return {**document, step: new}
    if not isinstance(document, list):
        return document
    if exists:
        at = index(step, len(document))
        return [new if position == at else item for position, item in enumerate(document)]
    return [new, *document] if step.startswith("-") else [*document, new]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(BRANCHES, NUMBERED, SCALARS)
def test_jsonb_set(document: Any, steps: list[str], new_value: Any) -> None:
    got = value(f"jsonb_set({literal(document)}, {path_array(steps)}, {literal(new_value)})")
    assert json.loads(got) == set_value(document, steps, new_value)
    assert json.dumps(json.loads(got)) == json.dumps(with_sorted_keys(json.loads(got)))


def with_sorted_keys(document: Any) -> Any:
    if isinstance(document, dict):
        return {
            key: with_sorted_keys(document[key])
            for key in sorted(document, key=lambda key: (len(key.encode()), key.encode()))
        }
    return [with_sorted_keys(element) for element in document] if isinstance(document, list) else document


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


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ('$.S[*] ? (@.Effect == "Deny").Action[*]', ["s3:x"]),
        ("$.S.Effect", ["Allow", "Deny"]),
        ("$.S[last].n", [5]),
        ("$.S[last - 1].n", [1]),
        ("$.S[0 to last].n", [1, 5]),
        ("$.S[*].Action[0, 1]", ["kms:a", "s3:*", "s3:x"]),
        ("$.S[*] ? (@.n > 1 && @.n <= 5 || @.n == 99).n", [5]),
        ("$.S[*] ? (!(@.n > 1)).n", [1]),
        ("$.S[*] ? (exists(@.Cond)).n", [5]),
        ("$.S[*] ? (@.Cond == null).n", []),
        ('$.S[*].Action[*] ? (@ starts with "s3:")', ["s3:*", "s3:x"]),
        ('$.S[*].Action[*] ? (@ like_regex "^KMS" flag "i")', ["kms:a"]),
        ('$.S[*] ? (@.Action[*] == "s3:*").n', [1]),
        ("$.S[*] ? (@.n == $.max).n", [5]),
        ("$.*[*].n", [1, 5]),
        ("$.S.size()", [2]),
        ("$.S[*].n.type()", ["number", "number"]),
        ("$.S[*] ? ((@.Effect > 1) is unknown).n", [1, 5]),
        ('$."a b"."c/d"', [7]),
        ("$.missing", []),
        ("lax $.max.double()", [5]),
        ("$.max == 5", [True]),
    ],
)
def test_paths(path: str, expected: list[Any]) -> None:
    document = {
        "S": [
            {"Effect": "Allow", "Action": ["kms:a", "s3:*"], "n": 1},
            {"Effect": "Deny", "Action": ["s3:x"], "Cond": {}, "n": 5},
        ],
        "max": 5,
        "a b": {"c/d": 7},
    }
    found = rows(f"select jsonb_path_query('{json.dumps(document)}', '{path}')")
    assert [json.loads(item) for (item,) in found] == expected
    as_list, exists, first = rows(
        f"select jsonb_path_query_array(d, '{path}'), jsonb_path_exists(d, '{path}'), jsonb_path_query_first(d, '{path}')"
        f" from (select '{json.dumps(document)}'::jsonb as d) as x"
    )[0]
    assert json.loads(as_list) == expected
    assert exists is bool(expected)
    assert (json.loads(first) if first is not None else None) == (expected[0] if expected else None)


def test_paths_with_variables_and_operators() -> None:
    assert value("jsonb_path_exists('{\"a\": [1, 2]}', '$.a[*] ? (@ == $x)', '{\"x\": 2}')") is True
    assert value("'{\"a\": 5}'::jsonb @@ '$.a > 3'") is True
    assert value("'{\"a\": 5}'::jsonb @? '$.b'") is False
    assert value("doc @? '$.a' from t where id = 3") is None
    assert rows("select jsonb_path_query(doc, '$.a') from t where id = 3") == []
    assert rows("select id, x from t, jsonb_path_query(doc, '$.b[0]') as x") == [(1, "1")]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.keyvalue()", "keyvalue"),
        ("$.a[$.b]", "position"),
        ("$.a.datetime()", "datetime"),
        ("$[*] ? (@.a", "missing"),
        ("$x", "no value"),
        ("a", "not expected"),
    ],
)
def test_unsupported_paths(path: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select jsonb_path_query('{{}}', '{path}')")
