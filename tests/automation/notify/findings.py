"""Findings for the tests of targets, and notices about them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from iamsql.automation.notify.model import Change, Notice
from iamsql.check.finding_record import FindingRecord, Rule
from iamsql.model import Query
from tests.automation.notify.notices import notice

QUERY = Query("access_key_rotation", "Access keys are rotated", "", kind="control", severity="high")
RULE = Rule("access_key_rotation", QUERY, "high", ("cis_v7.0:2.5",))


def finding(number: int = 1, **fields: Any) -> FindingRecord:
    """Return an alarm about a user."""
    values: dict[str, Any] = {
        "rule": RULE,
        "fingerprint": sha256(str(number).encode()).hexdigest(),
        "status": "alarm",
        "resource": f"arn:aws:iam::222222222222:user/ci-{number}",
        "reason": "The key is 400 days old.",
        "account_id": "222222222222",
        "account_name": "payments",
        "dimensions": {"user_name": f"ci-{number}"},
        "fixes": (f"aws iam update-access-key --user-name ci-{number} --status Inactive",),
    }
    return FindingRecord(**values | fields)


def changed(record: FindingRecord, kind: str = "opened") -> Change:
    """Return the change that opened or resolved a finding."""
    identity = sha256(f"{kind}{record.fingerprint}".encode()).hexdigest()
    title, where = record.rule.query.title, (record.account_id, record.account_name)
    return Change(kind, identity, title, *where, record.resource, record.reason, "high", finding=record)


def with_open(*records: FindingRecord, **fields: Any) -> Notice:
    """Return the first notice, with all open findings."""
    return notice(earlier=None, open_findings=lambda: iter(records), **fields)


def many(number: int, accounts: int) -> Iterator[FindingRecord]:
    """Yield findings that come control by control, so neighbors are of different accounts."""
    for at in range(number):
        account = f"{at % accounts:012d}"
        yield finding(at, account_id=account, resource=f"arn:aws:iam::{account}:user/ci-{at}")
