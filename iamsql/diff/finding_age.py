"""Compare the findings of two runs: opened, resolved or still open, with the date of the first occurrence.

The first occurrence is searched in all earlier runs. A run that does not cover the account is skipped; a run that covers the
account and does not have the finding ends the search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from iamsql.coverage.by_account import EVERYWHERE
from iamsql.diff.findings import Finding, FindingSet, Key

FindingId = tuple[Key, int]  # the key of a finding, and its number among the findings with this key
Row = dict[str, Any]


def compare_findings(
    name: str, old: FindingSet, new: FindingSet, earlier: Callable[[], Iterable[FindingSet]]
) -> list[Row]:
    """Return the rows of a query's or control's findings; `earlier` yields the finding sets before `new`, latest first."""
    both, opened, resolved, unknown = _partition(old, new)
    current = dict.fromkeys((*both, *opened), new.started)
    past = dict.fromkeys(resolved, old.started)
    before_old = (run for run in earlier() if run.started < old.started)
    first_seen = _first_seen(current, new, earlier()) | _first_seen(past, old, before_old)
    rows = [_row(name, "opened", key, new, new.started, first_seen) for key in opened]
    rows += [_row(name, "resolved", key, old, new.started, first_seen, new) for key in resolved]
    rows += [_row(name, "still_open", key, new, new.started, first_seen) for key in both]
    return [*rows, *_not_compared(name, old, new, unknown)]


def _partition(
    old: FindingSet, new: FindingSet
) -> tuple[list[FindingId], list[FindingId], list[FindingId], set[str | None]]:
    """Return the findings of both runs, the opened and the resolved ones, and the accounts that cannot be compared."""
    before, after = _numbered(old), _numbered(new)
    unknown: set[str | None] = set()

    def comparable(keys: list[FindingId], findings: FindingSet, other: FindingSet) -> list[FindingId]:
        known = []
        for key in keys:
            account = _finding(findings, key).account_id
            if _reason_unknown(other, account, findings):
                unknown.add(account)
            else:
                known.append(key)
        return known

    both = [key for key in after if key in before]
    opened = comparable([key for key in after if key not in before], new, old)
    resolved = comparable([key for key in before if key not in after], old, new)
    return both, opened, resolved, unknown


def _numbered(findings: FindingSet) -> dict[FindingId, None]:
    return {(key, number): None for key, rows in findings.found.items() for number in range(len(rows))}


def _finding(findings: FindingSet, key: FindingId) -> Finding:
    return findings.found[key[0]][key[1]]


def _reason_unknown(findings: FindingSet, account: str | None, other: FindingSet) -> str:
    """Return why a run has no answer for an account, '' if it has one.

    A finding without an account depends on all accounts: the reason is an account that only the other run covers.
    """
    if account is not None:
        return findings.reason_unknown(account)
    missing = sorted(findings.lacking.keys() - other.lacking.keys())
    return f"{missing[0]}: {findings.lacking[missing[0]]}" if missing else ""


def _first_seen(
    started: dict[FindingId, datetime], last: FindingSet, earlier: Iterable[FindingSet]
) -> dict[FindingId, datetime]:
    """Return the start of the first run that has each finding, going back from the run `last` while the finding is present."""
    first_seen, remaining = dict(started), dict.fromkeys(started)
    for findings in earlier if remaining else ():
        for finding in list(remaining):
            if len(findings.found.get(finding[0], ())) > finding[1]:
                first_seen[finding] = findings.started
            elif not _reason_unknown(findings, _finding(last, finding).account_id, last):
                del remaining[finding]
        if not remaining:
            break
    return first_seen


def _row(
    name: str, change: str, key: FindingId, findings: FindingSet, until: datetime, first_seen: Mapping[FindingId, datetime],
    after: FindingSet | None = None,
) -> Row:  # fmt: skip
    finding, first = _finding(findings, key), first_seen[key]
    account_left = (
        after is not None and finding.account_id is not None and finding.account_id not in after.accounts.names
    )
    return {
        "change": change,
        "account_id": finding.account_id,
        "region": finding.region,
        "name": finding.name,
        "resource": finding.resource,
        "old_value": finding.value if change == "resolved" else None,
        "new_value": None if change == "resolved" else finding.value,
        "query": name,
        "reason": "the account left the organization" if account_left else finding.reason,
        "first_seen": first.isoformat(),
        "days_open": str(max((until - first).days, 0)),
        "quiet": str(change == "still_open"),
    }


def _not_compared(name: str, old: FindingSet, new: FindingSet, unknown: set[str | None]) -> list[Row]:
    """Return a row for each account that one of the runs does not cover. Rows of accounts that neither covers are quiet."""
    rows = []
    # Also accounts without findings, because the absence of findings there proves nothing.
    accounts: set[str | None] = {*old.accounts.names, *new.accounts.names, *unknown}
    if EVERYWHERE in old.lacking or EVERYWHERE in new.lacking:
        accounts = {EVERYWHERE}
    for account in sorted(accounts, key=str):
        before, after = _reason_unknown(old, account, new), _reason_unknown(new, account, old)
        if before or after:
            reason = (
                f"old and new: {before}"
                if before == after
                else "; ".join(filter(None, (before and f"old: {before}", after and f"new: {after}")))
            )
            quiet = bool(before and after) and account not in unknown
            account_id = None if account == EVERYWHERE else account
            rows.append(
                {
                    "change": "not_compared",
                    "account_id": account_id,
                    "query": name,
                    "reason": reason,
                    "quiet": str(quiet),
                }
            )
    return rows
