"""`iamsql queries --lint` and `--schema`: output, formats and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql import cli
from iamsql.catalog.front_matter_schema import json_schema


def run(*args: str) -> Result:
    """Run `iamsql queries`."""
    return CliRunner().invoke(cli.main, ["queries", *args])


@pytest.fixture(autouse=True)
def _queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with one invalid query and one valid query."""
    monkeypatch.chdir(tmp_path)
    Path("queries").mkdir()
    Path("queries/users.sql").write_text("-- title: Users\nselect nam from aws_iam_user\n")
    Path("queries/roles.sql").write_text("-- title: Roles\nselect name from aws_iam_role\n")


@pytest.mark.slow
def test_findings_are_lines_for_editors() -> None:
    done = run("--lint")
    assert done.stdout == "queries/users.sql:2:8: There is no column nam; did you mean name? [column]\n"
    assert (done.stderr, done.exit_code) == ("1 finding.\n", 1)
    done = run("--lint", "queries/roles.sql")
    assert (done.stdout, done.stderr, done.exit_code) == ("", "0 findings.\n", 0)


@pytest.mark.slow
def test_findings_are_rows_with_an_output_format() -> None:
    (found,) = json.loads(run("--lint", "-o", "json").stdout)
    assert found["file"] == "queries/users.sql" and (found["line"], found["column"], found["rule"]) == (2, 8, "column")
    assert run("--lint", "-o", "csv").stdout.splitlines()[0] == "file,line,column,rule,message"
    assert run("--lint", "-o", "yaml").exit_code == 2


def test_the_schema_is_that_of_front_matter() -> None:
    assert json.loads(run("--schema").stdout) == json_schema()


@pytest.mark.parametrize(
    "args", [("a", "b"), ("--schema", "a"), ("--schema", "--lint"), ("--lint", "--kind", "report")]
)
def test_options_that_exclude_each_other_are_refused(args: tuple[str, ...]) -> None:
    assert run(*args).exit_code == 2
