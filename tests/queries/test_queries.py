"""Each shipped query over the sample organization returns its expected rows, by name and as a macro.

`make expected` writes the expected files. Read every line that changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from csv import DictReader
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.catalog import load, shipped_folder
from iamsql.check.lint.determinism import clock_functions
from iamsql.check.testing.cases import SAMPLE_VALUES
from iamsql.check.testing.expected import VARYING_COLUMNS, csv_text, without_varying_columns
from iamsql.model import Query, Result
from tests.conftest import connect_run, sample_run
from tests.tiers import slow_after, slow_but_every

EXPECTED = Path(__file__).parent / "expected"
QUERIES = [
    query  # controls have tests of their own
    for versions in load([shipped_folder()]).values()
    for query in versions
    if query.kind != "control"
]
# These evaluate the policies of all principals, which takes seconds, and the policies of some, which takes up to a second.
OF_ALL = {"admins", "escalation_paths", "principal_actions", "principal_report", "unused_permissions"}
OF_SOME = {"audit_report", "can", "can_all", "risk_score", "top_risks", "who_can", "who_can_assume"}
ASKED = SAMPLE_VALUES  # arguments for required parameters
VARIES = VARYING_COLUMNS


def answer(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object] | None = None) -> Result:
    """Return the rows as any DuckDB client reads them, without the columns that differ between syncs."""
    cursor = con.execute(sql, values or {})
    return without_varying_columns(Result(tuple(column[0] for column in cursor.description or ()), cursor.fetchall()))


def csv(result: Result) -> bytes:
    """Write the rows as `--output csv` does."""
    return csv_text(result).encode()


def by_name(query: Query, con: duckdb.DuckDBPyConnection, **values: object) -> Result:
    """Execute the query's own text with its defaults."""
    return answer(
        con, query.sql, {param.name: param.default for param in query.params} | required_arguments(query) | values
    )


def required_arguments(query: Query) -> dict[str, object]:
    """Return the arguments that a query requires."""
    return {param.name: ASKED[param.name] for param in query.params if param.required}


def translated() -> list[Query]:
    """Return the queries that have a Spanish version."""
    return [query for query in QUERIES if any(param.name == "lang" for param in query.params)]


def recorded_calls() -> list[tuple[str, str]]:
    """Return the calls that the expected files about the sync list, as service and operation."""
    texts = ((EXPECTED / f"{name}.csv").read_text().splitlines() for name in ("api_calls", "coverage_gaps"))
    return sorted({(row["service"], row["operation"]) for text in texts for row in DictReader(text)})


@pytest.fixture(scope="module")
def con(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the run file of the sample organization, without the coverage of calls that the expected files do not list.

    The call of a new table would otherwise change the numbers of calls in each answer about the sync.
    """
    run = Path(shutil.copy(demo_run, tmp_path_factory.mktemp("queries")))
    with duckdb.connect(str(run)) as writer:
        writer.execute("create temp table recorded (service varchar, operation varchar)")
        writer.executemany("insert into recorded values (?, ?)", recorded_calls())
        writer.execute("delete from iamsql.coverage where (service, operation) not in (from recorded)")
    with connect_run(run) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def by_cost(step: int = 1) -> list[Any]:
    """Return the queries for `parametrize`. Most of those that evaluate policies are slow, and all but each `step`-th other one."""
    of_all, of_some = ([query for query in QUERIES if query.name in names] for names in (OF_ALL, OF_SOME))
    others = [query for query in QUERIES if query.name not in OF_ALL | OF_SOME]
    return [*slow_after(0, of_all), *slow_but_every(4 * step, of_some), *slow_but_every(step, others)]


@pytest.mark.parametrize("query", by_cost(), ids=lambda query: query.macro)
def test_the_rows_match_the_expected_file(query: Query, con: duckdb.DuckDBPyConnection) -> None:
    assert csv(by_name(query, con)) == (EXPECTED / f"{query.macro}.csv").read_bytes()


@pytest.mark.parametrize("query", by_cost(6), ids=lambda query: query.macro)
def test_the_macro_returns_the_rows_of_the_query(query: Query, con: duckdb.DuckDBPyConnection) -> None:
    needed = ", ".join(f"{name} := '{value}'" for name, value in required_arguments(query).items())
    assert answer(con, f"from {query.macro}({needed})") == by_name(query, con)


@pytest.mark.parametrize("query", translated(), ids=lambda query: query.macro)
def test_the_spanish_rows_match_the_expected_file(query: Query, con: duckdb.DuckDBPyConnection) -> None:
    spanish = by_name(query, con, lang="es")
    assert csv(spanish) == (EXPECTED / f"{query.macro}.es.csv").read_bytes()
    assert answer(con, f"from {query.macro}(lang := 'es')") == spanish


def test_each_expected_file_has_a_query() -> None:
    names = {query.macro for query in QUERIES} | {f"{query.macro}.es" for query in translated()}
    assert {path.name.removesuffix(".csv") for path in EXPECTED.glob("*.csv")} == names


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.macro)
def test_a_query_does_not_read_the_clock(query: Query) -> None:
    assert [*clock_functions(query.sql)] == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.macro)
def test_a_query_has_a_description(query: Query) -> None:
    assert query.title and query.severity and query.tags and len(query.about) > 80


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    with connect_run(sample_run()) as file:
        file.execute("set TimeZone = 'UTC'")
        for each in QUERIES:
            (EXPECTED / f"{each.macro}.csv").write_bytes(csv(by_name(each, file)))
        for each in translated():
            (EXPECTED / f"{each.macro}.es.csv").write_bytes(csv(by_name(each, file, lang="es")))
