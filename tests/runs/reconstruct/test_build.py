"""The state that events give is the state that a run read at that time: random changes, a run at each step."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import iamsql
from iamsql.model import IamsqlError
from iamsql.runs.reconstruct.open import past_run
from tests.conftest import query
from tests.runs.reconstruct.changes import ACCOUNTS, CHANGES, PREPARED, ChangingOrganization

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
    texts = ", ".join(f'cast("{name}" as varchar)' for name in columns)
    documents = f"document_id in (select document_id from aws_iam_document where account_id in {ACCOUNTS})"
    where = documents if table == "aws_iam_statement" else f"account_id in {ACCOUNTS}"
    return Counter(query(run, f"select {texts} from {table} where {where}"))


def compare(folder: Path, at: datetime, run: Path, tables: Sequence[str] = TABLES) -> None:
    """Compare the state at a time with the run that was made at that time."""
    with past_run(folder, text(at)) as past:
        for table in tables:
            actual, expected = rows(past, table), rows(run, table)
            assert actual == expected, (table, [*(actual - expected)][:2], [*(expected - actual)][:2])


def sequence(folder: Path, seed: int, steps: int, changes: int) -> None:
    """Make changes and a run at each step, and compare the state at each step with its run."""
    past, runs = folder / "past", folder / "runs"
    organization = ChangingOrganization(seed)
    organization.run(past, events=EVENTS)
    snapshots = []
    for _ in range(steps):
        organization.advance(1)
        names = [organization.change() for _ in range(changes)]
        snapshots.append((organization.aws.now, organization.run(runs, events=EVENTS), names))
    organization.advance(30)
    organization.run(past, events=EVENTS)
    for at, run, _ in snapshots:
        compare(past, at, run)


@pytest.mark.slow
def test_a_short_sequence_gives_the_state_of_the_next_run(tmp_path: Path) -> None:
    organization = ChangingOrganization(1)
    organization.run(tmp_path, events=EVENTS)
    organization.advance(1)
    for _ in range(12):
        organization.change()
    at = organization.aws.now
    organization.advance(30)
    compare(tmp_path, at, organization.run(tmp_path, events=EVENTS), TABLES[:4])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_random_changes_give_the_state_of_each_run(tmp_path: Path, seed: int) -> None:
    sequence(tmp_path, seed, steps=4, changes=12)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_each_change_alone_gives_the_state_of_the_run(tmp_path: Path, name: str) -> None:
    organization = ChangingOrganization(3)
    for prepare in PREPARED:
        organization.change(prepare)
    organization.run(tmp_path / "past", events=EVENTS)
    organization.advance(1)
    organization.change(name)
    run = organization.run(tmp_path / "runs", events=EVENTS)
    at = organization.aws.now
    organization.advance(30)
    organization.run(tmp_path / "past", events=EVENTS)
    compare(tmp_path / "past", at, run)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """Return a folder with two runs and five changes between them, and the time after the third change."""
    folder, organization = tmp_path_factory.mktemp("history"), ChangingOrganization(5)
    [account] = [account for account in organization.accounts if account.id == ACCOUNTS[0]]
    organization.run(folder, events=EVENTS)
    organization.advance(1)
    for name in ("CreateUser", "CreateAccessKey", "AttachRolePolicy"):
        organization.change(name, account)
    at = organization.aws.now
    organization.record(account, "CreateVirtualMFADevice", {"virtualMFADeviceName": "x"})
    organization.record(account, "CreateUser", {"userName": "refused"}, errorCode="AccessDenied")
    organization.advance(1)
    [other] = [account for account in organization.accounts if account.id == ACCOUNTS[1]]
    organization.record(other, "InventSomething", {})
    organization.advance(30)
    organization.run(folder, events=EVENTS)
    return folder, at


@pytest.mark.slow
def test_answers_name_the_base_run_the_time_and_the_changes(history: tuple[Path, datetime]) -> None:
    folder, at = history
    with iamsql.open(runs=folder, at=text(at)) as run:
        changes = run.query("select table_name, event_name, event_time from iamsql.reconstructed order by event_time")
        assert [row[:2] for row in changes.rows] == [
            ("aws_iam_user", "CreateUser"), ("aws_iam_access_key", "CreateAccessKey"), ("aws_iam_role", "AttachRolePolicy"),
        ]  # fmt: skip
        assert any(
            note.startswith(f"State at {text(at)}: run ") and "with 3 changes" in note for note in changes.caveats
        )
        [(as_of,)] = run.query("select as_of()").rows
        assert as_of == at
        users = run.query("select count(*) from aws_iam_user where name like 'user-%'")
        assert users.rows == [(1,)]
        late = run.query("select count(*) from aws_cloudtrail_event where event_time > as_of() at time zone 'UTC'")
        assert late.rows == [(0,)]


@pytest.mark.slow
def test_data_without_events_is_unknown_and_not_that_of_the_base_run(history: tuple[Path, datetime]) -> None:
    folder, at = history
    with iamsql.open(runs=folder, at=text(at)) as run:
        last_uses = run.query("select access_key_last_used_date, last_used_known from aws_iam_access_key group by all")
        assert last_uses.rows == [(None, False)]
        assert any("2 not reconstructed iam:GetCredentialReport" in note for note in last_uses.caveats)
        keys = run.query("select access_key_id, status from aws_iam_access_key")
        assert not any("not read in full" in note for note in keys.caveats)
        devices = run.query("select * from aws_iam_virtual_mfa_device")
        assert not any("not reconstructed" in note for note in devices.caveats)
    with iamsql.open(runs=folder, at=text(at + timedelta(seconds=30))) as run:
        devices = run.query("select * from aws_iam_virtual_mfa_device")
        assert any("1 of 2 accounts not read in full: 1 not reconstructed" in note for note in devices.caveats)


@pytest.mark.slow
def test_an_unknown_event_makes_its_account_unknown_and_no_other(history: tuple[Path, datetime]) -> None:
    folder, at = history
    with iamsql.open(runs=folder, at=text(at + timedelta(minutes=5))) as run:
        users = run.query("select account_id, count(*) as users from aws_iam_user group by all")
        assert [row[0] for row in users.rows] == [ACCOUNTS[0]]
        assert any("1 of 2 accounts not read in full: 1 not reconstructed." in note for note in users.caveats)
        [(outcome, reason)] = run.query(
            f"select outcome, reason from iamsql.accounts where account_id = '{ACCOUNTS[1]}'"
        ).rows
        assert outcome == "incomplete" and "InventSomething of" in reason


@pytest.mark.slow
def test_a_time_without_a_run_before_it_or_events_after_it_is_refused(history: tuple[Path, datetime]) -> None:
    folder, at = history
    with pytest.raises(IamsqlError, match=r"No run of all tables in .* started before 2026-03-02 11:00:59"):
        iamsql.open(runs=folder, at="2026-03-02T11:00")
    with pytest.raises(
        IamsqlError, match=r"is unknown in all 2 accounts of run .*: in 555566667777, no run has all IAM events"
    ):
        iamsql.open(runs=folder, at=text(at + timedelta(days=1)))
    with pytest.raises(IamsqlError, match="omit the name of the run"):
        iamsql.open("previous", runs=folder, at=text(at))


@pytest.mark.slow
def test_default_lookups_by_name_are_gaps(tmp_path: Path) -> None:
    organization = ChangingOrganization(1)
    organization.run(tmp_path)
    organization.advance(1)
    at = organization.aws.now
    organization.advance(30)
    organization.run(tmp_path, events=("CreateUser", "DeleteUser"))
    with pytest.raises(IamsqlError, match="no run has all IAM events"), past_run(tmp_path, text(at)):
        pass


@pytest.mark.slow
def test_nothing_remains_of_a_past_state(history: tuple[Path, datetime], tmp_path: Path) -> None:
    folder, at = history
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.duckdb")}
    shutil.copytree(folder, tmp_path / "copy")
    with past_run(tmp_path / "copy", text(at)) as past:
        assert past.parent.stat().st_mode & 0o77 == 0 and [*past.parent.iterdir()] == [past]
    assert not past.parent.exists()
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.duckdb")} == before
