"""Options of shards: the share of the selected accounts, the common time, the log files of a trail, and wrong values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.catalog.settings import option_types
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.sync import Options
from iamsql.sync.resume.stored_options import command
from iamsql.sync.shards import Shard, account_shard, parse_shard, start_time
from tests.fake_aws import ORG_TRAIL
from tests.sync.syncs import ALICE, HOSTILE, LOGS, MANAGEMENT, PAYMENTS, fetched_keys, run_sync, sync_trail

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEW = {"tables": ("aws_account",), "events": ("none",)}
SELECTED = "select account_id from iamsql.accounts where selected"


@pytest.mark.slow
def test_a_shard_reads_its_share_of_the_selected_accounts(tmp_path: Path) -> None:
    selected = (MANAGEMENT, PAYMENTS, LOGS, ALICE)
    run = run_sync(tmp_path, shard="1/3", accounts=selected, **FEW)
    share = {account for account in selected if account_shard(account, 3).number == 1}
    assert {account for (account,) in run.rows(SELECTED)} == share and 0 < len(share) < 4
    reasons = dict(run.rows("select account_id, reason from iamsql.accounts where not selected"))
    assert reasons[MANAGEMENT] == "Shard 2 of 3 reads this account."
    assert reasons[HOSTILE] == "The account was not selected for this run."
    assert run.count_calls("ListAccountAliases", MANAGEMENT) == 0
    assert run.rows("select status from iamsql.run") == [("complete",)]


@pytest.mark.slow
def test_only_the_first_shard_reads_units_unless_they_select_accounts(tmp_path: Path) -> None:
    second = run_sync(tmp_path, shard="2/3", **FEW)
    assert second.count_calls("ListAccounts") > 0 == second.count_calls("ListRoots")
    assert second.status("ListRoots") == {("skipped", "not_selected")}
    unit = second.aws.organization.by_id[MANAGEMENT].item["ParentId"]
    assert run_sync(tmp_path, shard="2/3", ous=(str(unit),), **FEW).count_calls("ListRoots") > 0


@pytest.mark.slow
def test_the_log_files_of_a_trail_are_downloaded_by_the_shards_of_their_accounts(tmp_path: Path) -> None:
    every = set(fetched_keys(sync_trail(tmp_path / "all").aws))
    shares = [set(fetched_keys(sync_trail(tmp_path / str(n), ORG_TRAIL, shard=f"{n}/3").aws)) for n in (1, 2, 3)]
    assert set.union(*shares) == every and sum(map(len, shares)) == len(every)


@pytest.mark.slow
def test_all_shards_have_the_time_of_as_of(tmp_path: Path) -> None:
    times = "select started_at::varchar, window_end::varchar from iamsql.run"
    run = run_sync(tmp_path, shard="1/3", **FEW)
    [(started, end)] = run.rows(times)
    assert started == end
    as_of = datetime.fromisoformat(started).astimezone(UTC).replace(minute=0)
    time_text = f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
    second = run_sync(tmp_path, shard="2/3", as_of=time_text, **FEW)
    assert second.path.name == f"{as_of:%Y%m%dT%H%M%SZ}-o-demo123456-shard-2-of-3.duckdb"
    assert [datetime.fromisoformat(time) for time in second.rows(times)[0]] == [as_of, as_of]
    retried = run_sync(tmp_path, shard="2/3", retry_gaps=True)  # without gaps, nothing is to do
    assert retried.result.path == second.path


def test_a_time_long_ago_or_in_the_future_is_refused(tmp_path: Path) -> None:
    assert start_time(None, NOW) == NOW
    assert start_time("2026-03-02T00:00:01Z", NOW) == datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    for text in ("2026-03-01T23:59:59Z", "2026-03-02T13:00:00Z"):
        with pytest.raises(IamsqlError, match="is not a time of the last 12 hours; it is 2026-03-02T12:00:00Z now"):
            start_time(text, NOW)
    with pytest.raises(IamsqlError, match="--as-of"):
        run_sync(tmp_path, as_of="2020-01-01T00:00:00Z", **FEW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["0/8", "9/8", "1/0", "1", "1/8/9", "-1/8", " 1/8", "1/8\n", "١/٨", "1/99999", "a/b", "01/8"]
)
def test_a_shard_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(IamsqlError, match="--shard takes the number of the shard and of all shards, such as 3/8"):
        option_types.shard("--shard", text)


def test_options_are_parsed() -> None:
    assert parse_shard(option_types.shard("--shard", "3/8")) == Shard(3, 8) and parse_shard(None) is None
    assert option_types.moment("--as-of", "2026-03-02T13:00:00.123+01:00") == "2026-03-02T12:00:00Z"
    for text in ("2026-03-02", "2026-03-02T12:00:00", "now", ""):
        with pytest.raises(IamsqlError, match="--as-of takes a time such as"):
            option_types.moment("--as-of", text)


def test_a_shard_needs_a_time(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["sync", "--shard", "1/8", "--runs", str(tmp_path)])
    assert refused.exit_code == 2 and "--shard needs --as-of TIME" in refused.stderr


def test_a_dry_run_names_the_shard_of_other_accounts(tmp_path: Path) -> None:
    arguments = ["sync", "--demo", "--dry-run", "--shard", "1/3", "--runs", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0 and "shard 2 of 3" in result.stdout and "shard 3 of 3" in result.stdout


def test_the_command_that_resumes_a_shard_names_it(tmp_path: Path) -> None:
    options = Options(tmp_path, shard="2/8", resume=True)
    assert command(options).startswith("iamsql sync --resume --shard 2/8")
