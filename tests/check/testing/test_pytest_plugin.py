"""The pytest plugin in another process: its items, its failures, and nothing without the option."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.check.testing.conftest import CONTROL, QUERY

INI = "[pytest]\ntestpaths = tests\niamsql_queries = queries\n"
LOADED = """
def test_nothing_is_loaded():
    import sys
    assert not {"duckdb", "boto3", "iamsql.check.testing.execute", "iamsql.query"} & sys.modules.keys()
    assert "iamsql.check.testing.pytest_plugin" in sys.modules
"""


def run_pytest(*args: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the working folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(autouse=True)
def _project(queries: Path) -> None:
    """Write a project with a folder of tests."""
    Path("pytest.ini").write_text(INI)
    Path("tests").mkdir()
    Path("tests/test_other.py").write_text(LOADED)


@pytest.mark.slow
def test_each_test_of_a_query_is_an_item(write: Callable[[str, str], Path]) -> None:
    write("users.sql", QUERY)
    write("users.expected.csv", "account_id,name,create_date\n1,al\x1bice,\n")
    write("password.sql", CONTROL)
    write("untitled.sql", "select 1")
    result = run_pytest("-rA")
    collected = {
        line.partition(" - ")[0] for line in result.stdout.splitlines() if "::" in line and not line.startswith("_")
    }
    assert {
        "PASSED queries/password.sql::unread data",
        "FAILED queries/users.sql::sample", "FAILED queries/untitled.sql::file",
    } <= collected  # fmt: skip
    assert "rows differ: " in result.stdout and "removed: 1,al\\x1bice," in result.stdout
    assert "queries/untitled.sql:1: no title" in result.stdout and "Traceback" not in result.stdout
    assert (
        "1 ran" in result.stdout and "3 failed, 1 passed" in result.stdout
    )  # the other test finds what the queries have loaded


@pytest.mark.slow
def test_nothing_is_loaded_without_the_option(write: Callable[[str, str], Path]) -> None:
    write("untitled.sql", "select 1")
    Path("pytest.ini").write_text("[pytest]\n")
    result = run_pytest()
    assert "1 passed" in result.stdout and result.returncode == 0


def test_a_missing_folder_is_an_error() -> None:
    Path("pytest.ini").write_text(INI.replace("= queries", "= querys"))
    result = run_pytest()
    assert "ERROR: iamsql_queries: no folder " in result.stderr and result.returncode == 4


@pytest.mark.slow
def test_named_tests_alone_are_collected(write: Callable[[str, str], Path]) -> None:
    write("untitled.sql", "select 1")
    result = run_pytest("tests")
    assert "1 passed" in result.stdout and result.returncode == 0
    assert "1 failed" in run_pytest("queries/untitled.sql").stdout
