"""A table declares the calls that return some of its columns and no rows: with such a call denied, the rows remain.

An answer that reads none of these columns does not depend on the call. Otherwise, a denied credential report would make
controls of inline policies unknown. Each call is denied together with the calls that replace it, in the account with the most
items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pytest

from iamsql.lineage import columns_of_calls
from iamsql.model import Call
from iamsql.schema import compiler
from iamsql.schema.registry import all_tables
from tests.controls.control_results import calls_by_control
from tests.controls.denials import ACCOUNTS, CALLS, MADE_ONCE, MANAGEMENT, denied, undisturbed
from tests.tiers import share

# Tables of which a call has rows that a copy of the run cannot show, with the reason.
UNSEEN: dict[tuple[str, str], str] = {}
ITEMS = "select account_id, sum(items) from iamsql.coverage where (service, operation) = ($1, $2) group by all order by 2 desc, 1"
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
    """A call and the operations that replace it, with the account in which they are denied."""

    call: Call
    operations: tuple[str, ...]
    account: str


@cache
def groups() -> list[Group]:
    """Return the calls that returned items in some account of the sample organization."""
    found = []
    for call in CALLS:
        if call.fallback_for or call.part:
            continue
        others = tuple(other.operation for other in CALLS if other.fallback_for == call)
        account = MANAGEMENT if (call.service, call.operation) in MADE_ONCE else _largest(call)
        if account:
            found.append(Group(call, (call.operation, *others), account))
    return found


def _largest(call: Call) -> str:
    """Return the account with the most items of a call; '' if no account has any."""
    con = duckdb.connect(str(undisturbed()), read_only=True)
    with con:
        rows = con.execute(ITEMS, [call.service, call.operation]).fetchall()
    return next((account for account, items in rows if items and account in ACCOUNTS), "")


@cache
def rounds() -> list[list[Group]]:
    """Return lists of groups, each in another account, so that one run file shows the effects of each."""
    found: list[list[Group]] = []
    for group in groups():
        free = (one for one in found if group.account not in {other.account for other in one})
        chosen = next(free, None)
        if chosen is None:
            found.append([group])
        else:
            chosen.append(group)
    return found


ROUNDS = 20  # at most: the rounds beyond those that there are have no groups


@pytest.mark.slow
@pytest.mark.parametrize("number", share(5, range(ROUNDS)))
def test_a_call_changes_the_columns_that_a_table_declares(tmp_path: Path, number: int) -> None:
    assert len(rounds()) <= ROUNDS
    chosen = rounds()[number] if number < len(rounds()) else []
    if not chosen:
        return
    path = denied(tmp_path / "run.duckdb", {group.account: group.operations for group in chosen})
    con = duckdb.connect()
    con.execute(
        f"set TimeZone = 'UTC'; attach '{undisturbed()}' as before (read_only); attach '{path}' as now (read_only)"
    )
    wrong = {
        f"{name} {group.call.service}:{group.call.operation} in {group.account}": problem
        for group in chosen
        for name, relation in all_tables().items()
        if relation.stored and group.call in relation.calls and (problem := _problem(con, name, group))
    }
    assert wrong == {}


def _problem(con: duckdb.DuckDBPyConnection, name: str, group: Group) -> str:
    """Return what the declaration of a table lacks, by the rows of the account before and after its calls were denied; ''."""
    key = f"{group.call.service}:{group.call.operation}"
    relation, declared = all_tables()[name], columns_of_calls(name).get(key)
    columns = [column.name for column in compiler.columns(relation) if column.name not in HIDDEN]
    keys = [column for column in relation.key if column in columns]
    of_account = f"where account_id = '{group.account}'" if "account_id" in columns else ""
    before, now = (_rows(con, f"{side}.main.{name} {of_account}", keys, columns) for side in ("before", "now"))
    if before.keys() != now.keys():
        return f"the rows depend on it, but it is declared for {sorted(declared)}" if declared else ""
    changed = {
        column for row, values in before.items() for column, value in values.items() if now[row][column] != value
    }
    if declared is None:
        return "" if (name, key) in UNSEEN or not changed else f"it returns only the columns {sorted(changed)}"
    return f"it also returns {sorted(changed - declared)}" if changed - declared else ""


def _rows(
    con: duckdb.DuckDBPyConnection, table: str, keys: list[str], columns: list[str]
) -> Mapping[tuple[object, ...], dict[str, object]]:
    """Return the rows of a table by key."""
    shown = ", ".join(f'"{column}"::varchar' for column in columns)
    rows = con.execute(f"select {shown} from {table}").fetchall()
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return {tuple(row[column] for column in keys): row for row in found}


def test_controls_depend_on_the_credential_report_only_if_they_read_its_columns() -> None:
    found = calls_by_control(undisturbed())
    report = ("iam", "GetCredentialReport", None)
    assert {name for name, tables in found.items() if any(report in calls for calls in tables.values())} == OF_REPORT
    assert {name for name in found if name.startswith("inline_")} & OF_REPORT == set()
