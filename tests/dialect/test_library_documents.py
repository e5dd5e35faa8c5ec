"""JSON built, changed, merged and searched by path, against PostgreSQL 15's documentation and short Python models."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.bench import rows, value


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
def test_documents(expression: str, expected: str | None) -> None:
    assert value(expression) == expected


def test_a_changed_document_prints_as_jsonb() -> None:
    assert value("(tags || '{\"A\": 1}')::text from t where id = 1") == '{"A": 1, "Team": "core"}'


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("jsonb_build_object('a')", "in turn"),
        ("jsonb_set(doc, list, '1') from t", "literal path"),
        ("json_build_object('a', 1)::text", "blanks into the text"),
        ("doc #> '{a,null}' from t", "NULL"),
        ("doc - made from t", "cast it"),
        ("row_to_json(1)", "alias"),
        ("json_arrayagg(id) from t", "json_arrayagg"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


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
    assert [json.loads(one) for (one,) in found] == expected
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
def test_paths_that_are_not_supported(path: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select jsonb_path_query('{{}}', '{path}')")


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "b", "x, y", "ä"])
KEYS = st.sampled_from(["a", "b", "0", "bb", "ä", "c d"])
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
BRANCHES = st.lists(DOCUMENTS, max_size=3) | st.dictionaries(KEYS, DOCUMENTS, max_size=3)
STEPS = st.lists(KEYS | st.sampled_from(["1", "-1", "2"]), min_size=1, max_size=3)


def dumped(document: Any) -> str:
    return "'" + json.dumps(document).replace("'", "''") + "'::jsonb"


def spelled(steps: list[str]) -> str:
    return "array[" + ", ".join(f"'{step}'" for step in steps) + "]"


def place(step: str, size: int) -> int | None:
    at = int(step) if step.lstrip("-").isdigit() else None
    at = at + size if at is not None and at < 0 else at
    return at if at is not None and 0 <= at < size else None


def member(document: Any, step: str) -> tuple[bool, Any]:
    if isinstance(document, dict):
        return step in document, document.get(step)
    at = place(step, len(document)) if isinstance(document, list) else None
    return at is not None, document[at] if at is not None else None


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, STEPS)
def test_a_path_of_keys_is_followed(document: Any, steps: list[str]) -> None:
    there, found = True, document
    for step in steps:
        there, found = member(found, step) if there else (False, None)
    got = value(f"{dumped(document)} #> {spelled(steps)}")
    assert (got is not None) is there
    assert not there or json.loads(got) == found


def put(document: Any, steps: list[str], fresh: Any) -> Any:
    step, rest = steps[0], steps[1:]
    there, inner = member(document, step)
    if rest and not there:
        return document
    new = put(inner, rest, fresh) if rest else fresh
    if isinstance(document, dict):
        return {**document, step: new}
    if not isinstance(document, list):
        return document
    if there:
        at = place(step, len(document))
        return [new if one == at else item for one, item in enumerate(document)]
    return [new, *document] if step.startswith("-") else [*document, new]


NUMBERED = st.lists(st.sampled_from(["0", "1", "-1", "2"]), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(BRANCHES, NUMBERED, SCALARS)
def test_jsonb_set(document: Any, steps: list[str], fresh: Any) -> None:
    got = value(f"jsonb_set({dumped(document)}, {spelled(steps)}, {dumped(fresh)})")
    assert json.loads(got) == put(document, steps, fresh)
    assert json.dumps(json.loads(got)) == json.dumps(in_order(json.loads(got)))


def in_order(document: Any) -> Any:
    if isinstance(document, dict):
        return {
            key: in_order(document[key]) for key in sorted(document, key=lambda one: (len(one.encode()), one.encode()))
        }
    return [in_order(one) for one in document] if isinstance(document, list) else document


@settings(max_examples=40, deadline=None)
@given(BRANCHES, BRANCHES, KEYS)
def test_merging_and_taking_out(one: Any, other: Any, key: str) -> None:
    merged, less = rows(f"select {dumped(one)} || {dumped(other)}, {dumped(one)} - '{key}'")[0]
    if isinstance(one, dict) and isinstance(other, dict):
        assert json.loads(merged) == {**one, **other}
    else:
        assert json.loads(merged) == [
            *(one if isinstance(one, list) else [one]),
            *(other if isinstance(other, list) else [other]),
        ]
    kept = (
        {k: v for k, v in one.items() if k != key} if isinstance(one, dict) else [item for item in one if item != key]
    )
    assert json.loads(less) == kept
