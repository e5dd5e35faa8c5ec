"""The steps of a sync overlap: accounts are read while the organization is, and tables are filled while calls continue."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from iamsql.demo.errors import access_denied_error
from iamsql.model import IamsqlError
from iamsql.query.listing import run as describe_run
from iamsql.runs.file import build
from iamsql.runs.store.writer import RunWriter
from iamsql.tables.registry import all_calls, find_calls
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import DATA, MANAGEMENT, PAYMENTS, SyncedRun, run_sync

LATENCY = 0.01
SLOW = 0.15  # seconds, while the run file is created
QUICK: dict[str, Any] = {"events": ("none",), "tables": ("aws_iam_user",)}


def order(run: SyncedRun) -> list[str]:
    """Return the operations in the order of their requests to the fake AWS."""
    return [call.operation for call in run.aws.calls]


@pytest.mark.slow
def test_an_account_is_read_before_the_last_page_of_accounts_is_listed(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(latency=SLOW)), **QUICK)
    operations = order(run)
    last_page = len(operations) - operations[::-1].index("ListAccounts")
    assert "AssumeRole" in operations[:last_page]
    assert "ListRoots" not in operations[:last_page]  # Organizations' quota belongs to the list of accounts until then
    assert run.rows("select count(*), count(distinct position), max(position) from iamsql.accounts") == [(16, 16, 16)]


@pytest.mark.slow
def test_units_are_requested_at_the_same_time(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(latency=LATENCY)), **QUICK)
    calls = [call for call in run.aws.calls if call.operation == "ListOrganizationalUnitsForParent"]
    assert len(calls) == len({call.params for call in calls}) > 3
    units = dict(run.rows("select account_id, ou_path from iamsql.accounts"))
    assert units[PAYMENTS] == "Workloads/Prod" and units[MANAGEMENT] == ""


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"accounts": (PAYMENTS,)}, {"skip_accounts": (MANAGEMENT,)}])
def test_with_selected_accounts_no_account_is_read_before_all_are_listed(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    operations = order(run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(latency=LATENCY)), **QUICK, **options))
    assert "ListAccounts" not in operations[operations.index("AssumeRole") :]


def test_if_a_later_page_of_accounts_fails_accounts_of_earlier_pages_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = FakeAws(DAY)
    plain, pages = aws.service_faults.check, count(1)

    def check(accounts: tuple[str, ...], service: str, operation: str, region: str) -> None:
        if operation == "ListAccounts" and next(pages) > 1:
            raise access_denied_error(service, operation)
        plain(accounts, service, operation, region)

    monkeypatch.setattr(aws.service_faults, "check", check)
    run = run_sync(tmp_path, aws=aws, **QUICK)
    assert run.rows("select count(*) from iamsql.accounts where outcome <> 'interrupted'") == [(5,)]
    assert run.status("ListAccounts") == {("partial", "AccessDeniedException")} and run.result.status == "incomplete"
    assert run.status("ListRoots") == {("not_requested", "ListAccounts")}
    [(notes,)] = run.rows("select notes::varchar from iamsql.run")
    assert "The list of accounts is incomplete, so only the 5 accounts that AWS listed are read: AccessDenied" in notes


@pytest.mark.slow
def test_tables_are_filled_before_the_lookups_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws, filled, is_filled = FakeAws(DAY), list[str](), threading.Event()
    plain, check = build.fill, aws.service_faults.check

    def fill(writer: RunWriter, names: Sequence[str]) -> None:
        plain(writer, names)
        filled.extend(names)
        if "aws_iam_role" in names:
            is_filled.set()

    def wait(accounts: tuple[str, ...], service: str, operation: str, region: str) -> None:
        assert operation != "LookupEvents" or is_filled.wait(60)
        check(accounts, service, operation, region)

    monkeypatch.setattr(build, "fill", fill)
    monkeypatch.setattr(aws.service_faults, "check", wait)
    run = run_sync(tmp_path, aws=aws, typed=True, accounts=(PAYMENTS, DATA))
    assert is_filled.is_set() and len(filled) == len(set(filled))
    assert set(filled).isdisjoint({"aws_cloudtrail_event", "aws_cloudtrail_coverage"})
    assert run.rows("select count(*) > 0 from aws_iam_role") == [(True,)]
    assert run.rows("select count(*) > 0 from aws_cloudtrail_event") == [(True,)]


@pytest.mark.slow
def test_a_table_that_cannot_be_filled_ends_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(_writer: RunWriter, _names: Sequence[str]) -> None:
        raise IamsqlError("The disk is full.")

    monkeypatch.setattr(build, "fill", fill)
    with pytest.raises(IamsqlError, match="The disk is full"):
        run_sync(tmp_path, typed=True, **QUICK)
    assert [path.suffix for path in tmp_path.glob("*.duckdb*")] == [".partial"]


def test_a_table_is_fillable_when_all_its_calls_and_tables_are() -> None:
    operations = {(call.service, call.operation) for call in all_calls()}
    assert not set(build.fillable(operations, ())) & {"aws_iam_user", "aws_iam_group"}
    keys = {("iam", "ListAccessKeys")}
    ready = build.fillable(keys, ())
    assert "aws_iam_group" in ready and "aws_iam_access_key" not in ready
    assert all(not keys & {(call.service, call.operation) for call in find_calls(name)} for name in ready)
    assert "aws_iam_access_key" in build.fillable((), ready) and "aws_iam_group" not in build.fillable((), ready)


@pytest.mark.slow
def test_the_phases_have_every_request_once(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(PAYMENTS, MANAGEMENT))
    phases = dict(run.rows("select phase, requests from iamsql.phases"))
    # The counts of AssumeRole are in the coverage of its account; GetCallerIdentity of an assumed role is not requested.
    assert sum(phases.values()) == len(run.aws.calls)
    assert phases["look-ups"] == run.count_calls("LookupEvents") > 0
    assert run.rows("select * from iamsql.phases where seconds < 0 or start_seconds < 0") == []
    description = dict(describe_run(run.path).rows)
    assert description["phase look-ups"].endswith(f"{phases['look-ups']} requests") and "phase file" not in description
