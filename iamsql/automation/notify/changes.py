"""The changes of a notification, from findings, from rows of `diff` and from accounts that were not read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from iamsql.automation.notify.model import Change, RunSummary, UnreadAccount
from iamsql.check.finding_record import FindingRecord

# The severity orders the changes of a message.
SEVERITY_BY_CHANGE_TYPE = {"administrator": "critical", "key": "medium", "account": "low", "unknown": "medium"}
CHANGE_TYPE_BY_KIND = {"access_key": "key", "privilege": "administrator", "account": "account"}


def fingerprint(change_type: str, about: str, run_id: str) -> str:
    """Return the fingerprint of a change in a run: 64 hexadecimal digits. `about` identifies what changed."""
    return sha256("\x1f".join((change_type, about, run_id)).encode(errors="replace")).hexdigest()


def finding_change(change_type: str, record: FindingRecord, run: RunSummary, has_left: bool = False) -> Change:
    """Return the change of a finding, opened or resolved; `has_left` if its account left the organization."""
    return Change(
        change_type,
        fingerprint(change_type, record.fingerprint, run.run_id),
        record.rule.query.title,
        record.account_id,
        record.account_name,
        record.resource,
        "The account left the organization." if has_left else result_reason(record),
        record.rule.severity,
        record.region,
        first_seen(change_type, run),
        record,
    )


def result_reason(record: FindingRecord) -> str:
    """Return the reason of a finding, after the identifier that distinguishes it from other findings of the resource."""
    return (
        f"{record.subresource}: {record.reason}"
        if record.subresource and record.subresource not in record.reason
        else record.reason
    )


def first_seen(change_type: str, run: RunSummary) -> datetime | None:
    """Return the time of the first run that has a finding; None for a resolved finding."""
    return run.started_at if change_type == "opened" else None


def unknown_change(account: UnreadAccount, run: RunSummary) -> Change:
    """Return the change of an account that the earlier run could read, and this run could not."""
    identity = fingerprint("unknown", account.account_id, run.run_id)
    title = "Account no longer read" + (" in full" if account.outcome in ("complete", "incomplete") else "")
    name = account.account_name
    return Change(
        "unknown", identity, title, account.account_id, name, "", account.reason, SEVERITY_BY_CHANGE_TYPE["unknown"]
    )


def resource_change(row: Mapping[str, Any], run: RunSummary) -> Change:
    """Return the change of a row of `diff` about an access key, an administrator or an account."""
    change_type, account = CHANGE_TYPE_BY_KIND[row["kind"]], row["account_id"] or ""
    about = "\x1f".join((row["change"], account, row["resource"] or ""))
    title, reason = _title_and_reason(change_type, row)
    return Change(
        change_type,
        fingerprint(change_type, about, run.run_id),
        title,
        account,
        row["account_name"] or "",
        row["resource"] or "",
        reason,
        SEVERITY_BY_CHANGE_TYPE[change_type],
        row["region"] or "global",
        run.started_at,
    )


def _title_and_reason(change_type: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the title and the reason of a row of `diff`."""
    name, reason = row["name"] or "", row["reason"] or ""
    if change_type == "account":
        return (
            "Account joined the organization" if row["change"] == "new" else "Account left the organization"
        ), reason
    if change_type == "key":
        replacement = f"It replaces {row['old_value']}: {reason}." if row["change"] == "rotated" else ""
        return f"New access key of the user {name}", replacement
    return f"{name} became an administrator", f"The verdict is {row['new_value']}." if row["new_value"] else ""
