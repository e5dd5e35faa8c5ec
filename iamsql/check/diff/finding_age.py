"""Compare the findings of two runs: opened, resolved or still open, with the date of the first occurrence.

The first occurrence is searched in all earlier runs. A run that does not cover the account is skipped; a run that covers the
account and does not have the finding ends the search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from iamsql.check.diff.findings import FindingId, FindingSet
from iamsql.runs.coverage.by_account import EVERYWHERE

Row = dict[str, Any]


def compare_findings(
    name: str, old: FindingSet, new: FindingSet, earlier: Callable[[], Iterable[FindingSet]]
) -> list[Row]:
    """Return the rows of a query's or control's findings; `earlier` yields the finding sets before `new`, latest first."""
    common_keys = [key for key in new.by_id if key in old.by_id]
    opened_keys = [key for key in new.by_id if key not in old.by_id]
    resolved_keys = [key for key in old.by_id if key not in new.by_id]
    accounts_unknown_before, accounts_unknown_now = (
        _unknown_accounts(opened_keys, new, old),
        _unknown_accounts(resolved_keys, old, new),
    )
    opened_keys = [key for key in opened_keys if new.by_id[key].account_id not in accounts_unknown_before]
    resolved_keys = [key for key in resolved_keys if old.by_id[key].account_id not in accounts_unknown_now]
    before_old = (run for run in earlier() if run.started < old.started)
    first_seen = _find_first_run([*common_keys, *opened_keys], new, earlier()) | _find_first_run(
        resolved_keys, old, before_old
    )
    rows = [_difference_row(name, "opened", key, new, new.started, first_seen) for key in opened_keys]
    rows += [_difference_row(name, "resolved", key, old, new.started, first_seen, new) for key in resolved_keys]
    rows += [_difference_row(name, "still_open", key, new, new.started, first_seen) for key in common_keys]
    return [*rows, *_not_compared_rows(name, old, new, accounts_unknown_before | accounts_unknown_now)]


def _unknown_accounts(keys: Iterable[FindingId], findings: FindingSet, other: FindingSet) -> set[str | None]:
    """Return the accounts of findings that cannot be compared, because `other` has no answer for them."""
    accounts = {findings.by_id[key].account_id for key in keys}
    return {account for account in accounts if _unknown_reason(other, account, findings)}


def _unknown_reason(findings: FindingSet, account: str | None, other: FindingSet) -> str:
    """Return why a run has no answer for an account, '' if it has one.

    A finding without an account depends on all accounts: the reason is an account that only the other run covers.
    """
    if account is not None:
        return findings.reason_unknown(account)
    missing_accounts = sorted(findings.missing_accounts.keys() - other.missing_accounts.keys())
    return f"{missing_accounts[0]}: {findings.missing_accounts[missing_accounts[0]]}" if missing_accounts else ""


def _find_first_run(
    keys: Iterable[FindingId], last: FindingSet, earlier: Iterable[FindingSet]
) -> dict[FindingId, datetime]:
    """Return the start of the first run that has each finding, going back from the run `last` while the finding is present."""
    first_seen = dict.fromkeys(keys, last.started)
    remaining_keys = set(first_seen)
    for findings in earlier if remaining_keys else ():
        for key in list(remaining_keys):
            if key in findings.by_id:
                first_seen[key] = findings.started
            elif not _unknown_reason(findings, last.by_id[key].account_id, last):
                remaining_keys.remove(key)
        if not remaining_keys:
            break
    return first_seen


def _difference_row(
    name: str, change: str, key: FindingId, findings: FindingSet, until: datetime, first_seen: Mapping[FindingId, datetime],
    after: FindingSet | None = None,
) -> Row:  # fmt: skip
    finding, first_time = findings.by_id[key], first_seen[key]
    has_left = after is not None and finding.account_id is not None and finding.account_id not in after.accounts.names
    return {
        "change": change,
        "account_id": finding.account_id,
        "region": finding.region,
        "name": finding.name,
        "resource": finding.resource,
        "old_value": finding.value if change == "resolved" else None,
        "new_value": None if change == "resolved" else finding.value,
        "query": name,
        "reason": "the account left the organization" if has_left else finding.reason,
        "first_seen": first_time.isoformat(),
        "days_open": str(max((until - first_time).days, 0)),
        "quiet": str(change == "still_open"),
    }


def _not_compared_rows(name: str, old: FindingSet, new: FindingSet, unknown: set[str | None]) -> list[Row]:
    """Return a row for each account that one of the runs does not cover. Rows of accounts that neither covers are quiet."""
    rows = []
    # Also accounts without findings, because the absence of findings there proves nothing.
    accounts: set[str | None] = {*old.accounts.names, *new.accounts.names, *unknown}
    if EVERYWHERE in old.missing_accounts or EVERYWHERE in new.missing_accounts:
        accounts = {EVERYWHERE}
    for account in sorted(accounts, key=str):
        before, after = _unknown_reason(old, account, new), _unknown_reason(new, account, old)
        if before or after:
            sides = [f"{side}: {reason}" for side, reason in (("old", before), ("new", after)) if reason]
            row = {"change": "not_compared", "query": name, "account_id": None if account == EVERYWHERE else account}
            row["reason"] = f"old and new: {before}" if before == after else "; ".join(sides)
            rows.append({**row, "quiet": str(bool(before and after) and account not in unknown)})
    return rows
