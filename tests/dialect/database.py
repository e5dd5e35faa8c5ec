"""A database in memory with tables of many types, and functions that run PostgreSQL's SQL over it."""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb

from iamsql.dialect import translate

ROWS = """
create table t (
    id bigint, doc json, word varchar, made timestamptz, share double, flag boolean, tags json, list varchar[]
);
insert into t values
    (1, '{"a":1,"b":[1,2,{"c":null}]}', 'abc', '2024-01-31 10:00:00+00', 1.5, true, '{"Team":"core"}', ['a', 'b']),
    (2, '[1,"two",null,{"k":"v"}]', 'A_b%', '2024-02-29 00:00:00.5+00', 2.0, false, '{}', []),
    (3, null, null, null, null, null, null, null),
    (4, 'null', '\\x', '2020-01-01 00:00:00+00', -2.5, true, '{"é":[],"a b":"c, d: \\"e\\""}', ['x', null]);
create table aws_organizations_organizational_unit (name varchar, path varchar);
insert into aws_organizations_organizational_unit values
    ('root', 'r_1'), ('dev', 'r_1.ou_dev'), ('web', 'r_1.ou_dev.ou_web'), ('devil', 'r_1.ou_devil');
create table aws_cloudtrail_lookup_event (
    event_id varchar, event_time timestamptz, start_time timestamptz, end_time timestamptz
);
insert into aws_cloudtrail_lookup_event values
    ('early', '2024-01-01 00:00:00+00', null, null), ('late', '2024-01-03 00:00:00+00', null, null);
create table aws_cloudtrail_trail_event (event_name varchar, filter varchar, log_group_name varchar);
insert into aws_cloudtrail_trail_event values ('delivered', null, null), ('logged', null, 'trail'), ('other', null, 'web');
"""
COLUMNS = "select table_name, column_name, data_type from duckdb_columns() where not internal order by column_index"


@cache
def database() -> tuple[duckdb.DuckDBPyConnection, dict[str, dict[str, str]]]:
    """Return a database with the tables above, and their columns with their types."""
    connection = duckdb.connect(config={"temp_directory": ""})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(ROWS)
    columns: dict[str, dict[str, str]] = {}
    for table, column, data_type in connection.execute(COLUMNS).fetchall():
        columns.setdefault(table, {})[column] = data_type
    return connection, columns


def result(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run PostgreSQL's SQL and return the names of the columns and the rows."""
    connection, columns = database()
    translation = translate(sql, columns)
    for macro in translation.macros:
        connection.execute(macro)
    cursor = connection.execute(translation.sql)
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def rows(sql: str) -> list[tuple[Any, ...]]:
    """Run PostgreSQL's SQL and return the rows."""
    return result(sql)[1]


def value(expression: str) -> Any:
    """Return the value of an expression, which may be followed by FROM."""
    return rows(f"select {expression}")[0][0]
