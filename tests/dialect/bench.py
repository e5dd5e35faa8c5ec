"""A file in memory, and PostgreSQL's SQL run over it: what the tests of the dialect share."""

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
def file() -> tuple[duckdb.DuckDBPyConnection, dict[str, dict[str, str]]]:
    """Give an open file with the tables above, and their columns."""
    connection = duckdb.connect(config={"temp_directory": ""})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(ROWS)
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(COLUMNS).fetchall():
        columns.setdefault(table, {})[column] = kind
    return connection, columns


def ran(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run PostgreSQL's SQL and give the names of the columns and the rows."""
    connection, columns = file()
    translated = translate(sql, columns)
    for macro in translated.macros:
        connection.execute(macro)
    cursor = connection.execute(translated.sql)
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def rows(sql: str) -> list[tuple[Any, ...]]:
    """Run PostgreSQL's SQL and give the rows."""
    return ran(sql)[1]


def value(sql: str) -> Any:
    """Give the one value of an expression without tables."""
    return rows(f"select {sql}")[0][0]
