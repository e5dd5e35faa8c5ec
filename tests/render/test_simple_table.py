"""A small table of tabulate: texts stay as they are."""

from __future__ import annotations

from iamsql.render.simple_table import simple_table


def test_numbers_are_aligned_to_the_right_and_texts_are_no_numbers() -> None:
    table = simple_table(["id", "n"], [["0012", "1"], [" x", "22"]], [False, True])
    assert table == "id      n\n----  ---\n0012    1\n x     22\n"


def test_without_rows_there_are_the_names() -> None:
    assert simple_table(["id", "n"], [], [False, True]) == "id    n\n----  ---\n"
