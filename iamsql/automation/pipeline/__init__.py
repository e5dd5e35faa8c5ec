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
    SYNC,
    CheckRequest,
    PipelineRequest,
    PipelineResult,
    StepResult,
)
from iamsql.automation.pipeline.requirements import require_valid
from iamsql.automation.pipeline.state import PipelineState, unfinished
from iamsql.automation.pipeline.steps import OF_RUNS, STEPS, Context
from iamsql.automation.problems import one_line
from iamsql.model import IamsqlError
from iamsql.runs.lock import exclusive_lock
from iamsql.sync import Progress

__all__ = ["CheckRequest", "PipelineRequest", "PipelineResult", "run_pipeline"]
LOCK = ".pipeline.lock"


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
    with exclusive_lock(folder, LOCK, "iamsql run"):
        now = datetime.now(UTC)
        earlier = unfinished(folder, now) if request.is_resumable else None
        if earlier:
            progress.say(f"Continuing with run {earlier.run}, whose sync was done before. For a new sync: --no-resume")
        state = earlier or PipelineState(folder)
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
    if any(step.name == SYNC and step.status == FAILED for step in context.result.steps):
        return StepResult(name, SKIPPED, "The sync failed.")
    if name in OF_RUNS and context.result.shard:
        return StepResult(name, SKIPPED, "The run is a shard.")
    started = time.monotonic()
    try:
        detail = STEPS[name](context)
    except IamsqlError as error:
        return StepResult(name, FAILED, one_line(str(error)), round(time.monotonic() - started, 1))
    if detail is None:
        return StepResult(name, SKIPPED, NOT_REQUESTED)
    return StepResult(name, OK, detail, round(time.monotonic() - started, 1))


def _print_step(progress: Progress, step: StepResult) -> None:
    """Print what a step did, or its error."""
    if step.status == FAILED:
        progress.say(f"Error: {step.name}: {step.detail}")
    elif step.status == OK:
        progress.say(f"{step.name}: {step.detail}")
