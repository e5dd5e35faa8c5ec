"""Each shipped query over the demo organization of a fixed day gives its expected rows, by name and as a macro alike.

`python -m tests.queries.test_queries RUN_FILE` writes the expected files anew; whoever does reads every changed line.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from iamsql.catalog import load, shipped_folder
from iamsql.model import Query, Result
from iamsql.render import write_csv
from tests.conftest import connect_run

EXPECTED = Path(__file__).parent / "expected"
QUERIES = [
    query  # controls have tests of their own
    for versions in load([shipped_folder()]).values()
    for query in versions
    if query.kind != "control"
]
# What a query that needs a value is asked about in the demo organization: the intruder's key, and whose it was; a user
# with few permissions, one of which leads to many; and a role that the whole organization may assume.
ASKED = {
    "questions": '[{"principal": "arn:aws:iam::666677778888:user/ci/deploy", "action": "iam:PassRole"}, '
    '{"principal": "arn:aws:iam::555566667777:user/bruno", "action": "iam:CreateUser"}]',
    "key": "AKIAC4JNQYUPGS2UKPFM",
    "user_name": "svc-backup",
    "principal": "arn:aws:iam::666677778888:user/ci/deploy",
    "action": "iam:PassRole",
    "role": "arn:aws:iam::555566667777:role/open-to-the-organization",
}
VARIES = {"seconds", "finished_at", "run_id", "iamsql_version", "schema_fingerprint", "options"}


def answer(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object] | None = None) -> Result:
    """Return the rows that any DuckDB client gets, without the columns that differ from one sync to the next."""
    cursor = con.execute(sql, values or {})
    names = tuple(column[0] for column in cursor.description or ())
    kept = [place for place, name in enumerate(names) if name not in VARIES]
    rows = [tuple(row[place] for place in kept) for row in cursor.fetchall()]
    return Result(tuple(names[place] for place in kept), rows)


def csv(result: Result) -> bytes:
    """Write the rows as `--output csv` does."""
    stream = io.StringIO(newline="")
    write_csv(result, stream)
    return stream.getvalue().encode()


def by_name(query: Query, con: duckdb.DuckDBPyConnection, **values: object) -> Result:
    """Run the query's own text with its defaults."""
    return answer(con, query.sql, {param.name: param.default for param in query.params} | asked(query) | values)


def asked(query: Query) -> dict[str, object]:
    """Give the values that a query does not do without."""
    return {param.name: ASKED[param.name] for param in query.params if param.required}


def translated() -> list[Query]:
    """List the queries that speak Spanish too."""
    return [query for query in QUERIES if any(param.name == "lang" for param in query.params)]


@pytest.fixture(scope="module")
def con(demo_run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the run file of the sample organization."""
    with connect_run(demo_run) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.macro)
def test_rows_are_as_expected_by_name_and_from_the_macro(query: Query, con: duckdb.DuckDBPyConnection) -> None:
    rows = by_name(query, con)
    assert csv(rows) == (EXPECTED / f"{query.macro}.csv").read_bytes()
    needed = ", ".join(f"{name} := '{value}'" for name, value in asked(query).items())
    assert answer(con, f"from {query.macro}({needed})") == rows


@pytest.mark.parametrize("query", translated(), ids=lambda query: query.macro)
def test_in_spanish(query: Query, con: duckdb.DuckDBPyConnection) -> None:
    spanish = by_name(query, con, lang="es")
    assert csv(spanish) == (EXPECTED / f"{query.macro}.es.csv").read_bytes()
    assert answer(con, f"from {query.macro}(lang := 'es')") == spanish


def test_every_expected_file_has_a_query() -> None:
    names = {query.macro for query in QUERIES} | {f"{query.macro}.es" for query in translated()}
    assert {path.name.removesuffix(".csv") for path in EXPECTED.glob("*.csv")} == names


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.macro)
def test_answers_do_not_depend_on_the_clock(query: Query) -> None:
    words = query.sql.lower()
    assert not any(word in words for word in ("now()", "current_date", "current_timestamp", "today()"))


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.macro)
def test_a_query_explains_itself(query: Query) -> None:
    assert query.title and query.severity and query.tags and len(query.about) > 80


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    with connect_run(Path(sys.argv[1])) as file:
        file.execute("set TimeZone = 'UTC'")
        for each in QUERIES:
            (EXPECTED / f"{each.macro}.csv").write_bytes(csv(by_name(each, file)))
        for each in translated():
            (EXPECTED / f"{each.macro}.es.csv").write_bytes(csv(by_name(each, file, lang="es")))
