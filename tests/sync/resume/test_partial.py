"""An interrupted run can be queried: its data is marked as partial, and what was not read is unknown."""

from __future__ import annotations

import os
import stat
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.resume.test_resume import interrupt_at
from tests.sync.syncs import PAYMENTS, query, run_sync


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that was interrupted after some accounts."""
    runs = tmp_path_factory.mktemp("runs")
    with (
        patch("iamsql.runs.store.writer.FLUSH_INTERVAL", 0.0),
        patch("iamsql.sync.account.ACCOUNTS_AT_ONCE", 3),
        pytest.raises(KeyboardInterrupt),
    ):
        run_sync(runs, aws=interrupt_at(FakeAws(DAY), 270))
    [path] = runs.glob("*.partial")
    return path


def command_result(partial: Path, text: str, *options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["query", text, "--run", str(partial), "-o", "csv", *options])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.slow
def test_each_call_has_one_status_and_unreached_calls_are_marked(partial: Path) -> None:
    outcomes = Counter(outcome for (outcome,) in query(partial, "select outcome from iamsql.accounts"))
    assert outcomes["interrupted"] >= 3 and outcomes["complete"] >= 3 and outcomes.total() == 16
    accounts_read = "select distinct account_id from iamsql.accounts where outcome in ('complete', 'incomplete')"
    assert not query(
        partial, f"from iamsql.coverage where error_code = 'not_reached' and account_id in ({accounts_read})"
    )
    accounts_without_required_calls = """
        select account_id from iamsql.accounts where account_id not in (
            select account_id from iamsql.coverage where operation in ('GetAccountSummary', 'ListAccessKeys', 'LookupEvents')
            group by all having count(distinct operation) = 3)"""
    assert not query(partial, accounts_without_required_calls)
    duplicate_rows = (
        "from iamsql.coverage where service <> 's3' group by account_id, region, service, operation having count(*) > 1"
    )
    assert not query(partial, f"select account_id, region, operation, count(*) {duplicate_rows}")


@pytest.mark.slow
def test_an_answer_has_the_rows_that_were_read_and_notes_what_is_missing(partial: Path, demo_run: Path) -> None:
    accounts = [
        account for (account,) in query(partial, "select account_id from iamsql.accounts where outcome = 'complete'")
    ]
    sql = "select account_id, user_name, access_key_id from aws_iam_access_key order by all"
    code, rows, notes = command_result(partial, sql)
    csv_rows = [tuple(line.split(",")) for line in rows.splitlines()[1:]]
    expected = [row for row in query(demo_run, sql) if row[0] in accounts]
    assert code == 0 and expected and [row for row in csv_rows if row[0] in accounts] == expected
    assert "was interrupted: data that it did not reach is missing. Resume with: iamsql sync --resume" in notes
    assert "not reached" in notes and "accounts not read in full" in notes


@pytest.mark.slow
def test_an_answer_about_events_is_not_empty_without_a_note(partial: Path, demo_run: Path) -> None:
    accounts = [
        account for (account,) in query(partial, "select account_id from iamsql.accounts where outcome = 'complete'")
    ]
    sql = "select account_id, event_name, event_id from aws_cloudtrail_event where data_source like 'event_history%' order by all"
    code, rows, _ = command_result(partial, sql)
    csv_rows = [tuple(line.split(",")) for line in rows.splitlines()[1:]]
    assert code == 0
    expected = [row for row in query(demo_run, sql) if row[0] in accounts]
    assert expected and [row for row in csv_rows if row[0] in accounts] == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stale_keys", "skipped_accounts", "audit_report", "users_without_mfa", "key_history"])
def test_shipped_queries_answer_over_a_partial_run(partial: Path, name: str) -> None:
    args = ["--arg", "access_key_id=AKIAMMJ5447UKIG3DZDQ"] if name == "key_history" else []
    code, rows, notes = command_result(partial, name, *args)
    assert code == 0 and rows.count("\n") >= 1
    assert "was interrupted" in notes


@pytest.mark.slow
def test_controls_return_error_for_accounts_that_were_not_reached(partial: Path) -> None:
    result = CliRunner().invoke(main, ["check", "root_mfa", "-o", "csv", "--run", str(partial)])
    unreached = {
        account for (account,) in query(partial, "select account_id from iamsql.accounts where outcome = 'interrupted'")
    }
    lines = [line for line in result.stdout.splitlines() if any(account in line for account in unreached)]
    assert lines and all(",error," in line for line in lines)


def test_a_partial_run_is_never_the_latest_and_its_files_are_private(partial: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["query", "stale_keys", "--runs", str(partial.parent)])
    assert result.exit_code == 2 and "no run" in result.stderr
    partial.parent.chmod(0o755)
    for path in partial.parent.glob("*.duckdb*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.slow
def test_files_during_a_sync_are_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    modes: set[tuple[str, int]] = set()
    aws, before = FakeAws(DAY), os.umask(0o022)
    original_answer = aws.answer

    def record_modes(request: object, **options: object) -> object:
        modes.update((path.suffix, stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.glob("*.duckdb*"))
        return original_answer(request, **options)

    aws.answer = record_modes  # type: ignore[method-assign,assignment]
    try:
        with patch("iamsql.runs.store.writer.FLUSH_INTERVAL", 0.0):
            run_sync(tmp_path, aws=aws, accounts=(PAYMENTS,))
        assert modes == {(".partial", 0o600), (".wal", 0o600)}
        (tmp_path / "other").touch()
        assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o644  # other files have the usual mode
    finally:
        os.umask(before)
