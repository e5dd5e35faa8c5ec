"""Each shipped query returns the same without macros and views, on a database with nothing but the stored tables."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from iamsql.catalog import load, shipped_folder
from iamsql.lake.engines.definitions import definitions
from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.expand import inline
from iamsql.lake.engines.inline.grammar import to_duckdb_text
from iamsql.model import Query
from tests.conftest import connect, connect_run, sample_run
from tests.queries.test_queries import required_arguments

NEWEST = [versions[-1] for versions in load([shipped_folder()]).values()]
REFUSED = {"principal_report": "too large"}  # the reason by the name of the query

Databases = tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    """Yield a connection to the sample run, and one to a database with its stored tables, both in UTC."""
    plain = connect()
    plain.execute(f"attach '{sample_run()}' as run (read_only)")
    tables = plain.execute("select schema_name, table_name from duckdb_tables() where database_name = 'run'").fetchall()
    for schema in {schema for schema, _ in tables} - {"main"}:
        plain.execute(f"create schema {schema}")
    for schema, table in tables:
        plain.execute(f'create table {schema}."{table}" as from run.{schema}."{table}"')
    plain.execute("detach run")
    run = connect_run(sample_run())
    for connection in (run, plain):
        connection.execute("set TimeZone = 'UTC'")
    yield run, plain
    run.close()
    plain.close()


def values_of(query: Query) -> dict[str, object]:
    """Return the values of the parameters: the defaults, and for the others the values in the tests of queries."""
    return {param.name: param.default for param in query.params} | required_arguments(query)


@pytest.mark.slow
@pytest.mark.parametrize("query", NEWEST, ids=lambda query: query.name)
def test_same_answer(query: Query, databases: Databases) -> None:
    run, plain = databases
    try:
        text = to_duckdb_text(inline(query.sql, definitions(), values_of(query)))
    except InlineError as error:
        assert REFUSED.get(query.name) == error.reason
        return
    assert query.name not in REFUSED
    expected, actual = run.execute(query.sql, values_of(query)), plain.execute(text)
    assert [column[:2] for column in actual.description or ()] == [column[:2] for column in expected.description or ()]
    assert [repr(row) for row in actual.fetchall()] == [repr(row) for row in expected.fetchall()]


@pytest.mark.slow
def test_no_macro_is_left() -> None:
    all_definitions = definitions()
    for query in NEWEST[4::40]:
        text = to_duckdb_text(inline(query.sql, all_definitions, values_of(query))).lower()
        assert not [name for name in all_definitions.macros if f" {name}(" in text]
