"""LIKE with escapes, and with several patterns."""

from __future__ import annotations

import pytest

from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (r"'A_b%' like 'A\_b\%'", True),
        (r"'AxbY' like 'A\_b\%'", False),
        (r"'a\b' like 'a\\b'", True),
        (r"'AxB' ilike 'a\_b'", False),
        (r"'a_b' like 'a#_b' escape '#'", True),
        (r"'axb' like 'a#_b' escape '#'", False),
        (r"'a\xb' like 'a\_b' escape ''", True),
        (r"'axb' not like 'a\_b'", True),
        ("'abc' like any (array['x%', 'a%'])", True),
        ("'abc' like all (array['x%', 'a%'])", False),
        ("'abc' not like any (array['x%', 'a%'])", True),
        ("'abc' not like all (array['x%', 'y%'])", True),
        ("'ABC' ilike any ('{x%,a%}')", True),
        ("'abc' like any (array['x%', null])", None),
        ("'abc' like any (array['a%', null])", True),
        ("'abc' like all (array['a%', null])", None),
        ("null like any (array['a%'])", None),
        ("'abc' like any (array[]::text[])", False),
        ("'abc' like all (array[]::text[])", True),
        ("'abc' like any (select 'a%')", True),
        ("'abc' like any (select 'a%' where false)", False),
        ("'abc' ~~ 'a%' and 'abc' !~~ 'b%' and 'ABC' ~~* 'a%'", True),
        ("'b' = any ('{a,b}')", True),
        ("3 <> all ('{1,2}')", True),
        ("2 = any (array[1, null])", None),
    ],
)
def test_patterns(test: str, expected: bool | None) -> None:
    assert value(test) is expected


def test_patterns_of_a_column() -> None:
    assert rows(r"select id from t where word like any (list) or word like 'A\_b' || '\%'") == [(2,)]
    assert rows("select 'ab' like any (list) from t order by id") == [(False,), (False,), (None,), (None,)]
