"""Measure, shorten and wrap text by the columns that it takes on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

MARK = "…"
_WORD = re.compile(r"[^ ]* +|[^ ]+")
_PIECE = re.compile(r"[^ ,/:]*[ ,/:]+|[^ ,/:]+")
_HEADING_PIECE = re.compile(r"[^_]*_+|[^_]+")


def width_of(text: str) -> int:
    """Return the number of columns that printable text takes: two for a wide East Asian character, none for a combining one."""
    return len(text) if text.isascii() else sum(map(_columns_of_char, text))


def _columns_of_char(char: str) -> int:
    return int(_char_width()(char))


@cache
def _char_width() -> Any:
    from iamsql.render.terminal.char_width import char_width  # noqa: PLC0415 - wcwidth takes 12 ms

    return char_width


def elide(text: str, width: int, tail: int | None = None) -> str:
    """Return printable text of at most `width` columns, with a mark in place of the middle if it is longer.

    `tail` is the number of columns of the end that stay; a half by default. The end of an ARN or ID says more than its middle.
    """
    if width_of(text) <= width:
        return text
    if width <= 1:
        return MARK[:width]
    last = min((width - 1) // 2 if tail is None else tail, width - 1)
    return beginning(text, width - 1 - last) + MARK + _ending(text, last)


def beginning(text: str, width: int) -> str:
    """Return the longest beginning of the text that takes at most `width` columns."""
    if text.isascii():
        return text[:width]
    used = 0
    for index, char in enumerate(text):
        used += _columns_of_char(char)
        if used > width:
            return text[:index]
    return text


def _ending(text: str, width: int) -> str:
    """Return the longest end of the text that takes at most `width` columns."""
    if text.isascii():
        return text[len(text) - width :]
    used = 0
    for index in range(len(text) - 1, -1, -1):
        used += _columns_of_char(text[index])
        if used > width:
            return text[index + 1 :]
    return text


def wrap(text: str, width: int) -> list[str]:
    """Split printable text into lines of at most `width` columns, two or more. The lines joined are the text.

    A line ends after a space, otherwise after a comma or slash, if its last half has one, so words and ARNs stay in one piece.
    """
    lines, remaining = [], width_of(text)
    while remaining > width:
        line = beginning(text, width)
        ends = [line.rfind(mark) + 1 for mark in " ,/"]
        line = line[: next((end for end in ends if end > len(line) // 2), None)]
        lines.append(line)
        text = text[len(line) :]
        remaining -= width_of(line)
    return [*lines, text]


def pieces(text: str) -> list[str]:
    """Split text where it may wrap: each part ends after a space, comma, slash or colon."""
    return _PIECE.findall(text)


def heading_pieces(name: str) -> list[str]:
    """Return the parts of the name of a column: each ends after an underscore."""
    return _HEADING_PIECE.findall(name)


def wrap_cell(text: str, width: int) -> list[str]:
    """Split printable text into lines of at most `width` columns, without the spaces at their ends. The lines joined are the text.

    A word that is wider than a line is divided after a comma, slash or colon; only a part that is still wider is divided within.
    """
    lines, used = [""], 0
    for word in _WORD.findall(text):
        size = width_of(word)
        trimmed = size - len(word) + len(word.rstrip(" "))
        if used + trimmed <= width:
            lines[-1] += word
            used += size
        else:
            lines += _fill_lines([word] if trimmed <= width else pieces(word), width)
            used = width_of(lines[-1])
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def heading_lines(name: str, width: int) -> list[str]:
    """Split the name of a column into lines of at most `width` columns, after underscores."""
    return _fill_lines(heading_pieces(name), width)


def _fill_lines(parts: Iterable[str], width: int) -> list[str]:
    lines, line = [], ""
    for part in parts:
        if line and width_of(line + part.rstrip(" ")) > width:
            lines.append(line)
            line = ""
        rest = part
        remaining = width_of(rest.rstrip(" "))
        while remaining > width:
            line_start = beginning(rest, width) or rest[:1]
            lines.append(line_start)
            rest = rest[len(line_start) :]
            remaining -= width_of(line_start)
        line += rest
    return [*lines, line] if line or not lines else lines


def wrap_words(text: str, width: int) -> str:
    """Wrap each line of printable text after spaces, with an indentation; a path or an ID wider than a line is not divided."""
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
        filled = ""
        for word in _WORD.findall(line):
            if filled.strip(" ") and width_of(filled + word.rstrip(" ")) > width:
                lines.append(filled.rstrip(" "))
                filled = indent
            filled += word
        lines.append(filled.rstrip(" "))
    return "\n".join(lines)


def pack(parts: Sequence[str], separator: str, width: int) -> list[str]:
    """Join parts with a separator to lines of at most `width` columns. A part that is wider wraps."""
    lines: list[str] = []
    for part in parts:
        if lines and width_of(lines[-1] + separator + part) <= width:
            lines[-1] += separator + part
        else:
            lines += [line.rstrip(" ") for line in wrap_cell(part, width)]
    return lines


def wrap_lines(text: str, width: int) -> str:
    """Wrap the lines of printable text that are wider than `width`; continuations are indented by two more spaces."""
    lines = []
    for line in text.split("\n"):
        indent = " " * min(len(line) - len(line.lstrip(" ")) + 2, width // 2)
        first, *others = wrap(line, width)
        continuations = wrap(line[len(first) :], width - len(indent)) if others else []
        lines += [first.rstrip(" "), *(indent + part.strip(" ") for part in continuations)]
    return "\n".join(lines)
