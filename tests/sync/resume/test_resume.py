"""A resumed run keeps what was read, requests only the rest, and has the content of an uninterrupted run."""

from __future__ import annotations

import os
import shutil
import signal
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.directory import list_runs
from iamsql.runs.file import build
from iamsql.runs.file.rows import RunRow
from iamsql.runs.store.open_new import checkpoint
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from iamsql.sync.resume.select import BEFORE_SUFFIX
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.runs.test_verify import storage
from tests.sync.resume.compare_runs import content, differences
from tests.sync.syncs import (
    DATA,
    MANAGEMENT,
    PAYMENTS,
    SHARED,
    TRIAL,
    WEB,
    SyncedRun,
    fetched_keys,
    query,
    run_sync,
    sync_trail,
)
from tests.tiers import slow_after


def interrupt_at(aws: FakeAws, number: int) -> FakeAws:
    """Raise KeyboardInterrupt in the fake AWS at a call."""
    answer_call, calls = aws.answer, count(1)

    def answer(request: Any, **options: Any) -> Any:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGINT)
        return answer_call(request, **options)

    aws.answer = answer  # type: ignore[method-assign]
    return aws


def interrupted_run(runs: Path, number: int, **options: Any) -> Path:
    """Interrupt a sync at a call."""
    with pytest.raises(KeyboardInterrupt):
        run_sync(runs, aws=interrupt_at(FakeAws(DAY), number), **options)
    [partial] = runs.glob("*.partial")
    return partial


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    return run_sync(tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize("number", slow_after(1, [300, 30, 150]))
def test_a_resumed_run_has_the_content_of_an_uninterrupted_run(
    tmp_path: Path, uninterrupted: SyncedRun, number: int
) -> None:
    with patch("iamsql.runs.store.writer.FLUSH_INTERVAL", 0.0):
        partial = interrupted_run(tmp_path, number)
    pairs = (
        "select account_id, operation from iamsql.coverage where service not in ('organizations', 'sts') group by all"
    )
    done = query(partial, f"{pairs} having bool_and(status in ('ok', 'not_applicable'))")
    assert done or number < 300
    resumed = run_sync(tmp_path, resume=True)
    assert resumed.path.name == partial.name.removesuffix(".partial")
    assert [path.name for path in tmp_path.iterdir() if path.name not in (".lock", "SHA256SUMS")] == [resumed.path.name]
    assert differences(uninterrupted.path, resumed.path) == {}
    assert storage(resumed.path) == storage(uninterrupted.path) == 65  # of DuckDB 1.2
    calls_of_resumed = {(path.account_id, path.operation) for path in resumed.aws.calls}
    assert {*done} & calls_of_resumed <= {(MANAGEMENT, "ListOrganizationsFeatures")}  # the walk, which is made anew


@pytest.mark.slow
def test_a_resumed_run_has_both_times(tmp_path: Path) -> None:
    partial = interrupted_run(tmp_path, 200)
    [(started,)] = query(partial, "select started_at from iamsql.run")
    resumed = run_sync(tmp_path, resume=True, aws=FakeAws(DAY.replace(day=4)))
    rows = resumed.rows("select run_id, started_at, resumed_at - started_at, reused_from, status from iamsql.run")
    assert [(row[0], row[1], row[2].days, row[3], row[4]) for row in rows] == [
        (resumed.path.stem, started, 2, None, "incomplete")
    ]
    assert "Reused the data that this run had read by 2026-03-02 12:00 UTC: " in resumed.result.lines[1]
    by_command = {
        sql: CliRunner().invoke(main, ["query", sql, "--run", str(resumed.path)]).stderr
        for sql in ("select count(*) from aws_iam_user", "select 1")
    }
    assert [("spans two times, 2026-03-02 12:00 and 2026-03-04 12:00 UTC" in text) for text in by_command.values()] == [
        True,
        False,
    ]
    late = resumed.rows("select count(*) from iamsql.coverage where started_at is not null and reused_from is not null")
    assert late == [(0,)]


@pytest.mark.slow
def test_a_run_that_ended_at_max_calls_is_resumed(tmp_path: Path, uninterrupted: SyncedRun) -> None:
    first = run_sync(tmp_path, max_calls=170)
    assert ("max_calls",) in first.rows("select distinct error_code from iamsql.coverage")
    resumed = run_sync(tmp_path, resume=True)
    assert resumed.path != first.path and first.path.is_file()
    assert (
        differences(uninterrupted.path, resumed.path, ("event_coverage", "coverage", "raw.cloudtrail_lookup_events"))
        == {}
    )
    assert resumed.rows("select reused_from from iamsql.run") == [(first.path.stem,)]


@pytest.mark.slow
def test_a_run_whose_credentials_expired_is_resumed(tmp_path: Path, uninterrupted: SyncedRun) -> None:
    first = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(base_session_expires_after=120)))
    assert ("expired",) in first.rows("select distinct status from iamsql.coverage")
    resumed = run_sync(tmp_path, resume=True)
    assert resumed.rows(
        "select outcome, count(*) from iamsql.accounts group by all order by all"
    ) == uninterrupted.rows("select outcome, count(*) from iamsql.accounts group by all order by all")
    assert differences(uninterrupted.path, resumed.path, ("event_coverage", "coverage")) == {}


