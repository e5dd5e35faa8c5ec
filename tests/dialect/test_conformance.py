"""Public queries for Steampipe and Tailpipe, and queries for each rule of PostgreSQL, return the rows that they return there."""

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
from iamsql.query.session import Session
from tests.conftest import SHARED

CONFORMANCE = SHARED / "conformance"
CASES = sorted(CONFORMANCE.glob("cases/*.sql"))
pytestmark = pytest.mark.skipif(not CASES, reason="the conformance cases are not here")


@pytest.fixture(scope="module")
def judge() -> Iterator[tuple[ModuleType, ModuleType]]:
    """Import the modules that load the tables and compare rows."""
    sys.path.insert(0, str(CONFORMANCE))
    try:
        yield import_module("load_estate"), import_module("compare")
    finally:
        sys.path.remove(str(CONFORMANCE))


@pytest.fixture(scope="module")
def estate(
    tmp_path_factory: pytest.TempPathFactory, judge: tuple[ModuleType, ModuleType]
) -> Iterator[tuple[Session, datetime]]:
    """Open a file with the tables, and return it with the time to which the times in its rows are relative."""
    path = tmp_path_factory.mktemp("estate") / "estate.duckdb"
    now = judge[0].current()
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        judge[0].load(connection, now=now)
    session = Session(path)
    yield session, now
    session.close()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_case_returns_the_rows_of_steampipe(
    case: Path, estate: tuple[Session, datetime], judge: tuple[ModuleType, ModuleType]
) -> None:
    session, now = estate
    head = case.read_text(encoding="utf-8")
    language = "postgres" if "\n-- dialect: postgres" in head else "duckdb"
    result = session.run(replace(catalog.read_file(case), dialect=language)).result
    given = {"columns": list(result.columns), "rows": list(result.rows)}
    same, words = judge[1].compare_file(str(CONFORMANCE / "expected"), case.stem.replace("__", "/"), given, now=now)
    assert same, words
