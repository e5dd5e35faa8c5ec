"""The accounts in which a detection could not be evaluated, because the run did not read the tables there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from iamsql.check.dependencies import organization_calls
from iamsql.coverage.by_account import TABLE, create_gaps_table
from iamsql.coverage.words import counted
from iamsql.store.reader import Reader

# The failure of a call that is made once for the organization affects every account. Inactive accounts are never read.
UNREAD = f"""
select distinct account_id from {TABLE}
where list_contains($tables, table_name) and not inactive
    and (everywhere or len($accounts) = 0 or list_contains($accounts, account_id))
"""


def unread_accounts(
    reader: Reader, tables: Mapping[str, Collection[str]], accounts: Collection[str] = ()
) -> dict[str, set[str]]:
    """Map each detection to the accounts in which its tables were not read: of `accounts`, or of all if it is empty.

    `tables` maps each detection to its tables. Return {} for a file that is not a run.
    """
    if not reader.facts.run_id:
        return {}
    create_gaps_table(reader, set().union(*tables.values()), organization_calls())
    # Most detections read the same table, so that one query answers for all of them.
    found: dict[frozenset[str], set[str]] = {}
    for names in map(frozenset, tables.values()):
        if names not in found:
            rows = reader.query(UNREAD, {"tables": sorted(names), "accounts": list(accounts)})
            found[names] = {account for (account,) in rows}
    return {detection: unread for detection, names in tables.items() if (unread := found[frozenset(names)])}


def unread_note(unread: Mapping[str, Collection[str]]) -> list[str]:
    """Return a sentence with the number of detections that could not be evaluated; [] if there are none."""
    if not unread:
        return []
    accounts = set().union(*map(set, unread.values()))
    detections, where = counted(len(unread), "detection"), counted(len(accounts), "account")
    return [
        f"{detections} could not be evaluated in {where}: the data was not read. See: iamsql query skipped_accounts"
    ]
