"""Lines of a table: alignment, cells of several lines, and columns below a row."""

from __future__ import annotations

from iamsql.render.terminal.columns import NUMBER_TYPE, TextColumn
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.table import Grid, write_fields
from iamsql.render.terminal.width import display_width


def column(name: str, *cells: str, kind: str = "VARCHAR") -> TextColumn:
    return TextColumn(name, list(cells), list(map(display_width, cells)), kind, is_constant=False, is_empty=False)


def grid(
    *columns: TextColumn, widths: tuple[int, ...], below: tuple[TextColumn, ...] = (), color: bool = False
) -> Grid:
    return Grid(columns, widths, below, Style(40, color), 40)


def test_numbers_are_right_aligned_and_a_wide_cell_takes_several_lines() -> None:
    table = grid(column("name", "ana", "a/long/path"), column("n", "7", "123", kind=NUMBER_TYPE), widths=(7, 4))
    assert list(table.head()) == ["name        n", "-------  ----"]
    assert list(table.row(0)) == ["ana         7"]
    assert list(table.row(1)) == ["a/long/   123", "path"]


def test_a_long_name_of_a_column_takes_lines_above_the_others() -> None:
    table = grid(column("n", "1"), column("user_name", "x"), widths=(1, 5))
    assert list(table.head()) == ["   user_", "n  name", "-  -----"]


def test_columns_below_a_row_have_a_line_each_if_they_have_a_value() -> None:
    below = (column("reason", "no role " * 6), column("empty", "''"), column("none", ""), column("code", "403"))
    lines = list(grid(column("name", "ana"), widths=(4,), below=below).row(0))
    assert lines[0] == "ana" and lines[-1] == "  code: 403"
    assert lines[1].startswith("  reason: no role") and lines[2].startswith("    ")
    assert all(display_width(line) <= 40 for line in lines)
    assert not [line for line in lines if "empty" in line or "none" in line]


def test_colors_are_around_the_text_and_not_the_spaces() -> None:
    (line,) = grid(column("status", "alarm"), column("x", "y"), widths=(8, 1), color=True).row(0)
    assert line == "\x1b[31malarm\x1b[0m     y"


def test_fields_are_aligned_and_fields_without_a_value_are_left_out() -> None:
    fields = [column("name", "ana"), column("description", "a text of many words"), column("none", "")]
    lines = list(write_fields(fields, 0, Style(60), 60))
    assert lines == ["  name         ana", "  description  a text of many words"]
