"""`iamsql export` prints what it wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from tests.minimal_run import GAPS, make_run


@pytest.mark.slow
def test_the_command_prints_what_it_wrote(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS)
    args = [
        "export",
        str(tmp_path / "out"),
        "--runs",
        str(tmp_path / "runs"),
        "--output",
        "csv",
        "--table",
        "aws_iam_user",
    ]
    result = CliRunner().invoke(main, args)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Wrote 5 tables, ") and "iamsql/coverage" in result.stderr
    assert (tmp_path / "out" / "aws_iam_user.csv").read_text().startswith("account_id,name,age\n111111111111,ana,10\n")
    again = CliRunner().invoke(main, args)
    assert (again.exit_code, again.stdout) == (2, "") and "Give the path of a new folder." in again.stderr
    quiet = CliRunner().invoke(main, [*args[:1], str(tmp_path / "two"), *args[2:], "--quiet"])
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")
