"""A call whose coverage counts more items than the raw tables have."""

from __future__ import annotations

import duckdb
import pytest

from iamsql.runs.coverage.item_counts import (
    Difference,
    differences_clause,
    differences_from_rows,
    items_select,
    raw_tables,
)

ACCOUNT = "111111111111"
TABLE = raw_tables()["iam", "ListUsers"][0]
COVERAGE = "account_id, region, service, operation, status, items"


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """Return a database with two users in a raw table, and no coverage."""
    connection = duckdb.connect()
    connection.execute("create schema raw; create schema iamsql")
    connection.execute(
        f"create table raw.{TABLE} as from (values ('{ACCOUNT}', 'global'), ('{ACCOUNT}', 'global')) t(account_id, region)"
    )
    connection.execute(
        "create table iamsql.coverage as select '' as account_id, '' as region, '' as service, '' as operation, "
        "'' as status, 0::bigint as items where false"
    )
    return connection


def found(connection: duckdb.DuckDBPyConnection, *rows: tuple[object, ...]) -> list[Difference]:
    """Return the differences for rows of coverage."""
    for row in rows:
        connection.execute(f"insert into iamsql.coverage ({COVERAGE}) values (?, ?, ?, ?, ?, ?)", row)
    return differences_from_rows(connection.sql(items_select({f"raw.{TABLE}"})).fetchall())


def test_as_many_items_as_counted_or_more_are_not_a_difference(connection: duckdb.DuckDBPyConnection) -> None:
    row = (ACCOUNT, "global", "iam", "ListUsers", "ok")
    assert found(connection, (*row, 2), (*row, 1)) == []


@pytest.mark.parametrize(
    ("account", "operation", "items", "stored"),
    [(ACCOUNT, "ListUsers", 3, 2), ("222222222222", "ListUsers", 1, 0), (ACCOUNT, "ListRoles", 1, 0)],
)
def test_fewer_items_than_counted_are_a_difference(
    account: str, operation: str, items: int, stored: int, connection: duckdb.DuckDBPyConnection
) -> None:
    expected = Difference(account, "global", "iam", operation, items, stored)
    assert found(connection, (account, "global", "iam", operation, "ok", items)) == [expected]


@pytest.mark.parametrize(("operation", "status"), [("ListUsers", "partial"), ("NoSuchCall", "ok")])
def test_only_complete_and_known_calls_are_compared(
    operation: str, status: str, connection: duckdb.DuckDBPyConnection
) -> None:
    assert found(connection, (ACCOUNT, "global", "iam", operation, status, 9)) == []


def test_the_sentence_counts_accounts() -> None:
    rows = [Difference(account, region, "iam", "ListUsers", 1, 0) for account in "12" for region in ("a", "b")]
    rows.append(Difference("1", "a", "ec2", "DescribeVpcs", 1, 0))
    assert differences_clause(rows) == (
        "it lacks items that its coverage counts: ec2:DescribeVpcs (1 account), iam:ListUsers (2 accounts)"
    )
