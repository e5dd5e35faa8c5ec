"""JSON path functions and operators."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


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
def test_unsupported_paths(path: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select jsonb_path_query('{{}}', '{path}')")
