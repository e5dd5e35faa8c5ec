"""The run that shards make has the rows of the run that one sync makes, except for times; what is missing is reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.directory import list_runs
from iamsql.runs.store.writer import RunWriter
from iamsql.runs.verify import verify
from iamsql.sync.merge.merge import merge
from iamsql.sync.shards import SHARD_OF, account_shard
from tests.conftest import connect, query
from tests.fake_aws import ORG_TRAIL
from tests.sync.merge.shard_runs import TOTAL, complete_run, copied_shards
from tests.sync.resume.compare_runs import differences
from tests.sync.resume.test_resume import interrupted_run
from tests.sync.syncs import HOSTILE, MANAGEMENT, run_sync
from tests.tiers import slow_after

NO_TABLES: dict[str, Any] = {}
ACCOUNTS = "select account_id, outcome, reason, selected from iamsql.accounts"
LIST_POLICIES = "from iamsql.coverage where service = 'organizations' and operation = 'ListPolicies'"
QUICK = {"events": ("none",), "tables": ("aws_iam_user", "aws_account")}


@pytest.fixture
def without_tables() -> Iterator[None]:
    """Fill no typed tables, because filling takes time."""
    with patch("iamsql.runs.file.build.all_tables", lambda: NO_TABLES):
        yield


def merged(runs: Path, *names: object) -> Path:
    """Merge shards, and return the run."""
    path = merge(runs, [str(name) for name in names]).path
    assert path is not None
    return path


@pytest.mark.slow
def test_merged_shards_equal_the_run_of_one_sync(tmp_path: Path) -> None:
    shards = copied_shards(tmp_path / "runs")
    before = [path.read_bytes() for path in shards]
    result = merge(tmp_path / "runs")
    assert result.path is not None
    assert differences(complete_run(), result.path) == {}
    assert [path.read_bytes() for path in shards] == before
    run = "select status, window_start, window_end, started_at, notes, caller_arn, organization_id from iamsql.run"
    assert query(result.path, run) == query(complete_run(), run)
    options = "select (options::json)::varchar from iamsql.run"
    [[ours], [theirs]] = [
        [json.loads(row[0]) for row in query(path, options)] for path in (result.path, complete_run())
    ]
    assert ours == theirs | {"merged": TOTAL}
    assert result.lines[0].startswith(f"Merged {TOTAL} of {TOTAL} shards: read 12 of 16 accounts (7 in full).")
    assert result.path.stat().st_mode & 0o777 == 0o600
    rows, intact = verify(tmp_path / "runs", [result.path.name])
    assert intact and rows.rows[0][rows.columns.index("digest")] == "matches"


def test_both_shards_read_accounts_and_their_shares_are_stable() -> None:
    accounts = [str(100_000_000_000 + number) for number in range(1000)]
    shares = [sum(account_shard(account, 8).number == number for account in accounts) for number in range(1, 9)]
    assert min(shares) > 90 and sum(shares) == 1000
    assert [account_shard(account, 8).number for account in (MANAGEMENT, HOSTILE)] == [7, 1]
    with connect() as con:
        sql = f"select {SHARD_OF.format(account='a', total=8)} from (select unnest(?::varchar[]) as a)"
        numbers = [number for (number,) in con.execute(sql, [accounts]).fetchall()]
    assert numbers == [account_shard(account, 8).number for account in accounts]


@pytest.mark.slow
def test_an_account_is_read_by_one_shard_and_the_organization_by_the_first(tmp_path: Path) -> None:
    first, second = copied_shards(tmp_path)
    read = [{account for account, _, _, selected in query(path, ACCOUNTS) if selected} for path in (first, second)]
    assert read[0] and read[1] and not read[0] & read[1] and len(read[0] | read[1]) == 16
    for path, number, other in ((first, 1, 2), (second, 2, 1)):
        reasons = {reason for _, outcome, reason, _ in query(path, ACCOUNTS) if outcome == "excluded"}
        assert reasons == {f"Shard {other} of 2 reads this account."}
        assert f"-shard-{number}-of-2" in path.name
    policies = "select count(*) from raw.organizations_list_policies"
    assert query(first, policies) > query(second, policies) == [(0,)]
    skipped = f"select distinct status, error_code, error_message {LIST_POLICIES}"
    assert query(second, skipped) == [("skipped", "not_selected", "Shard 1 of 2 reads the organization.")]


@pytest.mark.parametrize("number", slow_after(0, [1, 2]))
def test_the_accounts_of_a_missing_shard_are_not_read(tmp_path: Path, number: int) -> None:
    shards = copied_shards(tmp_path)
    missing = shards.pop(number - 1)
    expected = {account for account, _, _, selected in query(missing, ACCOUNTS) if selected}
    missing.unlink()
    result = merge(tmp_path)
    assert result.path is not None
    reason = f"Shard {number} of 2 is missing."
    accounts = query(result.path, ACCOUNTS)
    assert {row[0] for row in accounts if row[1:] == ("interrupted", reason, True)} == expected
    assert len(accounts) == 16 and result.status == "incomplete" and result.gaps > 0
    assert any(
        line.startswith(f"Shard {number} of 2 is missing: its {len(expected)} accounts") for line in result.lines
    )
    # Every call that the shard would have made has a row, so answers report the accounts.
    calls = "select distinct region, service, operation from iamsql.coverage where account_id = ? and service <> 's3'"
    assert {*query(result.path, calls, sorted(expected)[0])} >= {("global", "iam", "GetAccountAuthorizationDetails")}
    code = "select distinct status, error_code, error_message from iamsql.coverage where account_id = ? and service = 'iam'"
    some = next(account for account in sorted(expected) if account != MANAGEMENT)
    assert query(result.path, code, some) == [("skipped", "shard_missing", reason)]
    policies = f"select distinct status, error_code {LIST_POLICIES}"
    assert query(result.path, policies) == [("ok", None) if number == 2 else ("skipped", "shard_missing")]
    done = CliRunner().invoke(main, ["query", "stale_keys", "--run", str(result.path), "--runs", str(tmp_path)])
    assert f"{len(expected)} not reached" in done.stderr


@pytest.mark.slow
def test_a_query_over_a_shard_has_a_note_and_latest_skips_shards(tmp_path: Path, without_tables: None) -> None:
    first, _ = copied_shards(tmp_path)
    result = CliRunner().invoke(main, ["query", "user_mfa", "--run", first.stem, "--runs", str(tmp_path)])
    assert (
        "is shard 1 of 2, without the accounts of the others. Merge the shards with: iamsql runs merge" in result.stderr
    )
    for command in (["query", "user_mfa"], ["runs", "show"]):
        refused = CliRunner().invoke(main, [*command, "--runs", str(tmp_path)])
        assert refused.exit_code == 2 and "only shards of runs" in refused.stderr
    path = merged(tmp_path)
    show_result = CliRunner().invoke(main, ["runs", "show", "--runs", str(tmp_path), "--output", "csv"])
    assert path.stem in show_result.stdout
    list_result = CliRunner().invoke(main, ["runs", "--runs", str(tmp_path), "--output", "csv"])
    assert "shard 2 of 2" in list_result.stdout


@pytest.mark.slow
def test_the_command_merges_named_shards_and_strict_reports_gaps(tmp_path: Path, without_tables: None) -> None:
    first, second = copied_shards(tmp_path / "from")
    arguments = ["runs", "merge", str(first), str(second), "--runs", str(tmp_path / "to")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0 and "Merged 2 of 2 shards" in result.stderr
    assert CliRunner().invoke(main, [*arguments, "--strict", "--quiet"]).exit_code == 3
    assert len(list_runs(tmp_path / "to")) == 2


@pytest.mark.slow
def test_a_resumed_shard_is_merged_like_another(tmp_path: Path, without_tables: None) -> None:
    complete = run_sync(tmp_path / "complete", **QUICK).path
    run_sync(tmp_path / "runs", shard="1/2", **QUICK)
    interrupted_run(tmp_path / "runs", 12, shard="2/2", **QUICK)
    with pytest.raises(IamsqlError, match="not finished"):
        merge(tmp_path / "runs", [str(next((tmp_path / "runs").glob("*.partial")))])
    run_sync(tmp_path / "runs", shard="1/2", retry_gaps=True)
    resumed = run_sync(tmp_path / "runs", resume=True, shard="2/2").path
    assert resumed.name.endswith("-shard-2-of-2.duckdb")
    # The retried file of the first shard replaces the earlier one.
    assert len([*(tmp_path / "runs").glob("*-shard-1-of-2.duckdb")]) == 2
    assert differences(complete, merged(tmp_path / "runs"), without=("main.aws_iam_user", "main.aws_account")) == {}


@pytest.mark.slow
@pytest.mark.parametrize("number", [130, 60, 2, 20])
def test_nothing_remains_of_a_merge_that_failed(tmp_path: Path, without_tables: None, number: int) -> None:
    copied_shards(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    execute, remaining = RunWriter.execute, [number]

    def executed(self: RunWriter, statement: str, values: Any = ()) -> None:
        remaining[0] -= 1
        if not remaining[0]:
            raise KeyboardInterrupt
        execute(self, statement, values)

    with patch.object(RunWriter, "execute", executed), pytest.raises(KeyboardInterrupt):
        merge(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".lock") == before


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"tables": ("all",), "regions": ("all",)}, {"ous": ()}, {"fresh": True}])
def test_three_shards_with_other_options_equal_the_run_of_one_sync(tmp_path: Path, options: dict[str, Any]) -> None:
    options = {"typed": True} | options
    complete = run_sync(tmp_path / "complete", **options).path
    for number in (1, 2, 3):
        run_sync(tmp_path / "runs", shard=f"{number}/3", **options)
    assert differences(complete, merged(tmp_path / "runs")) == {}


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
def test_the_accounts_of_a_missing_shard_are_read_by_retry_gaps(tmp_path: Path, number: int) -> None:
    copied_shards(tmp_path)[number - 1].unlink()
    path = merged(tmp_path)
    remedies = CliRunner().invoke(main, ["query", "skipped_accounts", "--run", str(path), "--output", "csv"])
    assert "try again: iamsql sync --retry-gaps" in remedies.stdout
    for shard in tmp_path.glob("*-shard-*"):
        shard.unlink()
    retried = run_sync(tmp_path, retry_gaps=True, typed=True, trail=ORG_TRAIL).path
    assert differences(complete_run(), retried) == {}
