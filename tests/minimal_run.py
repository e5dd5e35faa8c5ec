"""Small run files that are written with SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from iamsql.runs.store.run_schema import API_CALLS, TABLES
from iamsql.tables.compiler import compiler

ACCOUNTS = (
    ("111111111111", "main", "ACTIVE", "complete", ""),
    ("222222222222", "app", "ACTIVE", "complete", ""),
    ("333333333333", "shut", "ACTIVE", "assume_role_failed", "AccessDenied: no"),
    ("444444444444", "old", "SUSPENDED", "inactive", ""),
)
USERS = ("aws_iam_user", "iam", "GetAccountAuthorizationDetails", None)
CALLS = (
    USERS,
    ("aws_iam_user", "iam", "ListUsers", "GetAccountAuthorizationDetails"),
    ("aws_iam_user", "iam", "ListGroupsForUser", "GetAccountAuthorizationDetails"),
    ("aws_iam_credential_report", "iam", "GetCredentialReport", None),
    ("aws_cloudtrail_lookup_event", "cloudtrail", "LookupEvents", None),
    ("aws_iam_role", "iam", "ListEverything", None),
)
COMPLETE = tuple((account, "iam", "GetAccountAuthorizationDetails", "ok", None) for account, *_ in ACCOUNTS)
GAPS = (
    ("111111111111", "iam", "GetAccountAuthorizationDetails", "ok", None),
    ("222222222222", "iam", "GetAccountAuthorizationDetails", "denied", "AccessDenied"),
    ("333333333333", "sts", "AssumeRole", "denied", "AccessDenied"),
    ("333333333333", "iam", "GetAccountAuthorizationDetails", "not_requested", "AssumeRole"),
    ("444444444444", "iam", "GetAccountAuthorizationDetails", "skipped", "account_suspended"),
    ("555555555555", "iam", "GetAccountAuthorizationDetails", "skipped", "account_not_selected"),
    ("111111111111", "iam", "ListEverything", "skipped", "not_selected"),
    ("111111111111", "cloudtrail", "LookupEvents", "ok", None),
    ("222222222222", "cloudtrail", "LookupEvents", "error", "InternalError"),
)
FALLBACKS = (
    ("222222222222", "iam", "ListUsers", "ok", None),
    ("222222222222", "iam", "ListGroupsForUser", "ok", None),
)


Coverage = tuple[tuple[str | None, ...], ...]


def make_run(
    path: Path, coverage: Coverage = COMPLETE, fingerprint: str = "", statements: tuple[str, ...] = ()
) -> Path:
    """Write a run file with a few users and the given coverage, and execute more statements."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_content(coverage, fingerprint, statements))
    return path


@cache
def _content(coverage: Coverage, fingerprint: str, statements: tuple[str, ...]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "run.duckdb")
        _write(path, coverage, fingerprint or compiler.fingerprint(), statements)
        return path.read_bytes()


def _write(path: Path, coverage: Coverage, fingerprint: str, statements: tuple[str, ...]) -> None:
    con = duckdb.connect(str(path))
    con.execute("set TimeZone = 'UTC'; create schema iamsql; create schema raw")
    for name, columns in TABLES.items():
        con.execute(f"create table iamsql.{name} ({columns})")
    con.execute(API_CALLS)
    con.execute(
        "insert into iamsql.run by name select $id as run_id, '2026-03-01 10:00:00+00'::timestamptz as started_at,"
        " $print as schema_fingerprint, 'aws' as \"partition\", '{}' as options, 'incomplete' as status,"
        " '2025-12-01 00:00:00+00'::timestamptz as window_start, '2026-03-01 10:00:00+00'::timestamptz as window_end",
        {"id": "20260301T100000Z-o-1", "print": fingerprint},
    )
    _fill(con, "table_calls", ("table_name", "service", "operation", "fallback_for"), CALLS)
    _fill(con, "accounts", ("account_id", "name", "state", "outcome", "reason"), ACCOUNTS)
    _fill(con, "coverage", ("account_id", "service", "operation", "status", "error_code"), coverage)
    for statement in (
        "create table aws_iam_user as select * from (values ('111111111111', 'ana', 10), ('222222222222', 'bo', 20))"
        " t(account_id, name, age)",
        "create table aws_cloudtrail_lookup_event (account_id varchar, event_name varchar)",
        "create table aws_iam_role (account_id varchar, name varchar)",
        "create table raw.iam_list_users as select '111111111111' as account_id, '{\"UserName\": \"ana\"}'::json as item",
        "create macro as_of() as (select started_at from iamsql.run)",
        "create macro old_users(days := 15) as table select name from aws_iam_user where age > days",
        "create view grown as select * from old_users(days := 5)",
        *statements,
    ):
        con.execute(statement)
    con.close()


def _fill(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> None:
    text = json.dumps([dict(zip(columns, row, strict=True)) for row in rows])
    shape = json.dumps([dict.fromkeys(columns, "VARCHAR")])
    con.execute(f"insert into iamsql.{table} by name select unnest(from_json(?, ?), recursive := true)", [text, shape])
