"""A statement that reads some columns or some rows of a query has the values of the complete answer: its macro is planned anew."""

from __future__ import annotations

import random
from collections import Counter
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
SUBSETS = 2  # of columns, for each query
USED = "arn:aws:iam::555566667777:user/machines/ledger"  # has used permissions, and others
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def con(demo_run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the run file of the sample organization, without the optimizer pass that iamsql does not use either."""
    with connect_run(demo_run) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize("query", slow_but_every(60, QUERIES), ids=lambda query: query.macro)
def test_columns_and_filters_of_a_query_have_its_values(query: Query, con: duckdb.DuckDBPyConnection) -> None:
    arguments = ", ".join(f"{name} := '{value}'" for name, value in required_arguments(query).items())
    check_subsets(con, f"{query.macro}({arguments})")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["", "days := 7", f"principal := '{USED}'", f"principal := '{USED}', days := 30"])
def test_unused_permissions_has_its_rows_for_each_column(arguments: str, con: duckdb.DuckDBPyConnection) -> None:
    table = f"unused_permissions({arguments})"
    names, rows = answer(con, f"from {table}")
    assert rows
    for index, name in enumerate(names):
        assert texts(answer(con, f'select "{name}" from {table}')[1]) == texts([(row[index],) for row in rows]), name
    principals = sorted({row[names.index("principal")] for row in rows})
    distinct_principals = answer(con, f"select distinct principal from {table} order by 1")[1]
    assert distinct_principals == [(principal,) for principal in principals]


def check_subsets(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Compare the number of rows, subsets of columns and the rows with one value of a column with the complete answer."""
    names, rows = answer(con, f"from {table}")
    assert answer(con, f"select count(*) from {table}")[1] == [(len(rows),)]
    choice = random.Random(table)
    for _ in range(SUBSETS):
        indexes = sorted(choice.sample(range(len(names)), choice.randint(1, len(names))))
        columns = ", ".join(f'"{names[index]}"' for index in indexes)
        expected = [tuple(row[index] for index in indexes) for row in rows]
        assert texts(answer(con, f"select {columns} from {table}")[1]) == texts(expected), columns
    index = choice.randrange(len(names))
    values = Counter(str(row[index]) for row in rows if isinstance(row[index], str))
    if values:
        value = choice.choice(sorted(values))
        counts = con.execute(f'select count(*) from {table} where "{names[index]}" = ?', [value]).fetchall()
        assert counts == [(values[value],)], names[index]


def answer(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], Rows]:
    """Return the columns and the rows of a statement."""
    cursor = con.execute(sql)
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def texts(rows: Rows) -> list[str]:
    """Return rows as sorted texts: a statement without ORDER BY has no order."""
    return sorted(map(str, rows))