@pytest.mark.slow
def test_items_of_fallback_calls_are_deleted_when_the_call_succeeds(tmp_path: Path, uninterrupted: SyncedRun) -> None:
    denied = Faults(deny=((WEB, "GetAccountAuthorizationDetails"), (PAYMENTS, "GetCredentialReport")))
    first = run_sync(tmp_path, aws=FakeAws(DAY, faults=denied))
    assert ("ok", None) in first.status("ListUsers", WEB) and uninterrupted.count_calls("ListUsers", WEB) == 0
    retried = run_sync(tmp_path, retry_gaps=True)
    tables = (
        "event_coverage",
        "coverage",
        "raw.iam_get_access_key_last_used",
    )  # for each key, because no report has any
    assert differences(uninterrupted.path, retried.path, tables) == {}
    others = {account.account_id for account in retried.aws.calls} - {MANAGEMENT}
    assert others <= {
        WEB,
        PAYMENTS,
        DATA,
        TRIAL,
        *(account for (account,) in retried.rows("select account_id from iamsql.accounts")),
    }
    assert (
        retried.count_calls("GetAccountSummary", WEB) == 0
        and retried.count_calls("GetAccountAuthorizationDetails", WEB) > 0
    )


@pytest.mark.slow
def test_an_account_whose_role_is_denied_later_keeps_its_items(tmp_path: Path) -> None:
    first = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(deny=((WEB, "GetAccountSummary"),))))
    before = [row for row in content(first.path)["raw.iam_get_account_authorization_details_users"] if WEB in row]
    ended = FakeAws(DAY, faults=Faults(base_session_expires_after=25))
    retried = run_sync(tmp_path, retry_gaps=True, aws=ended)
    [(outcome,)] = retried.rows("select outcome from iamsql.accounts where account_id = ?", WEB)
    assert outcome == "incomplete"
    assert retried.status("GetAccountAuthorizationDetails", WEB) == {("ok", None)}
    assert retried.status("GetAccountSummary", WEB) != {("ok", None)}
    after = [row for row in content(retried.path)["raw.iam_get_account_authorization_details_users"] if WEB in row]
    assert before and before == after


@pytest.mark.slow
def test_calls_of_buckets_are_not_repeated(tmp_path: Path) -> None:
    options = {"tables": ("aws_s3_bucket", "aws_kms_key"), "events": ("none",), "accounts": (PAYMENTS, SHARED)}
    denied = FakeAws(DAY, faults=Faults(deny=((PAYMENTS, "kms:GetKeyPolicy"),)))
    first = run_sync(tmp_path, aws=denied, **options)
    assert first.status("GetKeyPolicy", PAYMENTS) == {("denied", "AccessDeniedException")}
    retried = run_sync(tmp_path, retry_gaps=True)
    assert retried.status("GetKeyPolicy", PAYMENTS) == {("ok", None)}
    assert (
        retried.count_calls("ListBuckets")
        == retried.count_calls("GetBucketPolicy")
        == retried.count_calls("ListKeys")
        == 0
    )
    for raw in ("s3_list_buckets", "s3_get_bucket_policy", "s3_get_bucket_acl", "kms_list_keys"):
        sql = f"select account_id, region, bound, item from raw.{raw} order by all"
        assert retried.rows(sql) == first.rows(sql) != []
    assert retried.rows("select account_id from raw.sts_get_caller_identity order by 1") == [
        (account,) for account in sorted((MANAGEMENT, PAYMENTS, SHARED))
    ]


