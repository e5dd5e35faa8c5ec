"""The translation returns on Sail the values that DuckDB returns, for texts, times and JSON that engines treat differently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.lake.engines.arrow import converters
from iamsql.lake.engines.inline.grammar import parse_query
from iamsql.lake.engines.spark import parse_type, spark_type, to_spark
from iamsql.lake.engines.spark_connect import connect
from tests.lake.engines.certify import sail_server
from tests.lake.engines.compare import plain
from tests.lake.engines.spark.cases import AGGREGATES, COLUMNS, FAMILIES, QUERIES, ROWS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["local", "local-cluster"])
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Any]]:
    """Return DuckDB and a session of a mode of Sail with the same table t."""
    path = tmp_path_factory.mktemp("spark") / "t.parquet"
    with sail_server(request.param) as url, closing(duckdb.connect()) as connection:
        session = session_with(connection, path, url)
        yield connection, session
        session.stop()  # PySpark would wait for ten minutes for the server that was ended


def session_with(connection: duckdb.DuckDBPyConnection, path: Path, url: str) -> Any:
    """Create the table t in both engines, and return the session of the server."""
    declared = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"set TimeZone = 'UTC'; create table t ({declared}); insert into t values {ROWS}")
    connection.execute(f"copy t to '{path}' (format parquet)")
    session = connect(url)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    schema = ", ".join(f"{name} {spark_type(parse_type(kind))}" for name, kind in COLUMNS.items())
    session.read.schema(schema).parquet(str(path)).createOrReplaceTempView("t")
    return session


def differences(engines: tuple[duckdb.DuckDBPyConnection, Any], sql: str) -> str:
    """Return how the answers differ; '' if they do not."""
    connection, session = engines
    cursor = connection.execute(sql)
    convert = converters([str(column[1]).replace('"NULL"', "VARCHAR") for column in cursor.description or ()])
    expected = [plain(row) for row in cursor.fetchall()]
    translated = to_spark(parse_query(sql), {"t": COLUMNS}, is_sail=True).sql
    try:
        columns = session.sql(translated).toArrow().columns
    except Exception as error:
        return f"{sql}\n  {str(error).splitlines()[0]}\n  {translated}"
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    actual = [plain(tuple(of(value) for of, value in zip(convert, row, strict=True))) for row in rows]
    return "" if expected == actual else f"{sql}\n  DuckDB {expected}\n  Spark  {actual}\n  {translated}"


@pytest.mark.parametrize("family", FAMILIES)
def test_expressions(engines: tuple[duckdb.DuckDBPyConnection, Any], family: str) -> None:
    statements = (f"select {expression} as x from t order by k" for expression in FAMILIES[family])
    problems = [difference for sql in statements if (difference := differences(engines, sql))]
    assert not problems, "\n".join(problems)


def test_aggregates(engines: tuple[duckdb.DuckDBPyConnection, Any]) -> None:
    statements = [f"select {aggregate} as x from t" for aggregate in AGGREGATES]
    statements += [f"select b, {aggregate} as x from t group by b order by b" for aggregate in AGGREGATES]
    problems = [difference for sql in statements if (difference := differences(engines, sql))]
    assert not problems, "\n".join(problems)


def test_queries(engines: tuple[duckdb.DuckDBPyConnection, Any]) -> None:
    problems = [difference for sql in QUERIES if (difference := differences(engines, sql))]
    assert not problems, "\n".join(problems)
