"""A run file with the tables of the public conformance cases, and the tables that only a run file has."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

import duckdb

from iamsql.model import Query
from iamsql.runs.store.run_schema import AS_OF, TABLES
from iamsql.sqltext import identifier
from iamsql.tables.compiler import compiler, run_macros
from iamsql.tables.registry import all_tables
from tests.conftest import SHARED

CONFORMANCE = SHARED / "conformance"
COLUMNS = "select table_name, lower(column_name) from duckdb_columns() where schema_name = 'main' and not internal"
ACCOUNTS = """
insert into iamsql.accounts by name
select a.account_id, a.title as name, 'ACTIVE' as state, true as selected, 'complete' as outcome,
    row_number() over (order by a.account_id) as position
from aws_account as a
"""
RUN = """
insert into iamsql.run by name
select 'estate' as run_id, $now::timestamptz as started_at, 'aws' as "partition", $print as schema_fingerprint, '{}' as options,
    'complete' as status, max(a.organization_id) as organization_id,
    max(a.organization_master_account_id) as management_account_id
from aws_account as a
"""
KNOWN = (
    "update aws_iam_access_key set last_used_known = true",
    "update aws_iam_user set password_enabled = login_profile is not null",
)


def loader() -> ModuleType:
    """Import the module that loads the cases."""
    sys.path.insert(0, str(CONFORMANCE))
    try:
        return import_module("load_estate")
    finally:
        sys.path.remove(str(CONFORMANCE))


def build(path: Path) -> None:
    """Write a run file with the columns that iamsql has, where each account was read completely."""
    cases = loader()
    now = cases.current()
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        cases.load(connection, now=now)
        connection.execute("create schema iamsql; create schema raw")
        for name, columns in TABLES.items():
            connection.execute(f"create table iamsql.{name} ({columns})")
        connection.execute(RUN, {"now": now, "print": compiler.fingerprint()})
        for statement in (ACCOUNTS, AS_OF.format(""), *run_macros.scalar_macros(), *_lacking(connection), *KNOWN):
            connection.execute(statement)
        create_macros(connection)


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros that controls call, except those over tables that the cases lack."""
    for statement in (*run_macros.stubs(), *run_macros.table_macros()):
        with suppress(duckdb.CatalogException, duckdb.BinderException):
            connection.execute(statement)


def _lacking(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the statements that add the columns that the cases lack."""
    columns_of: dict[str, set[str]] = {}
    for table, column in connection.execute(COLUMNS).fetchall():
        columns_of.setdefault(table, set()).add(column)
    return [
        f"alter table {identifier(name)} add column {identifier(column.name)} {compiler.duckdb_type(column)}"
        for name, table in all_tables().items()
        if name in columns_of
        for column in compiler.columns(table)
        if column.name not in columns_of[name]
    ]


def expected(case: str) -> list[Mapping[str, str]]:
    """Return the rows that a case lists."""
    rows = json.loads((CONFORMANCE / "expected" / f"comp__{case}.json").read_text(encoding="utf-8"))
    names = [column["name"] for column in rows["columns"]]
    return [dict(zip(names, row, strict=True)) for row in rows["rows"]]


def explains_difference(control: Query) -> bool:
    """Return whether a control's description says how it differs from the public control."""
    return "Powerpipe control" in " ".join(control.about.split())
