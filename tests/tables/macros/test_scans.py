"""The macro of conditions that DuckDB evaluates in table scans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from iamsql.tables.compiler import run_macros

NAMES = "('StopLogging', 'DeleteTrail')"
# One name in a hundred is searched for; one is NULL.
EVENTS = """
create table events as
select case i % 100 when 0 then 'StopLogging' when 1 then null when 2 then 'UpdateTrail' else 'AssumeRole' end as event_name, i
from range(5000) as r(i)
"""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database with the scalar macros and a table of events."""
    with duckdb.connect() as connection:
        for statement in run_macros.scalar_macros():
            connection.execute(statement)
        connection.execute(EVENTS)
        yield connection


@pytest.mark.parametrize("condition", [f"event_name in {NAMES}", f"event_name not in {NAMES}"])
def test_the_condition_selects_the_same_rows(con: duckdb.DuckDBPyConnection, condition: str) -> None:
    rows = con.execute(f"select count(*) from events where {condition}").fetchall()
    assert rows[0][0] > 0
    assert con.execute(f"select count(*) from events where scan_filter({condition})").fetchall() == rows


def test_the_scan_evaluates_the_condition(con: duckdb.DuckDBPyConnection) -> None:
    assert scanned_rows(con, f"event_name in {NAMES}") == 5000
    assert scanned_rows(con, f"scan_filter(event_name in {NAMES})") == 50


def scanned_rows(con: duckdb.DuckDBPyConnection, condition: str) -> int:
    """Return the number of rows that the table scan returns."""
    sql = f"explain (analyze, format json) select sum(i) from events where {condition}"
    [(_, plan)] = con.execute(sql).fetchall()
    [rows] = [node["intermediate_rows"] for node in nodes(json.loads(plan)["operator"]) if node["type"] == "TABLE_SCAN"]
    return int(rows)


def nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the operators of a plan."""
    for node in plan:
        yield node
        yield from nodes(node.get("children", []))
