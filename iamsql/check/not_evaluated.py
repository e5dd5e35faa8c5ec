"""In which accounts a detection could not be evaluated: its tables were not read there, so that no finding means nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from iamsql.check.dependencies import made_once
from iamsql.coverage.by_account import NAME, note_shortfalls
from iamsql.store.reader import Reader

# A call that is made once for the organization is short for every account; suspended and closed accounts are not read.
UNREAD = f"""
select distinct account_id from {NAME}
where list_contains($tables, table_name) and not untried
    and (everywhere or len($accounts) = 0 or list_contains($accounts, account_id))
"""


def unread_accounts(
    reader: Reader, tables: Mapping[str, Collection[str]], accounts: Collection[str] = ()
) -> dict[str, set[str]]:
    """Return the accounts, of those given or of all, whose events or other rows were not read, for each detection.

    `tables` are those that each detection stands on. A file that is no run says nothing of what was read.
    """
    if not reader.facts.run_id:
        return {}
    note_shortfalls(reader._connection, set().union(*tables.values()), made_once())
    found: dict[frozenset[str], set[str]] = {}
    for one in map(frozenset, tables.values()):
        if one not in found:
            rows = reader.run(UNREAD, {"tables": sorted(one), "accounts": list(accounts)}).rows
            found[one] = {account for (account,) in rows}
    return {name: unread for name, one in tables.items() if (unread := found[frozenset(one)])}


def unread_note(unread: Mapping[str, Collection[str]]) -> list[str]:
    """Say in a sentence how many detections could not be evaluated, and in how many accounts."""
    if not unread:
        return []
    accounts = set().union(*map(set, unread.values()))
    detections = "1 detection" if len(unread) == 1 else f"{len(unread)} detections"
    where = "1 account" if len(accounts) == 1 else f"{len(accounts)} accounts"
    return [
        f"{detections} could not be evaluated in {where}: the data was not read. See: iamsql query skipped_accounts"
    ]
