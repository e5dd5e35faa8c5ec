"""Write rows as records, a line for each column, as `\\x` of psql does. Values are exact; only a terminal wraps them."""

from __future__ import annotations

from typing import TextIO

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render.cells import display
from iamsql.render.terminal.style import Style, cell_meaning
from iamsql.render.terminal.width import display_width, elide, wrap

SEPARATOR = " | "


def write_records(result: Result, stream: TextIO, style: Style | None = None) -> None:
    """Write each row as lines of name and value. With a style, wrap values that are wider than the terminal."""
    names = [printable(name) for name in result.columns]
    label_width = max(map(display_width, names), default=0)
    if style and not style.wide:
        label_width = min(label_width, style.width // 3)
    labels = [_pad(elide(name, label_width), label_width) for name in names]
    for number, row in enumerate(result.rows, 1):
        stream.write(f"-[ RECORD {number} ]---\n")
        for name, label, value in zip(result.columns, labels, row, strict=True):
            _write_value(stream, name, label, printable(display(value)), style)


def _write_value(stream: TextIO, name: str, label: str, text: str, style: Style | None) -> None:
    if style is None:
        stream.write(f"{label}{SEPARATOR}{text}".rstrip(" ") + "\n")
        return
    label_width = display_width(label)
    lines = [text] if style.wide else wrap(text, max(style.width - label_width - len(SEPARATOR), 2))
    meaning = cell_meaning(name, text)
    line_labels = [style.paint(label, "heading"), *[" " * label_width] * (len(lines) - 1)]
    for line_label, line in zip(line_labels, lines, strict=True):
        stream.write(f"{line_label}{SEPARATOR}{style.paint(line, meaning)}".rstrip(" ") + "\n")


def _pad(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))
