"""Functions of text, as PostgreSQL 15 documents them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("substring('abc' from 0 for 2)", "a"),
        ("substring('abc', -1, 3)", "a"),
        ("substring('abc' for 2)", "ab"),
        ("substring('abc', null)", None),
        ("substr('zoë', 3)", "ë"),
        ("substr(word, 2, null) from t where id = 1", None),
        ("position('' in 'abc')", 1),
        ("position('x' in 'abc')", 0),
        ("strpos('zoë', 'ë')", 3),
        ("split_part('a/b/c', '/', -1)", "c"),
        ("split_part('a/b/c', '/', 9)", ""),
        ("split_part('abc', '', 1)", "abc"),
        ("left('abc', -2)", "a"),
        ("right('abc', -2)", "c"),
        ("left('abc', -9)", ""),
        ("initcap('hELLO o''neil zoë-x 3rd')", "Hello O'Neil Zoë-X 3rd"),
        ("lpad('7', 3, '0')", "007"),
        ("lpad('abcd', 2)", "ab"),
        ("lpad('a', 5, '')", "a"),
        ("rpad('a', 4, 'xy')", "axyx"),
        ("lpad('a', null)", None),
        ("btrim('[\"x\"]', '[]\"')", "x"),
        ("trim(leading 'x' from 'xxaxx')", "axx"),
        ("rtrim('a \t')", "a \t"),
        ("translate('12345', '143', 'ax')", "a2x5"),
        ("concat('a', null, 1, true, 1.5)", "a1t1.5"),
        ("concat(null)", ""),
        ("concat_ws('-', 'a', null, false)", "a-f"),
        ("concat(tags, '!') from t where id = 1", '{"Team": "core"}!'),
        ("md5('')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("octet_length('zoë')", 4),
        ("length('zoë')", 3),
        ("ascii('')", 0),
        ("to_hex(255)", "ff"),
        ("greatest(1, null, 3)", 3),
        ("least('b', null, 'a')", "a"),
        ("reverse('abc')", "cba"),
    ],
)
def test_functions_over_text(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'12'::money", "money"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


@settings(max_examples=25, deadline=None)
@given(st.text("abÄ/_", max_size=8), st.integers(-10, 10))
def test_left_and_right_are_slices(word: str, size: int) -> None:
    left, right = rows(f"select left('{word}', {size}), right('{word}', {size})")[0]
    assert left == word[: size if size >= 0 else max(0, len(word) + size)]
    assert right == (word[max(0, len(word) - size) :] if size >= 0 else word[-size:])


@settings(max_examples=25, deadline=None)
@given(st.text("ab/", max_size=8), st.integers(-5, 5).filter(bool))
def test_split_part_counts_from_either_end(word: str, position: int) -> None:
    parts = word.split("/")
    index = position - 1 if position > 0 else len(parts) + position
    assert value(f"split_part('{word}', '/', {position})") == (parts[index] if 0 <= index < len(parts) else "")
