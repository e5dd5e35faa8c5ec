"""A pipeline syncs, checks, reports, notifies and prunes; a failure is a step of the result, and the next pipeline continues."""

from __future__ import annotations

import csv
import json
import signal
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.pipeline import CheckRequest, PipelineResult, run_pipeline
from iamsql.automation.pipeline.state import STATE_FILE, find_unfinished
from iamsql.model import IamsqlError
from iamsql.report.build import ReportRequest
from iamsql.runs.lock import exclusive_lock
from iamsql.runs.prune import Limits
from iamsql.sync import Options, Progress
from tests.automation.pipeline.receiver import Receiver
from tests.automation.pipeline.requests import CONTROLS, TABLES, request
from tests.conftest import DAY, query
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults

NETWORK, FINANCE = "012345678901", "555566667777"  # only the root user of the second has MFA


class Lines(Progress):
    """The lines that a pipeline says."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


class Interrupted(Progress):
    """A user who presses Ctrl-C when some accounts are read, or when a step is done."""

    def __init__(self, step: str = "") -> None:
        self.step = step

    def update(self, done: int, *_: Any) -> None:
        if not self.step and done == 6:
            signal.raise_signal(signal.SIGINT)

    def say(self, line: str) -> None:
        if self.step and line.startswith(f"{self.step}: "):
            raise KeyboardInterrupt


def statuses(result: PipelineResult) -> dict[str, str]:
    """Return the status of each step."""
    return {step.name: step.status for step in result.steps}


def ok(*names: str) -> dict[str, str]:
    """Return the statuses of all steps when these were taken."""
    steps = ("restore", "sync", "check", "report", "notify", "archive", "prune")
    return {name: "ok" if name in names else "skipped" for name in steps}


def organization(**mfa: int) -> FakeAws:
    """Return the sample organization; `mfa` has whether the root user of an account has MFA, by `a` and the account's ID."""
    aws = FakeAws(DAY)
    for account, enabled in mfa.items():
        aws.organization.by_id[account.removeprefix("a")].iam["SummaryMap"]["AccountMFAEnabled"] = enabled
    return aws


@pytest.mark.slow
def test_a_pipeline_summarizes_the_run_and_reports_only_what_changed(tmp_path: Path, receiver: Receiver) -> None:
    export = tmp_path / "results.csv"
    pipeline_request = request(tmp_path, receiver, check=CheckRequest(CONTROLS, "none", (export,)), keep=Limits(keep=1))
    first = run_pipeline(pipeline_request, Progress(), organization())
    assert statuses(first) == ok("sync", "check", "notify", "prune")
    assert stat.S_IMODE(export.stat().st_mode) == 0o600
    alarms = [row["account_id"] for row in csv.DictReader(export.open()) if row["status"] == "alarm"]
    assert NETWORK in alarms and first.results["alarm"] == len(alarms) and first.exit_code(pipeline_request) == 0

    summary = json.loads(json.dumps(first.summary(first.exit_code(pipeline_request), datetime.now(UTC))))
    assert list(summary)[:2] == ["status", "exit_code"] and summary["status"] == "succeeded"
    counted = dict(query(Path(summary["run"]["path"]), "select outcome, count(*) from iamsql.accounts group by all"))
    assert summary["run"]["accounts"] == counted and summary["files"] == [str(export)]
    assert not (tmp_path / "runs" / STATE_FILE).exists()

    second = run_pipeline(pipeline_request, Progress(), organization(**{f"a{NETWORK}": 1, f"a{FINANCE}": 0}))
    assert second.run["run_id"] != first.run["run_id"] and second.changes == {"opened": 1, "resolved": 1}
    notified = {(change["kind"], change["account_id"]) for change in receiver.bodies[-1]["changes"]}
    assert notified == {("opened", FINANCE), ("resolved", NETWORK)} and len(receiver.bodies) == 2


@pytest.mark.slow
def test_a_pipeline_takes_every_step_over_every_table(tmp_path: Path, receiver: Receiver) -> None:
    page = tmp_path / "report.html"
    sync = Options(runs=tmp_path / "runs", demo=True)
    with_page = {"sync": sync, "report": ReportRequest(CONTROLS, trend=0), "report_file": page, "keep": Limits(keep=1)}
    pipeline_request = request(tmp_path, receiver, **with_page)
    for aws in (organization(), organization(**{f"a{FINANCE}": 0})):
        result = run_pipeline(pipeline_request, Progress(), aws)
        assert statuses(result) == ok("sync", "check", "report", "notify", "prune")
        assert page.read_text().startswith("<!doctype html>")
    assert result.changes == {"opened": 1}


