"""The patterns of front matter."""

from __future__ import annotations

import re

import pytest

from iamsql.catalog.keys import DECLARED_KEYS, FILE_STEM_PATTERN, KEY_VALUE_PATTERN, KEYS_BY_NAME, PARAM_PATTERN


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("stale_keys", "stale_keys", None),
        ("x.v2", "x", "2"),
        ("Stale", None, None),
        ("x.v0", None, None),
        ("1x", None, None),
        ("a-b", None, None),
    ],
)
def test_the_name_of_a_file(text: str, name: str | None, version: str | None) -> None:
    match = FILE_STEM_PATTERN.fullmatch(text)
    assert (match and match["name"], match and match["version"]) == (name, version)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("days integer = 90  # How old", ("days", "integer", "90", "How old")),
        ("name text", ("name", "text", None, None)),
        ("name text # a = b", ("name", "text", None, "a = b")),
        ("mark text = 'a # b''c' # d", ("mark", "text", "'a # b''c'", "d")),
        ("x text =", ("x", "text", "", None)),
        ("Days integer", None),
        ("days", None),
    ],
)
def test_a_parameter(text: str, parts: tuple[str | None, ...] | None) -> None:
    match = PARAM_PATTERN.fullmatch(text)
    assert (match and (match["name"], match["type"], match["default"], match["about"])) == parts


def test_a_line_has_a_key_and_a_value() -> None:
    match = KEY_VALUE_PATTERN.fullmatch("--  title :  a: b")
    assert match and (match["key"], match["value"]) == ("title", "a: b")
    assert not KEY_VALUE_PATTERN.fullmatch("-- a sentence: with a key") and not KEY_VALUE_PATTERN.fullmatch("select 1")


def test_each_key_is_declared_once_with_a_pattern() -> None:
    assert len(KEYS_BY_NAME) == len(DECLARED_KEYS) and [key.name for key in DECLARED_KEYS if key.is_required] == [
        "title"
    ]
    assert all(re.compile(key.pattern) and key.about for key in DECLARED_KEYS)
