"""Run files with denied calls, derived from one run file without any: the same as a sync would write, in less time."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb

from iamsql.model import Call
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_calls, all_tables
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.fixtures import built_once
from tests.sync.syncs import (
    ALICE,
    DATA,
    GREEN,
    HOSTILE,
    LOGS,
    MANAGEMENT,
    NETWORK,
    PAYMENTS,
    SHARED,
    TOOLS,
    TRIAL,
    WEB,
)

MEMBERS = (PAYMENTS, SHARED, TOOLS, NETWORK, LOGS, ALICE, WEB, DATA, GREEN, HOSTILE, TRIAL)
ACCOUNTS = (MANAGEMENT, *MEMBERS)
EVENTS = ("LookupEvents", "GetObject", "ListObjectsV2", "GetBucketLocation", "ListBuckets")
CALLS = tuple(call for call in all_calls() if not call.implicit and call.operation not in EVENTS)
MADE_ONCE = {(call.service, call.operation) for call in CALLS if call.service == "organizations" or call.org}
ORGANIZATION = {operation for _, operation in MADE_ONCE}
# The calls that have fallback calls.
REPLACEABLE = {call.fallback_for.operation for call in CALLS if call.fallback_for}

Denials = Mapping[str, Sequence[str]]  # the operations that are denied, by account
REQUESTED = "select service, operation from iamsql.coverage where account_id = $account and requests > 0"
LACKING = """
update iamsql.coverage set status = $status, error_code = 'AccessDenied', items = 0
where account_id = $account and service = $service and operation = $operation and status not in ('skipped', 'not_applicable')
"""
PARTIAL = "update iamsql.accounts set outcome = 'incomplete' where account_id = $account and outcome = 'complete'"


def synced(runs: Path, deny: Sequence[tuple[str, str]] = (), accounts: tuple[str, ...] = ACCOUNTS) -> Path:
    """Sync each table except events while operations are denied, each in its account; return the run file."""
    options = Options(runs, demo=True, accounts=accounts, tables=("all",), events=("none",), no_reuse=True)
    path = sync(options, Progress(), FakeAws(DAY, faults=Faults(deny=tuple(deny)))).path
    assert path is not None
    return path


# These are made for users, groups, roles and policies; coverage has one row for all of them.
LAST_ACCESSED = {
    operation: [call for call in CALLS if call.operation == operation]
    for operation in ("GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails")
}


def undisturbed() -> Path:
    """Return the run file without denied calls, which all workers share."""
    return _built("undisturbed", ())


def with_fallbacks() -> Path:
    """Return the run file where each call that has fallback calls was denied, which all workers share."""
    return _built("with_stand_ins", tuple(("*", operation) for operation in sorted(REPLACEABLE)))


def _built(name: str, deny: Sequence[tuple[str, str]]) -> Path:
    def build(folder: Path) -> None:
        synced(folder, deny).rename(folder / "run.duckdb")

    return built_once(name, build, Path(__file__)) / "run.duckdb"


def denied(path: Path, denials: Denials) -> Path:
    """Write the run file as a sync would if the operations were denied; return its path."""
    shutil.copyfile(undisturbed(), path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"set TimeZone = 'UTC'; attach '{with_fallbacks()}' as others (read_only); begin transaction"
        )
        for account, operations in denials.items():
            _deny(connection, account, set(operations))
        for name, relation in all_tables().items():
            if relation.stored and name != "aws_cloudtrail_event":
                connection.execute(f'delete from main."{name}"')
                connection.execute(compiler.fill_table(relation))
        connection.execute("commit; detach others")
    return path


def _deny(connection: duckdb.DuckDBPyConnection, account: str, operations: set[str]) -> None:
    """Delete the items of the operations, and of the calls for each of these items, from an account."""
    for call in CALLS:
        if call.fallback_for and call.fallback_for.operation in operations:
            _replace(connection, account, call)
    requested = {*connection.execute(REQUESTED, {"account": account}).fetchall()}
    lost = {call for call in CALLS if call.operation in operations and (call.service, call.operation) in requested}
    dependent = not_requested(lost)
    for status, calls in (("not_requested", dependent), ("denied", lost)):
        for call in calls:
            remaining = {*LAST_ACCESSED.get(call.operation, ())} - {*dependent}
            values = {
                "account": account,
                "service": call.service,
                "operation": call.operation,
                "status": "partial" if remaining and status == "not_requested" else status,
            }
            connection.execute(LACKING, values)
            connection.execute(f'delete from raw."{call.raw}" where account_id = ?', [account])
    if {call.operation for call in lost} - ORGANIZATION:
        connection.execute(PARTIAL, {"account": account})


def not_requested(denied: Collection[Call]) -> list[Call]:
    """Return the calls that are not made because a denied call would have listed their parameters."""
    lost = {*denied}
    unrequested: list[Call] = []
    for call in CALLS:  # parents come first
        listers = [
            other for other in CALLS if other == call.parent or (other.fallback_for == call.parent and not other.parent)
        ]
        if call not in lost and listers and all(lister in lost for lister in listers):
            lost.add(call)
            unrequested.append(call)
    return unrequested


def _replace(connection: duckdb.DuckDBPyConnection, account: str, call: Call) -> None:
    """Copy the items and the coverage of the fallback calls."""
    same = "account_id = $account and service = $service and operation = $operation"
    values = {"account": account, "service": call.service, "operation": call.operation}
    connection.execute(f'delete from raw."{call.raw}" where account_id = ?', [account])
    connection.execute(f'insert into raw."{call.raw}" from others.raw."{call.raw}" where account_id = ?', [account])
    connection.execute(f"delete from iamsql.coverage where {same}", values)
    connection.execute(f"insert into iamsql.coverage from others.iamsql.coverage where {same}", values)
