"""Commands, options, output streams and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import COMMANDS, main
from iamsql.cli.errors import load
from iamsql.cli.progress import Lines, Progress, progress_line
from iamsql.version import __version__
from tests.minimal_run import GAPS, make_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)
    return tmp_path


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, args, input=stdin)


@pytest.mark.slow
def test_rows_go_to_stdout_and_gaps_to_stderr(folder: Path) -> None:
    done = run("query", "from aws_iam_user select name", "--output", "csv")
    assert (done.exit_code, done.stdout.split()) == (0, ["name", "ana", "bo"])
    assert done.stderr.startswith("2 of 4 accounts not read in full")
    assert run("query", "from aws_iam_user", "-q").stderr == ""


@pytest.mark.slow
def test_a_query_takes_arguments_files_and_standard_input(folder: Path) -> None:
    (folder / "q.sql").write_text("select $a as a")
    assert json.loads(run("query", "q.sql", "--arg", "a=x=y", "-o", "json").stdout) == [{"a": "x=y"}]
    assert json.loads(run("query", "q.sql", "--arg", "a= x \r\n", "-o", "json").stdout) == [{"a": " x "}]
    assert json.loads(run("query", "-", "-o", "jsonl", stdin="select 1 as a").stdout) == {"a": 1}


def test_export(folder: Path) -> None:
    done = run("query", "select 1 as a", "--export", "out.csv")
    assert (done.exit_code, done.stdout, (folder / "out.csv").read_text().split()) == (0, "", ["a", "1"])


def test_copy_prints_no_rows(folder: Path) -> None:
    done = run("query", "copy (select 1 as a) to 'out.csv'")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"Wrote {folder / 'out.csv'}.\n")


def test_fail_on_rows_exits_1_when_there_are_rows(folder: Path) -> None:
    assert run("query", "select 1", "--fail-on-rows").exit_code == 1
    assert run("query", "select 1 where false", "--fail-on-rows").exit_code == 0


@pytest.mark.slow
def test_explain(folder: Path) -> None:
    assert "iam:ListUsers" in run("query", "from aws_iam_user", "--explain").stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["query", "no_such_query"], "no query named"),
        (["query", "select 1", "-o", "cvs"], "csv"),
        (["query", "select $a", "--arg", "a"], "NAME=VALUE"),
        (["query", "select $a", "--arg", "a=1", "--arg", "a=2"], "twice"),
        (["query", "select 1", "--run", "nope"], "no run nope"),
        (["query", "select 1", "--runs", "empty"], "iamsql sync --demo"),
        (["query", "select 1", "--run", "q.txt"], "cannot be read"),
        (["query", "select 1", "--colour"], "No such option"),
        (["query", "set a = 1"], "not allowed"),
        (["sync", "--days", "0"], "--days must be 1 or more"),
        (["sync", "--start-date", "yesterday"], "--start-date takes a date"),
        (["sync", "--days", "3", "--start-date", "2026-03-01"], "Give --days or --start-date, not both"),
        (["sync", "--start-date", "2026-03-02", "--end-date", "2026-03-01"], "--end-date 2026-03-01 is before"),
        (["sync", "--jobs=2"], "Set it in iamsql.toml: jobs = 4"),
        (["run", "--", "--state", "ACTIVE"], 'states = ["ACTIVE"]'),
        (["check", "--memory", "4GB"], "or the environment variable IAMSQL_MEMORY"),
        (["sync", "--account", "12"], "12 digits"),
        (["sync", "--table", "aws_iam_usr"], "did you mean aws_iam_user"),
        (["query", "from aws_iam_role", "-q"], "Get it with: iamsql sync"),
        (["tables", "aws_iam_uzer"], "did you mean"),
        (["queries", "no_such_query"], "no query named"),
        (["runs", "show", "nope"], "no run nope"),
        (["nonsense"], "There is no command"),
    ],
)
def test_invalid_input_is_an_error_of_two_lines_with_exit_code_2(folder: Path, args: list[str], words: str) -> None:
    (folder / "q.txt").write_text("x" * 9000)
    done = run(*args)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert done.stderr.startswith("Error: ") and words in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_the_commands_that_list_tables_queries_and_runs(folder: Path) -> None:
    (folder / "queries").mkdir()
    (folder / "queries" / "mine.sql").write_text("-- title: My own\n-- param: n integer = 3  # How many\n\nselect $n\n")
    assert "My own" in run("queries").stdout
    assert "--arg n=… (integer, = 3)  How many" in run("queries", "mine").stdout
    assert "aws_iam_user" in run("tables").stdout
    assert "organizations:ListRoots" in run("tables", "aws_organizations_root").stdout
    assert "20260301T100000Z-o-1" in run("runs").stdout
    assert "incomplete" in run("runs", "show").stdout
    assert "20260301T100000Z-o-1" in run("runs", "list", "--runs", str(folder / "runs")).stdout


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the sync by a function that records its options."""
    seen: dict[str, Any] = {}

    def sync(options: SimpleNamespace, say: Progress) -> SimpleNamespace:
        seen.update(vars(options))
        if error := seen.get("raise"):
            raise error
        return SimpleNamespace(path=Path("x"), status="incomplete", lines=["1 account read"], gaps=1)

    monkeypatch.setattr("iamsql.cli.sync.Options", SimpleNamespace)
    monkeypatch.setattr("iamsql.cli.sync.collect", sync)
    return seen


