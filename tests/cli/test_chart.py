"""`iamsql query --chart`: options, errors, files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.render.terminal.style import Style
from tests.minimal_run import GAPS, make_run
from tests.report.charts.drawn import texts

SQL = "select * from (values ('main', 4), ('app', 2), (null, null)) t(account, users)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["query", *args])


def test_a_chart_on_a_pipe_has_100_columns_and_no_colors(folder: Path) -> None:
    done = run(SQL, "--chart", "bar")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "users by account",
        "",
        f"main {'█' * 86} 4",
        f"app  {'█' * 43} 2",
        "NULL ░░░ unknown",
        "",
        "1 row has no value in users.",
    ]


def test_color_and_width_of_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.cli.draw.terminal_style", lambda color: Style(29, color=color == "auto"))
    assert f"main \x1b[34m{'█' * 15}\x1b[0m 4\n" in run(SQL, "--chart", "bar").stdout


@pytest.mark.slow
def test_notes_about_missing_data_are_on_stderr_and_in_the_file(folder: Path) -> None:
    done = run("select name from aws_iam_user", "--chart", "bar")
    assert done.stdout.startswith("rows by name\n\nana ")
    assert done.stderr.startswith("2 of 4 accounts not read in full")
    done = run("select name from aws_iam_user", "--export", "users.svg")
    assert done.stdout == ""
    assert any(
        text.startswith("2 of 4 accounts not read in full") for text in texts((folder / "users.svg").read_text())
    )


@pytest.mark.slow
def test_a_file_has_mode_0600_and_a_kind_by_the_types(folder: Path) -> None:
    for name, sql, title in (
        ("bar", SQL, "users by account"),
        ("line", "select date '2026-03-01' as day, 3 as users", "users by day"),
        ("hist", "select unnest(range(50)) as age", "rows by age"),
    ):
        assert run(sql, "--export", f"{name}.SVG").exit_code == 0
        assert texts((folder / f"{name}.SVG").read_text())[0] == title
        assert (folder / f"{name}.SVG").stat().st_mode & 0o777 == 0o600


def test_a_failed_chart_leaves_the_file(folder: Path) -> None:
    (folder / "users.svg").write_text("before")
    assert run(SQL, "--export", "users.svg", "--chart", "line").exit_code == 2
    assert (folder / "users.svg").read_text() == "before"
    assert [path.name for path in folder.glob("*svg*")] == ["users.svg"]


def test_output_still_selects_the_format_of_any_file(folder: Path) -> None:
    assert run("select 1 as a", "--export", "out.svg", "-o", "csv").exit_code == 0
    assert (folder / "out.svg").read_text() == "a\n1\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((SQL, "account"), "need --chart bar, line or hist"),
        ((SQL, "--chart", "bar", "--explain"), "without --explain"),
        (("--chart", "bar"), "give a query"),
        ((SQL, "--chart", "bar", "-o", "csv"), "--chart and --output exclude each other"),
        ((SQL, "--chart", "bar", "--export", "out.csv"), "--chart writes SVG files, not out.csv"),
        ((SQL, "--chart", "pie"), "'pie' is not one of 'bar', 'line', 'hist'"),
        ((SQL, "--chart", "bar", "account", "usres"), "did you mean users?"),
        ((SQL, "--chart", "line"), "needs a column of time"),
    ],
)
def test_invalid_options_are_errors(folder: Path, args: tuple[str, ...], words: str) -> None:
    done = run(*args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert not list(folder.glob("out*"))


@pytest.mark.slow
def test_a_query_without_a_chart_imports_no_chart(folder: Path) -> None:
    code = (
        "import sys\nfrom iamsql.cli import main\ntry: main(['query', 'select 1', '-o', 'csv'])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('iamsql.report.charts')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
