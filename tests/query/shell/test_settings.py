"""The settings of the shell: records, width, timer, and tables that fit the terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iamsql.query.shell import completion_names
from iamsql.query.shell.completion import suggest
from iamsql.render.terminal.style import Style
from tests.query.shell.conftest import ShellOutput

TWO_ROWS = "select name, age from aws_iam_user order by all;"
LONG_ROWS = "select name, repeat('x', 90) || age as long from aws_iam_user order by all;"


@pytest.fixture
def terminal(shell: ShellOutput) -> ShellOutput:
    """Return a shell whose terminal has 40 columns and colors."""
    shell.state.style = lambda: Style(40, color=True)
    shell.state.quiet = True
    return shell


def test_one_row_is_a_record_on_a_terminal(terminal: ShellOutput) -> None:
    row = "select 7 as seven;"
    record = "-[ RECORD 1 ]---\n\x1b[1mseven\x1b[0m | 7\n"
    assert terminal(row) == record
    terminal(r"\x off")
    assert terminal(row) == "\x1b[1mseven\x1b[0m\n\x1b[2m-----\x1b[0m\n    7\n\n\x1b[2m1 row.\x1b[0m\n"
    terminal(r"\x auto")
    assert terminal.messages == ["The record mode is auto: one row is a record."]
    assert terminal(row) == record


def test_records_without_a_terminal(shell: ShellOutput) -> None:
    assert shell("select 7 as seven;") == "  seven\n-------\n      7\n"
    shell(r"\x")
    assert shell.messages == ["The record mode is on."]
    assert shell(TWO_ROWS) == "-[ RECORD 1 ]---\nname | ana\nage  | 10\n-[ RECORD 2 ]---\nname | bo\nage  | 20\n"
    shell(r"\x;")
    assert shell.messages == ["The record mode is off."]
    assert shell(TWO_ROWS).split() == ["name", "age", "------", "-----", "ana", "10", "bo", "20"]
    shell(".output csv")
    shell(r"\x on")
    assert shell(TWO_ROWS) == "name,age\nana,10\nbo,20\n"


def test_tables_fit_the_terminal_unless_they_are_wide(terminal: ShellOutput) -> None:
    narrow = re.sub(r"\x1b\[[0-9;]*m", "", terminal(LONG_ROWS))
    assert narrow.count("x" * 30) > 1 and max(map(len, narrow.splitlines())) <= 40
    terminal(".wide")
    assert terminal.messages == ["Wide mode is on."]
    assert "x" * 90 + "10" in terminal(LONG_ROWS)
    terminal(".wide off")
    assert "x" * 90 not in terminal(LONG_ROWS)


def test_a_query_shows_the_columns_that_it_lists(terminal: ShellOutput) -> None:
    path = Path("queries/adults.sql")
    text = path.read_text().replace("-- param", "-- columns: age, name\n-- param").replace("select name", "select *")
    path.write_text(text)
    assert re.findall(r"\x1b\[1m(\w+)", terminal(".run adults days=5")) == ["age", "name", "account_id"]


def test_the_timer_follows_the_rows(shell: ShellOutput) -> None:
    shell(".timer on")
    assert shell.messages == ["The timer is on."]
    assert shell(TWO_ROWS)
    assert re.fullmatch(r"Time: \d+\.\d{3} seconds\.", shell.messages[0])
    shell(r"\timing off")
    assert shell(TWO_ROWS) and "Time" not in shell.messages[0]


@pytest.mark.slow
def test_psql_and_sqlite_names_of_commands(shell: ShellOutput) -> None:
    shell.state.paged = False
    assert shell(r"\dt") == shell(".tables") == shell(r"\d") != ""
    assert shell(r"\d aws_iam_user") == shell(".inspect aws_iam_user") != ""
    assert shell(r"\?") == shell(".help") != ""
    assert [completion.text for completion in suggest(r"\ti", "", completion_names(shell.state))] == [r"\timing"]
    assert [completion.text for completion in suggest(r"\x a", "", completion_names(shell.state))] == ["auto"]
    shell(".mode line")
    assert shell.messages == ["The output format is line."] and shell(TWO_ROWS).startswith("-[ RECORD 1 ]---\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (r"\x maybe", "on or off or auto"),
        (".wide maybe", "on or off"),
        (".timer maybe", "on or off"),
        (".mode box", "unknown output format"),
        (r"\y", r"no command \y"),
    ],
)
def test_a_wrong_value_changes_nothing(shell: ShellOutput, line: str, message: str) -> None:
    shell(line)
    assert message in shell.messages[0]
    assert (shell.state.records, shell.state.wide, shell.state.timed, shell.state.output) == (
        "auto",
        False,
        False,
        "table",
    )


def test_no_name_controls_a_terminal_with_colors(terminal: ShellOutput) -> None:
    hostile = r"""select e'\x1b[2J' || chr(8238) as "\u202e", range as n from range(2);"""
    for setting in (r"\x off", r"\x on", ".wide on", ".output line"):
        terminal(setting)
        text = re.sub(r"\x1b\[[0-9;]*m", "", terminal(hostile))
        assert "\x1b" not in text and "\u202e" not in text and r"\x1b[2J\u202e" in text
