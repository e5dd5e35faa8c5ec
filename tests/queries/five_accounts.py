"""A small run file of five accounts with data that could not be read, which the sample organization seldom has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from iamsql.runs.file.template import template
from iamsql.runs.store.run_schema import TABLES
from iamsql.tables.compiler import compiler
from iamsql.tables.fragments import events as _events
from iamsql.tables.registry import all_tables
from tests.conftest import reading

NOON = "2026-03-01 12:00:00+00"
REPORT_TIME = "2026-03-01 09:00:00+00"
READ, BLIND, SHUT, GONE, CLEAN = "111111111111", "222222222222", "333333333333", "444444444444", "555555555555"
CALLS = (
    ("sts", "AssumeRole"),
    ("iam", "GetAccountAuthorizationDetails"),
    ("iam", "GetCredentialReport"),
    ("iam", "GetAccountSummary"),
    ("iam", "ListVirtualMFADevices"),
    ("iam", "ListAccessKeys"),
    ("cloudtrail", "LookupEvents"),
)
UNREAD = {SHUT: ("not_requested", "AssumeRole"), GONE: ("skipped", "account_suspended")}
# Views of other tables.
DERIVED = ("aws_iam_document", "aws_iam_statement", "aws_iam_principal_policy")
Rows = Sequence[Mapping[str, Any]]

ACCOUNTS: Rows = [
    {"account_id": READ, "name": "complete", "state": "ACTIVE", "outcome": "complete", "role_used": "iamsql-audit"},
    {"account_id": BLIND, "name": "blind", "state": "ACTIVE", "outcome": "incomplete", "role_used": "iamsql-audit"},
    {
        "account_id": SHUT,
        "name": "shut",
        "state": "ACTIVE",
        "outcome": "assume_role_failed",
        "reason": "AccessDenied: no",
    },
    {"account_id": GONE, "name": "gone", "state": "SUSPENDED", "outcome": "inactive", "reason": "suspended"},
    {"account_id": CLEAN, "name": "clean", "state": "ACTIVE", "outcome": "complete", "role_used": "iamsql-audit"},
]
SUMMARIES: Rows = [
    {
        "account_id": READ,
        "account_access_keys_present": 1,
        "account_mfa_enabled": True,
        "account_password_present": True,
    },
    {"account_id": BLIND, "account_access_keys_present": 0, "account_mfa_enabled": False},
    {
        "account_id": CLEAN,
        "account_access_keys_present": 0,
        "account_mfa_enabled": False,
        "account_password_present": False,
    },
]
REPORT: Rows = [
    {"account_id": READ, "user_name": "<root_account>", "mfa_active": True, "password_enabled": True}
    | {"access_key_1_active": False, "access_key_2_active": False, "password_last_used": "2025-01-01 00:00:00+00"},
    {"account_id": READ, "user_name": "ann", "mfa_active": True, "password_enabled": True},
    {"account_id": CLEAN, "user_name": "<root_account>", "mfa_active": False, "password_enabled": False}
    | {"access_key_1_active": False, "access_key_2_active": False},
]
USERS: Rows = [
    {
        "account_id": READ,
        "name": "ann",
        "create_date": "2020-01-01 00:00:00+00",
        "password_enabled": True,
        "mfa_enabled": True,
    }
    | {"mfa_devices": [{"SerialNumber": f"arn:aws:iam::{READ}:mfa/virtual-ann"}], "groups": [{"GroupName": "all"}]},
    {"account_id": READ, "name": "late", "create_date": "2026-03-01 10:00:00+00"},
    {"account_id": BLIND, "name": "dan", "create_date": "2020-01-01 00:00:00+00"},
]
GROUPS: Rows = [{"account_id": READ, "name": "all", "attached_policy_arns": [f"arn:aws:iam::{READ}:policy/all"]}]
ALL = {"Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}
POLICIES: Rows = [
    {"account_id": READ, "name": "all", "arn": f"arn:aws:iam::{READ}:policy/all", "policy": ALL, "policy_std": ALL}
]
KEYS: Rows = [
    # Made 90 days and one second, 90 days, and a second less than 90 days before noon, all used an hour before.
    {"access_key_id": f"AKIA{time}", "create_date": f"2025-12-01 {time}+00", "user_name": "ann", "account_id": READ}
    | {"status": "Active", "last_used_known": True, "access_key_last_used_date": "2026-03-01 11:00:00+00"}
    for time in ("11:59:59", "12:00:00", "12:00:01")
] + [
    {"access_key_id": "AKIAUNKNOWN", "create_date": "2026-01-10 00:00:00+00", "user_name": "dan", "account_id": BLIND}
    | {"status": "Active", "last_used_known": False},
    {"access_key_id": "AKIAYOUNG", "create_date": "2026-02-10 00:00:00+00", "user_name": "dan", "account_id": BLIND}
    | {"status": "Active", "last_used_known": False},
]


def sign_in(kind: str, name: str, outcome: str, at: str, event_id: str, **members: Any) -> dict[str, Any]:
    """Return the record of a console sign-in in the home region."""
    identity = {"type": kind, "accountId": READ} | ({"userName": name} if kind == "IAMUser" else {})
    call = {"eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "eventType": "AwsConsoleSignIn"}
    context = {"eventID": event_id, "eventTime": at, "awsRegion": "us-east-1", "recipientAccountId": READ}
    return {
        "userIdentity": identity,
        **call,
        **context,
        "readOnly": False,
        "responseElements": {"ConsoleLogin": outcome},
    } | members


EVENTS: Rows = [
    sign_in("Root", "root", "Failure", "2026-02-20T08:00:00Z", "1"),
    sign_in("IAMUser", "root", "Success", "2026-02-22T08:00:00Z", "2"),
]
# The records of DELIVERED come from look-ups, unless a record has another data_source.
DELIVERED = """
select cast(null as varchar) as account_hint, cast(null as varchar) as region_hint, item -> '$.event' as event,
  coalesce(item ->> '$.data_source', 'event_history') as data_source, item ->> '$.log_file' as log_file,
  item -> '$.lookup_resources' as lookup_resources, row_number() over () as position,
  timestamptz '2026-03-01 12:00:00+00' as synced_at
