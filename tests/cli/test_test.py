"""`iamsql test`: the table, the differences, exit codes, and what --update writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql import cli
from tests.check.testing.conftest import QUERY, cached_runs, queries

__all__ = ["cached_runs", "queries"]


def run(*args: str) -> Result:
    """Run `iamsql test`."""
    return CliRunner().invoke(cli.main, ["test", *args])


@pytest.mark.slow
def test_a_folder_is_tested_and_updated(queries: Path) -> None:
    (queries / "users.sql").write_text(QUERY)
    result = run()
    assert result.exit_code == 0 and result.stdout.splitlines()[2].split()[:3] == ["users", "sample", "ran"]
    assert result.stderr.splitlines() == [
        "1 test of 1 query: 1 ran without expected rows.",
        "Write the rows that are expected with: iamsql test --update",
    ]
    assert run("--update").exit_code == 0
    path = queries / "users.expected.csv"
    path.write_text(path.read_text().replace("111122223333", "=cmd()", 1))
    result = run("-q", "-o", "json")
    assert result.exit_code == 1
    assert [row["result"] for row in json.loads(result.stdout)] == ["failed"]
    assert "Query the data" not in result.stderr
    assert result.stderr.startswith("queries/users.sql (sample): rows differ: 1 changed\n  changed: ")
    result = run("--update")
    assert result.exit_code == 0 and "account_id =cmd() → 111122223333" in result.stderr
    path.write_text("name\n")
    assert "Query the data of the sample run with: iamsql query --run " in run("queries/users.sql").stderr


@pytest.mark.slow
def test_a_slow_query_fails_the_command(queries: Path) -> None:
    (queries / "users.sql").write_text(QUERY)
    assert run("--max-seconds", "0.000001").exit_code == 1
    assert run("--max-seconds", "600").exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nothing",), "no file or folder nothing"),
        ((), "there is no .sql file"),
        (("shipped", "--update"), "--update writes next to your own queries"),
        (("--max-seconds", "0"), "--max-seconds"),
        (("-o", "yaml"), "yaml"),
        (("--run", "nothing.duckdb", "shipped"), "nothing.duckdb"),
    ],
)
def test_invalid_use_is_an_error(queries: Path, args: tuple[str, ...], message: str) -> None:
    result = run(*args)
    assert result.exit_code == 2 and message in result.stderr


@pytest.mark.slow
def test_a_link_is_not_written(queries: Path, tmp_path: Path) -> None:
    (queries / "users.sql").write_text(QUERY)
    (tmp_path / "other.csv").write_text("mine\n")
    (queries / "users.expected.csv").symlink_to(tmp_path / "other.csv")
    result = run("--update")
    assert result.exit_code == 1 and "is a link, or outside of queries" in result.stdout
    assert (tmp_path / "other.csv").read_text() == "mine\n"
