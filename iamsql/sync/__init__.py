"""Collect an AWS organization into a run file: find the accounts, assume a role in each, collect, write, finish."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from iamsql.aws.sessions import SessionFactory
from iamsql.demo import CREDENTIALS, Room
from iamsql.model import Result
from iamsql.store.folders import require_private, shared_with
from iamsql.sync.dry_run import expected
from iamsql.sync.options import Options, Progress, SilentProgress, Source, SyncResult
from iamsql.sync.resume.select import ResumePlan, plan_resume
from iamsql.sync.runner import SyncRun

__all__ = ["Options", "Progress", "Source", "SyncResult", "open_source", "plan", "sync"]


def open_source(options: Options, room: Any = None) -> Source:
    """Open the caller's session, or the made-up organization; `room` gives one that tests have prepared."""
    if not options.demo and room is None:
        return Source(SessionFactory(options.profile or None), datetime.now(UTC))
    room = room or Room()
    return Source(SessionFactory(send=room.answer, credentials=tuple(CREDENTIALS.values())), room.now, room)


def sync(options: Options, progress: Progress, room: Any = None) -> SyncResult:
    """Collect into a new run file and say how it went; an interruption leaves the .partial, which it names.

    With `resume` the newest run goes on where it was cut off; with that or `retry_gaps` what a finished one lacks is asked
    again, into a new file that has the rest of it too.
    """
    require_private(options.runs)
    for line in shared_with(options.runs):
        progress.say(line)
    going = plan_resume(options) if options.resume or options.retry_gaps else ResumePlan(options)
    if going.outcome:
        return going.outcome
    for note in going.notes:
        progress.say(note)
    run = SyncRun(going.options, open_source(going.options, room), progress, going.kept)
    try:
        return asyncio.run(run.whole())
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(run.left_behind()) from stopped
    finally:
        progress.stop()
        run.close()


def plan(options: Options, room: Any = None) -> Result:
    """Tell what a sync would do: accounts, calls and seconds expected; makes one sizing call an account."""
    run = SyncRun(options, open_source(options, room), SilentProgress())
    try:
        return asyncio.run(expected(run))
    finally:
        run.close()
