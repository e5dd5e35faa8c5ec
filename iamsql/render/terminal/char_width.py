"""The columns that a character takes on a terminal. wcwidth takes 12 ms to import, and most text is ASCII."""

from __future__ import annotations

from functools import cache
from unicodedata import category

from wcwidth import wcwidth


@cache
def char_width(char: str) -> int:
    """Return the number of columns of a printable character."""
    # Terminals differ for sequences, such as flags and spacing marks of Indic scripts. The sum of the characters is the widest.
    return max(wcwidth(char), int(category(char) == "Mc"))
