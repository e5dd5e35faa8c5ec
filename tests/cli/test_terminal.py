"""Output on a terminal: reports and lists at three widths, pseudo-terminals, and the pager.

`make expected` writes the expected files. Read every line that changes.
"""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.cli.catalog import QUERY_COLUMNS, TABLE_COLUMNS
from iamsql.cli.diff import COLUMNS_SHOWN
from iamsql.cli.errors import say_all
from iamsql.cli.output import terminal_text
from iamsql.cli.terminal import terminal_style
from iamsql.model import Result
from iamsql.model.layout import DisplayOptions
from iamsql.query import listing as describe
from iamsql.query.run_query import find_query
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width
from iamsql.runs.listing import listed_runs
from iamsql.runs.store.reader import open_run
from tests.check.diff.run_pairs import compare, pair
from tests.conftest import sample_run
from tests.minimal_run import GAPS, make_run
from tests.open_queries import ask

fcntl = pytest.importorskip("fcntl", reason="no terminals of this kind here")
pty = pytest.importorskip("pty", reason="no terminals of this kind here")
termios = pytest.importorskip("termios", reason="no terminals of this kind here")

EXPECTED = Path(__file__).parent / "terminal"
WIDTHS = (80, 120, 200)
REPORTS = (
    "stale_keys",
    "escalation_paths",
    "audit_report",
    "policy_risks",
    "root_keys",
    "skipped_accounts",
    "accounts",
    "coverage_gaps",
)
REPORTS += ("why_empty", "sign_ins", "users_without_mfa", "external_access", "risk_score", "admins")
OF_HOSTILE_NAMES = ("accounts", "stale_keys")  # reports that are also shown for the sample with hostile names
CHANGING = {"bytes": 6238208, "iamsql_version": "0.1.0", "seconds": 4.5}  # values that the code does not determine
ROWS = 16  # of each table, so a person can read the expected files
CHANGES = [
    "delete from aws_iam_user where name = 'hugo'",
    "update aws_iam_access_key set status = 'Inactive' where user_name = 'twins'",
    "update aws_iam_role set max_session_duration = 43200 where name = 'operations'",
]

Rows = tuple[Result, DisplayOptions]


@cache
def answers() -> dict[str, Rows]:
    """Run all reports on one open file."""
    with closing(open_run(sample_run())) as reader:
        answers = {name: ask(reader, find_query(name)) for name in REPORTS}
    with closing(open_run(sample_run(hostile=True))) as reader:
        answers |= {f"{name}_hostile": ask(reader, find_query(name)) for name in OF_HOSTILE_NAMES}
    return {name: (answer.result, replace(answer.display, path="")) for name, answer in answers.items()}


def diff() -> Rows:
    with TemporaryDirectory() as folder:
        return compare(*pair(sample_run(), Path(folder), CHANGES), "user", "access_key", "role").result, COLUMNS_SHOWN


def runs() -> Rows:
    with TemporaryDirectory() as folder:
        pair(sample_run(), Path(folder), [])
        result = listed_runs(Path(folder))
    return result, DisplayOptions()


TABLES: Mapping[str, Callable[[], Rows]] = {
    "diff": diff,
    "queries": lambda: (describe.queries(()), QUERY_COLUMNS),
    "runs": runs,
    "tables": lambda: (describe.tables(sample_run()), TABLE_COLUMNS),
}
NAMES = (*REPORTS, *(f"{name}_hostile" for name in OF_HOSTILE_NAMES), *TABLES)
CASES = [(name, width) for name in NAMES for width in WIDTHS]


@cache
def rows_of(name: str) -> Rows:
    """Return rows from all parts of a table, and what a terminal shows of them."""
    result, display = TABLES[name]() if name in TABLES else answers()[name]
    rows = [
        tuple(CHANGING.get(name, value) for name, value in zip(result.columns, row, strict=True))
        for row in result.rows[:: -(-len(result.rows) // ROWS) or 1]
        if "aws_iam_action" not in row  # its rows are from an optional dependency
    ]
    return replace(result, rows=rows), display


def text_of(name: str, width: int) -> str:
    result, display = rows_of(name)
    return terminal_text(result, "table", Style(width), display)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "width"), CASES)
