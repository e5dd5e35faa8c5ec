"""Notices for the tests of texts and targets: small ones with ordinary names, and one with hostile names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from iamsql.automation.notify.model import Change, Notice, RunSummary, UnreadAccount

EARLIER = RunSummary(
    "20260301T120000Z-o-demo123456", datetime(2026, 3, 1, 12, tzinfo=UTC), "o-demo123456", "aws", 16, 14
)
RUN = RunSummary("20260302T120000Z-o-demo123456", datetime(2026, 3, 2, 12, tzinfo=UTC), "o-demo123456", "aws", 16, 12)
HOSTILE = (
    "<!channel> <@U123> <https://evil.example|click> *bold* _it_ ~no~ `code` :tada:",
    "line\nbreak\r\n\ttab \x1b[31mred\x1b[0m \u202egnp \ud800",
    "<script>alert(1)</script> & &amp; \"quoted\" 'single'",
    "[click](https://evil.example) **bold** # head\n- list <at>everyone</at> {{DATE(2026-01-01T00:00:00Z)}}",
    '=cmd|"/c calc"!A1 ../../etc/passwd',
    "😀👩\u200d💻é",
    "n" * 10_000,
)


def change(number: int = 1, **fields: Any) -> Change:
    """Return a finding that opened."""
    values: dict[str, Any] = {
        "change_type": "opened",
        "fingerprint": f"{number:064x}",
        "title": "Access keys are rotated",
        "account_id": "222222222222",
        "account_name": "payments",
        "resource": f"arn:aws:iam::222222222222:user/ci-{number}",
        "reason": "The key is 400 days old.",
        "severity": "high",
    }
    return Change(**values | fields)


def resolved(reason: str = "The user has no MFA.", **fields: Any) -> Change:
    """Return a finding that was resolved, whose reason was another one if `reason` is not the usual one."""
    finding: Any = SimpleNamespace(
        rule=SimpleNamespace(id="user_mfa"), fingerprint="f" * 64, reason="The user has no MFA."
    )
    return change(5, **{"change_type": "resolved", "reason": reason, "finding": finding} | fields)


def unread(number: int = 1, **fields: Any) -> UnreadAccount:
    """Return an account where no role could be assumed."""
    reason = "AssumeRole failed: AccessDenied"
    values: dict[str, Any] = {"account_name": f"closed-{number}", "outcome": "assume_role_failed", "reason": reason}
    return UnreadAccount(**{"account_id": f"{number:012d}"} | values | fields)


def notice(changes: Sequence[Change] = (), missing: Sequence[UnreadAccount] = (), **fields: Any) -> Notice:
    """Return a notice about the changes between two runs."""
    values: dict[str, Any] = {"earlier": EARLIER, "open_alarms": {"high": 12, "critical": 3}, "benchmarks": ("iamsql",)}
    return Notice(RUN, changes=changes, unread_accounts=missing, **values | fields)


def usual() -> Notice:
    """Return a notice with a change of each kind, and two accounts that were not read."""
    changes = [
        change(1),
        change(2, severity="critical", title="Root users have no access keys", region="eu-west-1"),
        change(
            3,
            change_type="administrator",
            title="deployer became an administrator",
            severity="info",
            reason="",
            resource="",
        ),
        change(4, change_type="key", title="Access key AKIAEXAMPLE for alice", severity="info", reason="", resource=""),
        resolved(severity="medium", title="MFA is active", first_seen=datetime(2026, 1, 5, 8, tzinfo=UTC)),
    ]
    missing = [unread(1, is_new=True), unread(2, account_name="")]
    link = "https://reports.example/run/report.html?X-Amz-Signature=abc"
    return notice(changes, missing, unknown_results=7, link=link, notes=("Two controls were not compared.",))


def hostile() -> Notice:
    """Return a notice whose names are markup of every target, control characters, and very long."""
    changes = [
        change(number, title=text, resource=text, reason=text, account_name=text, region=text)
        for number, text in enumerate(HOSTILE)
    ]
    missing = [unread(number, account_name=text, reason=text) for number, text in enumerate(HOSTILE)]
    return notice(changes, missing, notes=HOSTILE)


def large(number: int = 3000) -> Notice:
    """Return a notice with many changes and many accounts that were not read."""
    return notice([change(at) for at in range(number)], [unread(at) for at in range(number)])