@pytest.mark.slow
def test_a_failed_target_does_not_stop_the_other_steps_and_the_next_pipeline_continues(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.status = 400
    pipeline_request, progress = request(tmp_path, receiver, keep=Limits(keep=1)), Lines()
    failed = run_pipeline(pipeline_request, progress, FakeAws(DAY))
    assert statuses(failed) == ok("sync", "check", "prune") | {"notify": "failed"}
    assert failed.exit_code(pipeline_request) == 2 and failed.summary(2, datetime.now(UTC))["status"] == "failed"
    assert any(line.startswith("Error: notify: webhook:") and "400" in line for line in progress.lines)

    receiver.status, aws = 200, FakeAws(DAY)
    continued = run_pipeline(pipeline_request, progress, aws)
    assert continued.run == failed.run and not aws.calls and len(receiver.bodies) == 2
    assert continued.exit_code(pipeline_request) == 0
    assert any("whose sync was done before" in line for line in progress.lines)

    assert find_unfinished(tmp_path / "runs", datetime.now(UTC)) is None


@pytest.mark.slow
def test_a_step_that_always_fails_does_not_prevent_further_syncs(tmp_path: Path, receiver: Receiver) -> None:
    receiver.status = 400
    pipeline_request = request(tmp_path, receiver)
    runs = [run_pipeline(pipeline_request, Progress(), FakeAws(DAY)).run["run_id"] for _ in range(3)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.slow
def test_a_pipeline_that_is_not_resumable_syncs_again(tmp_path: Path, receiver: Receiver) -> None:
    receiver.status = 400
    failed = run_pipeline(request(tmp_path, receiver), Progress(), FakeAws(DAY))
    again = run_pipeline(request(tmp_path, is_resumable=False), Progress(), FakeAws(DAY))
    assert again.run["run_id"] != failed.run["run_id"] and again.run["run_id"]


@pytest.mark.slow
def test_an_interrupted_sync_is_resumed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt, match="Resume with"):
        run_pipeline(request(tmp_path), Interrupted(), FakeAws(DAY))
    (partial,) = (tmp_path / "runs").glob("*.partial")
    done = run_pipeline(request(tmp_path), Progress(), FakeAws(DAY))
    assert done.run["run_id"] == partial.name.removesuffix(".duckdb.partial") and statuses(done) == ok("sync", "check")


@pytest.mark.slow
def test_a_pipeline_that_is_interrupted_after_its_sync_continues_with_the_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(request(tmp_path), Interrupted("check"), FakeAws(DAY))
    (run,) = (tmp_path / "runs").glob("*.duckdb")
    aws = FakeAws(DAY)
    done = run_pipeline(request(tmp_path), Progress(), aws)
    assert done.run["path"] == str(run) and not aws.calls and statuses(done) == ok("sync", "check")
    assert done.results["alarm"] > 0


def test_a_sync_that_fails_skips_the_rest(tmp_path: Path) -> None:
    pipeline_request = request(
        tmp_path, sync=Options(runs=tmp_path / "runs", demo=True, accounts=("000000000000",), tables=TABLES)
    )
    failed = run_pipeline(pipeline_request, Progress(), FakeAws(DAY))
    assert statuses(failed) == ok() | {"sync": "failed"} and failed.exit_code(pipeline_request) == 2
    assert [step.detail for step in failed.steps if step.name == "report"] == ["The sync failed."]
    assert find_unfinished(tmp_path / "runs", datetime.now(UTC)) is None


@pytest.mark.slow
def test_gaps_set_the_exit_code_if_it_is_strict(tmp_path: Path) -> None:
    denied = Faults(deny=((FINANCE, "GetAccountSummary"),))
    pipeline_request = request(tmp_path, is_strict=True)
    assert run_pipeline(pipeline_request, Progress(), FakeAws(DAY, faults=denied)).exit_code(pipeline_request) == 3


@pytest.mark.slow
def test_shards_are_only_read_and_the_merged_run_is_checked(tmp_path: Path, receiver: Receiver) -> None:
    pipeline_request = request(tmp_path, receiver)
    for number in (1, 2):
        shard = replace(pipeline_request, sync=replace(pipeline_request.sync, shard=f"{number}/2"))
        read = run_pipeline(shard, Progress(), organization())
        assert statuses(read) == ok("sync")
        assert read.summary(0, datetime.now(UTC))["shard"] == f"{number}/2"
    merged = run_pipeline(replace(pipeline_request, merge_shards=2), Progress(), organization())
    assert statuses(merged) == ok("sync", "check", "notify") and merged.run["accounts"]["complete"] > 5
    assert "-shard-" not in merged.run["run_id"] and "shard" not in merged.summary(0, datetime.now(UTC))
    assert len(receiver.bodies) == 1


def test_one_pipeline_at_a_time_uses_a_runs_folder(tmp_path: Path) -> None:
    with (
        exclusive_lock(tmp_path / "runs", ".pipeline.lock", "iamsql run"),
        pytest.raises(IamsqlError, match="Another `iamsql run` is using the runs folder"),
    ):
        run_pipeline(request(tmp_path), Progress(), FakeAws(DAY))
