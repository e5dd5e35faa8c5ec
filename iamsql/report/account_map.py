"""The map of accounts and control families. Every account of the run is a row, even if it could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iamsql.check.controls import STATUSES
from iamsql.report.contents import OUTCOMES, MapRow
from iamsql.report.queries import ACCOUNTS_SQL
from iamsql.runs.store.reader import Reader

READ_OUTCOMES = ("complete", "incomplete")


@dataclass(frozen=True)
class RunAccount:
    """An account of the run and the outcome of reading it."""

    account_id: str
    name: str
    ou_path: str
    outcome: str
    selected: bool


def accounts_of_run(reader: Reader) -> list[RunAccount]:
    """Return the accounts in the order of the organization."""
    return [RunAccount(*row) for row in reader.query(ACCOUNTS_SQL)]


def count_outcomes(accounts: Sequence[RunAccount]) -> dict[str, int]:
    """Return the number of accounts by outcome, in the order of OUTCOMES, without outcomes that no account has."""
    counts = Counter(account.outcome for account in accounts)
    order = [*OUTCOMES, *sorted(counts.keys() - set(OUTCOMES))]
    return {outcome: counts[outcome] for outcome in order if counts[outcome]}


def map_rows(
    accounts: Sequence[RunAccount], results: Mapping[str, Mapping[str, Mapping[str, int]]], families: Sequence[str]
) -> list[MapRow]:
    """Return a row for each account, most alarms first; `results` counts results by account, family and status.

    An account that has results and is not an account of the run, as in an import without an organization, is also a row.
    """
    account_ids = {account.account_id for account in accounts}
    other_accounts = [RunAccount(account, "", "", "", False) for account in results if account not in account_ids]
    rows = [
        _map_row(account, results.get(account.account_id, {}), families) for account in (*accounts, *other_accounts)
    ]
    return sorted(rows, key=lambda row: (-row.alarms, -row.unknown))


def _map_row(account: RunAccount, counts: Mapping[str, Mapping[str, int]], families: Sequence[str]) -> MapRow:
    cells = {family: _worst_status(counts.get(family, {})) for family in families}
    if account.outcome == "assume_role_failed":  # a family without a result about the account is unknown, not fine
        cells = {family: cell or "error" for family, cell in cells.items()}
    totals: Counter[str] = Counter()
    for by_status in counts.values():
        totals.update(by_status)
    account_fields = (account.account_id, account.name, account.ou_path, account.outcome)
    by_family = {family: dict(by_status) for family, by_status in counts.items()}
    return MapRow(*account_fields, cells, by_family, totals["alarm"], totals["error"])


def _worst_status(counts: Mapping[str, int]) -> str:
    # A cell has the most urgent status of the results of the account and family.
    return next((status for status in STATUSES if counts.get(status)), "")
