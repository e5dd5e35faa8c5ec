"""An answer has the same rows in the same order with one thread and with four, and however the rows of tables are stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.catalog import load, shipped_folder
from iamsql.model import Query
from tests.conftest import connect_run
from tests.queries.test_queries import required_arguments
from tests.tiers import slow_but_every

QUERIES = [query for versions in load([shipped_folder()]).values() for query in versions]
Runs = dict[str, duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def runs(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Open the sample organization with one thread, and a copy where the rows of each table are in another order with four."""
    folder = tmp_path_factory.mktemp("orders")
    stored = Path(shutil.copy(demo_run, folder / "stored.duckdb"))
    shuffled = Path(shutil.copy(demo_run, folder / "shuffled.duckdb"))
    with duckdb.connect(str(shuffled)) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        for schema, table in tables:
            con.execute(f'create or replace temp table rows as from "{schema}"."{table}" order by hash(rowid + 17)')
            con.execute(f'delete from "{schema}"."{table}"')
            con.execute(f'insert into "{schema}"."{table}" from rows')
    with connect_run(stored) as one, connect_run(shuffled) as four:
        one.execute("set threads = 1")
        four.execute("set threads = 4")
        yield {"stored": one, "shuffled": four}


@pytest.mark.parametrize("query", slow_but_every(60, QUERIES), ids=lambda query: query.macro)
def test_an_answer_does_not_depend_on_the_order_of_rows(query: Query, runs: Runs) -> None:
    values = {param.name: param.default for param in query.params} | required_arguments(query)
    stored, shuffled = (_rows(con, query.sql, values) for con in runs.values())
    assert shuffled == stored


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    con.execute("set TimeZone = 'UTC'")
    return con.execute(sql, values).fetchall()
