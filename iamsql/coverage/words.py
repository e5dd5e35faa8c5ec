"""Numbers with their nouns, for sentences about missing data."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 account` or `2 accounts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
