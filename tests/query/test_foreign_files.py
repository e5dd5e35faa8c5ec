"""Shipped queries over a DuckDB file that another program wrote: they answer, or the error says that the file is not a run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from iamsql import catalog
from iamsql.check.testing.cases import SAMPLE_VALUES
from iamsql.cli import main
from iamsql.query.listing.examples import tables_read
from tests.conftest import SHARED
from tests.tiers import slow_after, slow_but_every


@pytest.fixture(scope="module")
def foreign_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that the conformance cases' own loader writes."""
    loader = SHARED / "conformance" / "load_estate.py"
    if not loader.exists():
        pytest.skip("no conformance estate beside this checkout")
    path = tmp_path_factory.mktemp("estate") / "estate.duckdb"
    subprocess.run([sys.executable, str(loader), str(path)], check=True, capture_output=True, timeout=120)
    return path


def tables_of(path: Path) -> set[str]:
    """Return the names of the tables of a file."""
    with duckdb.connect(str(path), read_only=True) as con:
        return {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}


@pytest.mark.parametrize(
    "name", slow_after(1, ["stale_keys", "keys_never_used", "users_with_two_keys", "service_credentials"])
)
def test_shipped_queries_return_rows_over_a_file_of_another_program(foreign_file: Path, name: str) -> None:
    result = CliRunner().invoke(main, ["query", name, "--run", str(foreign_file), "--output", "jsonl"])
    assert result.exit_code == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows and all(row["account_name"] for row in rows)
    assert result.stderr.startswith("estate.duckdb is not a run of iamsql: as_of() is the present; aws_iam_")


SHIPPED = {name: versions[-1] for name, versions in catalog.load([catalog.shipped_folder()]).items()}
NOT_A_RUN = re.compile(
    r"(iamsql\.\w+) (?:exists only|has \w+) in runs of iamsql|is not a run of iamsql: it has no table (\w+)\."
)
PLAIN = [name for name, query in SHIPPED.items() if query.kind != "detection"]


@pytest.mark.parametrize("name", slow_but_every(120, [*PLAIN, "trail_stopped", "role_assumption_burst"]))
def test_a_shipped_query_answers_or_its_error_names_a_table_that_the_file_lacks(foreign_file: Path, name: str) -> None:
    args = [
        part
        for param in SHIPPED[name].params
        if param.required
        for part in ("--arg", f"{param.name}={SAMPLE_VALUES[param.name]}")
    ]
    result = CliRunner().invoke(main, ["query", name, *args, "--run", str(foreign_file), "--output", "csv"])
    assert result.exit_code in (0, 2), result.exception
    if result.exit_code == 0:
        assert result.stdout.splitlines()[0].count(",") > 0, "an answer has its columns, with rows or without"
        assert not result.stderr or result.stderr.startswith("estate.duckdb is not a run of iamsql: "), result.stderr
    else:
        error = NOT_A_RUN.search(result.stderr)
        assert error, result.stderr
        relation = error[1] or error[2]
        assert relation in tables_read(SHIPPED[name].macro) and relation not in tables_of(foreign_file), result.stderr


@pytest.mark.parametrize("name", ["aws_iam_policy_simulator"])
def test_tables_unknown_to_iamsql_are_read(foreign_file: Path, name: str) -> None:
    result = CliRunner().invoke(
        main, ["query", f"select count(*) as n from {name}", "--run", str(foreign_file), "--output", "jsonl"]
    )
    assert (result.exit_code, result.stderr) == (0, "") and json.loads(result.stdout)["n"] > 0
