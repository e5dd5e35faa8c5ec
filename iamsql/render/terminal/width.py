"""Measure, shorten and wrap text by the columns that it takes on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

ELLIPSIS = "…"
_WORD_PATTERN = re.compile(r"[^ ]* +|[^ ]+")
_PIECE_PATTERN = re.compile(r"[^ ,/:]*[ ,/:]+|[^ ,/:]+")
_HEADING_PIECE_PATTERN = re.compile(r"[^_]*_+|[^_]+")


def display_width(text: str) -> int:
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
    if display_width(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    tail_width = min((width - 1) // 2 if tail is None else tail, width - 1)
    return beginning(text, width - 1 - tail_width) + ELLIPSIS + _ending(text, tail_width)


def beginning(text: str, width: int) -> str:
    """Return the longest beginning of the text that takes at most `width` columns."""
    if text.isascii():
        return text[:width]
    used_width = 0
    for index, char in enumerate(text):
        used_width += _columns_of_char(char)
        if used_width > width:
            return text[:index]
    return text


def _ending(text: str, width: int) -> str:
    """Return the longest end of the text that takes at most `width` columns."""
    if text.isascii():
        return text[len(text) - width :]
    used_width = 0
    for index in range(len(text) - 1, -1, -1):
        used_width += _columns_of_char(text[index])
        if used_width > width:
            return text[index + 1 :]
    return text


def wrap(text: str, width: int) -> list[str]:
    """Split printable text into lines of at most `width` columns, two or more. The lines joined are the text.

    A line ends after a space, otherwise after a comma or slash, if its last half has one, so words and ARNs stay in one piece.
    """
    lines, remaining_width = [], display_width(text)
    while remaining_width > width:
        line = beginning(text, width)
        ends = [line.rfind(mark) + 1 for mark in " ,/"]
        line = line[: next((end for end in ends if end > len(line) // 2), None)]
        lines.append(line)
        text = text[len(line) :]
        remaining_width -= display_width(line)
    return [*lines, text]


def pieces(text: str) -> list[str]:
    """Split text where it may wrap: each part ends after a space, comma, slash or colon."""
    return _PIECE_PATTERN.findall(text)


def heading_pieces(name: str) -> list[str]:
    """Return the parts of the name of a column: each ends after an underscore."""
    return _HEADING_PIECE_PATTERN.findall(name)


def wrap_cell(text: str, width: int) -> list[str]:
    """Split printable text into lines of at most `width` columns, without the spaces at their ends. The lines joined are the text.

    A word that is wider than a line is divided after a comma, slash or colon; only a part that is still wider is divided within.
    """
    lines, used_width = [""], 0
    for word in _WORD_PATTERN.findall(text):
        word_width = display_width(word)
        trimmed_width = word_width - len(word) + len(word.rstrip(" "))
        if used_width + trimmed_width <= width:
            lines[-1] += word
            used_width += word_width
        else:
            lines += _fill_lines([word] if trimmed_width <= width else pieces(word), width)
            used_width = display_width(lines[-1])
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def heading_lines(name: str, width: int) -> list[str]:
    """Split the name of a column into lines of at most `width` columns, after underscores."""
    return _fill_lines(heading_pieces(name), width)


def _fill_lines(parts: Iterable[str], width: int) -> list[str]:
    lines, line = [], ""
    for part in parts:
        if line and display_width(line + part.rstrip(" ")) > width:
            lines.append(line)
            line = ""
        rest_of_part = part
        remaining_width = display_width(rest_of_part.rstrip(" "))
        while remaining_width > width:
            line_start = beginning(rest_of_part, width) or rest_of_part[:1]
            lines.append(line_start)
            rest_of_part = rest_of_part[len(line_start) :]
            remaining_width -= display_width(line_start)
        line += rest_of_part
    return [*lines, line] if line or not lines else lines


def wrap_words(text: str, width: int) -> str:
    """Wrap each line of printable text after spaces, with an indentation; a path or an ID wider than a line is not divided."""
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
        filled_line = ""
        for word in _WORD_PATTERN.findall(line):
            if filled_line.strip(" ") and display_width(filled_line + word.rstrip(" ")) > width:
                lines.append(filled_line.rstrip(" "))
                filled_line = indent
            filled_line += word
        lines.append(filled_line.rstrip(" "))
    return "\n".join(lines)


def pack(parts: Sequence[str], separator: str, width: int) -> list[str]:
    """Join parts with a separator to lines of at most `width` columns. A part that is wider wraps."""
    lines: list[str] = []
    for part in parts:
        if lines and display_width(lines[-1] + separator + part) <= width:
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
