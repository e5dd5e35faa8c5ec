"""Land a made-up organization's pages straight into a run file and shape it; tell the peak of this process's memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.model import Account
from iamsql.runfile import build as runfile
from iamsql.runfile.rows import AccountResult, CoverageRow, RunRow
from iamsql.schema.tables import _calls as calls
from iamsql.store.writer import RunWriter

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STAMP = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
WITHOUT_KEYS = {"active": "false", "last_rotated": "N/A", "last_used_date": "N/A"}


def build(path: Path, accounts: int, users: int) -> dict[str, float]:
    """Make the file and time its two halves."""
    facts = RunRow("bench", STAMP, "arn:aws:iam::100000000000:user/bench", window=(STAMP, STAMP))
    landing = runfile.create(path, facts)
    begun = time.perf_counter()
    visits = [land(landing, f"{100_000_000_000 + number}", users) for number in range(accounts)]
    landing.flush()
    landed = time.perf_counter()
    finish(landing, visits, [])
    shaping = time.perf_counter() - landed
    return {"land": landed - begun, "shape": shaping, "peak": peak(), "size": path.stat().st_size}


def finish(landing: RunWriter, results: list[AccountResult], organization: list[CoverageRow]) -> None:
    """Record the accounts and the coverage as an import does, and finish the file."""
    landing.journal.add([*organization, *(row for result in results for row in result.coverage)])
    landing.insert_rows("accounts", [result.values(position) for position, result in enumerate(results, 1)])
    runfile.finish(landing, results, organization, STAMP)


def land(landing: RunWriter, account_id: str, users: int) -> AccountResult:
    """Land one account as the collector would: pages of 1,000 details, the report, an answer a user with keys."""
    landing.write_items(
        calls.USER_DETAILS.raw, account_id, "", "{}", [detail(account_id, n) for n in range(users)], STAMP
    )
    landing.write_items(calls.REPORT.raw, account_id, "", "{}", [report(account_id, n) for n in range(users)], STAMP)
    for n in range(users):
        bound = json.dumps({"UserName": name(n)})
        landing.write_items(calls.ACCESS_KEYS.raw, account_id, "", bound, list(keys(account_id, n)), STAMP)
    return AccountResult(Account(account_id, f"account {account_id}"), "iamsql-audit")


def name(n: int) -> str:
    """Name a user."""
    return f"user-{n:06}"


def days_ago(days: int) -> str:
    """Write a time."""
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def detail(account_id: str, n: int) -> str:
    """Write a user's item of GetAccountAuthorizationDetails."""
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
    """Give the age and the idle days of a user's keys: of twenty users three have two, nine one, eight none."""
    return [(1 + (n * 7 + slot * 50) % 100, n % 60) for slot in range((2, 1, 0)[(n % 20 >= 3) + (n % 20 >= 12)])]


def report(account_id: str, n: int) -> str:
    """Write a user's row of the credential report."""
    row = {
        "user": name(n),
        "arn": f"arn:aws:iam::{account_id}:user/{name(n)}",
        "user_creation_time": days_ago(900 + n % 90),
        "password_enabled": "false",
        "password_last_used": "N/A",
        "mfa_active": "false",
        "GeneratedTime": STAMP,
    }
    owned = key_days(n)
    for slot in (1, 2):
        shown = WITHOUT_KEYS
        if slot <= len(owned):
            age, idle = owned[slot - 1]
            shown = {"active": "true", "last_rotated": days_ago(age), "last_used_date": days_ago(idle)}
        row |= {f"access_key_{slot}_{column}": value for column, value in shown.items()}
    return json.dumps(row)


def keys(account_id: str, n: int) -> Iterator[str]:
    """Write a user's items of ListAccessKeys."""
    for slot, (age, _) in enumerate(key_days(n)):
        id_ = f"AKIA{account_id[-6:]}{n:06}{slot}"
        yield json.dumps({"UserName": name(n), "AccessKeyId": id_, "Status": "Active", "CreateDate": days_ago(age)})


def peak() -> int:
    """Tell the most memory that this process ever held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def main() -> None:
    """Build what the arguments say and print the figures as JSON."""
    path, accounts, users = sys.argv[1:4]
    print(json.dumps(build(Path(path), int(accounts), int(users))))


if __name__ == "__main__":
    main()
