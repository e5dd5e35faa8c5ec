"""The table for files and pipes has the layout of tabulate's format `simple`."""

from __future__ import annotations

import io
import sys

import pytest
import tabulate
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.escaping import printable
from iamsql.model import Result
from iamsql.render import text_table
from iamsql.render.cells import display
from iamsql.render.terminal import width
from iamsql.render.text_table import numeric_columns, write_table
from tests.render.formatting import written as formatted

# No sequences of characters that terminals draw differently, such as flags.
TEXTS = st.text(st.sampled_from("ab 1-'é\t\x1b\u202e日本e\u0301🎉"), max_size=6)


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Return rows of texts, numbers and NULL."""
    columns = draw(st.lists(TEXTS, min_size=1, max_size=4))
    values = st.tuples(*[TEXTS | st.none() | st.integers()] * len(columns))
    types = draw(st.lists(st.sampled_from(["BIGINT", "VARCHAR"]), min_size=len(columns), max_size=len(columns)))
    return Result(tuple(columns), draw(st.lists(values, max_size=4)), tuple(types))


def written(result: Result) -> str:
    stream = io.StringIO()
    write_table(result, stream)
    return stream.getvalue()


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None)
@given(results())
def test_the_layout_is_that_of_tabulate(result: Result) -> None:
    cells = [[printable(display(value)) for value in row] for row in result.rows]
    sides = tuple("right" if number else "left" for number in numeric_columns(result)) if cells else None
    names = [printable(name) for name in result.columns]
    table = tabulate.tabulate(cells, names, "simple", disable_numparse=True, colalign=sides, preserve_whitespace=True)
    with pytest.MonkeyPatch.context() as patch:
        for most_rows in (text_table.MAX_TABULATE_ROWS, 0):  # with tabulate where it fits, and without
            patch.setattr(text_table, "MAX_TABULATE_ROWS", most_rows)
            assert written(result) == table + "\n"


@pytest.mark.parametrize(
    ("name", "rows", "is_used"), [("n", 3, True), ("n", 4, False), ("é", 3, False), ("n", 0, False)]
)
def test_tabulate_prints_small_tables_in_ascii(
    monkeypatch: pytest.MonkeyPatch, name: str, rows: int, is_used: bool
) -> None:
    monkeypatch.setattr(text_table, "MAX_TABULATE_ROWS", 3)
    monkeypatch.setattr("tabulate.tabulate", lambda *_, **__: "drawn by tabulate")
    output = written(Result((name,), [(number,) for number in range(rows)], ("BIGINT",)))
    assert (output == "drawn by tabulate\n") is is_used


def test_hostile_text_reaches_tabulate_escaped() -> None:
    assert written(Result(("a\n", "b"), [("\x1b[31mx\x1b[0m", "\001"), ("12", " ")])) == (
        "a\\n               b\n----------------  ----\n\\x1b[31mx\\x1b[0m  \\x01\n12\n"
    )


def test_no_column_and_columns_without_types() -> None:
    assert written(Result((), [()])) == "\n\n\n"
    assert written(Result(("n",), [(5,), (12,)])) == "n\n---\n5\n12\n"


def test_only_text_beyond_ascii_loads_the_widths_of_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "iamsql.render.terminal.char_width"
    monkeypatch.delitem(sys.modules, module, raising=False)
    width._char_width.cache_clear()
    assert written(Result(("n",), [("a" * 5,)])) == "n\n-----\naaaaa\n" and module not in sys.modules
    assert written(Result(("n",), [("日本",)])) == "n\n----\n日本\n" and module in sys.modules


def test_tables_show_numbers_unchanged() -> None:
    result = Result(("id", "n"), [("000123456789", 1), ("1e5", 22), (" x", None)], ("VARCHAR", "INTEGER"))
    assert formatted(result, "table") == (
        "id              n\n------------  ---\n000123456789    1\n1e5            22\n x\n"
    )


def test_wide_characters_keep_the_columns_aligned() -> None:
    pytest.importorskip("wcwidth")
    lines = formatted(Result(("a", "b"), [("漢字", "x"), ("abcd", "y")]), "table").splitlines()
    assert lines[2:] == ["漢字  x", "abcd  y"]
