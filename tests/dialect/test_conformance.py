"""Queries made for Steampipe and Tailpipe, and one or more for each rule, unchanged: they give the rows that they gave there."""

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
    """Give the modules that load the estate and compare rows."""
    sys.path.insert(0, str(CONFORMANCE))
    try:
        yield import_module("load_estate"), import_module("compare")
    finally:
        sys.path.remove(str(CONFORMANCE))


@pytest.fixture(scope="module")
def estate(
    tmp_path_factory: pytest.TempPathFactory, judge: tuple[ModuleType, ModuleType]
) -> Iterator[tuple[Session, datetime]]:
    """Give an open file of the estate, and the time that its rows are counted from."""
    path = tmp_path_factory.mktemp("estate") / "estate.duckdb"
    now = judge[0].current()
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        judge[0].load(connection, now=now)
    session = Session(path)
    yield session, now
    session.close()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_case_gives_the_rows_that_it_gave_where_it_came_from(
    case: Path, estate: tuple[Session, datetime], judge: tuple[ModuleType, ModuleType]
) -> None:
    session, now = estate
    head = case.read_text(encoding="utf-8")
    language = "postgres" if "\n-- dialect: postgres" in head else "duckdb"
    result = session.ask(replace(catalog.read_file(case), dialect=language)).result
    given = {"columns": list(result.columns), "rows": list(result.rows)}
    same, words = judge[1].compare_file(str(CONFORMANCE / "expected"), case.stem.replace("__", "/"), given, now=now)
    assert same, words
