"""Steps that are not requested do nothing, and the run of a sync is described."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.automation.notify.request import Delivery
from iamsql.automation.pipeline import PipelineResult, steps
from iamsql.automation.pipeline.state import PipelineState
from iamsql.model import IamsqlError
from iamsql.runs.prune import Limits
from iamsql.sync import Progress
from tests.automation.pipeline.requests import request
from tests.minimal_run import make_run

RUN = "20260301T100000Z-o-1.duckdb"


def context(folder: Path, run: str = RUN, **changes: Any) -> steps.Context:
    return steps.Context(
        request(folder, **changes),
        PipelineState(folder / "runs", run, 2),
        PipelineResult(datetime.now(UTC)),
        Progress(),
    )


def test_the_steps_have_an_order_and_a_run_comes_before_what_reads_it() -> None:
    assert [*steps.STEPS] == ["restore", "sync", "check", "report", "notify", "archive", "prune"]
    assert {*steps.WHOLE_RUN_STEPS} < {*steps.STEPS}


def test_a_step_that_is_not_requested_has_no_sentence(tmp_path: Path) -> None:
    for step in (steps.restore, steps.report, steps.notify_targets, steps.archive, steps.remove_old_runs):
        assert step(context(tmp_path)) is None


def test_a_run_that_an_earlier_pipeline_made_is_described(tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs" / RUN)
    step_context = context(tmp_path)
    assert steps.collect(step_context) == f"{RUN}: incomplete, 2 gaps."
    assert step_context.result.run["accounts"] == {"assume_role_failed": 1, "complete": 2, "inactive": 1}
    assert (step_context.result.run["path"], step_context.result.gaps) == (str(path), 2)
    assert step_context.result.run["started_at"] == "2026-03-01T10:00:00+00:00"


def test_a_sync_without_a_run_fails(tmp_path: Path) -> None:
    result: Any = SimpleNamespace(lines=[], path=None, gaps=0)
    with pytest.raises(IamsqlError, match="The sync wrote no run"):
        steps._use_result(context(tmp_path), result)


def test_a_run_that_cannot_be_deleted_fails_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = SimpleNamespace(failures=["x: denied"], unlisted="SHA256SUMS: denied", lines=lambda: ["Deleted 1 run."])
    monkeypatch.setattr(steps, "prune", lambda folder, limits, yes: outcome)
    step_context = context(tmp_path, keep=Limits(keep=1))
    with pytest.raises(IamsqlError, match=r"^x: denied; SHA256SUMS: denied$"):
        steps.remove_old_runs(step_context)
    outcome.failures, outcome.unlisted = [], ""
    assert steps.remove_old_runs(step_context) == "Deleted 1 run."


def test_targets_have_their_status() -> None:
    assert steps._target_statuses([Delivery("slack", "sent"), Delivery("sns", "nothing new")]) == [
        "slack (sent)",
        "sns (nothing new)",
    ]
