"""Measure and shorten text by the columns that it takes on a terminal."""

from __future__ import annotations

from wcwidth import wcswidth, wcwidth

MARK = "…"


def width_of(text: str) -> int:
    """Return the number of columns that printable text takes: two for a wide East Asian character, none for a combining one."""
    return len(text) if text.isascii() else max(wcswidth(text), 0)


def elide(text: str, width: int, tail: int | None = None) -> str:
    """Return printable text of at most `width` columns, with a mark in place of the middle if it is longer.

    `tail` is the number of columns of the end that stay; a half by default. The end of an ARN or ID tells more than its middle.
    """
    if width_of(text) <= width:
        return text
    if width <= 1:
        return MARK[:width]
    last = min((width - 1) // 2 if tail is None else tail, width - 1)
    return _first(text, width - 1 - last) + MARK + _last(text, last)


def _first(text: str, width: int) -> str:
    """Return the longest beginning of a text that takes at most `width` columns."""
    if text.isascii():
        return text[:width]
    used = 0
    for index, char in enumerate(text):
        used += max(wcwidth(char), 0)
        if used > width:
            return text[:index]
    return text


def _last(text: str, width: int) -> str:
    """Return the longest end of a text that takes at most `width` columns."""
    if text.isascii():
        return text[len(text) - width :]
    used = 0
    for index in range(len(text) - 1, -1, -1):
        used += max(wcwidth(text[index]), 0)
        if used > width:
            return text[index + 1 :]
    return text