def test_sync_options(folder: Path, recorded: dict[str, Any]) -> None:
    done = run(
        "sync", "--demo", "--role", "a", "--role", "b", "--account", "1" * 12, "--days", "7", "--table", "aws_iam_user"
    )
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "1 account read\n")
    assert (recorded["roles"], recorded["days"], recorded["accounts"]) == (("a", "b"), 7, ("1" * 12,))
    assert recorded["runs"] == folder / "runs"
    assert run("sync").exit_code == 0 and recorded["roles"][0] == "iamsql-audit"


def test_strict_exits_3_on_gaps(folder: Path, recorded: dict[str, Any]) -> None:
    assert run("sync", "--strict", "-q").exit_code == 3


def test_ctrl_c_exits_130_with_the_message_of_the_sync(folder: Path, recorded: dict[str, Any]) -> None:
    recorded["raise"] = KeyboardInterrupt("Stopped; what was read is in x.partial")
    done = run("sync")
    assert (done.exit_code, done.stderr.strip()) == (130, "Error: Stopped; what was read is in x.partial")


def test_the_summaries_of_the_commands_are_those_of_their_help() -> None:
    for name, (location, summary) in COMMANDS.items():
        text = " ".join((load(location).help or "").split())
        assert text.startswith(summary.split(",")[0].removesuffix(".")), name


@pytest.mark.slow
def test_a_closed_pipe_is_not_an_error(folder: Path) -> None:
    piped = f"{sys.executable} -m iamsql query 'from range(300000)' -o csv | head -1"
    done = subprocess.run(piped, shell=True, capture_output=True, text=True, env=environment(folder))
    assert (done.stdout.strip(), done.stderr) == ("range", "")


HEAVY = ("duckdb", "_duckdb", "boto3", "botocore", "sqlglot", "rich", "platformdirs")
WRITERS = ("xlsxwriter", "iamsql.query.export", "iamsql.runs.store.parquet")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "heavy"),
    [
        (["--version"], HEAVY),
        (["--help"], HEAVY),
        (["query", "select 1", "-o", "csv"], ("boto3", "botocore", "sqlglot", "rich", "tabulate", *WRITERS)),
    ],
)
def test_slow_modules_are_imported_only_when_needed(folder: Path, args: list[str], heavy: tuple[str, ...]) -> None:
    code = (
        f"import sys\nfrom iamsql.cli import main\ntry: main({args!r})\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(folder))
    assert done.stderr.strip() == "[]"


def test_the_version_is_printed_without_click(folder: Path) -> None:
    code = (
        "import sys\nfrom iamsql.__main__ import main\nsys.argv = ['iamsql', '--version']\nmain()\n"
        "print([name for name in ('click', 'iamsql.cli', 'pathlib') if name in sys.modules])"
    )
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(folder))
    assert (done.stdout, done.stderr) == (f"iamsql {__version__}\n[]\n", "")
    with_click = subprocess.run(
        [sys.executable, "-m", "iamsql", "--debug", "--version"], capture_output=True, text=True
    )
    assert with_click.stdout == f"iamsql {__version__}\n"


def environment(here: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "IAMSQL_RUNS": str(here / "runs")}


def test_progress_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(every=0)
    lines.start(3)
    lines.update(1, 3, 40, 2, 200.0)
    assert capsys.readouterr().err == "1 of 3 accounts, 40 calls, 2 throttled, about 3 min left\n"
    assert progress_line(0, 3, 0, 0, None) == "0 of 3 accounts, 0 calls"
    slow = Lines(every=60)
    slow.start(3)
    slow.update(1, 3, 40, 2, None)
    assert capsys.readouterr().err == ""
