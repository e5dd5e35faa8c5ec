"""Array functions and operators, as PostgreSQL 15 documents them."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("string_to_array('a,b,,c', ',', '')", ["a", "b", None, "c"]),
        ("string_to_array('', ',')", []),
        ("string_to_array('abc', null)", ["a", "b", "c"]),
        ("string_to_array('abc', '')", ["abc"]),
        ("string_to_array(null, ',')", None),
        ("array_to_string(array['a', null, 'b'], ',')", "a,b"),
        ("array_to_string(array['a', null, 'b'], ',', '*')", "a,*,b"),
        ("array_to_string(array[1, 2], '-')", "1-2"),
        ("array_to_string('{}'::text[], ',')", ""),
        ("array_length(array[1, 2], 1)", 2),
        ("array_length('{}'::text[], 1)", None),
        ("array_length(array[1], 2)", None),
        ("array_upper(array[1, 2, 3], 1)", 3),
        ("array_lower('{}'::text[], 1)", None),
        ("cardinality('{}'::text[])", 0),
        ("cardinality(null::text[])", None),
        ("(array['a', 'b', 'c'])[2:]", ["b", "c"]),
        ("(array['a', 'b', 'c'])[:2]", ["a", "b"]),
        ("(array['a', 'b', 'c'])[0:1]", ["a"]),
        ("(array['a', 'b', 'c'])[3:2]", []),
        ("(array['a'])[-1]", None),
        ("(array['a'])[0]", None),
        ("(array['a'])[2]", None),
        ("list[id] from t where id = 1", "a"),
        ("list[1:null::int] from t where id = 1", None),
        ("array['a', 'b'] && '{b,c}'", True),
        ("array['a', null] && array[null]::text[]", False),
        ("array['a', null] @> array[null]::text[]", False),
        ("array['a', 'b'] @> array['b', 'b']", True),
        ("array['a'] <@ array['a', 'b']", True),
        ("list @> array['a'] from t where id = 3", None),
        ("array['a'] @> '{}'", True),
        ("'a' = any (array['a', 'b'])", True),
        ("array['a'] || 'b'", ["a", "b"]),
        ("'z' || array['a']", ["z", "a"]),
        ("array[1] || array[2]", [1, 2]),
        ("array['a'] || null", ["a"]),
        ("array_cat(array[1], null)", [1]),
        ("array_cat(null::int[], null)", None),
        ("array_append(null::int[], 1)", [1]),
        ("array_prepend(0, array[1])", [0, 1]),
        ("array_position(array['a', 'b', 'a'], 'a', 2)", 3),
        ("array_position(array['a', null], null)", 2),
        ("array_position(array['a'], 'x')", None),
        ("array_positions(array['a', 'b', 'a'], 'a')", [1, 3]),
        ("array_remove(array['a', null, 'b'], null)", ["a", "b"]),
        ("array_remove(list, (select word from t where id = 1)) from t where id = 1", ["a", "b"]),
        ("array_replace(array[1, 2, 1], 1, 3)", [3, 2, 3]),
        ('\'{a,"b c",NULL,"x\\"y"}\'::text[]', ["a", "b c", None, 'x"y']),
        ("(array['a', 'b c', null, '', 'null'])::text", '{a,"b c",NULL,"","null"}'),
        ("array[1, 2]::text", "{1,2}"),
        ("'{1,2}'::int[]", [1, 2]),
    ],
)
def test_arrays(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_arrays_as_rows() -> None:
    assert rows("select x from string_to_table('a,b', ',') as x") == [("a",), ("b",)]
    assert rows("select p, n from unnest(string_to_array('a/b', '/')) with ordinality as x(p, n)") == [
        ("a", 1),
        ("b", 2),
    ]


def test_a_cast_of_text_to_an_array_is_refused() -> None:
    with pytest.raises(IamsqlError, match="string_to_array"):
        rows("select word::text[] from t")
