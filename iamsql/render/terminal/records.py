"""Write rows as sentences: the values of a row in the template of its layout, and the other columns on lines below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iamsql.model.layout import PLACEHOLDER_PATTERN
from iamsql.render.terminal.columns import TextColumn
from iamsql.render.terminal.spelling import with_account
from iamsql.render.terminal.style import Style, cell_meaning
from iamsql.render.terminal.table import write_fields
from iamsql.render.terminal.width import display_width, wrap_cell

MISSING_VALUE = "–"  # in place of a value that is missing


def sentence_lines(
    template: str, columns_by_name: Mapping[str, TextColumn], others: Sequence[TextColumn], rows: int, style: Style
) -> Iterator[str]:
    """Yield the lines of each row: its sentence, and a line for each of the other columns."""
    for index in range(rows):
        if index:
            yield ""
        yield from _one_sentence(
            template, {name: column.cells[index] for name, column in columns_by_name.items()}, style
        )
        yield from write_fields(others, index, style, style.width)


def _one_sentence(template: str, values: Mapping[str, str], style: Style) -> Iterator[str]:
    """Yield a sentence; the values have colors if it fits on a line."""
    texts = {name: with_account(value) or MISSING_VALUE for name, value in values.items()}
    plain = PLACEHOLDER_PATTERN.sub(lambda match: texts[match[1]], template)
    if display_width(plain) <= style.width:
        yield PLACEHOLDER_PATTERN.sub(lambda match: _paint_value(match[1], texts[match[1]], style), template)
        return
    for line in wrap_cell(plain, style.width):
        yield line.rstrip(" ")


def _paint_value(name: str, text: str, style: Style) -> str:
    return style.paint(text, cell_meaning(name, text) or "heading")
