"""Pages about runs that lack data: each section is there, or says why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.report.build import ReportRequest
from iamsql.report.contents import Contents
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.check.diff.run_pairs import copy
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.fixtures import built_once
from tests.minimal_run import make_run
from tests.report.pages import contents_of
from tests.runs.file.earlier_schema.files import unpack

SECTIONS = ("keys", "users", "principals", "escalation", "risks", "events")


def values(contents: Contents) -> dict[str, tuple[int | None, bool]]:
    """Return the numbers, and whether they are complete, by key."""
    return {number.key: (number.value, number.is_complete) for number in contents.numbers}


def _sync_one_table(folder: Path) -> None:
    options = Options(runs=folder, demo=True, tables=("aws_iam_saml_provider",))
    assert sync(options, Progress(), FakeAws(DAY)).path


@pytest.fixture
def narrow(tmp_path: Path) -> Path:
    """Return a run of one table."""
    (run,) = built_once("one-table", _sync_one_table).glob("*.duckdb")
    return Path(shutil.copy(run, tmp_path))


@pytest.mark.slow
def test_a_narrow_run_says_which_sections_it_did_not_collect(narrow: Path) -> None:
    contents = contents_of(narrow)
    assert {*contents.missing} == {*SECTIONS}
    assert contents.missing["keys"] == (
        f"aws_iam_access_key was not collected in run {narrow.stem}.\nGet it with: iamsql sync --demo"
    )
    escalation = contents.missing["escalation"]
    assert escalation.startswith("No rows: some of its data was not collected.\n13 tables lack 6 calls")
    assert "Collect them with: iamsql sync --demo --table aws_iam_document" in escalation
    assert contents.missing["events"].startswith("aws_cloudtrail_event was not collected")
    tables = (contents.keys, contents.users, contents.risks, contents.events.findings)
    assert [len(table.rows) for table in tables] == [0, 0, 0, 0]
    assert (contents.key_age.buckets, contents.events.days, contents.escalation) == ([], [], [])
    key_numbers = values(contents)
    assert (key_numbers.pop("accounts_read"), key_numbers.pop("accounts_missing")) == ((12, True), (4, True))
    for key in ("users", "active_keys", "old_keys", "users_without_mfa", "root_keys", "alarms_critical"):
        assert key_numbers[key] == (None, False)
    assert key_numbers["unknown"] == (24, True)


@pytest.mark.slow
def test_a_run_with_half_of_its_accounts_refused(demo_run: Path, tmp_path: Path) -> None:
    refused = "('111122223333', '222233334444', '333344445555', '444455556666', '555566667777', '666677778888')"
    tables = (
        "aws_iam_user",
        "aws_iam_access_key",
        "aws_iam_role",
        "aws_iam_credential_report",
        "aws_iam_account_summary",
    )
    changes = [
        f"update iamsql.accounts set outcome = 'assume_role_failed', reason = 'AccessDenied' where account_id in {refused}",
        f"update iamsql.coverage set status = 'not_requested', error_code = 'AssumeRole' where account_id in {refused}",
        *(f"delete from {table} where account_id in {refused}" for table in tables),
    ]
    contents = contents_of(copy(demo_run, tmp_path / "runs", changes=changes), ReportRequest(("root", "mfa"), trend=0))
    key_numbers = values(contents)
    assert (key_numbers["accounts_read"], key_numbers["accounts_missing"]) == ((6, True), (10, True))
    assert not any(key_numbers[key][1] for key in ("users", "active_keys", "root_keys", "alarms_critical"))
    rows = {row.account_id: row for row in contents.account_map}
    assert {*rows["222233334444"].cells.values()} == {"error"}
    assert contents.incomplete["keys"].startswith("7 of 16 accounts not read in full")


@pytest.mark.slow
def test_a_run_of_an_earlier_schema(tmp_path: Path) -> None:
    contents = contents_of(unpack(tmp_path), ReportRequest(trend=0))
    assert contents.heading.version == "0.0.9"
    assert contents.outcomes == {"complete": 2, "assume_role_failed": 1, "excluded": 13}
    assert (len(contents.keys.rows), len(contents.users.rows), len(contents.risks.rows)) == (14, 14, 27)
    failed = [control.failure.splitlines()[0] for control in contents.controls if control.failure]
    assert "earlier.duckdb has no table aws_iam_server_certificate: it was made by iamsql 0.0.9, without it." in failed
    assert all(line.endswith(": it was made by iamsql 0.0.9, without it.") for line in failed)


def test_a_file_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    path = make_run(tmp_path / "other.duckdb", statements=("delete from iamsql.run",))
    with pytest.raises(IamsqlError, match=r"other\.duckdb is not a run of iamsql\.\nList the runs with: iamsql runs"):
        contents_of(path)
