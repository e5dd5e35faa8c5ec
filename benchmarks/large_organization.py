"""A run file of a large synthetic organization: 1,000 accounts of 100 users and 60 roles.

SQL writes the raw items within seconds. The code that each sync uses adds the tables, macros and coverage.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.many_users import STAMP, finish, peak_memory
from iamsql.model import Account, Call
from iamsql.runs.file import build as runfile
from iamsql.runs.file.rows import AccountResult, CoverageRow, RunRow
from iamsql.runs.store.writer import RunWriter
from iamsql.tables.aws_account import ALIASES
from iamsql.tables.aws_iam_account_password_policy import PASSWORD_POLICY
from iamsql.tables.calls import account as calls
from iamsql.tables.calls import organization as org_calls
from iamsql.tables.registry import all_calls

MANAGEMENT = "100000000000"
ITEMS = Path(__file__).with_suffix(".sql")
REGION = "us-east-1"
ITEM_CALLS = (
    *(calls.USER_DETAILS, calls.GROUP_DETAILS, calls.ROLE_DETAILS, calls.POLICY_DETAILS, calls.REPORT, calls.ACCESS_KEYS),
    *(calls.SUMMARY, PASSWORD_POLICY, ALIASES, calls.VIRTUAL_MFA),
    *(calls.ORGANIZATION, calls.ACCOUNTS, calls.ROOTS, calls.UNITS, calls.CHILDREN),
    *(org_calls.POLICIES, org_calls.POLICY, org_calls.POLICY_TARGETS),
)  # fmt: skip
NOT_SELECTED = ("skipped", "not_selected", "No selected table needs this call.")
REFUSED = "AccessDenied: not authorized to perform sts:AssumeRole"


@dataclass(frozen=True)
class Size:
    """The number of accounts, organizational units and SCPs, and of users, roles, groups and policies in each account.

    `open_roles` is the number of roles in each account that trust everyone. With `dense` = 1, the other roles trust the root of
    an account, and every second user and role may assume every role.
    """

    accounts: int = 1_000
    units: int = 40
    scps: int = 30
    users: int = 100
    roles: int = 60
    groups: int = 20
    policies: int = 10
    open_roles: int = 0
    dense: int = 0


def build(path: Path, size: Size) -> dict[str, float]:
    """Build the run file, and return the seconds of each step, the peak memory and the file size in bytes."""
    run = RunRow("20261125T120000Z-o-made", STAMP, f"arn:aws:iam::{MANAGEMENT}:user/bench", "aws", "o-made", MANAGEMENT)
    start = time.perf_counter()
    writer = runfile.create(path, run)
    created = time.perf_counter()
    write_items(writer, size)
    written = time.perf_counter()
    finish(writer, account_results(size), list(organization_coverage()))
    seconds = {"create": created - start, "write": written - created, "tables": time.perf_counter() - written}
    return seconds | {"peak": peak_memory(), "size": path.stat().st_size}


def write_items(writer: RunWriter, size: Size) -> None:
    """Write the raw items of all calls."""
    counts = ", ".join(f"{count} as {name}" for name, count in size.__dict__.items())
    writer.execute(f"create temp table size as select {counts}")
    writer.execute(f"create temp table now as select timestamptz '{STAMP}' as moment")
    for statement in statements():
        writer.execute(statement)
    for call in ITEM_CALLS:
        writer.add_copied(call.raw)


def statements() -> Iterator[str]:
    """Return the statements of the SQL file, with raw tables in place of the names of calls."""
    text = ITEMS.read_text(encoding="utf-8")
    for call_name, call in item_calls().items():
        text = text.replace(f'raw."{{{call_name}}}"', f'raw."{call.raw}"')
    return (part for part in text.split(";\n") if part.strip())


def item_calls() -> dict[str, Call]:
    """Map the names of the calls whose items the SQL file writes to the calls."""
    modules = (vars(calls), vars(org_calls), globals())
    by_name = {name: call for module in modules for name, call in module.items() if isinstance(call, Call)}
    return {name: call for name, call in by_name.items() if call in ITEM_CALLS}


# -- accounts and coverage -----------------------------------------------------------------------------------------------------


def account_results(size: Size) -> list[AccountResult]:
    """Return the result of each account. The role of one account in ten cannot be assumed; all calls of the others succeed."""
    return [_denied(n, size) if n % 10 == 9 else _read(n, size) for n in range(size.accounts)]


def organization_coverage() -> Iterator[CoverageRow]:
    """Return the coverage of the calls that a sync makes once."""
    for call in all_calls():
        if call.org and call.service in ("organizations", "iam"):
            yield CoverageRow(MANAGEMENT, "account-00000", "global", call.service, call.operation, "ok", requests=1)


def _account(n: int, size: Size) -> Account:
    unit = n % size.units
    parent = f"Unit {unit % 8}/" if unit >= 8 else ""
    name = f"account-{n:05}"
    return Account(f"{100_000_000_000 + n}", name, f"{name}@example.com", "ACTIVE", f"{parent}Unit {unit}" if n else "")


def _read(n: int, size: Size) -> AccountResult:
    result = AccountResult(_account(n, size), "iamsql-audit")
    result.coverage = [_row(result, "sts", "AssumeRole", "global", ("ok", None, None))]
    for call in _account_calls():
        is_skipped = call.on_demand or call.fallback_for
        result.coverage.append(_call_row(result, call, NOT_SELECTED if is_skipped else ("ok", None, None)))
    return result


def _denied(n: int, size: Size) -> AccountResult:
    result = AccountResult(_account(n, size), None, "assume_role_failed", REFUSED)
    result.coverage = [_row(result, "sts", "AssumeRole", "global", ("denied", "AccessDenied", REFUSED))]
    result.coverage += [_call_row(result, call, ("not_requested", "AssumeRole", REFUSED)) for call in _account_calls()]
    return result


def _account_calls() -> list[Call]:
    """Return the calls that a sync makes in each account, one for each operation."""
    calls_of_accounts = (call for call in all_calls() if not call.org and not call.implicit)
    first: dict[tuple[str, str], Call] = {}
    for call in calls_of_accounts:
        first.setdefault((call.service, call.operation), call)
    return list(first.values())


def _call_row(result: AccountResult, call: Call, outcome: tuple[str, str | None, str | None]) -> CoverageRow:
    return _row(result, call.service, call.operation, REGION if call.regional else "global", outcome)


def _row(
    result: AccountResult, service: str, operation: str, region: str, outcome: tuple[str, str | None, str | None]
) -> CoverageRow:
    where = (result.account.account_id, result.account.name, region)
    return CoverageRow(*where, service, operation, *outcome, requests=int(outcome[0] == "ok"))


def main() -> None:
    """Build a run file: PATH [NAME=NUMBER …], with the names of Size. Print the figures as JSON."""
    path, *counts = sys.argv[1:]
    size = Size(**{name: int(number) for name, _, number in (count.partition("=") for count in counts)})
    print(json.dumps(build(Path(path), size)))


if __name__ == "__main__":
    main()
