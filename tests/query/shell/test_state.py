"""The queries of texts, and output that fits the screen."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError
from iamsql.query.shell.state import exceeds_screen
from tests.query.shell.conftest import ShellOutput


@pytest.mark.parametrize(
    ("lines", "exceeds"),
    [
        ("a\n" * 4, False),
        ("a\n" * 5, True),
        ("x" * 41, True),
        ("x" * 40, False),
        ("漢" * 21, True),
        ("\x1b[31m" * 30 + "x" * 40, False),
        ("", False),
    ],
)
def test_long_and_wide_lines_fill_the_screen(monkeypatch: pytest.MonkeyPatch, lines: str, exceeds: bool) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    monkeypatch.setenv("LINES", "5")
    assert exceeds_screen(lines) == exceeds


def test_a_text_is_the_name_of_a_query_or_sql_in_the_dialect(shell: ShellOutput) -> None:
    shell.state.query_dirs = ("queries",)
    assert shell.state.query_for("adults ; -- all").title == "Users above an age"
    shell.state.dialect = "postgres"
    query = shell.state.query_for("select 1")
    assert (query.sql, query.dialect) == ("select 1", "postgres")
    with pytest.raises(IamsqlError, match="no query named"):
        shell.state.query_for("no_such_query")


def test_output_beyond_the_screen_goes_to_the_pager_unless_it_is_off(
    shell: ShellOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINES", "5")
    shell.state.text("a\r\n" * 9)
    shell.state.paged = False
    shell.state.text("b\x1b[2J")
    assert shell.paged == ["a\n" * 9] and shell.shown == ["b\\x1b[2J\n"]
