"""`iamsql queries` and `iamsql tables` list and describe what there is."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands import run


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
