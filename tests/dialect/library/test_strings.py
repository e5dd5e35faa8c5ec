"""Functions of text and bytea, and format(), as PostgreSQL 15 documents them."""

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
        ("overlay('abcdef' placing 'X' from 3)", "abXdef"),
        ("overlay('abcdef' placing 'XY' from 2 for 4)", "aXYf"),
        ("overlay('abc' placing 'X' from 10)", "abcX"),
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
        ("quote_ident('Ab\"c')", '"Ab""c"'),
        ("quote_ident('select')", '"select"'),
        ("quote_ident('role_1')", "role_1"),
        ("quote_literal('it''s \\')", "E'it''s \\\\'"),
        ("quote_nullable(null)", "NULL"),
        ("quote_literal(42)", "'42'"),
        ("encode('zoë'::bytea, 'hex')", "7a6fc3ab"),
        ("encode('\\x00ff'::bytea, 'base64')", "AP8="),
        ("encode(repeat('a', 57)::bytea, 'base64')", "YWFh" * 19 + "\n"),
        ("convert_from(decode('em/D\nqw==', 'base64'), 'UTF8')", "zoë"),
        ("encode(sha256('abc'), 'hex')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("'ab'::bytea::text", "\\x6162"),
        ("md5('')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("octet_length('zoë')", 4),
        ("length('zoë')", 3),
        ("length('zoë'::bytea)", 4),
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
        ("encode('a'::bytea, 'base32')", "one of the formats"),
        ("convert_to('a', 'LATIN1')", "UTF8"),
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


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("format('%s|%s', null, 1)", "|1"),
        ("format('%I.%I', 'public', 'My table')", 'public."My table"'),
        ("format('%L, %L, %L', 'a''b', null, 3)", "'a''b', NULL, '3'"),
        ("format('%2$s %1$s %s', 'a', 'b')", "b a b"),
        ("format('[%6s][%-6s]', 'ab', 'cd')", "[    ab][cd    ]"),
        ("format('[%2s]', 'long')", "[long]"),
        ("format('100%%')", "100%"),
        ("format('%s', true)", "t"),
        ("format('%s', tags) from t where id = 1", '{"Team": "core"}'),
        ("format(null, 1)", None),
    ],
)
def test_format(call: str, expected: Any) -> None:
    assert value(call) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("format('%d', 1)", "does not know '%d'"),
        ("format('%s %s', 1)", "no argument 2"),
        ("format(word, 1) from t", "template"),
    ],
)
def test_unsupported_templates_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")
