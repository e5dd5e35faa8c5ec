"""Find the accounts without complete data in a run, with the reason, and which of them an earlier run could read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from iamsql.automation.notify.model import UnreadAccount
from iamsql.runs.coverage.calls import gaps_of_tables
from iamsql.runs.coverage.gaps import INACTIVE
from iamsql.runs.store.reader import Reader

# `reasons` is empty for an account that a run did not try to read. Data that the run was not asked to collect is not a gap.
UNREAD_ACCOUNTS_SQL = f"""
, unread_accounts as (
    select account_id, list_sort(list(distinct reason)) as reasons, list(distinct service || ':' || operation) as calls,
        bool_and(coalesce(error_code in {INACTIVE}, false)) as inactive
    from gaps where kind <> 'not collected' group by all
)
select a.account_id, a.name, a.outcome, a.reason, l.reasons, l.calls, coalesce(l.inactive, false)
from iamsql.accounts a left join unread_accounts l using (account_id)
where a.selected and (l.reasons is not null or a.outcome not in ('complete', 'incomplete'))
order by a.position nulls last, a.account_id
"""
ANSWERED_CALLS_SQL = """
select account_id, list(distinct service || ':' || operation) from iamsql.coverage
where status in ('ok', 'not_applicable') and list_contains($accounts, account_id) group by all
"""
INACTIVE_ACCOUNTS_SQL = "select account_id from iamsql.accounts where outcome = 'inactive'"
Calls = dict[str, set[str]]  # by account


def unread_accounts(reader: Reader, tables: set[str]) -> tuple[list[UnreadAccount], Calls]:
    """Return the accounts in scope with missing data of the tables, and the calls that failed in each.

    An account that is suspended, closed or pending has no calls: no role can be assumed in it.
    """
    ctes, values = gaps_of_tables(reader, tables)
    accounts_not_read, failed_calls = [], {}
    for account, name, outcome, reason, reasons, calls, inactive in reader.query(ctes + UNREAD_ACCOUNTS_SQL, values):
        reason_text = _join_reasons(reasons) if reasons else str(reason or outcome)
        accounts_not_read.append(UnreadAccount(account, name or "", "inactive" if inactive else outcome, reason_text))
        failed_calls[account] = set(calls or ())
    return accounts_not_read, failed_calls


def inactive_accounts(reader: Reader) -> frozenset[str]:
    """Return the accounts where no role can be assumed, because they are suspended, closed or pending."""
    return frozenset(account for (account,) in reader.query(INACTIVE_ACCOUNTS_SQL))


def answered_calls(reader: Reader, accounts: Collection[str]) -> Calls:
    """Return the calls that succeeded in each of the accounts."""
    values: dict[str, Any] = {"accounts": sorted(accounts)}
    return {account: set(calls) for account, calls in reader.query(ANSWERED_CALLS_SQL, values)}


def order_accounts(accounts: list[UnreadAccount], failed_calls: Calls, earlier_calls: Calls) -> list[UnreadAccount]:
    """Return the accounts, newly unread ones first, without inactive accounts that the earlier run could not read either.

    `answered` has the calls that succeeded in the earlier run. A call that it did not make is not newly unread.
    """
    marked_accounts = [
        replace(account, is_new=bool(failed_calls[account.account_id] & earlier_calls.get(account.account_id, set())))
        for account in accounts
    ]
    reported_accounts = [account for account in marked_accounts if account.is_new or account.outcome != "inactive"]
    return sorted(reported_accounts, key=lambda account: not account.is_new)


def _join_reasons(reasons: list[str]) -> str:
    return reasons[0] + (f"; and {len(reasons) - 1} more" if reasons[1:] else "")
