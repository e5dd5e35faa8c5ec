"""Errors have one or two lines and exit code 2, and suggest the word that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("query", "stale_keys", "--format", "json"), "There is no option --format; use --output json."),
        (("query", "stale_keys", "--json"), "There is no option --json; use --output json."),
        (("check", "--csv"), "There is no option --csv; use --output csv."),
        (("check", "--sarif"), "There is no option --sarif; use --output sarif."),
        (("sycn",), "There is no command 'sycn'; did you mean sync?"),
        (("stale_keys",), "stale_keys is a query, not a command.\nRun it with: iamsql query stale_keys\n"),
        (("who_can@1", "--arg", "x=a b"), "Run it with: iamsql query who_can@1 --arg 'x=a b'"),
        (("xyzzy",), "There is no command 'xyzzy'.\n"),
        (("mcp", "--json"), "No such option"),
    ],
)
def test_a_wrong_word_has_a_suggestion(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.stderr and result.stdout == ""


@pytest.mark.parametrize(
    ("args", "message"),
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
def test_invalid_input_is_an_error_of_two_lines_with_exit_code_2(folder: Path, args: list[str], message: str) -> None:
    (folder / "q.txt").write_text("x" * 9000)
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("Error: ") and message in result.stderr
    assert len(result.stderr.splitlines()) <= 3