@pytest.mark.slow
def test_a_complete_account_that_lacks_a_call_has_its_identity_once(tmp_path: Path) -> None:
    options = {"tables": ("aws_s3_bucket",), "events": ("none",), "accounts": (PAYMENTS,)}
    first = run_sync(tmp_path, **options)
    with duckdb.connect(str(first.path)) as con:  # as of a version that did not make the call
        con.execute("delete from iamsql.coverage where operation = 'GetBucketAcl'")
        con.execute("update iamsql.coverage set status = 'error', error_code = 'x' where operation = 'ListRoots'")
    retried = run_sync(tmp_path, retry_gaps=True)
    assert retried.count_calls("GetBucketAcl") == 3 and retried.count_calls("GetBucketPolicy") == 0
    sql = "select account_id, count(*) from raw.sts_get_caller_identity group by all order by all"
    assert retried.rows(sql) == [(MANAGEMENT, 1), (PAYMENTS, 1)]


@pytest.mark.slow
def test_a_run_without_gaps_makes_no_request(tmp_path: Path) -> None:
    first = run_sync(tmp_path, accounts=(PAYMENTS,))
    for options in ({"resume": True}, {"retry_gaps": True}):
        resumed = run_sync(tmp_path, **options)
        assert resumed.path == first.path and not resumed.aws.counts
        assert resumed.result.lines[0].endswith("has no gaps to retry; nothing was requested.")
    assert len(list_runs(tmp_path)) == 1


@pytest.mark.slow
def test_the_selection_of_a_resumed_run_cannot_change(tmp_path: Path) -> None:
    interrupted_run(tmp_path, 60, days=30)
    with pytest.raises(IamsqlError, match="--days cannot be changed now"):
        run_sync(tmp_path, resume=True, days=40)
    resumed = run_sync(tmp_path, resume=True)
    [(span,)] = resumed.rows("select window_end - window_start from iamsql.run")
    assert span.days == 30


@pytest.mark.slow
def test_a_run_of_another_organization_is_not_resumed(tmp_path: Path) -> None:
    partial = interrupted_run(tmp_path, 100)
    before = partial.read_bytes()
    with pytest.raises(IamsqlError, match=r"which cannot be read now.*\n.*Nothing was changed") as error:
        run_sync(tmp_path, resume=True, aws=FakeAws(DAY, faults=Faults(no_organization=True)))
    assert len(str(error.value).splitlines()) == 2
    assert [path.name for path in list_runs(tmp_path)[0].path.parent.glob("*.duckdb*")] == [partial.name]
    assert partial.read_bytes() == before


def test_without_a_partial_run_the_error_has_the_sync_command(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match=r"There is no run .*\n.*iamsql sync"):
        run_sync(tmp_path, resume=True)


