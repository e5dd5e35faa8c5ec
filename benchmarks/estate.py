"""A run file of a large made-up organization: 1,000 accounts of 100 users and 60 roles, shaped as a sync would shape them.

Its raw items are written by SQL in seconds; tables, macros and the rest are made by the code that every run goes through.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.giant import STAMP, finish, peak
from iamsql.model import Account, Call
from iamsql.runfile import build as runfile
from iamsql.runfile.rows import AccountResult, CoverageRow, RunRow
from iamsql.schema.registry import all_calls
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables import _org_calls as org_calls
from iamsql.schema.tables.aws_iam_account_password_policy import PASSWORD_POLICY
from iamsql.schema.views.aws_account import ALIASES
from iamsql.store.writer import RunWriter

MANAGEMENT = "100000000000"
ITEMS = Path(__file__).with_suffix(".sql")
REGION = "us-east-1"
LANDED = (
    *(calls.USER_DETAILS, calls.GROUP_DETAILS, calls.ROLE_DETAILS, calls.POLICY_DETAILS, calls.REPORT, calls.ACCESS_KEYS),
    *(calls.SUMMARY, PASSWORD_POLICY, ALIASES, calls.VIRTUAL_MFA),
    *(calls.ORGANIZATION, calls.ACCOUNTS, calls.ROOTS, calls.UNITS, calls.CHILDREN),
    *(org_calls.POLICIES, org_calls.POLICY, org_calls.POLICY_TARGETS),
)  # fmt: skip
NOT_SELECTED = ("skipped", "not_selected", "No selected table needs this call.")
REFUSED = "AccessDenied: not authorized to perform sts:AssumeRole"


@dataclass(frozen=True)
class Size:
    """How much there is of everything; all but the first three and `guards` (service control policies) of an account."""

    accounts: int = 1_000
    units: int = 40
    guards: int = 30
    users: int = 100
    roles: int = 60
    groups: int = 20
    policies: int = 10


def build(path: Path, size: Size) -> dict[str, float]:
    """Make the file and time its two halves."""
    facts = RunRow(
        "20261125T120000Z-o-made", STAMP, f"arn:aws:iam::{MANAGEMENT}:user/bench", "aws", "o-made", MANAGEMENT
    )
    begun = time.perf_counter()
    landing = runfile.create(path, facts)
    prepared = time.perf_counter()
    land(landing, size)
    landed = time.perf_counter()
    finish(landing, visits(size), list(of_organization()))
    told = {"prepare": prepared - begun, "land": landed - prepared, "shape": time.perf_counter() - landed}
    return told | {"peak": peak(), "size": path.stat().st_size}


def land(landing: RunWriter, size: Size) -> None:
    """Write the raw items of everything."""
    counts = ", ".join(f"{count} as {name}" for name, count in size.__dict__.items())
    landing.execute(f"create temp table size as select {counts}")
    landing.execute(f"create temp table now as select timestamptz '{STAMP}' as moment")
    for statement in statements():
        landing.execute(statement)
    landing.filled_tables |= {call.raw for call in LANDED}


def statements() -> Iterator[str]:
    """Give the statements of the SQL beside this module, with the names of raw tables in place of those of calls."""
    text = ITEMS.read_text(encoding="utf-8")
    for call_name, call in named().items():
        text = text.replace(f'raw."{{{call_name}}}"', f'raw."{call.raw}"')
    return (part for part in text.split(";\n") if part.strip())


def named() -> dict[str, Call]:
    """Name the calls whose items are made."""
    modules = (vars(calls), vars(org_calls), globals())
    every = {name: call for module in modules for name, call in module.items() if isinstance(call, Call)}
    return {name: call for name, call in every.items() if call in LANDED}


# -- how the run fared -----------------------------------------------------------------------------------------------------


def visits(size: Size) -> list[AccountResult]:
    """Tell of every account: one of ten let nobody in, the others answered everything."""
    return [_shut(n, size) if n % 10 == 9 else _open(n, size) for n in range(size.accounts)]


def of_organization() -> Iterator[CoverageRow]:
    """Give the coverage of what is asked once."""
    for call in all_calls():
        if call.org and call.service in ("organizations", "iam"):
            yield CoverageRow(MANAGEMENT, "account-00000", "global", call.service, call.operation, "ok", requests=1)


def _account(n: int, size: Size) -> Account:
    unit = n % size.units
    above = f"Unit {unit % 8}/" if unit >= 8 else ""
    name = f"account-{n:05}"
    return Account(f"{100_000_000_000 + n}", name, f"{name}@example.com", "ACTIVE", f"{above}Unit {unit}" if n else "")


def _open(n: int, size: Size) -> AccountResult:
    visit = AccountResult(_account(n, size), "iamsql-audit")
    visit.coverage = [_row(visit, "sts", "AssumeRole", "global", ("ok", None, None))]
    for call in _of_accounts():
        stand_in = call.on_demand or call.fallback_for
        visit.coverage.append(_of(visit, call, NOT_SELECTED if stand_in else ("ok", None, None)))
    return visit


def _shut(n: int, size: Size) -> AccountResult:
    visit = AccountResult(_account(n, size), None, "assume_role_failed", REFUSED)
    visit.coverage = [_row(visit, "sts", "AssumeRole", "global", ("denied", "AccessDenied", REFUSED))]
    visit.coverage += [_of(visit, call, ("not_asked", "AssumeRole", REFUSED)) for call in _of_accounts()]
    return visit


def _of_accounts() -> list[Call]:
    """List the calls that are made in each account, once where they share an operation."""
    wanted = (call for call in all_calls() if not call.org and not call.implicit)
    first: dict[tuple[str, str], Call] = {}
    for call in wanted:
        first.setdefault((call.service, call.operation), call)
    return list(first.values())


def _of(visit: AccountResult, call: Call, how: tuple[str, str | None, str | None]) -> CoverageRow:
    return _row(visit, call.service, call.operation, REGION if call.regional else "global", how)


def _row(
    visit: AccountResult, service: str, operation: str, region: str, how: tuple[str, str | None, str | None]
) -> CoverageRow:
    where = (visit.account.account_id, visit.account.name, region)
    return CoverageRow(*where, service, operation, *how, requests=int(how[0] == "ok"))


def main() -> None:
    """Build the file that the arguments say and print the figures as JSON."""
    path, *counts = sys.argv[1:]
    size = Size(**dict(zip(("accounts", "users", "roles"), map(int, counts), strict=False)))
    print(json.dumps(build(Path(path), size)))


if __name__ == "__main__":
    main()
