"""The columns of a character on a terminal."""

from __future__ import annotations

import pytest

from iamsql.render.terminal.char_width import char_width


@pytest.mark.parametrize(
    ("char", "width"), [("a", 1), ("é", 1), ("漢", 2), ("😀", 2), ("\u0301", 0), ("\u0903", 1), ("ｗ", 2)]
)
def test_a_character_is_as_wide_as_the_widest_terminal_shows_it(char: str, width: int) -> None:
    assert char_width(char) == width
