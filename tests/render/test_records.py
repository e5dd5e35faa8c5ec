"""A line for each column: exact values, wrapped on a terminal only."""

from __future__ import annotations

import io

from iamsql.model import Result
from iamsql.render.records import write_records
from iamsql.render.terminal.style import Style

RESULT = Result(
    ("name", "status", "a_column_with_a_long_name"),
    [("ana", "error", "one two three four five six seven eight nine ten"), ("", None, "x\ny")],
)


def text(result: Result, style: Style | None = None) -> str:
    stream = io.StringIO()
    write_records(result, stream, style)
    return stream.getvalue()


WHOLE = r"""-[ RECORD 1 ]---
name                      | ana
status                    | error
a_column_with_a_long_name | one two three four five six seven eight nine ten
-[ RECORD 2 ]---
name                      | ''
status                    |
a_column_with_a_long_name | x\ny
"""


def test_a_pipe_has_whole_lines() -> None:
    assert text(RESULT) == WHOLE
    assert text(RESULT, Style(40, wide=True)) == WHOLE


def test_a_terminal_wraps_values_and_shortens_names() -> None:
    assert text(Result(RESULT.columns, RESULT.rows[:1]), Style(42)) == (
        """-[ RECORD 1 ]---
name           | ana
status         | error
a_colum…g_name | one two three four five
               | six seven eight nine ten
"""
    )


def test_names_are_bold_and_a_status_has_its_color() -> None:
    assert text(Result(("name", "status"), [("ana", "error")]), Style(40, color=True)) == (
        "-[ RECORD 1 ]---\n\x1b[1mname  \x1b[0m | ana\n\x1b[1mstatus\x1b[0m | \x1b[35merror\x1b[0m\n"
    )


def test_an_empty_result_writes_no_records() -> None:
    assert text(Result(("a",), [])) == ""
