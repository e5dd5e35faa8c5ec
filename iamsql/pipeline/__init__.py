"""Sync, check, report, notify and prune as one command for schedulers, with one exit code and a summary for machines.

One pipeline at a time uses a runs folder. A pipeline that was interrupted, or in which a step failed, is continued by the next
one: an interrupted sync is resumed, and a finished one is not repeated.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from iamsql.model import IamsqlError
from iamsql.pipeline.model import (
    FAILED,
    OK,
    SKIPPED,
    SYNC,
    CheckRequest,
    PipelineRequest,
    PipelineResult,
    StepResult,
)
from iamsql.pipeline.state import PipelineState, unfinished
from iamsql.pipeline.steps import OF_RUNS, STEPS, Context
from iamsql.runs.lock import exclusive_lock
from iamsql.sync import Progress

__all__ = ["CheckRequest", "PipelineRequest", "PipelineResult", "run_pipeline"]
LOCK = ".pipeline.lock"


def run_pipeline(request: PipelineRequest, progress: Progress, aws: Any = None) -> PipelineResult:
    """Take the steps and return their results; a step that failed is a result, not an error.

    Raise IamsqlError if another pipeline uses the runs folder, and KeyboardInterrupt.
    """
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
            result.steps.append(_take(name, context))
        result.files = [str(file) for file in context.files]
        if not result.failures or state.is_continued:
            state.remove()
        return result


def _take(name: str, context: Context) -> StepResult:
    """Take one step; return its result."""
    if any(step.name == SYNC and step.status == FAILED for step in context.result.steps):
        return StepResult(name, SKIPPED, "The sync failed.")
    if name in OF_RUNS and context.result.shard:
        return StepResult(name, SKIPPED, "The run is a shard.")
    started = time.monotonic()
    try:
        detail = STEPS[name](context)
    except IamsqlError as error:
        context.progress.say(f"Error: {name}: {error}")
        return StepResult(name, FAILED, " ".join(str(error).split("\n")), round(time.monotonic() - started, 1))
    if detail is None:
        return StepResult(name, SKIPPED, "Not requested.")
    context.progress.say(f"{name}: {detail}")
    return StepResult(name, OK, detail, round(time.monotonic() - started, 1))
