"""Public queries for Steampipe and Tailpipe, and queries for each rule of PostgreSQL, return the expected rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from iamsql import catalog
from iamsql.runs.store.reader import Reader, open_run
from tests.conftest import SHARED
from tests.open_queries import ask
from tests.tiers import slow_but_every

CONFORMANCE = SHARED / "conformance"
CASES = sorted(CONFORMANCE.glob("cases/*.sql"))
pytestmark = pytest.mark.skipif(not CASES, reason="the conformance cases are not here")


@pytest.fixture(scope="module")
def conformance_modules() -> Iterator[tuple[ModuleType, ModuleType]]:
    """Import the modules that load the tables and compare rows."""
    sys.path.insert(0, str(CONFORMANCE))
    try:
        yield import_module("load_estate"), import_module("compare")
    finally:
        sys.path.remove(str(CONFORMANCE))


@pytest.fixture(scope="module")
def estate(
    tmp_path_factory: pytest.TempPathFactory, conformance_modules: tuple[ModuleType, ModuleType]
) -> Iterator[tuple[Reader, datetime]]:
    """Open a file with the tables, and return it with the time to which the times in its rows are relative."""
    path = tmp_path_factory.mktemp("estate") / "estate.duckdb"
    now = conformance_modules[0].current()
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        conformance_modules[0].load(connection, now=now)
    with open_run(path) as reader:
        yield reader, now


@pytest.mark.parametrize("case", slow_but_every(8, CASES), ids=lambda path: path.stem)
def test_a_case_returns_the_rows_of_steampipe(
    case: Path, estate: tuple[Reader, datetime], conformance_modules: tuple[ModuleType, ModuleType]
) -> None:
    reader, now = estate
    sql = case.read_text(encoding="utf-8")
    language = "postgres" if "\n-- dialect: postgres" in sql else "duckdb"
    result = ask(reader, replace(catalog.read_file(case), dialect=language)).result
    answer = {"columns": list(result.columns), "rows": list(result.rows)}
    is_equal, difference = conformance_modules[1].compare_file(
        str(CONFORMANCE / "expected"), case.stem.replace("__", "/"), answer, now=now
    )
    assert is_equal, difference
