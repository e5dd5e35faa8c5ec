"""A table declares the calls that return some of its columns and no rows: with such a call denied, the rows remain.

An answer that reads none of these columns does not depend on the call. Otherwise, a denied credential report would make
controls of inline policies unknown. Each call is denied together with the calls that replace it, in an account with items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pytest

from iamsql.model import Call
from iamsql.runs.coverage.joined_calls import columns_of_calls
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_tables
from tests.controls.control_results import calls_by_control
from tests.controls.denials import ACCOUNTS, CALLS, MADE_ONCE, MANAGEMENT, denied, undisturbed
from tests.controls.test_denied import ALONE
from tests.sync.syncs import query
from tests.tiers import share

# Operations that several services have: `denied` denies them in all of these services.
REPEATED = {
    name for name in {call.operation for call in CALLS} if len({c.service for c in CALLS if c.operation == name}) > 1
}
ITEMS = "select account_id, sum(items) from iamsql.coverage where (service, operation) = (?, ?) group by all order by 2 desc, 1"
HIDDEN = ("_ctx", "sp_ctx", "synced_at")
# The controls that depend on the credential report. The others read no column that it returns.
OF_REPORT = {
    "access_key_inactive_removed", "access_key_never_used", "access_key_unused", "admin_mfa", "principal_escalation",
    "root_last_used", "user_console_mfa", "user_mfa", "user_mfa_hardware", "user_no_console_and_keys",
    "user_no_key_at_setup", "user_password_age", "user_temporary_credentials", "user_unused_credentials",
    "user_unused_password", "users_central",
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A call and the operations that replace it."""

    call: Call
    operations: tuple[str, ...]


Round = dict[str, Group]  # the calls that are denied at once, by account


@cache
def rounds() -> list[Round]:
    """Return the calls that returned items in the sample organization, each in a round and in an account with items."""
    all_rounds: list[Round] = []
    for call in CALLS:
        if call.fallback_for or call.part or call.operation in ALONE | REPEATED:
            continue
        group = Group(call, (call.operation, *(other.operation for other in CALLS if other.fallback_for == call)))
        accounts = [MANAGEMENT] if (call.service, call.operation) in MADE_ONCE else _accounts_with_items(call)
        places = ((one, account) for one in all_rounds for account in accounts if account not in one)
        one, account = next(places, ({}, accounts[0] if accounts else ""))
        if account:
            one[account] = group
            all_rounds += [] if any(one is other for other in all_rounds) else [one]
    return all_rounds


def _accounts_with_items(call: Call) -> list[str]:
    """Return the accounts where a call returned items, the account with the most items first."""
    rows = query(undisturbed(), ITEMS, call.service, call.operation)
    return [account for account, items in rows if items and account in ACCOUNTS]


ROUNDS = 16  # at most: any further rounds have no groups


@pytest.mark.slow
@pytest.mark.parametrize("number", share(5, range(ROUNDS)))
def test_a_call_changes_the_columns_that_a_table_declares(tmp_path: Path, number: int) -> None:
    assert len(rounds()) <= ROUNDS
    groups = rounds()[number] if number < len(rounds()) else {}
    path = denied(tmp_path / "run.duckdb", {account: group.operations for account, group in groups.items()})
    con = duckdb.connect()
    con.execute(
        f"set TimeZone = 'UTC'; attach '{undisturbed()}' as before (read_only); attach '{path}' as now (read_only)"
    )
    wrong = {
        f"{name} {group.call.service}:{group.call.operation} in {account}": problem
        for account, group in groups.items()
        for name, relation in all_tables().items()
        if relation.stored and group.call in relation.calls and (problem := _problem(con, name, group.call, account))
    }
    assert wrong == {}


def _problem(con: duckdb.DuckDBPyConnection, name: str, call: Call, account: str) -> str:
    """Return what the declaration of a table lacks, by the rows of the account before and after the call was denied."""
    key = f"{call.service}:{call.operation}"
    relation, declared = all_tables()[name], columns_of_calls(name).get(key)
    columns = [column.name for column in compiler.columns(relation) if column.name not in HIDDEN]
    keys = [column for column in relation.key if column in columns]
    is_of_account = "account_id" in columns and (call.service, call.operation) not in MADE_ONCE
    of_account = f"where account_id = '{account}'" if is_of_account else ""
    before, now = (_rows(con, f"{side}.main.{name} {of_account}", keys, columns) for side in ("before", "now"))
    if before.keys() != now.keys():
        return f"the rows depend on it, but it is declared for {sorted(declared)}" if declared else ""
    changed = {
        column for row, values in before.items() for column, value in values.items() if now[row][column] != value
    }
    if declared is None:
        return f"it returns only the columns {sorted(changed)}" if changed else ""
    return f"it also returns {sorted(changed - declared)}" if changed - declared else ""


def _rows(
    con: duckdb.DuckDBPyConnection, table: str, keys: list[str], columns: list[str]
) -> Mapping[tuple[object, ...], dict[str, object]]:
    """Return the rows of a table by key."""
    selected_columns = ", ".join(f'"{column}"::varchar' for column in columns)
    rows = con.execute(f"select {selected_columns} from {table}").fetchall()
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    return {tuple(row[column] for column in keys): row for row in records}


@pytest.mark.slow
def test_controls_depend_on_the_credential_report_only_if_they_read_its_columns() -> None:
    calls_of_control = calls_by_control(undisturbed())
    report = ("iam", "GetCredentialReport", None)
    assert {
        name for name, tables in calls_of_control.items() if any(report in calls for calls in tables.values())
    } == OF_REPORT
    assert {name for name in calls_of_control if name.startswith("inline_")} & OF_REPORT == set()
