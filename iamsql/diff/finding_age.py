"""Findings of two runs: opened, resolved or still open, and the date of the first occurrence from all earlier runs.

A run that does not cover an account is skipped; a run that covers the account without the finding ends its age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from iamsql.coverage.accounts import EVERYWHERE
from iamsql.diff.findings import Finding, FindingSet, Key

Open = dict[
    tuple[Key, int], datetime
]  # a finding's key, its number among those of that key, and when it was first seen
Row = dict[str, Any]


def compared(name: str, old: FindingSet, new: FindingSet, earlier: Callable[[], Iterable[FindingSet]]) -> list[Row]:
    """Return the rows of a query's or control's findings; `earlier` yields the finding sets before `new`, latest first."""
    both, opened, resolved, unknown = _partition(old, new)
    current = dict.fromkeys((*both, *opened), new.started)
    past = dict.fromkeys(resolved, old.started)
    firsts = _walk(current, new, earlier()) | _walk(past, old, (run for run in earlier() if run.started < old.started))
    rows = [_row(name, "opened", key, new, new.started, firsts) for key in opened]
    rows += [_row(name, "resolved", key, old, new.started, firsts, new) for key in resolved]
    rows += [_row(name, "still_open", key, new, new.started, firsts) for key in both]
    return [*rows, *_unknown(name, old, new, unknown)]


Keys = list[tuple[Key, int]]


def _partition(old: FindingSet, new: FindingSet) -> tuple[Keys, Keys, Keys, set[str | None]]:
    """Return the findings of both runs, the opened and the resolved ones, and the accounts that cannot be compared."""
    before, after = _numbered(old), _numbered(new)
    unknown: set[str | None] = set()

    def comparable(keys: Keys, findings: FindingSet, other: FindingSet) -> Keys:
        known = []
        for key in keys:
            account = _finding(findings, key).account_id
            if _why_not(other, account, findings):
                unknown.add(account)
            else:
                known.append(key)
        return known

    both = [key for key in after if key in before]
    opened = comparable([key for key in after if key not in before], new, old)
    resolved = comparable([key for key in before if key not in after], old, new)
    return both, opened, resolved, unknown


def _numbered(findings: FindingSet) -> dict[tuple[Key, int], None]:
    return {(key, number): None for key, rows in findings.found.items() for number in range(len(rows))}


def _finding(findings: FindingSet, key: tuple[Key, int]) -> Finding:
    return findings.found[key[0]][key[1]]


def _why_not(findings: FindingSet, account: str | None, other: FindingSet) -> str:
    """Return why a run has no answer for an account; without an account, why it covers less than the other run."""
    if account is not None:
        return findings.why_not(account)
    missing = sorted(findings.lacking.keys() - other.lacking.keys())
    return f"{missing[0]}: {findings.lacking[missing[0]]}" if missing else ""


def _walk(open_: Open, last: FindingSet, earlier: Iterable[FindingSet]) -> Open:
    """Return the date of the first occurrence of each finding, going back from a run while the finding is present."""
    firsts, remaining = dict(open_), dict.fromkeys(open_)
    for findings in earlier if remaining else ():
        for finding in list(remaining):
            if len(findings.found.get(finding[0], ())) > finding[1]:
                firsts[finding] = findings.started
            elif not _why_not(findings, _finding(last, finding).account_id, last):
                del remaining[finding]
        if not remaining:
            break
    return firsts


def _row(
    name: str, change: str, key: tuple[Key, int], findings: FindingSet, until: datetime, firsts: Mapping[Any, datetime],
    after: FindingSet | None = None,
) -> Row:  # fmt: skip
    finding, first = _finding(findings, key), firsts[key]
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


def _unknown(name: str, old: FindingSet, new: FindingSet, unknown: set[str | None]) -> list[Row]:
    """Return rows for the accounts that one of the runs does not cover; accounts that neither covers are quiet."""
    rows = []
    accounts: set[str | None] = {*old.accounts.names, *new.accounts.names, *unknown}
    if EVERYWHERE in old.lacking or EVERYWHERE in new.lacking:
        accounts = {EVERYWHERE}
    for account in sorted(accounts, key=str):
        before, after = _why_not(old, account, new), _why_not(new, account, old)
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
