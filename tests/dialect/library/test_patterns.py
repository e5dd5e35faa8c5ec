"""LIKE, SIMILAR TO and ~, with escapes, and with several patterns."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
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
    assert rows("select 'ab' ~ any (list) from t order by id") == [(True,), (False,), (None,), (None,)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'abc' similar to 'a%'", True),
        ("'a' similar to 'a%'", True),
        ("'a' similar to 'a_'", False),
        ("'abc' similar to '%(b|d)%'", True),
        ("'abc' similar to '(b|c)%'", False),
        ("'a.c' similar to 'a.c'", True),
        ("'abc' similar to 'a.c'", False),
        (r"'a%' similar to 'a\%'", True),
        ("'aaa' similar to 'a{2,3}'", True),
        ("word similar to 'a_c' from t where id = 3", None),
    ],
)
def test_similar_to(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_a_pattern_of_run_time_is_refused() -> None:
    with pytest.raises(IamsqlError, match="string literal"):
        rows("select 'a' similar to word from t")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'abc' ~ 'B'", False),
        ("'abc' ~* 'B'", True),
        ("'abc' !~ 'b'", False),
        ("'abc' !~* '^x'", True),
        ("word ~ 'a' from t where id = 3", None),
        ("'abc' ~ null", None),
        (r"E'a\nb' ~ 'a.b'", True),
        (r"E'a\nb' ~ '(?n)a.b'", False),
        (r"E'a\nb' ~ '^b'", False),
        (r"E'a\nb' ~ '(?n)^b$'", True),
        ("'ABC' ~ '(?i)b'", True),
        ("'a.c' ~ '***=a.c'", True),
        ("'abc' ~ '***=a.c'", False),
        (r"'zoë' ~ '^\w+$'", True),
        (r"'zoë' ~ '\mzo\M'", False),
        (r"'a zo b' ~ '\mzo\M'", True),
        (r"'foobar' ~ '\yfoo\y'", False),
        ("'a]b' ~ '[]]'", True),
        (r"'a-b' ~ '[\w-]+b'", True),
        ("'role-1' ~ '^(?!aws)(?=.*1)'", True),
        ("'aws-1' ~ '^(?!aws)(?=.*1)'", False),
        ("'price: 9' ~ '(?<=: )9'", True),
        ("'foobaz' ~ 'foo(?!b)'", False),
        ("'foox' ~ 'foo(?![b])'", True),
        ("'foob' ~ 'foo(?![b])'", False),
        ("'xfoo' ~ '(?<![x])foo'", False),
        ("'a{' ~ 'a{'", True),
        ("'aab' ~ '^a{2}b'", True),
        ("regexp_like('Abc', 'a', 'i')", True),
        ("'abc' ~ any (array['x', 'b'])", True),
        ("'abc' ~ all ('{x,b}')", False),
        ("'abc' ~* any (select 'B')", True),
        ("'abc' ~ any (array[null, 'x'])", None),
        ("'abc' !~ any (array['b', 'x'])", True),
        ("'abc' !~ all (select 'x')", True),
    ],
)
def test_whether_a_pattern_matches(expression: str, expected: Any) -> None:
    assert value(expression) is expected
