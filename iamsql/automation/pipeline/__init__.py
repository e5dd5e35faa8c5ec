"""Sync, check, report, notify and prune as one command for schedulers, with one exit code and a summary for machines.

One pipeline at a time uses a runs folder. A pipeline that was interrupted, or has a failed step, is continued by the next
pipeline: an interrupted sync is resumed, and a finished sync is not repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from iamsql.automation.pipeline.model import (
    FAILED,
    NOT_REQUESTED,
    OK,
    SKIPPED,
    SYNC_STEP,
    CheckRequest,
    PipelineRequest,
    PipelineResult,
    StepResult,
)
from iamsql.automation.pipeline.requirements import require_valid
from iamsql.automation.pipeline.state import PipelineState, find_unfinished
from iamsql.automation.pipeline.steps import STEPS, WHOLE_RUN_STEPS, Context
from iamsql.automation.problems import join_lines
from iamsql.model import IamsqlError
from iamsql.runs.lock import exclusive_lock
from iamsql.sync import Progress

__all__ = ["CheckRequest", "PipelineRequest", "PipelineResult", "run_pipeline"]
LOCK_FILE = ".pipeline.lock"


def run_pipeline(
    request: PipelineRequest, progress: Progress, aws: Any = None, show: Callable[[StepResult], object] | None = None
) -> PipelineResult:
    """Take the steps and return their results; a step that failed is a result, not an error.

    `show` is called with the result of each step; without it, `progress` prints the steps that were taken.

    Raise IamsqlError for a request that cannot succeed, before anything is collected, and if another pipeline uses the runs
    folder. Raise KeyboardInterrupt.
    """
    require_valid(request, is_offline=aws is not None)
    folder = request.sync.runs
    with exclusive_lock(folder, LOCK_FILE, "iamsql run"):
        now = datetime.now(UTC)
        unfinished_state = find_unfinished(folder, now) if request.is_resumable else None
        if unfinished_state:
            progress.say(
                f"Continuing with run {unfinished_state.run}, whose sync was done before. For a new sync: --no-resume"
            )
        state = unfinished_state or PipelineState(folder)
        result = PipelineResult(now, shard=request.sync.shard or "")
        context = Context(request, state, result, progress, aws)
        for name in STEPS:
            step = _take_step(name, context)
            result.steps.append(step)
            (show or partial(_print_step, progress))(step)
        result.files = [str(file) for file in context.files]
        if not result.failures or state.is_continued:
            state.remove()
        return result


def _take_step(name: str, context: Context) -> StepResult:
    """Run a step of STEPS and return its result: ok, failed with the error as detail, or skipped."""
    if any(step.name == SYNC_STEP and step.status == FAILED for step in context.result.steps):
        return StepResult(name, SKIPPED, "The sync failed.")
    if name in WHOLE_RUN_STEPS and context.result.shard:
        return StepResult(name, SKIPPED, "The run is a shard.")
    started_at = time.monotonic()
    try:
        detail = STEPS[name](context)
    except IamsqlError as error:
        return StepResult(name, FAILED, join_lines(str(error)), round(time.monotonic() - started_at, 1))
    if detail is None:
        return StepResult(name, SKIPPED, NOT_REQUESTED)
    return StepResult(name, OK, detail, round(time.monotonic() - started_at, 1))


def _print_step(progress: Progress, step: StepResult) -> None:
    """Print what a step did, or its error."""
    if step.status == FAILED:
        progress.say(f"Error: {step.name}: {step.detail}")
    elif step.status == OK:
        progress.say(f"{step.name}: {step.detail}")