@pytest.mark.slow
def test_a_complete_partial_file_is_renamed(tmp_path: Path, uninterrupted: SyncedRun) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(30, "Read-only file system")

    with (
        patch.object(type(tmp_path), "rename", refuse),
        pytest.raises(IamsqlError, match="The run is complete") as error,
    ):
        run_sync(tmp_path)
    assert "sync --resume" in str(error.value)
    resumed = run_sync(tmp_path, resume=True)
    assert not resumed.aws.counts and resumed.path.suffix == ".duckdb"
    assert differences(uninterrupted.path, resumed.path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("copied", [True, False])
def test_a_session_that_was_killed_while_it_copied_is_repaired(
    tmp_path: Path, uninterrupted: SyncedRun, copied: bool
) -> None:
    partial = interrupted_run(tmp_path, 220)
    checkpoint(partial)
    before = partial.with_name(partial.name + BEFORE_SUFFIX)
    if copied:
        shutil.copy(partial, before)
    else:
        partial.rename(before)
        build.create(partial.with_name(partial.stem), RunRow(partial.name.partition(".")[0], "2026-03-02")).close()
    resumed = run_sync(tmp_path, resume=True)
    assert not before.exists()
    assert differences(uninterrupted.path, resumed.path) == {}
    assert ", 0 in part" not in resumed.result.lines[1]


@pytest.mark.slow
def test_a_session_that_cannot_copy_restores_the_file(tmp_path: Path) -> None:
    partial = interrupted_run(tmp_path, 220)
    before = coverage_rows(partial)
    with (
        patch("iamsql.sync.resume.state.PriorRun.copy", side_effect=IamsqlError("full")),
        pytest.raises(IamsqlError, match="full"),
    ):
        run_sync(tmp_path, resume=True)
    assert [path.name for path in tmp_path.glob("*.duckdb*")] == [partial.name]
    assert coverage_rows(partial) == before


def coverage_rows(path: Path) -> list[Any]:
    return query(path, "select * from iamsql.coverage order by all")


@pytest.mark.slow
def test_a_trail_is_resumed_where_it_was_interrupted(tmp_path: Path) -> None:
    plain = sync_trail(tmp_path / "plain")
    aws = FakeAws(DAY)
    plain_answer, urls = aws.answer, []

    def answering(request: Any, **more: Any) -> Any:
        if ".json.gz" in request.url:
            urls.append(request.url)
            if len(urls) == len(fetched_keys(plain.aws)) - 3:
                os.kill(os.getpid(), signal.SIGINT)
        return plain_answer(request, **more)

    aws.answer = answering  # type: ignore[method-assign]
    with (
        patch("iamsql.sync.cloudtrail.download.PARALLEL_DOWNLOADS", 2),
        patch("iamsql.sync.cloudtrail.download.BATCH_FILES", 4),
        patch("iamsql.runs.store.writer.FLUSH_INTERVAL", 0.0),
        pytest.raises(KeyboardInterrupt),
    ):
        sync_trail(tmp_path / "runs", aws=aws)
    [partial] = (tmp_path / "runs").glob("*.partial")
    coverage = query(partial, "select account_id, region from iamsql.event_coverage where source = 'trail'")
    assert coverage
    resumed = sync_trail(tmp_path / "runs", resume=True)
    assert differences(plain.path, resumed.path) == {}
    prefixes = {f"/{account}/CloudTrail/{region}/" for account, region in coverage}
    assert not [key for key in fetched_keys(resumed.aws) if any(prefix in key for prefix in prefixes)]
    assert 0 < len(fetched_keys(resumed.aws)) < len(fetched_keys(plain.aws))
    assert not list((tmp_path / "runs").glob("*.spool"))


@pytest.mark.slow
def test_events_of_an_earlier_run_are_reused_in_a_resumed_run(tmp_path: Path) -> None:
    run_sync(tmp_path / "a", aws=FakeAws(DAY.replace(day=1)), trail=ORG_TRAIL)
    plain = run_sync(tmp_path / "a", trail=ORG_TRAIL)
    earlier = run_sync(tmp_path / "b", aws=FakeAws(DAY.replace(day=1)), trail=ORG_TRAIL)
    with patch("iamsql.sync.collection.copy_events", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        run_sync(tmp_path / "b", trail=ORG_TRAIL)
    resumed = run_sync(tmp_path / "b", resume=True, trail=ORG_TRAIL)
    assert resumed.rows("select count(*) from iamsql.event_coverage where reused_from = ?", earlier.path.stem) > [(10,)]
    assert differences(plain.path, resumed.path) == {}
    earlier.path.unlink()


@pytest.mark.slow
def test_events_are_requested_again_if_the_earlier_run_is_gone(tmp_path: Path, uninterrupted: SyncedRun) -> None:
    earlier = run_sync(tmp_path, aws=FakeAws(DAY.replace(day=1)))
    with patch("iamsql.sync.collection.copy_events", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        run_sync(tmp_path)
    earlier.path.unlink()
    resumed = run_sync(tmp_path, resume=True)
    assert resumed.count_calls("LookupEvents") > 10
    assert differences(uninterrupted.path, resumed.path) == {}


@pytest.mark.slow
def test_an_import_is_repeated_completely(tmp_path: Path) -> None:
    first = run_sync(tmp_path, accounts=(PAYMENTS,))
    with patch("iamsql.sync.resume.select.open_run") as opening:
        metadata = opening.return_value.__enter__.return_value.metadata
        metadata.options, metadata.run_id = {"import": True}, first.path.stem
        with pytest.raises(IamsqlError, match="import them again"):
            sync(Options(tmp_path, resume=True), Progress(), FakeAws(DAY))
