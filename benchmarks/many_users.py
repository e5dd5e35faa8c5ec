"""Write the items of many users to a run file, build its tables, and print the times and the peak memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.model import Account
from iamsql.runs.file import build as runfile
from iamsql.runs.file.rows import AccountResult, CoverageRow, RunRow
from iamsql.runs.store.writer import RunWriter
from iamsql.tables.calls import account as calls

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STAMP = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
WITHOUT_KEY = {"active": "false", "last_rotated": "N/A", "last_used_date": "N/A"}


def build(path: Path, accounts: int, users: int) -> dict[str, float]:
    """Build the run file, and return the seconds for items and tables, the peak memory and the file size in bytes."""
    run = RunRow("bench", STAMP, "arn:aws:iam::100000000000:user/bench", window=(STAMP, STAMP))
    writer = runfile.create(path, run)
    start = time.perf_counter()
    results = [write_account(writer, f"{100_000_000_000 + number}", users) for number in range(accounts)]
    writer.flush()
    written = time.perf_counter()
    finish(writer, results, [])
    tables = time.perf_counter() - written
    return {"write": written - start, "tables": tables, "peak": peak_memory(), "size": path.stat().st_size}


def finish(writer: RunWriter, results: list[AccountResult], organization: list[CoverageRow]) -> None:
    """Write the accounts and the coverage as an import does, and finish the run file."""
    writer.journal.add([*organization, *(row for result in results for row in result.coverage)])
    writer.insert_rows("accounts", [result.values(position) for position, result in enumerate(results, 1)])
    runfile.finish(writer, results, organization, STAMP)


def write_account(writer: RunWriter, account_id: str, users: int) -> AccountResult:
    """Write the items of an account in pages, as a sync does: user details, credential report, and access keys per user."""
    writer.write_items(
        calls.USER_DETAILS.raw, account_id, "", "{}", [detail(account_id, n) for n in range(users)], STAMP
    )
    writer.write_items(calls.REPORT.raw, account_id, "", "{}", [report(account_id, n) for n in range(users)], STAMP)
    for n in range(users):
        parameters = json.dumps({"UserName": name(n)})
        writer.write_items(calls.ACCESS_KEYS.raw, account_id, "", parameters, list(keys(account_id, n)), STAMP)
    return AccountResult(Account(account_id, f"account {account_id}"), "iamsql-audit")


def name(n: int) -> str:
    """Return the name of a user."""
    return f"user-{n:06}"


def days_ago(days: int) -> str:
    """Return a time before NOW."""
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def detail(account_id: str, n: int) -> str:
    """Return the item of a user in GetAccountAuthorizationDetails."""
    user = {
        "Path": "/",
        "UserName": name(n),
        "UserId": f"AIDA{account_id}{n:06}",
        "Arn": f"arn:aws:iam::{account_id}:user/{name(n)}",
        "CreateDate": days_ago(900 + n % 90),
        "GroupList": ["staff"],
        "AttachedManagedPolicies": [],
        "Tags": [{"Key": "team", "Value": f"team-{n % 40}"}],
    }
    return json.dumps(user)


def key_days(n: int) -> list[tuple[int, int]]:
    """Return the age and the idle days of a user's keys. Of twenty users, three have two keys, nine one, and eight none."""
    return [(1 + (n * 7 + slot * 50) % 100, n % 60) for slot in range((2, 1, 0)[(n % 20 >= 3) + (n % 20 >= 12)])]


def report(account_id: str, n: int) -> str:
    """Return the row of a user in the credential report."""
    row = {
        "user": name(n),
        "arn": f"arn:aws:iam::{account_id}:user/{name(n)}",
        "user_creation_time": days_ago(900 + n % 90),
        "password_enabled": "false",
        "password_last_used": "N/A",
        "mfa_active": "false",
        "GeneratedTime": STAMP,
    }
    days = key_days(n)
    for slot in (1, 2):
        key = WITHOUT_KEY
        if slot <= len(days):
            age, idle = days[slot - 1]
            key = {"active": "true", "last_rotated": days_ago(age), "last_used_date": days_ago(idle)}
        row |= {f"access_key_{slot}_{column}": value for column, value in key.items()}
    return json.dumps(row)


def keys(account_id: str, n: int) -> Iterator[str]:
    """Return the items of a user in ListAccessKeys."""
    for slot, (age, _) in enumerate(key_days(n)):
        id_ = f"AKIA{account_id[-6:]}{n:06}{slot}"
        yield json.dumps({"UserName": name(n), "AccessKeyId": id_, "Status": "Active", "CreateDate": days_ago(age)})


def peak_memory() -> int:
    """Return the peak memory of this process in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts KiB


def main() -> None:
    """Build a run file: PATH ACCOUNTS USERS."""
    path, accounts, users = sys.argv[1:4]
    print(json.dumps(build(Path(path), int(accounts), int(users))))


if __name__ == "__main__":
    main()
