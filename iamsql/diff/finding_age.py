"""Findings over runs: opened, resolved or still open between two, and since when, walking back over all that there are.

A run that did not cover an account for a finding neither breaks nor lengthens its streak; one that did, without it, ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from iamsql.diff.findings import Finding, Key, Seen
from iamsql.store.lacks import EVERYWHERE

Open = dict[
    tuple[Key, int], datetime
]  # a finding's key, its number among those of that key, and when it was first seen
Row = dict[str, Any]


def compared(name: str, old: Seen, new: Seen, earlier: Callable[[], Iterable[Seen]]) -> list[Row]:
    """Give the rows of what changed of a query's or control's findings; `earlier` gives all runs before new, latest first."""
    both, opened, resolved, unknown = _parted(old, new)
    now = dict.fromkeys((*both, *opened), new.started)
    then = dict.fromkeys(resolved, old.started)
    firsts = _walk(now, new, earlier()) | _walk(then, old, (seen for seen in earlier() if seen.started < old.started))
    rows = [_row(name, "opened", one, new, new.started, firsts) for one in opened]
    rows += [_row(name, "resolved", one, old, new.started, firsts, new) for one in resolved]
    rows += [_row(name, "still_open", one, new, new.started, firsts) for one in both]
    return [*rows, *_untold(name, old, new, unknown)]


Keys = list[tuple[Key, int]]


def _parted(old: Seen, new: Seen) -> tuple[Keys, Keys, Keys, set[str | None]]:
    """Part the findings into those of both runs, opened and resolved; and the accounts of those that cannot be told."""
    before, after = _numbered(old), _numbered(new)
    unknown: set[str | None] = set()

    def told(mine: Keys, seen: Seen, other: Seen) -> Keys:
        kept = []
        for one in mine:
            account = _finding(seen, one).account_id
            if _why_not(other, account, seen):
                unknown.add(account)
            else:
                kept.append(one)
        return kept

    both = [one for one in after if one in before]
    opened = told([one for one in after if one not in before], new, old)
    resolved = told([one for one in before if one not in after], old, new)
    return both, opened, resolved, unknown


def _numbered(seen: Seen) -> dict[tuple[Key, int], None]:
    return {(key, place): None for key, rows in seen.found.items() for place in range(len(rows))}


def _finding(seen: Seen, one: tuple[Key, int]) -> Finding:
    return seen.found[one[0]][one[1]]


def _why_not(seen: Seen, account: str | None, beside: Seen) -> str:
    """Say why a run cannot tell of an account; of no account in particular, it must have all that the other run has."""
    if account is not None:
        return seen.why_not(account)
    lost = sorted(seen.lacking.keys() - beside.lacking.keys())
    return f"{lost[0]}: {seen.lacking[lost[0]]}" if lost else ""


def _walk(open_: Open, last: Seen, earlier: Iterable[Seen]) -> Open:
    """Walk back from a run while findings go on; give when each was first seen."""
    firsts, going = dict(open_), dict.fromkeys(open_)
    for seen in earlier if going else ():
        for one in list(going):
            if len(seen.found.get(one[0], ())) > one[1]:
                firsts[one] = seen.started
            elif not _why_not(seen, _finding(last, one).account_id, last):
                del going[one]
        if not going:
            break
    return firsts


def _row(
    name: str, change: str, one: tuple[Key, int], seen: Seen, until: datetime, firsts: Mapping[Any, datetime],
    after: Seen | None = None,
) -> Row:  # fmt: skip
    finding, first = _finding(seen, one), firsts[one]
    left = after is not None and finding.account_id is not None and finding.account_id not in after.accounts.names
    return {
        "change": change,
        "account_id": finding.account_id,
        "region": finding.region,
        "name": finding.name,
        "resource": finding.resource,
        "old_value": finding.value if change == "resolved" else None,
        "new_value": None if change == "resolved" else finding.value,
        "query": name,
        "reason": "the account left the organization" if left else finding.reason,
        "first_seen": first.isoformat(),
        "days_open": str(max((until - first).days, 0)),
        "quiet": str(change == "still_open"),
    }


def _untold(name: str, old: Seen, new: Seen, unknown: set[str | None]) -> list[Row]:
    """Tell the accounts that one of the runs cannot speak of, and quietly those that neither can."""
    rows = []
    accounts: set[str | None] = {*old.accounts.names, *new.accounts.names, *unknown}
    if EVERYWHERE in old.lacking or EVERYWHERE in new.lacking:
        accounts = {EVERYWHERE}
    for account in sorted(accounts, key=str):
        was, now = _why_not(old, account, new), _why_not(new, account, old)
        if was or now:
            words = (
                f"old and new: {was}"
                if was == now
                else "; ".join(filter(None, (was and f"old: {was}", now and f"new: {now}")))
            )
            quiet = bool(was and now) and account not in unknown
            told = None if account == EVERYWHERE else account
            rows.append(
                {"change": "not_compared", "account_id": told, "query": name, "reason": words, "quiet": str(quiet)}
            )
    return rows