def test_a_table_fits_the_terminal(name: str, width: int) -> None:
    text = text_of(name, width)
    assert text == (EXPECTED / f"{name}.{width}.txt").read_text(encoding="utf-8")
    assert max(map(display_width, text.splitlines())) <= width


def test_each_expected_file_has_a_case() -> None:
    assert {path.name for path in EXPECTED.iterdir()} == {f"{name}.{width}.txt" for name, width in CASES}


def on_terminal(*arguments: str, columns: int, rows: int = 50, keys: str = "", **env: str) -> tuple[str, str, int]:
    """Run iamsql with a pseudo-terminal of this size as stdin and stdout; return its output, stderr and exit code."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    settings = {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm", "PAGER": "cat", **env}
    unset = ("COLUMNS", "LINES", "NO_COLOR", "LESS")
    settings |= {name: value for name, value in os.environ.items() if name not in (*settings, *unset)}
    command = [sys.executable, "-m", "iamsql", *arguments]
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=subprocess.PIPE, env=settings) as program:
        os.close(child)
        os.write(parent, keys.encode())
        output = b""
        try:
            while block := os.read(parent, 65536):
                output += block
        except OSError:  # Linux reports the end of the last program on a terminal as an error
            pass
        assert program.stderr
        errors = program.stderr.read().decode()
    os.close(parent)
    return output.decode().replace("\r\n", "\n"), errors, program.returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)
    return tmp_path


@pytest.mark.slow
def test_a_report_is_fitted_to_the_terminal_width() -> None:
    output, errors, code = on_terminal("query", "stale_keys", "--run", str(sample_run()), columns=80)
    result, display = answers()["stale_keys"]
    assert output == terminal_text(result, "table", Style(80, color=True), display)
    assert errors.startswith("1 of 16 accounts not read in full") and code == 0


class Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("color", "env", "expected"),
    [
        ("auto", {}, Style(90, color=True)),
        ("auto", {"NO_COLOR": "1"}, Style(90)),
        ("auto", {"NO_COLOR": ""}, Style(90, color=True)),
        ("auto", {"TERM": "dumb"}, Style(90)),
        ("never", {}, Style(90)),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, Style(90, color=True)),
    ],
)
def test_the_style_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch, color: str, env: dict[str, str], expected: Style
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": "90", **env}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Screen())
    assert terminal_style(color) == expected
    assert terminal_style(color, wide=True) == replace(expected, wide=True)


def test_a_pipe_has_no_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert terminal_style("auto") is None and terminal_style("never", wide=True) is None


SQL = "select range as n, 'x' as x, n % 2 as odd from aws_iam_user cross join range(60) order by all limit 60"


@pytest.mark.slow
def test_more_than_a_screen_goes_to_the_pager_with_the_notes_above(folder: Path) -> None:
    arguments = ("query", SQL, "--runs", str(folder), "--color", "never")
    output, errors, code = on_terminal(*arguments, columns=80, rows=24, PAGER="head -n 5")
    assert output.startswith("2 of 4 accounts not read in full") and "x: x\n" in output
    assert (errors.count("Traceback"), code) == (0, 0) and errors.startswith("2 of 4 accounts not read in full")
    unpaged, _, _ = on_terminal(*arguments, columns=80, rows=99, PAGER="head -n 5")
    assert unpaged.startswith("x: x\n\n") and unpaged.endswith("\n60 rows.\n")


@pytest.mark.slow
def test_ctrl_c_in_the_pager_does_not_raise(folder: Path) -> None:
    pager = "sh -c 'kill -INT $PPID; cat'"
    output, errors, code = on_terminal("query", SQL, "-q", "--runs", str(folder), columns=80, rows=24, PAGER=pager)
    assert output.endswith("\n60 rows.\n") and (errors, code) == ("", 0)


@pytest.mark.slow
def test_a_pager_that_is_not_a_command_is_an_error(folder: Path) -> None:
    output, errors, code = on_terminal("query", SQL, "-q", "--runs", str(folder), columns=80, rows=24, PAGER="less '")
    assert output == "" and code == 2
    assert errors == "Error: $PAGER is not a command: No closing quotation. Set PAGER, for example to less.\n"


def piped(*arguments: str, **env: str) -> str:
    result = CliRunner().invoke(main, arguments, env=env)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_a_pipe_has_neither_color_nor_width_unless_asked(folder: Path) -> None:
    arguments = (
        "query",
        "select 'high' as severity, repeat('x', 300) as x from range(2)",
        "--run",
        "latest",
        "--runs",
        str(folder),
    )
    assert piped(*arguments, COLUMNS="80").startswith(f"severity    x\n----------  {'-' * 300}\n")
    forced = piped(*arguments, "--color", "always", COLUMNS="80")
    assert "\x1b[1mseverity\x1b[0m" in forced and forced.count("x" * 60) > 1
    assert piped(*arguments, "--color", "always", "--wide") == piped(*arguments)
    assert piped(*arguments, "--color", "always", "-o", "csv") == piped(*arguments, "-o", "csv")
    assert piped(*arguments, "-o", "line").startswith(
        f"-[ RECORD 1 ]---\nseverity | high\nx        | {'x' * 300}\n-[ RECORD 2"
    )


@pytest.mark.slow
def test_a_query_file_that_lists_an_unknown_column_is_an_error_on_a_terminal(folder: Path) -> None:
    path = folder / "q.sql"
    path.write_text("-- title: Users\n-- columns: nam\n\nselect name from aws_iam_user\n")
    arguments = ("query", str(path), "--runs", str(folder))
    assert piped(*arguments).startswith("name\n")
    result = CliRunner().invoke(main, [*arguments, "--color", "always"])
    assert result.exit_code == 2
    assert f"Error: {path}: columns lists 'nam', which the result does not have; did you mean name?\n" in result.stderr


def test_notes_fit_the_terminal_of_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    note = "4 of 16 accounts not read in full: iamsql query skipped_accounts \x1b[31m"
    say_all([note])
    assert capsys.readouterr().err == note.replace("\x1b", r"\x1b") + "\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    say_all([note])
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["4 of 16 accounts not read in full:", "  iamsql query skipped_accounts \\x1b[31m"]


def test_the_list_of_runs_has_a_terminal_format_and_one_for_programs(folder: Path) -> None:
    arguments = ("runs", "list", "--runs", str(folder))
    assert "events" in piped(*arguments, "--color", "always", COLUMNS="80")
    assert piped(*arguments, "-o", "csv").startswith(
        "run,started_at,organization,read,missing,status,scope,bytes,iamsql_version,note"
    )
    assert piped(*arguments, "--color", "always", "-o", "csv") == piped(*arguments, "-o", "csv")
    assert piped(*arguments, "--color", "always", "--wide") == piped(*arguments)


@pytest.mark.parametrize("arguments", [("tables", "aws_iam_user"), ("queries", "stale_keys")])
def test_descriptions_fit_the_terminal(arguments: tuple[str, ...]) -> None:
    lines = re.sub(r"\x1b\[[0-9;]*m", "", piped(*arguments, "--color", "always", COLUMNS="60")).splitlines()
    assert max(map(display_width, lines)) <= 60
    assert piped(*arguments, "--color", "always", "--wide") == piped(*arguments)


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for each, columns in CASES:
        (EXPECTED / f"{each}.{columns}.txt").write_text(text_of(each, columns), encoding="utf-8")
