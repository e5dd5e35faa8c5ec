"""Collect an AWS organization into a run file: find the accounts, assume a role in each, collect, write, finish."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from iamsql.catalog.settings import option_types
from iamsql.logs import fields
from iamsql.model import IamsqlError, Result
from iamsql.runs.private_files import require_private, shared_with
from iamsql.sync.collection import collect
from iamsql.sync.context import SyncRun
from iamsql.sync.dry_run import estimate
from iamsql.sync.options import Options, Progress, Source, SyncResult
from iamsql.sync.resume.select import ResumePlan, plan_resume
from iamsql.sync.sample_day import choose_day
from iamsql.sync.source import open_source

LOG = logging.getLogger(__name__)
__all__ = ["Options", "Progress", "Source", "SyncResult", "open_source", "plan", "sync"]


def sync(options: Options, progress: Progress, aws: Any = None) -> SyncResult:
    """Collect into a new run file, and return its path, its status and lines for the user.

    With `resume`, continue the newest run if it was interrupted. With `resume` or `retry_gaps`, copy a complete run to a new
    file and make the calls that failed or are missing. Raise IamsqlError, and KeyboardInterrupt with a message about the
    .partial file.
    """
    require_private(options.runs)
    for line in shared_with(options.runs):
        progress.say(line)
    resumed = plan_resume(options) if options.resume or options.retry_gaps else ResumePlan(options)
    if resumed.result:
        return resumed.result
    for note in resumed.notes:
        progress.say(note)
    options, aws = _with_sample(resumed, aws, progress)
    run = SyncRun(options, open_source(options, aws), progress, resumed.prior)
    try:
        result = asyncio.run(collect(run))
        counts = fields(
            requests=run.api.calls, throttles=run.api.throttles, outcome=result.status, path=str(result.path)
        )
        LOG.info("The run file is complete.", extra=counts)
        return result
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(run.interrupted()) from stopped
    finally:
        progress.stop()
        run.close()


def plan(options: Options, aws: Any = None) -> Result:
    """Return what a sync would do: accounts, expected calls and seconds. Makes one sizing call per account."""
    options, aws = _with_sample(ResumePlan(options), aws, Progress())
    run = SyncRun(options, open_source(options, aws), Progress())
    try:
        return asyncio.run(estimate(run))
    finally:
        run.close()


def _with_sample(resumed: ResumePlan, aws: Any, progress: Progress) -> tuple[Options, Any]:
    """Return the options with the day of the sample organization, and the sample on this day; without --demo, the arguments.

    Raise IamsqlError for a day without --demo.
    """
    options = resumed.options
    if options.day and not options.demo:
        raise IamsqlError("--day selects a day of the sample organization, and requires --demo.")
    if not options.demo or aws is not None:
        return options, aws
    from iamsql import demo  # noqa: PLC0415 - for --demo only: the sample organization takes 15 ms

    metadata = resumed.prior.metadata if resumed.prior else None
    day = choose_day(options, demo.ORGANIZATION_ID, datetime.now(UTC).date(), metadata)
    sample = demo.SampleOrganization(demo.DataFiles(day.date, day.number, hostile=options.demo == option_types.HOSTILE))
    for line in day.lines(len(sample.organization.accounts)):
        progress.say(line)
    return replace(options, day=day.number), sample
