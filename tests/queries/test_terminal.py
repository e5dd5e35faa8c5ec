"""Every shipped query on a terminal: no line is too wide, and no name, ARN, key, ID, number or command is cut.

A column is text, which may be shortened in a table of many rows, if `TextColumn.is_text`; TEXTS lists such columns of the queries.
All other cells are complete: without white space, a cell is a part of the column of its row in a table, or of a line below.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from iamsql import render
from iamsql.catalog import load, shipped_folder
from iamsql.escaping import printable
from iamsql.model import Query, Result
from iamsql.model.layout import DisplayOptions
from iamsql.render.cells import display
from iamsql.render.terminal.columns import TextColumn, text_column
from iamsql.render.terminal.rows import write_rows
from iamsql.render.terminal.selection import ColumnSource, select_columns
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width
from tests.queries.test_columns import rows_of
from tests.queries.test_queries import EXPECTED, VARIES
from tests.tiers import slow_but_every

QUERIES = [
    versions[-1] for versions in load([shipped_folder()]).values() if (EXPECTED / f"{versions[-1].macro}.csv").exists()
]
WIDTHS = (60, 80, 100, 120, 200)
TEXTS = {
    "description",
    "about",
    "conditions",
    "detail",
    "difference",
    "event_coverage",
    "gaps",
    "reason",
    "title",
    "user_agent",
}
CASES = [pytest.param(query, width, id=f"{query.name}-{width}") for query in QUERIES for width in WIDTHS]
HEAD = re.compile(r" *-+(?:  -+)*")


def shown_of(query: Query) -> DisplayOptions:
    return DisplayOptions(tuple(name for name in query.columns if name not in VARIES), query.layout)


def text_of(result: Result, display: DisplayOptions, width: int) -> str:
    stream = io.StringIO()
    write_rows(result, stream, Style(width), display)
    return stream.getvalue()


def squeezed(text: str) -> str:
    return "".join(text.split())


def regions(lines: list[str]) -> Iterator[str]:
    """Yield the texts where a cell must be: each column of the table, and all lines as they are."""
    yield squeezed("".join(lines))
    rule = next((index for index, line in enumerate(lines) if HEAD.fullmatch(line)), None)
    if rule is None:
        return
    for match in re.finditer("-+", lines[rule]):
        yield squeezed("".join(slice_of(line, *match.span()) for line in lines[rule + 1 :]))


def slice_of(line: str, start: int, stop: int) -> str:
    """Return the characters of a line in some columns of the terminal."""
    ends = [0]
    for char in line:
        ends.append(ends[-1] + display_width(char))
    return "".join(
        char for char, (left, right) in zip(line, pairwise(ends), strict=True) if left >= start and right <= stop
    )


def columns_of(result: Result, display: DisplayOptions) -> list[TextColumn]:
    """Return the columns that the query lists as text, with the spelling of ARNs that the terminal has."""
    sources: list[ColumnSource] = select_columns(result.columns, (*display.columns, *display.layout.columns))
    if len(result.rows) == 1 and display.layout.form != "record":
        sources = []
    return [text_column(source, result, result.rows, sources) for source in sources]


@pytest.mark.parametrize(("query", "width"), slow_but_every(40, CASES))
def test_no_line_is_too_wide_and_no_name_is_cut(query: Query, width: int) -> None:
    result, options = rows_of(query), shown_of(query)
    lines = text_of(result, options, width).splitlines()
    assert max(map(display_width, lines)) <= width and all(line.isprintable() for line in lines)
    texts = [*regions(lines)]
    left_out = set(re.findall(r"\w+", " ".join(lines).partition("more column")[2]))  # without `-- columns:`
    for column in columns_of(result, options):
        if column.name in left_out:
            continue
        cells = {squeezed(cell) for cell in column.cells if not column.is_text}
        if options.layout.form == "record":
            cells = {cell.partition("(")[0] for cell in cells if not cell.startswith("arn:")}
        assert [cell for cell in cells if not any(cell in text for text in texts)] == [], column.name


def test_the_columns_of_text() -> None:
    names = {
        column.name
        for query in QUERIES
        for column in columns_of(rows_of(query), shown_of(query))
        if column.is_text and any(column.cells)
    }
    assert names == TEXTS


def test_a_cut_name_is_found() -> None:
    result = Result(("a", "b"), [("x" * 50, "1"), ("y" * 50, "2")])
    lines = text_of(result, DisplayOptions(), 60).splitlines()
    assert any("x" * 50 in text for text in regions(lines))
    assert not any("x" * 50 in text for text in regions([line.replace("xxx", "…") for line in lines]))


FORMATS = [(query, fmt) for query in QUERIES for fmt in render.FORMATS]


@pytest.mark.parametrize(("query", "fmt"), slow_but_every(40, FORMATS))
def test_what_a_terminal_shows_changes_no_format(query: Query, fmt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formats are written without the columns, the layout and the width of the terminal."""
    result, texts = rows_of(query), set()
    for width in ("60", "200"):
        monkeypatch.setenv("COLUMNS", width)
        stream = io.StringIO()
        render.write(result, fmt, stream)
        texts.add(stream.getvalue())
    (text,) = texts
    if fmt == "table":
        wide = io.StringIO()
        write_rows(result, wide, Style(60, wide=True), shown_of(query))
        assert wide.getvalue() == text
    if fmt in ("table", "line"):
        assert all(printable(display(value)).rstrip(" ") in text for row in result.rows for value in row)
