"""LIKE and ~, with escapes, and with several patterns; patterns that RE2 and PostgreSQL read differently are refused."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        ("'abc' ~ 'B'", False),
        ("'abc' ~* 'B'", True),
        ("'abc' !~ 'b'", False),
        ("'abc' !~* '^x'", True),
        ("word ~ 'a' from t where id = 3", None),
        ("'abc' ~ null", None),
        (r"E'a\nb' ~ 'a.b'", True),
        (r"E'a\nb' ~ '^b'", False),
        ("'ABC' ~ '(?i)b'", True),
        (r"'zoë' ~ '^\w+$'", True),
        ("'a]b' ~ '[]]'", True),
        (r"'a-b' ~ '[\w-]+b'", True),
        ("'a{' ~ 'a{'", True),
        ("'aab' ~ '^a{2}b'", True),
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


@pytest.mark.parametrize(
    ("pattern", "remaining"),
    [
        (r"(a)\1", r"\1"),
        ("foo(?!bar)", "?!bar"),
        ("(?<=a)b", "?<=a"),
        ("(?i:a)", "?i:a"),
        ("(?n)a", "?n"),
        ("(?P<name>a)", "?P<name>"),
        ("***=a", "***=a"),
        ("*a", "*a"),
        ("^*a", "*a"),
        ("a|*", "*"),
        ("(*a)", "*a"),
        ("a**", "*"),
        ("a*+", "+"),
        ("a{2}{3}", "{3}"),
        ("a{,3}", "{,3}"),
        ("a{300}", "{300}"),
        ("[a", "[a"),
        ("[]", "[]"),
        ("[[:alpha:]]", "[[:alpha:]]"),
        ("[[.a.]]", "[[.a.]]"),
        ("[a-z-9]", "[a-z-9]"),
        (r"[\w-z]", r"[\w-z]"),
        (r"[\D]", r"[\D]"),
        (r"\mfoo\M", r"\mfoo"),
        (r"\yfoo", r"\yfoo"),
        (r"\bfoo", r"\bfoo"),
        (r"\Afoo", r"\Afoo"),
        (r"foo\Z", r"\Z"),
        (r"\x41", r"\x41"),
        (r"\u0041", r"\u0041"),
        (r"\Qa\E", r"\Qa"),
        (r"\pL", r"\pL"),
        (r"\é", r"\é"),
        ("a\\", "\\"),
    ],
)
def test_a_pattern_that_is_read_differently_is_refused_with_its_position(pattern: str, remaining: str) -> None:
    for test in (f"'x' ~ '{pattern}'", f"'x' !~* any (array['a', '{pattern}'])", f"word ~ $${pattern}$$ from t"):
        with pytest.raises(IamsqlError, match=re.escape(f"from '{remaining}")):
            rows(f"select {test}")


@pytest.mark.parametrize("pattern", ["(a", "a)", "[z-a]"])
def test_a_pattern_that_is_not_balanced_is_an_error(pattern: str) -> None:
    with pytest.raises(duckdb.Error):
        rows(f"select 'a' ~ '{pattern}'")


CHARACTERS = st.sampled_from(
    ["a", "b", "-", ".", r"\.", r"\-", r"\d", r"\w", r"\S", "[ab]", "[^a-]", r"[\d_]", "[]a]", r"\n", "é"]
)
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "*?", "??"])
ITEMS = st.builds("{}{}".format, CHARACTERS, QUANTIFIERS) | st.sampled_from(["^", "$", "|"])
PATTERNS = st.lists(ITEMS | st.builds("({}|{}){}".format, ITEMS, ITEMS, QUANTIFIERS), min_size=1, max_size=4).map(
    "".join
)


@settings(max_examples=50, deadline=None)
@given(PATTERNS, st.text("ab-.1_é\n", max_size=6), st.booleans())
def test_patterns_match_as_in_python(pattern: str, subject: str, ignore_case: bool) -> None:
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    # $ of Python also matches before a newline at the end.
    expected = re.search(pattern.replace("$", r"\Z"), subject, flags) is not None
    assert value(f"'{subject}' {'~*' if ignore_case else '~'} '{pattern}'") is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"substring('arn:aws:iam::123456789012:policy/ops/Deny', 'arn:aws:iam::\d{12}:.+\/(.*)')", "Deny"),
        ("substring('a/b' from '/(.*)$')", "b"),
        ("substring('a/' from '/(.*)')", ""),
        ("substring('a/' from '/(.+)')", None),
        ("substring('ab' from '/(.*)')", None),
        ("substring(word from '^A(.*)') from t where id = 2", "_b%"),
        ("substring(word from 'a(.*)') from t where id = 3", None),
        (r"substring(E'a\nb' from 'a(.*)')", "\nb"),
    ],
)
def test_a_pattern_takes_the_rest_of_a_text(expression: str, expected: str | None) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        "'x' from 'o.b'",
        "'x', 'o(.)b'",
        "'x' from '(a)(.*)'",
        "'x' from 'a*?(.*)'",
        "'x' from 'a|b(.*)'",
        "'x' from '(?i)a(.*)'",
        "'x' from word",
        "'x' from '%#\"o#\"' for '#'",
        "'x' from $$2$$",
        "'x' from null::text",
    ],
)
def test_other_patterns_of_substring_are_refused(arguments: str) -> None:
    for name in ("substring", "SUBSTRING"):
        with pytest.raises(IamsqlError, match=r"substring\(text from pattern\)"):
            rows(f"select {name}({arguments}) from t")
