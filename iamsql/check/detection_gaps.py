"""The accounts where a detection could not be evaluated, because the data was not read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from iamsql.render.cells import pluralize
from iamsql.runs.coverage.by_account import ADVICE, TABLE, create_gaps_table
from iamsql.runs.store.reader import Reader
from iamsql.tables.registry import organization_calls

# The failure of a call that is made once for the organization affects every account. Inactive accounts are never read.
UNREAD_TABLES_SQL = f"""
select distinct table_name, account_id, reason from {TABLE}
where not inactive and (everywhere or len($accounts) = 0 or list_contains($accounts, account_id))
order by all
"""

UnevaluatedReasons = dict[str, dict[str, list[str]]]  # reasons by account by detection


def unevaluated_accounts(
    reader: Reader, tables: Mapping[str, Collection[str]], accounts: Sequence[str]
) -> UnevaluatedReasons:
    """Map each detection to the accounts with unread tables, and these to the reasons; () for `accounts` is all accounts.

    `tables` maps each detection to its tables. Return {} for a file that is not a run.
    """
    if not reader.metadata.run_id:
        return {}
    create_gaps_table(reader, set().union(*tables.values()), organization_calls())
    gaps: dict[str, list[tuple[str, str]]] = {}
    for table, account, reason in reader.query(UNREAD_TABLES_SQL, {"accounts": list(accounts)}):
        gaps.setdefault(table, []).append((account, str(reason or "the data was not read").removesuffix(ADVICE)))
    unevaluated: UnevaluatedReasons = {}
    for detection, names in tables.items():
        for account, reason in dict.fromkeys(gap for name in sorted(names) for gap in gaps.get(name, ())):
            unevaluated.setdefault(detection, {}).setdefault(account, []).append(reason)
    return unevaluated


def unevaluated_note(unevaluated: UnevaluatedReasons) -> list[str]:
    """Return a sentence with the number of detections that could not be evaluated; [] if there are none."""
    if not unevaluated:
        return []
    accounts = set().union(*unevaluated.values())
    detections, account_count = pluralize(len(unevaluated), "detection"), pluralize(len(accounts), "account")
    return [
        f"{detections} could not be evaluated in {account_count}: the data was not read. See: iamsql query skipped_accounts"
    ]


def join_reasons(reasons: Sequence[str]) -> str:
    """Return a sentence with the first of several reasons, as a control has for an unknown result."""
    other_reasons = f"; and {len(reasons) - 1} more." if len(reasons) > 1 else "."
    return f"Unknown: {reasons[0]}{other_reasons}"