from (select unnest(from_json(?, '["JSON"]')) as item)
"""


def make_small(path: Path, rows: Mapping[str, Rows] | None = None, records: Rows = EVENTS) -> Path:
    """Write the file, a copy of the template of run files; `rows` replace the default rows of a table."""
    shutil.copyfile(template(), path)
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        types = {f"iamsql.{name}": _split(text) for name, text in TABLES.items()}
        for name, some in (default_rows() | dict(rows or {})).items():
            con.execute(f"delete from {name}")
            _fill(con, name, types.get(name) or _typed(name), some)
        items = [record if "event" in record else {"event": record} for record in records]
        con.execute(_events.insert_events(_events.parse_records(DELIVERED)), [json.dumps(items)])
        for name in DERIVED:
            con.execute(f"insert into {name} by name {compiler.select(all_tables()[name])}")
    return path


def rows(path: Path, macro: str, zone: str = "UTC") -> list[dict[str, Any]]:
    """Return the rows of a macro, as any DuckDB client reads them."""
    with reading(path) as con:
        con.execute(f"set TimeZone = '{zone}'")
        cursor = con.execute(f"from {macro}")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_account(path: Path, macro: str, column: str) -> dict[str, Any]:
    """Return one column of a macro's rows by account."""
    return {row["account_id"]: row[column] for row in rows(path, macro)}


def _split(columns: str) -> dict[str, str]:
    return dict(part.rsplit(" ", 1) for part in columns.replace('"', "").split(", "))


def _typed(name: str) -> dict[str, str]:
    relation = all_tables()[name]
    common = {"account_id": "text", "region": "text"} if relation.common_columns != "none" else {}
    return common | {column.name: column.type for column in (*relation.columns, *relation.extra_columns)}


def default_rows() -> dict[str, Rows]:
    """Return the rows of each table except events."""
    window = {"window_start": "2025-12-01 12:00:00+00", "window_end": NOON, "started_at": NOON}
    report = [row | {"generated_time": REPORT_TIME} for row in map(dict, REPORT)]
    return {
        "iamsql.run": [
            {"run_id": "small", "partition": "aws", "organization_id": "o-small", "status": "incomplete"} | window
        ],
        "iamsql.accounts": [{"selected": True, **row, "position": position} for position, row in enumerate(ACCOUNTS)],
        "iamsql.coverage": [_call(account["account_id"], *call) for account in ACCOUNTS for call in CALLS],
        "iamsql.table_calls": [
            {"table_name": "aws_iam_user", "service": "iam", "operation": "GetAccountAuthorizationDetails"},
            {"table_name": "aws_cloudtrail_lookup_event", "service": "cloudtrail", "operation": "LookupEvents"},
        ],
        "aws_iam_account_summary": SUMMARIES,
        "aws_iam_credential_report": report,
        "aws_iam_user": USERS,
        "aws_iam_group": GROUPS,
        "aws_iam_policy": POLICIES,
        "aws_iam_access_key": KEYS,
    }


def _call(account: str, service: str, operation: str) -> dict[str, Any]:
    status, code = "ok", None
    if account == BLIND and operation in ("GetCredentialReport", "LookupEvents"):
        status, code = "denied", "AccessDenied"
    elif account in UNREAD:
        status, code = UNREAD[account]
        if account == SHUT and service == "sts":
            status, code = "denied", "AccessDenied"
    return {"account_id": account, "service": service, "operation": operation, "status": status, "error_code": code}


def _fill(con: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], rows: Rows) -> None:
    shape = json.dumps([{name: kind.upper().replace("TEXT", "VARCHAR") for name, kind in types.items()}])
    con.execute(
        f"insert into {table} by name select unnest(from_json(?, ?), recursive := true)", [json.dumps(rows), shape]
    )
