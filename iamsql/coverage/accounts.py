"""The accounts of one run, and why their data is incomplete, to compare the answers of several runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from iamsql.coverage.by_account import ADVICE, TABLE, create_gaps_table
from iamsql.store.reader import Reader

ACCOUNTS = "select account_id, name, selected, outcome in ('read', 'partial') from iamsql.accounts"
# An account without a state has an error row of ListAccounts, but the list of accounts is complete.
LISTED = """
select coalesce(bool_and(status in ('ok', 'not_applicable')) and bool_or(operation = 'ListAccounts'), false)
from iamsql.coverage
where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
    and error_code is distinct from 'NoState'
"""
EVERYWHERE = "*"  # in the place of an account ID: the call is made once for the organization


@dataclass(frozen=True)
class Accounts:
    """The accounts of a run: names by ID, those not selected, those read; `all_listed` if the organization was read."""

    names: dict[str, str]
    unselected: frozenset[str]
    read: frozenset[str]
    all_listed: bool


def accounts_of(reader: Reader) -> Accounts:
    """Return the accounts of a run."""
    rows = reader.query(ACCOUNTS)
    ((all_listed,),) = reader.query(LISTED)
    return Accounts(
        {account: name or "" for account, name, *_ in rows},
        frozenset(account for account, _, selected, _ in rows if not selected),
        frozenset(account for account, _, _, read in rows if read),
        bool(all_listed),
    )


def missing_by_account(reader: Reader, tables: set[str], once: Collection[str]) -> dict[str, str]:
    """Map account IDs, or EVERYWHERE, to the reason why their data in the tables is incomplete.

    `once` lists the calls, as service:operation, that are made once for the organization.
    """
    create_gaps_table(reader, tables, once)
    sql = f"select case when everywhere then '{EVERYWHERE}' else account_id end, min(reason) from {TABLE} group by all"
    return {account: str(reason).removesuffix(ADVICE) for account, reason in reader.query(sql)}
