"""What one run lacks of some tables, account by account, for whoever compares the answers of several runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from iamsql.coverage.by_account import NAME, note_shortfalls
from iamsql.store.reader import Reader

ACCOUNTS = "select account_id, name, selected, outcome in ('read', 'partial') from iamsql.accounts"
LISTED = """
select coalesce(bool_and(status in ('ok', 'not_applicable')) and bool_or(operation = 'ListAccounts'), false)
from iamsql.coverage
where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
    and error_code is distinct from 'NoState'
"""
EVERYWHERE = "*"  # in the place of an account: of a call that is made once for all


@dataclass(frozen=True)
class Accounts:
    """The accounts of a run: names by id, those that were not selected, those that were read, whether all are listed."""

    names: dict[str, str]
    unselected: frozenset[str]
    read: frozenset[str]
    whole: bool


def accounts_of(reader: Reader) -> Accounts:
    """Read which accounts a run knows."""
    rows = reader.run(ACCOUNTS).rows
    ((whole,),) = reader.run(LISTED).rows
    return Accounts(
        {account: name or "" for account, name, *_ in rows},
        frozenset(account for account, _, selected, _ in rows if not selected),
        frozenset(account for account, _, _, read in rows if read),
        bool(whole),
    )


def lacks_of(reader: Reader, tables: set[str], once: Collection[str]) -> dict[str, str]:
    """Say of each account that the tables lack why they do; `once` lists the calls that are made once for all."""
    note_shortfalls(reader._connection, tables, once)
    sql = f"select case when everywhere then '{EVERYWHERE}' else account_id end, min(words) from {NAME} group by all"
    return {account: str(said).partition(", which")[0] for account, said in reader.run(sql).rows}
