"""Without a terminal, or with options of one query, the prompt does not open."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.cli import main


def test_without_a_terminal_the_error_names_standard_input(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["query"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr and "- reads SQL from standard input" in result.stderr
    result = CliRunner().invoke(main, ["query", "--runs", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (2, "") and "- reads SQL from standard input" in result.stderr
    assert len(result.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    "option", [["--arg", "a=1"], ["--out", "x.csv"], ["--explain"], ["--fail-on-rows"], ["--csv-safe"]]
)
def test_options_of_a_query_need_a_query(option: list[str]) -> None:
    result = CliRunner().invoke(main, ["query", *option])
    assert result.exit_code == 2 and f"{option[0]} needs a query" in result.stderr
