"""Regular expressions: RE2 matches the text that PostgreSQL matches, or the pattern is refused."""

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
    ("expression", "expected"),
    [
        ("regexp_replace('a-b-c', '-', '_')", "a_b-c"),
        ("regexp_replace('a-b-c', '-', '_', 'g')", "a_b_c"),
        (r"regexp_replace('foo', 'O', '<\&>', 'gi')", "f<o><o>"),
        (r"regexp_replace('ab', '(a)(x)?(b)', '\3\2\1')", "ba"),
        (r"regexp_replace('a', 'a', '\\')", "\\"),
        (r"regexp_replace('a', 'a', 'x\y')", r"x\y"),
        ("regexp_replace('a.b', '.', 'x', 'q')", "axb"),
        (r"regexp_replace('  a  ', '^\s+|\s+$', '', 'g')", "a"),
        ("regexp_replace('abc', 'b', null)", None),
        ("regexp_match('abc', 'b')", ["b"]),
        ("regexp_match('abc', 'x')", None),
        ("regexp_match('ab', '(x)?(b)')", [None, "b"]),
        ("regexp_match('p/View', 'p/(?:(.*)/)?([^/]+)$')", [None, "View"]),
        ("regexp_match('p//View', 'p/(?:(.*)/)?([^/]+)$')", ["", "View"]),
        ("(regexp_match('k=v', '(.)=(.)'))[2]", "v"),
        ("regexp_match('foobar', 'foo|foobar')", ["foobar"]),
        ("regexp_match('XY1234Z', 'Y*?[0-9]{1,3}')", ["Y1"]),
        ("substring('foobar' from 'o.b')", "oob"),
        ("substring('foobar' from 'o(.)b')", "o"),
        ("substring('foobar' from 'x(.)b')", None),
        ("substring('ab' from '(a)(x*)?')", "a"),
        ("regexp_split_to_array('a1b22c', '[0-9]+')", ["a", "b", "c"]),
        ("regexp_split_to_array(',a,', ',')", ["", "a", ""]),
        ("regexp_split_to_array('abc', '')", ["a", "b", "c"]),
        ("regexp_count('banana', 'an')", 2),
        ("regexp_substr('banana', 'n.')", "na"),
    ],
)
def test_the_text_that_a_pattern_matches(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_every_match_is_a_row() -> None:
    assert rows("select m[1], m[2] from regexp_matches('a1b2c', '([a-z])([0-9])?', 'g') as m") == [
        ("a", "1"),
        ("b", "2"),
        ("c", None),
    ]
    assert rows("select m from regexp_matches('abc', 'x') as m") == []
    assert rows("select regexp_split_to_table('a, b', ', *')") == [("a",), ("b",)]
    assert rows("select id, m[1] from t, regexp_matches(word, '[a-z]') as m order by id") == [
        (1, "a"),
        (2, "b"),
        (4, "x"),
    ]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("regexp_match('x', '(foo|f.*)')", "longest of its branches"),
        ("regexp_match('x', '(a*?)(b*)')", "greedy and lazy"),
        ("regexp_replace('x', 'a*(ab)?', '')", "optional part"),
        (r"'aa' ~ '(a)\1'", "back references"),
        ("'foobaz' ~ 'foo(?!bar)'", "look-ahead"),
        ("'a' ~ '*a'", "follows nothing"),
        ("'a' ~ '(a'", "not balanced"),
        ("'a' ~ '[a'", "not closed"),
        ("'a' ~ '[[:foo:]]'", "not known"),
        ("regexp_replace('a', 'a', 'b', 'z')", "flag 'z'"),
        ("regexp_match('a', 'a', 'g')", "regexp_matches"),
        ("regexp_replace('a', 'x*', '-', 'g')", "empty matches"),
        ("regexp_match('x', '(a*)?')", "took part"),
    ],
)
def test_patterns_that_re2_matches_differently_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


def test_plain_patterns_of_run_time() -> None:
    assert rows("select id from t where id < 3 and 'abc!' ~ ('^' || word)") == [(1,)]
    with pytest.raises(duckdb.Error, match="as a string literal only"):
        rows(r"select 'abc' ~ ('\w' || word) from t")
    with pytest.raises(duckdb.Error, match="branches"):
        rows("select regexp_replace('abc', word || '|b', '') from t")


def test_word_boundaries_in_non_ascii_text_are_an_error() -> None:
    assert value(r"regexp_replace('an apple', '\ma', 'A', 'g')") == "An Apple"
    with pytest.raises(duckdb.Error, match="ASCII"):
        rows(r"select regexp_replace('éa', '\ma', 'A')")


ATOMS = st.sampled_from(["a", "b", "[ab]", ".", r"\d", "(a)", "(?:b)", "-"])


PATTERNS = st.lists(st.tuples(ATOMS, st.sampled_from(["", "", "+", "{1,2}"])), min_size=1, max_size=4).map(
    lambda parts: "".join(atom + count for atom, count in parts)
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(PATTERNS, st.text("ab1-", max_size=6))
def test_greedy_patterns_match_as_in_python(pattern: str, word: str) -> None:
    found = re.search(pattern, word)
    groups = None if not found else list(found.groups()) or [found[0]]
    calls = (
        f"'{word}' ~ '{pattern}', regexp_match('{word}', '{pattern}'), regexp_replace('{word}', '{pattern}', '<>', 'g')"
    )
    assert rows(f"select {calls}") == [(found is not None, groups, re.sub(pattern, "<>", word))]
