"""The width of text on a terminal, and the middle that is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.escaping import printable
from iamsql.render.terminal.width import elide, width_of


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
