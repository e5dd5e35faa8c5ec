"""The macros of detections for bursts and networks, over a few events."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from iamsql.tables.compiler import run_macros

# Two events in the same second, one 59 minutes later, and one more than an hour after that; a region can be NULL.
CALLS = """
create table calls as
select * from (values
    ('ann', timestamp '2026-03-01 10:00:00', 'e2', 'eu-west-1'),
    ('ann', timestamp '2026-03-01 10:00:00', 'e1', null),
    ('ann', timestamp '2026-03-01 10:59:00', 'e3', 'eu-west-1'),
    ('ann', timestamp '2026-03-01 12:00:00', 'e4', 'us-east-1'),
    ('bo', timestamp '2026-03-01 10:00:30', 'e5', 'us-east-1')
) as calls(actor, event_time, event_id, region)
"""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database with the scalar macros and a table of events."""
    with duckdb.connect() as connection:
        for statement in run_macros.scalar_macros():
            connection.execute(statement)
        connection.execute(CALLS)
        yield connection


def test_a_burst_ends_with_a_pause(con: duckdb.DuckDBPyConnection) -> None:
    sql = "select c.event_id, burst_start([c.actor], c.event_time, c.event_id, 60) from calls as c order by c.event_id"
    assert con.execute(sql).fetchall() == [("e1", 1), ("e2", 0), ("e3", 0), ("e4", 1), ("e5", 1)]


def test_the_first_call_of_a_group(con: duckdb.DuckDBPyConnection) -> None:
    sql = "select c.actor, first_call(c) as first_call from calls as c group by c.actor"
    fields = "f.actor, f.first_call.event_id, f.first_call.region"
    rows = con.execute(f"select {fields} from ({sql}) as f order by f.actor").fetchall()
    assert rows == [("ann", "e1", None), ("bo", "e5", "us-east-1")]


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.7", "203.0.113"), ("2001:db8:1:2::7", "2001:db8:1"), ("iam.amazonaws.com", "iam.amazonaws.com")],
)
def test_the_network_of_an_address(con: duckdb.DuckDBPyConnection, address: str, network: str) -> None:
    assert con.execute("select network_of(?)", [address]).fetchone() == (network,)


def test_a_time_in_text(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select time_text(timestamp '2026-03-01 10:00:00.5')").fetchone() == ("2026-03-01 10:00:00",)
