"""The sample of accounts."""

from __future__ import annotations

from pathlib import Path

from iamsql.model import Account
from iamsql.sync.doctor.accounts import sample
from tests.sync.doctor.conftest import options

ACCOUNTS = [
    Account(f"{number:012}", state=state, parents=("r-1", unit))
    for number, (unit, state) in enumerate(
        [
            ("ou-a", "ACTIVE"),
            ("ou-a", "ACTIVE"),
            ("ou-a", "ACTIVE"),
            ("ou-b", "SUSPENDED"),
            ("ou-b", "ACTIVE"),
            ("ou-c", "ACTIVE"),
        ]
    )
]


def numbers(count: int, all_accounts: bool = False, caller: int = 0) -> list[int]:
    """Return the numbers of the accounts of a sample."""
    accounts = sample(ACCOUNTS, f"{caller:012}", options(Path(), sample=count, all_accounts=all_accounts))
    return [int(account.account_id) for account in accounts]


def test_a_sample_has_the_caller_and_accounts_of_different_units() -> None:
    assert numbers(3) == [0, 1, 4, 5]
    assert numbers(1) == [0, 1]
    assert numbers(0) == [0]
    assert numbers(9) == [0, 1, 4, 5, 2], "a suspended account is not part of a sample"
    assert numbers(2, caller=99) == [0, 4], "the caller's account is not in the organization"


def test_all_accounts_include_those_that_are_not_active() -> None:
    assert numbers(3, all_accounts=True) == [0, 1, 2, 3, 4, 5]
