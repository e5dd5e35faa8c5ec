"""The width of text on a terminal, and the middle that is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.escaping import printable, printable_lines
from iamsql.render.terminal.width import elide, pack, width_of, wrap, wrap_lines


@pytest.mark.parametrize(
    ("text", "width", "tail", "shown"),
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
def test_elide(text: str, width: int, tail: int | None, shown: str) -> None:
    assert elide(text, width, tail) == shown


@given(st.text().map(printable), st.integers(0, 40), st.none() | st.integers(0, 20))
def test_never_wider(text: str, width: int, tail: int | None) -> None:
    assert width_of(elide(text, width, tail)) <= width


def test_spacing_marks_are_as_wide_as_any_terminal_shows_them() -> None:
    assert [width_of(text) for text in ("नाम", "e\u0301", "漢字", "ab")] == [3, 1, 4, 2]


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
    assert "".join(lines) == text and all(width_of(line) <= width for line in lines)


def test_wrapped_lines_are_indented() -> None:
    assert wrap_lines("  select a, b\nfrom\n  much more text", 12) == (
        "  select a, \n    b\nfrom\n  much more \n    text".replace(" \n", "\n")
    )


@given(st.text().map(printable_lines), st.integers(8, 40))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    assert all(width_of(line) <= width for line in wrap_lines(text, width).split("\n"))


def test_pack() -> None:
    assert pack(["a: 1", "b: 2", "c: long text"], "  ·  ", 13) == ["a: 1  ·  b: 2", "c: long text"]
    assert pack(["c: long text"], "  ·  ", 7) == ["c: …ext"]
    assert pack([], "  ·  ", 7) == []
