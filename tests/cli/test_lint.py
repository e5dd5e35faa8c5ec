"""`iamsql lint`, and `iamsql queries --schema`: output, formats and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql import cli
from iamsql.catalog.front_matter_schema import json_schema


def run(*args: str) -> Result:
    """Run `iamsql`."""
    return CliRunner().invoke(cli.main, args)


@pytest.fixture(autouse=True)
def _queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with one invalid query and one valid query."""
    monkeypatch.chdir(tmp_path)
    Path("queries").mkdir()
    Path("queries/users.sql").write_text("-- title: Users\nselect nam from aws_iam_user\n")
    Path("queries/roles.sql").write_text("-- title: Roles\nselect name from aws_iam_role\n")


@pytest.mark.slow
def test_findings_are_lines_for_editors() -> None:
    result = run("lint")
    assert result.stdout == "queries/users.sql:2:8: There is no column nam; did you mean name? [column]\n"
    assert (result.stderr, result.exit_code) == ("1 finding.\n", 1)
    result = run("lint", "queries/roles.sql")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "0 findings.\n", 0)


@pytest.mark.slow
def test_findings_are_rows_with_an_output_format() -> None:
    (finding,) = json.loads(run("lint", "-o", "json").stdout)
    assert (finding["file"], finding["rule"]) == ("queries/users.sql", "column")
    assert (finding["line"], finding["column"]) == (2, 8)
    assert run("lint", "-o", "csv").stdout.splitlines()[0] == "file,line,column,rule,message"
    assert run("lint", "-o", "yaml").exit_code == 2


def test_the_schema_is_that_of_front_matter() -> None:
    assert json.loads(run("queries", "--schema").stdout) == json_schema()


@pytest.mark.parametrize("args", [("a", "b"), ("--schema", "a"), ("--schema", "--kind", "report"), ("--lint",)])
def test_options_that_exclude_each_other_are_refused(args: tuple[str, ...]) -> None:
    assert run("queries", *args).exit_code == 2


@pytest.mark.slow
def test_a_query_is_checked_by_its_name() -> None:
    assert run("lint", "users").stdout.startswith("queries/users.sql:2:8: ")
    assert run("lint", "stale_keys").exit_code == 0
    unknown = run("lint", "user")
    assert unknown.exit_code == 2 and "users" in unknown.stderr


@pytest.mark.slow
def test_sarif_has_the_location_in_the_file() -> None:
    Path("queries/a b.sql").write_text("-- title: x\nselect 'é', 1 = null\n")
    Path("queries/a_b.sql").write_text("-- title: x\nselect 'é', 1 = null as x from aws_iam_user limit 3\n")
    document = json.loads(run("lint", "-o", "sarif").stdout)
    (sarif,) = document["runs"]
    places = {
        (result["ruleId"], result["level"]): result["locations"][0]["physicalLocation"] for result in sarif["results"]
    }
    assert places["null", "error"]["region"] == {"startLine": 2, "startColumn": 13}
    assert places["limit", "warning"]["region"] == {"startLine": 2, "startColumn": 51}
    assert places["column", "error"]["artifactLocation"] == {"uri": "queries/users.sql"}
    assert places["file-name", "error"]["artifactLocation"] == {"uri": "queries/a%20b.sql"}
    rules = [rule["id"] for rule in sarif["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in sarif["results"])
    empty = json.loads(run("lint", "roles", "-o", "sarif").stdout)
    assert empty["runs"][0]["results"] == []
