"""Collect an organization: identify the caller, take the steps that overlap, copy events of earlier runs, finish the file."""

from __future__ import annotations

import asyncio
import json

from iamsql.aws.client import ignore_exception
from iamsql.runs.checksums import record
from iamsql.runs.file import build
from iamsql.runs.file.rows import iso_seconds
from iamsql.runs.file.template import template
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.cloudtrail.report import add_to_accounts, mark_missing_events
from iamsql.sync.cloudtrail.reuse import copy_events
from iamsql.sync.context import SyncRun
from iamsql.sync.options import SyncResult
from iamsql.sync.phases import FINISHING_PHASE, LISTING_PHASE, log_phases, phase_rows
from iamsql.sync.steps import Steps, task_group
from iamsql.sync.summary import SyncOutcome, administrator_notes, summary


async def collect(run: SyncRun) -> SyncResult:
    """Collect everything and finish the file. Raise IamsqlError."""
    # The template, if it has to be built, is built while requests wait for AWS.
    built = ignore_exception(asyncio.create_task(asyncio.to_thread(template)))
    org = await run.identify()
    with run.phases.phase(LISTING_PHASE):
        await run.reader.describe(org)
    run.say_notes(org)
    await run.models_loaded
    await built
    async with task_group() as tasks:
        steps = Steps(run, org, tasks)
        steps.start()
    run.say_notes(org)
    writer = steps.writer
    _add_earlier_events(run, steps, writer)
    roles = administrator_notes(steps.sessions.roles_used.values(), is_limited=not run.options.no_session_policy)
    writer.execute("update iamsql.run set notes = ?", [json.dumps([*run.notes(org), *roles])])
    rows = [*steps.coverage, *(row for result in steps.results for row in result.coverage)]
    writer.insert_rows("phases", phase_rows(run.phases.finished(rows)))
    writer.insert_rows("rate_limits", run.api.rate_limits.known_rates(org.caller_account))
    with run.phases.phase(FINISHING_PHASE):
        path, status = build.finish(writer, steps.results, steps.coverage, iso_seconds(run.finished_at()), steps.filled)
        run.writer, run.finished_path = None, str(path)  # closed: an interrupt must not flush it
        digest = record(path)
    log_phases(run.phases.finished(rows))
    notes = [*(run.prior.lines(steps.results) if run.prior else []), *roles]
    seconds = run.phases.seconds
    collected = SyncOutcome(path, steps.results, steps.coverage, seconds, notes, steps.trail.lines, digest)
    lines = summary(collected, run.api)
    return SyncResult(path, status, lines, sum(row.is_gap for row in rows))


def _add_earlier_events(run: SyncRun, steps: Steps, writer: RunWriter) -> None:
    """Copy events of earlier runs, and add the coverage of the trail and of windows that an earlier run has lost."""
    results, trail = steps.results, steps.trail
    # Only now is it known which windows look-ups and the trail did not request, because an earlier run has their events.
    reused = [*run.reused, *trail.reused, *(window for result in results for window in result.reused)]
    failed_windows = copy_events(writer, run.prior_events, reused, (run.window.start, run.window.end))
    mark_missing_events(failed_windows, trail, results)
    other_rows = add_to_accounts(trail.coverage, results)
    steps.coverage += other_rows
    writer.journal.add(other_rows, trail.events)
    changed = {row.account_id for row in trail.coverage} | {window.account_id for window, _ in failed_windows}
    # The journal already has the results of these accounts, without the changes by the trail and by failed windows.
    for result in (result for result in results if result.account.account_id in changed):
        steps.record(result)
