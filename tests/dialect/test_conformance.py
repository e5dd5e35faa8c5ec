"""Public queries for Steampipe and Tailpipe, and queries for each rule of PostgreSQL, return the expected rows or are refused."""

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
from iamsql.model import IamsqlError
from iamsql.runs.store.reader import Reader, open_run
from tests.conftest import SHARED
from tests.open_queries import ask
from tests.tiers import slow_but_every

CONFORMANCE = SHARED / "conformance"
CASES = sorted(CONFORMANCE.glob("cases/*.sql"))
# Cases of a feature that fewer than one in a thousand published statements use, with the error.
REFUSED = {
    "rule__inet__01": "type inet",
    "rule__inet__02": "type inet",
    "rule__jsonbuild__02": r"jsonb_set\(\)",
    "rule__jsonpath__01": "JSON path",
    "rule__jsonpath__02": "JSON path",
    "rule__jsontext__05": r"format\(\)",
    "rule__regex__02": r"regexp_replace\(\)",
    "rule__regex__03": r"regexp_match\(\)",
    "rule__regex__04": r"regexp_matches\(\)",
    "rule__regex__05": r"regexp_split_to_table\(\)",
    "rule__regex__06": "SIMILAR TO",
    "rule__regex__07": "regular expression",
    "rule__strings__01": r"overlay\(\)",
    "rule__strings__03": r"format\(\)",
    "rule__strings__04": "type bytea",
    "rule__tochar__02": "'FMDDth'",
    "rule__tochar__05": "to_char of a number",
}
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
    """Open a file with the tables, and return it with the reference time of its rows."""
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
    if case.stem in REFUSED:
        with pytest.raises(IamsqlError, match=REFUSED[case.stem]):
            ask(reader, replace(catalog.read_file(case), dialect=language))
        return
    result = ask(reader, replace(catalog.read_file(case), dialect=language)).result
    actual = {"columns": list(result.columns), "rows": list(result.rows)}
    is_equal, difference = conformance_modules[1].compare_file(
        str(CONFORMANCE / "expected"), case.stem.replace("__", "/"), actual, now=now
    )
    assert is_equal, difference
