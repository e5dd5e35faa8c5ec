"""A run that was cut off can be read as it is: it says that it is partial, and what it did not reach is unknown, not none."""

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
from tests.resume.test_resume import stop_at
from tests.sync.rooms import PAYMENTS, ask, ran


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run that was cut off when some accounts had been read and others not."""
    runs = tmp_path_factory.mktemp("runs")
    with (
        patch("iamsql.store.writer.FLUSH_INTERVAL", 0.0),
        patch("iamsql.sync.runner.ACCOUNTS_AT_ONCE", 3),
        pytest.raises(KeyboardInterrupt),
    ):
        ran(runs, room=stop_at(FakeAws(DAY), 270))
    [found] = runs.glob("*.partial")
    return found


def told(partial: Path, text: str, *more: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["query", text, "--run", str(partial), "-o", "csv", *more])
    return done.exit_code, done.stdout, done.stderr


def test_each_pair_is_there_as_it_fared_or_as_not_reached(partial: Path) -> None:
    outcomes = Counter(outcome for (outcome,) in ask(partial, "select outcome from iamsql.accounts"))
    assert outcomes["not_reached"] >= 3 and outcomes["read"] >= 3 and outcomes.total() == 16
    whole = "select distinct account_id from iamsql.accounts where outcome in ('read', 'partial')"
    assert not ask(partial, f"from iamsql.coverage where error_code = 'not_reached' and account_id in ({whole})")
    wanted = """
        select account_id from iamsql.accounts where account_id not in (
            select account_id from iamsql.coverage where operation in ('GetAccountSummary', 'ListAccessKeys', 'LookupEvents')
            group by all having count(distinct operation) = 3)"""
    assert not ask(partial, wanted)
    twice = (
        "from iamsql.coverage where service <> 's3' group by account_id, region, service, operation having count(*) > 1"
    )
    assert not ask(partial, f"select account_id, region, operation, count(*) {twice}")


def test_an_answer_holds_what_was_read_and_says_what_is_missing(partial: Path, demo_run: Path) -> None:
    accounts = [one for (one,) in ask(partial, "select account_id from iamsql.accounts where outcome = 'read'")]
    sql = "select account_id, user_name, access_key_id from aws_iam_access_key order by all"
    code, rows, said = told(partial, sql)
    held = [tuple(line.split(",")) for line in rows.splitlines()[1:]]
    expected = [row for row in ask(demo_run, sql) if row[0] in accounts]
    assert code == 0 and expected and [row for row in held if row[0] in accounts] == expected
    assert "was interrupted: data that it did not reach is missing. Resume with: iamsql sync --resume" in said
    assert "not reached" in said and "accounts not read in full" in said


def test_events_of_look_ups_are_not_silently_none(partial: Path, demo_run: Path) -> None:
    accounts = [one for (one,) in ask(partial, "select account_id from iamsql.accounts where outcome = 'read'")]
    sql = (
        "select account_id, event_name, event_id from aws_cloudtrail_event where found_by like 'look-up%' order by all"
    )
    code, rows, _ = told(partial, sql)
    held = [tuple(line.split(",")) for line in rows.splitlines()[1:]]
    assert code == 0
    expected = [row for row in ask(demo_run, sql) if row[0] in accounts]
    assert expected and [row for row in held if row[0] in accounts] == expected


@pytest.mark.parametrize("name", ["stale_keys", "skipped_accounts", "audit_report", "users_without_mfa", "key_history"])
def test_shipped_queries_answer_of_it(partial: Path, name: str) -> None:
    args = ["--arg", "key=AKIAMMJ5447UKIG3DZDQ"] if name == "key_history" else []
    code, rows, said = told(partial, name, *args)
    assert code == 0 and rows.count("\n") >= 1
    assert "was interrupted" in said


def test_controls_say_error_where_nothing_was_reached(partial: Path) -> None:
    done = CliRunner().invoke(main, ["check", "root_mfa", "-o", "csv", "--run", str(partial)])
    unreached = {one for (one,) in ask(partial, "select account_id from iamsql.accounts where outcome = 'not_reached'")}
    lines = [line for line in done.stdout.splitlines() if any(one in line for one in unreached)]
    assert lines and all(",error," in line for line in lines)


def test_it_is_never_the_latest_and_its_files_are_its_owners_alone(partial: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["query", "stale_keys", "--runs", str(partial.parent)])
    assert done.exit_code == 2 and "no run" in done.stderr
    partial.parent.chmod(0o755)
    for one in partial.parent.glob("*.duckdb*"):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one


def test_what_a_sync_writes_meanwhile_is_its_owners_alone_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    modes: set[tuple[str, int]] = set()
    room, before = FakeAws(DAY), os.umask(0o022)
    answer = room.answer

    def answered(request: object, **more: object) -> object:
        modes.update((one.suffix, stat.S_IMODE(one.stat().st_mode)) for one in tmp_path.glob("*.duckdb*"))
        return answer(request, **more)

    room.answer = answered  # type: ignore[method-assign,assignment]
    try:
        with patch("iamsql.store.writer.FLUSH_INTERVAL", 0.0):
            ran(tmp_path, room=room, accounts=(PAYMENTS,))
        assert modes == {(".partial", 0o600), (".wal", 0o600)}
        (tmp_path / "other").touch()
        assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o644  # others' files are as they would be
    finally:
        os.umask(before)
