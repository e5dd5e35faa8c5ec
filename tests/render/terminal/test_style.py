"""Colors by meaning."""

from __future__ import annotations

import pytest

from iamsql.model import SEVERITIES
from iamsql.render.terminal.style import COLOR_CODES, Style, cell_meaning

MAGENTA = "35"


@pytest.mark.parametrize(
    ("column", "text", "meaning"),
    [
        ("severity", "high", "high"),
        ("status", "ALARM", "alarm"),
        ("change", "not_compared", "not compared"),
        ("state", "denied in 12 of 12 accounts", "denied"),
        ("state", "partly: AssumeRole failed in 1 of 13 accounts", "partly"),
        ("state", "not used in the window", "not used"),
        ("mfa", "unknown", "unknown"),
        ("name", "high", ""),
    ],
)
def test_the_meaning_of_a_cell(column: str, text: str, meaning: str) -> None:
    assert cell_meaning(column, text) == meaning


def test_a_color_surrounds_the_text() -> None:
    assert Style(80, color=True).paint("high", "high") == "\x1b[31mhigh\x1b[0m"
    assert Style(80, color=True).paint("x", "without a color") == "x"
    assert Style(80, color=True).paint("", "high") == ""
    assert Style(80).paint("high", "high") == "high"


def test_every_severity_has_a_color() -> None:
    assert set(SEVERITIES) - {"none"} <= COLOR_CODES.keys()


def test_what_was_not_read_has_a_color_that_nothing_else_has() -> None:
    assert {word for word, code in COLOR_CODES.items() if code == MAGENTA} == {
        "unknown", "error", "incomplete", "interrupted", "partial", "partly", "denied", "skipped", "empty", "at least",
        "not collected",
        "not compared", "not requested", "not tried", "not read", "assume role failed", "assumerole failed",
    }  # fmt: skip
