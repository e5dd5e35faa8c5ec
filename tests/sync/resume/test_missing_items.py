"""A retry takes over the coverage of a call with its items, or requests the call again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.sync import Options, sync
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.resume.test_edited_file import RecordedProgress
from tests.sync.resume.test_resume import interrupted_run
from tests.sync.syncs import MANAGEMENT, WEB, query, run_sync
from tests.tiers import slow_after

OPTIONS: dict[str, Any] = {"tables": ("aws_account", "aws_iam_account_summary"), "accounts": (MANAGEMENT, WEB)}
COVERAGE = """
select operation, account_id, status, items from iamsql.coverage
where operation in ('GetAccountSummary', 'ListAccountAliases') and status <> 'skipped' order by all
"""
COUNTS = (
    "select (select count(*) from raw.iam_list_account_aliases), (select count(*) from raw.iam_get_account_summary)"
)
EMPTY_VIEW = "create view raw.iam_list_account_aliases as select * from raw.iam_list_users where false"
ALTERATIONS = (
    f"drop table raw.iam_list_account_aliases; {EMPTY_VIEW}", "drop table raw.iam_list_account_aliases",
    "delete from raw.iam_list_account_aliases", f"delete from raw.iam_list_account_aliases where account_id = '{WEB}'",
    "update raw.iam_list_account_aliases set account_id = '999999999999'",
)  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run of two accounts with one denied call."""
    denied = FakeAws(DAY, faults=Faults(deny=((WEB, "GetAccountSummary"),)))
    return run_sync(tmp_path_factory.mktemp("original"), aws=denied, **OPTIONS).path


@pytest.mark.parametrize("statement", slow_after(1, ALTERATIONS))
def test_a_call_without_its_items_is_requested_again(original: Path, tmp_path: Path, statement: str) -> None:
    path = Path(shutil.copy(original, tmp_path))
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    aws, progress = FakeAws(DAY), RecordedProgress()
    retried = sync(Options(runs=tmp_path, demo=True, retry_gaps=True), progress, aws)
    accounts = 1 if "where account_id" in statement else 2
    assert [line for line in progress.lines if line.startswith("Requested again in ")] == [
        f"Requested again in {accounts} account{'s' if accounts > 1 else ''}, because {path.stem} lacks items that its coverage "
        "counts: iam:ListAccountAliases."
    ]
    assert query(retried.path, COVERAGE) == [
        (call, account, "ok", 1)
        for call in ("GetAccountSummary", "ListAccountAliases")
        for account in sorted((MANAGEMENT, WEB))
    ]
    assert query(retried.path, COUNTS) == [(2, 2)]


def test_an_unaltered_run_has_its_calls_taken_over(original: Path, tmp_path: Path) -> None:
    shutil.copy(original, tmp_path)
    aws, progress = FakeAws(DAY), RecordedProgress()
    sync(Options(runs=tmp_path, demo=True, retry_gaps=True), progress, aws)
    assert not [line for line in progress.lines if line.startswith("Requested again")]
    assert "ListAccountAliases" not in {call.operation for call in aws.calls}


@pytest.mark.slow
def test_a_run_without_gaps_that_lacks_items_is_retried(tmp_path: Path) -> None:
    path = run_sync(tmp_path, **OPTIONS).path
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from raw.iam_list_account_aliases")
    retried = sync(Options(runs=tmp_path, demo=True, retry_gaps=True), RecordedProgress(), FakeAws(DAY))
    assert retried.path != path and query(retried.path, COUNTS) == [(2, 2)]


@pytest.mark.slow
def test_an_interrupted_run_that_lacks_items_requests_them_again(tmp_path: Path) -> None:
    partial = interrupted_run(tmp_path, 12, **OPTIONS)
    with duckdb.connect(str(partial)) as connection:
        connection.execute("delete from raw.iam_list_account_aliases")
    resumed = sync(Options(runs=tmp_path, demo=True, resume=True), RecordedProgress(), FakeAws(DAY))
    assert query(resumed.path, COUNTS) == [(2, 2)]
