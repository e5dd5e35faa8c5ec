"""In a CI job, no name from AWS is a command of GitHub Actions or Azure Pipelines, in any output of a command."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from iamsql.cli import main
from iamsql.cli.ci_log import CommandFreeStream, safe_streams
from iamsql.escaping import break_ci_commands
from tests.minimal_run import make_run

COMMANDS = (
    "::error::x", "::add-mask::a", "::stop-commands::t", "  ::set-env name=A::b", "\t::debug::x", "::group::x", ":::warning::x",
    "a ##[error]x", "##[command]x", "###[set-env name=A]b", "##[add-mask]x", "x ##vso[task.setvariable variable=A]b",
    "##VSO[task.logissue type=error]x", "\xa0::error::x", "a\n::error::x", "a\r::error::x", "\x1b[1m::error::x", "::\n::error::x",
)  # fmt: skip
HARMLESS = (
    "a::b",
    "arn:aws:iam::111111111111:root",
    "# [x]",
    "#[x]",
    "## [x]",
    "##",
    "::",
    "a ::error::x",
    "##vsx[a]",
    "[##]",
    "",
)
GITHUB = re.compile(r"^\s*::[^\r\n]*?::|##\[", re.MULTILINE)
AZURE = re.compile(r"##(vso)?\[", re.IGNORECASE)
TEXT = st.text(st.sampled_from("#:[]vso \n\rxVSO"), max_size=30)


def is_executed(text: str) -> bool:
    """Return whether the runner of GitHub or the agent of Azure would find a command in the lines of a text."""
    lines = re.split(r"\r\n|\r|\n", text)
    return any(line.lstrip().startswith("::") or AZURE.search(line) for line in lines)


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_broken_and_visible(text: str) -> None:
    broken = break_ci_commands(text)
    assert not is_executed(broken.replace("\x1b[1m", "")), broken
    assert len(broken) >= len(text) + 3


@pytest.mark.parametrize("text", [text for text in HARMLESS if text != "::"])
def test_other_text_stays(text: str) -> None:
    assert break_ci_commands(text) == text


@given(st.lists(TEXT, max_size=6))
def test_a_command_in_several_parts_is_broken(parts: list[str]) -> None:
    target = io.StringIO(newline="")
    stream = CommandFreeStream(target)
    for part in parts:
        stream.write(part)
    assert not is_executed(target.getvalue())
    assert target.getvalue().replace(r"\x5b", "[").replace(r"\x3a", ":") == "".join(parts)


def test_white_space_of_any_length_before_a_command() -> None:
    for parts in ((" " * 5000 + "::error::x",), (" " * 5000, ":", ":error::x"), ("\t" * 1001, "::", "error::x")):
        target = io.StringIO()
        stream = CommandFreeStream(target)
        for part in parts:
            stream.write(part)
        assert not is_executed(target.getvalue())
    target = io.StringIO()
    stream = CommandFreeStream(target)
    stream.write("x" * 5000 + "##")
    stream.write("[error]")
    assert not is_executed(target.getvalue())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_run(tmp_path_factory.mktemp("runs") / "20260301T100000Z-o-1.duckdb")
    with duckdb.connect(str(path)) as con:
        con.execute("create table hostile (name varchar, other varchar)")
        con.executemany("insert into hostile values (?, ?)", [(name, "") for name in COMMANDS])
        con.execute(
            "insert into hostile values ('', '::error::x'), (repeat('y', 3000), '::error::x'), (null, '##vso[a.b]c')"
        )
    return path


@pytest.fixture(params=[("GITHUB_ACTIONS", "true"), ("TF_BUILD", "True")], ids=lambda pair: pair[0])
def ci(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(*request.param)
    yield


def command(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.mark.parametrize("fmt", ["table", "line", "json", "jsonl", "markdown"])
def test_rows_have_no_commands(run: Path, ci: None, fmt: str) -> None:
    result = command("query", "from hostile", "--run", str(run), "-o", fmt)
    assert result.exit_code == 0 and "error" in result.stdout
    assert not is_executed(result.stdout), result.stdout
    assert not is_executed(result.stderr)


def test_json_has_the_same_values(run: Path, ci: None) -> None:
    rows = json.loads(command("query", "from hostile", "--run", str(run), "-o", "json").stdout)
    assert [row["name"] for row in rows][: len(COMMANDS)] == list(COMMANDS)


def test_csv_is_unchanged(run: Path, ci: None, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("query", "from hostile", "--run", str(run), "-o", "csv")
    result = command(*args)
    assert "##[command]x" in [row[0] for row in csv.reader(result.stdout.splitlines()) if row]
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    assert result.stdout == command(*args).stdout


@pytest.mark.slow
def test_copy_to_a_standard_stream(run: Path, ci: None) -> None:
    for name in ("stdout", "stderr"):
        sql = f"copy (select '##[error]x' as n union all select '::error::x') to '/dev/{name}' (header false)"
        result = subprocess.run(
            [sys.executable, "-m", "iamsql", "query", sql, "--run", str(run)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "error" in getattr(result, name)
        assert is_executed(result.stderr) is False and is_executed(result.stdout) is (name == "stdout")


def test_errors_have_no_commands(run: Path, ci: None) -> None:
    for args in (
        ("query", "select cast(name as int) from hostile where name like '%##%'", "--run", str(run)),
        ("query", "::error::x", "--run", str(run)),
        ("query", "##vso[a.b]c", "--run", str(run)),
        ("query", "select 1", "--run", "##[error]x"),
        ("##[error]x",),
        ("query", "select 1", "--##[x]"),
    ):
        result = command(*args)
        assert result.exit_code == 2 and not is_executed(result.output), result.output


def test_without_a_ci_system_nothing_changes(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    result = command("query", "select '##[error]x' as x", "--run", str(run))
    assert "##[error]x" in result.stdout
    before = sys.stdout
    with safe_streams():
        assert sys.stdout is before


def test_a_traceback_has_no_commands(ci: None, capsys: pytest.CaptureFixture[str]) -> None:
    from iamsql.cli.errors import print_traceback

    print_traceback(ValueError, ValueError("\n::error::##[x]"), None)
    assert "x5b" in (err := capsys.readouterr().err) and not is_executed(err)
