"""Write the file of a shard without a sync: each account has the items of the users that many_users.py makes."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from benchmarks.large_organization import Size, account_results
from benchmarks.many_users import finish, write_account
from iamsql.runs.file import build
from iamsql.runs.file.rows import AccountResult, RunRow
from iamsql.sync.options import MAX_LOOKUP_DAYS
from iamsql.sync.shards import Shard, account_reason, account_shard

OWNER, MANAGEMENT = "o-demo123456", "100000000000"  # as in the fake AWS


def write_shard(runs: Path, shard: Shard, as_of: str, accounts: int, users: int) -> Path:
    """Write a shard of an organization of so many accounts. Its typed tables are empty, because a merge does not read them."""
    start = datetime.fromisoformat(as_of)
    window = (f"{start - timedelta(days=MAX_LOOKUP_DAYS):%Y-%m-%dT%H:%M:%SZ}", as_of)
    options = {"shard": f"{shard.number}/{shard.total}", "as_of": as_of}
    run_id = f"{start:%Y%m%dT%H%M%SZ}-{OWNER}{shard.suffix}"
    caller = f"arn:aws:sts::{MANAGEMENT}:assumed-role/auditor/alice"
    run = RunRow(run_id, as_of, caller, "aws", OWNER, MANAGEMENT, window, options)
    path = runs / f"{run_id}.duckdb"
    results = [_of_shard(result, shard) for result in account_results(Size(accounts=accounts))]
    with patch("iamsql.runs.file.build.all_tables", dict):
        writer = build.create(path, run)
        for result in results:
            if result.account.selected and result.outcome == "complete":
                write_account(writer, result.account.account_id, users)
        finish(writer, results, [])
    return path


def _of_shard(result: AccountResult, shard: Shard) -> AccountResult:
    """Return the result of an account in a shard that may not read it."""
    other = account_shard(result.account.account_id, shard.total)
    if other == shard:
        return result
    account = replace(result.account, selected=False, shard=str(other))
    reason = account_reason(str(other))
    rows = [
        replace(row, status="skipped", error_code="account_not_selected", error_message=reason, requests=0)
        for row in result.coverage
        if row.service != "sts" and row.error_code != "not_selected"
    ]
    return AccountResult(account, None, "excluded", reason, rows)


def main() -> None:
    """Write shards: FOLDER AS_OF ACCOUNTS USERS SHARDS FIRST."""
    folder, as_of, *counts = sys.argv[1:]
    accounts, users, total, first = map(int, counts)
    for number in range(first, total + 1):
        write_shard(Path(folder), Shard(number, total), as_of, accounts, users)


if __name__ == "__main__":
    main()
