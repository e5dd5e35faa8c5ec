"""The width of text on a terminal, and text whose middle is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.escaping import printable, printable_lines
from iamsql.render.terminal.width import (
    display_width,
    elide,
    heading_lines,
    pack,
    wrap,
    wrap_cell,
    wrap_lines,
    wrap_words,
)


@pytest.mark.parametrize(
    ("text", "width", "tail", "expected"),
    [
        ("payments", 8, None, "payments"),
        ("payments-production", 9, None, "paym…tion"),
        ("payments-production", 10, None, "payme…tion"),
        ("payments-production 123456789012", 20, 12, "payment…123456789012"),
        ("payments", 1, None, "…"),
        ("payments", 0, None, ""),
        ("日本語の名前", 7, None, "日…前"),
        ("payments", 4, 12, "…nts"),
    ],
)
def test_elide(text: str, width: int, tail: int | None, expected: str) -> None:
    assert elide(text, width, tail) == expected


@given(st.text().map(printable), st.integers(0, 40), st.none() | st.integers(0, 20))
def test_never_wider(text: str, width: int, tail: int | None) -> None:
    assert display_width(elide(text, width, tail)) <= width


def test_spacing_marks_are_as_wide_as_any_terminal_shows_them() -> None:
    assert [display_width(text) for text in ("नाम", "e\u0301", "漢字", "ab")] == [3, 1, 4, 2]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 8, ["one two ", "three"]),
        ("s3:GetObject,s3:PutObject", 16, ["s3:GetObject,", "s3:PutObject"]),
        ("a " + "b" * 10, 8, ["a bbbbbb", "bbbb"]),
        ("日本語", 5, ["日本", "語"]),
        ("", 5, [""]),
    ],
)
def test_wrap(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@given(st.text().map(printable), st.integers(2, 40))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines) == text and all(display_width(line) <= width for line in lines)


def test_wrapped_lines_are_indented() -> None:
    assert wrap_lines("  select a, b\nfrom\n  much more text", 12) == (
        "  select a, \n    b\nfrom\n  much more \n    text".replace(" \n", "\n")
    )


@given(st.text().map(printable_lines), st.integers(8, 40))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    assert all(display_width(line) <= width for line in wrap_lines(text, width).split("\n"))


def test_pack() -> None:
    assert pack(["a: 1", "b: 2", "c: long text"], "  ·  ", 13) == ["a: 1  ·  b: 2", "c: long text"]
    assert pack(["c: long text"], "  ·  ", 7) == ["c: long", "text"]
    assert pack([], "  ·  ", 7) == []


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two ", "three"]),
        ("arn:aws:iam::123456789012:role/ci/deploy", 20, ["arn:aws:iam::", "123456789012:role/", "ci/deploy"]),
        ("to arn:aws:iam::1:role/x", 18, ["to ", "arn:aws:iam::1:", "role/x"]),
        ("s3:GetObject,s3:PutObject", 14, ["s3:GetObject,", "s3:PutObject"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("\u65e5\u672c\u8a9e", 1, ["\u65e5", "\u672c", "\u8a9e"]),
        ("", 5, [""]),
    ],
)
def test_wrap_a_cell(text: str, width: int, lines: list[str]) -> None:
    assert wrap_cell(text, width) == lines


@given(st.text().map(printable) | st.text("ab /:,", max_size=60), st.integers(2, 40))
def test_wrapping_a_cell_loses_nothing(text: str, width: int) -> None:
    lines = wrap_cell(text, width)
    assert "".join(lines) == text and all(display_width(line.rstrip(" ")) <= width for line in lines)


def test_a_heading_wraps_after_underscores() -> None:
    assert heading_lines("days_without_use", 8) == ["days_", "without_", "use"]


def test_a_note_wraps_after_spaces_and_a_path_stays_whole() -> None:
    assert (
        wrap_words("Run file: /a/long/path of x\n  two words", 12) == "Run file:\n  /a/long/path\n  of x\n  two words"
    )
    assert wrap_words("one two\n\nthree", 80) == "one two\n\nthree"


def test_a_long_word_of_wide_characters_is_divided_in_linear_time() -> None:
    assert wrap_cell("é" * 400_000, 80) == wrap("é" * 400_000, 80) == ["é" * 80] * 5_000
    assert len(wrap_cell("é " * 100_000, 10_000)) == 20
