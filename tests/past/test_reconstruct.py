"""The state that events give is the state that a run read at that time: random changes, a run at each step."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from iamsql.past.open import past_folder
from tests.conftest import query
from tests.past.changes import ACCOUNTS, CHANGES, ChangingOrganization

EVENTS = ("all-writes",)  # a default sync looks up only some event names in accounts with many events
TABLES = (
    "aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_access_key", "aws_iam_policy", "aws_iam_policy_attachment",
    "aws_iam_principal_policy", "aws_iam_group_policy", "aws_iam_document", "aws_iam_statement", "aws_iam_principal",
)  # fmt: skip
# The columns that no event determines: the time of the sync, the order of AWS's responses, and last uses.
NOT_DETERMINED = {
    "aws_iam_user": ("position", "password_last_used"),
    "aws_iam_role": ("role_last_used_date", "role_last_used_region"),
    "aws_iam_access_key": (
        "position", "access_key_last_used_date", "access_key_last_used_service", "access_key_last_used_region", "last_used_known",
        "last_used_source", "report_time", "slot", "slot_method", "slot_confidence",
    ),
    "aws_iam_policy": ("update_date",),
}  # fmt: skip


def text(time: datetime) -> str:
    """Return a time as --at takes it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def rows(run: Path, table: str) -> Counter[tuple[Any, ...]]:
    """Return the rows of a table in the accounts that change, without the columns that no event determines."""
    left_out = {*NOT_DETERMINED.get(table, ()), "sp_ctx", "_ctx"}  # the call of a row, and its time
    columns = [name for name, *_ in query(run, f"describe {table}") if name not in left_out]
    shown = ", ".join(f'cast("{name}" as varchar)' for name in columns)
    documents = f"document_id in (select document_id from aws_iam_document where account_id in {ACCOUNTS})"
    where = documents if table == "aws_iam_statement" else f"account_id in {ACCOUNTS}"
    return Counter(query(run, f"select {shown} from {table} where {where}"))


def compare(folder: Path, at: datetime, run: Path) -> None:
    """Compare the state at a time with the run that was made at that time."""
    with past_folder(folder, text(at)) as made:
        [past] = made.glob("*.duckdb")
        for table in TABLES:
            found, wanted = rows(past, table), rows(run, table)
            assert found == wanted, (table, [*(found - wanted)][:2], [*(wanted - found)][:2])


def sequence(folder: Path, seed: int, steps: int, changes: int) -> None:
    """Make changes and a run at each step, and compare the state at each step with its run."""
    past, runs = folder / "past", folder / "runs"
    organization = ChangingOrganization(seed)
    organization.run(past, events=EVENTS)
    made = []
    for _ in range(steps):
        organization.advance(1)
        names = [organization.change() for _ in range(changes)]
        made.append((organization.aws.now, organization.run(runs, events=EVENTS), names))
    organization.advance(30)
    organization.run(past, events=EVENTS)
    for at, run, _ in made:
        compare(past, at, run)


def test_a_short_sequence_gives_the_state_of_each_run(tmp_path: Path) -> None:
    sequence(tmp_path, seed=1, steps=1, changes=12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_random_changes_give_the_state_of_each_run(tmp_path: Path, seed: int) -> None:
    sequence(tmp_path, seed, steps=4, changes=12)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_each_change_alone_gives_the_state_of_the_run(tmp_path: Path, name: str) -> None:
    organization = ChangingOrganization(3)
    for prepare in ("CreateUser", "CreateGroup", "CreateRole", "PutGroupPolicy", "AttachGroupPolicy", "AddUserToGroup"):
        organization.change(prepare)
    organization.run(tmp_path / "past", events=EVENTS)
    organization.advance(1)
    organization.change(name)
    run = organization.run(tmp_path / "runs", events=EVENTS)
    at = organization.aws.now
    organization.advance(30)
    organization.run(tmp_path / "past", events=EVENTS)
    compare(tmp_path / "past", at, run)
