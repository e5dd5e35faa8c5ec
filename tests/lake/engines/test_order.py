"""The ORDER BY of each shipped query determines the order of its rows, which other engines would otherwise sort differently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import duckdb
import pytest

from iamsql.catalog import bind
from tests.conftest import connect_run, sample_run
from tests.lake.engines.arguments import arguments
from tests.lake.engines.catalogue import newest
from tests.lake.engines.compare import determines_order


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(connect_run(sample_run())) as opened:
        opened.execute("set TimeZone = 'UTC'")
        yield opened


@pytest.mark.slow
def test_the_order_is_determined(connection: duckdb.DuckDBPyConnection) -> None:
    undetermined = [
        query.name
        for query in newest().values()
        for argument_set in arguments(query)
        if not determines_order(connection, query, bind(query, argument_set), attempts=2)
    ]
    assert undetermined == []


def test_rows_with_equal_keys_are_found(connection: duckdb.DuckDBPyConnection) -> None:
    query = newest()["coverage_gaps"]
    without_key = replace(query, sql=query.sql.replace(", c.items desc, c.error_message", ""))
    assert not determines_order(connection, without_key, bind(query, {}), attempts=40)
