"""The corridor from AWS to a run file: find the accounts, enter them, collect, land, finish."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from iamsql.aws.sessions import Door
from iamsql.model import IamsqlError, Result
from iamsql.store.folders import require_private, shared_with

LONGEST = 90  # days that LookupEvents reaches back


class Progress(Protocol):
    """What a sync tells while it goes on."""

    def start(self, accounts: int) -> None:
        """Begin, with this many accounts to read."""

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Show how far it is."""

    def say(self, line: str) -> None:
        """Say one line that stays."""

    def stop(self) -> None:
        """End."""


@dataclass(frozen=True)
class Options:
    """What the user asked of a sync; the names are the command's. `beside` are the tables on demand that `asked` needs."""

    runs: Path
    demo: bool = False
    profile: str | None = None
    roles: tuple[str, ...] = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")
    external_id: str | None = field(default=None, repr=False)
    org_role: str | None = None
    accounts: tuple[str, ...] = ()
    skip_accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    skip_ous: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    trail: str | None = None
    trail_role: str | None = None
    no_carry: bool = False
    days: int | None = None
    start_date: str | None = None
    end_date: str | None = None
    tables: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    fresh: bool = False
    trust_report: bool = False
    dry_run: bool = False
    resume: bool = False
    retry_gaps: bool = False
    max_calls: int | None = None
    strict: bool = False
    quiet: bool = False

    def told(self) -> dict[str, Any]:
        """Give the options as iamsql.run keeps them: no external id, no folder of this machine."""
        left_out = ("external_id", "runs", "quiet", "resume", "retry_gaps")
        return {key: value for key, value in asdict(self).items() if value and key not in left_out}


@dataclass(frozen=True)
class Outcome:
    """What came of it: the file, its status, lines for the user, and how many gaps it has."""

    path: Path | None
    status: str
    lines: list[str]
    gaps: int


@dataclass(frozen=True)
class Source:
    """Where answers come from, and what time it is there."""

    door: Door
    now: datetime
    calls: Any = None  # the demo room, for those who look at what it was asked


def open_source(options: Options, room: Any = None) -> Source:
    """Open the caller's session, or the made-up organization; `room` gives one that tests have prepared."""
    if not options.demo and room is None:
        return Source(Door(options.profile), datetime.now(UTC))
    from iamsql.demo import CREDENTIALS, Room

    room = room or Room()
    return Source(Door(send=room.answer, credentials=tuple(CREDENTIALS.values())), room.now, room)


@dataclass(frozen=True)
class Window:
    """The span of time whose events are read; look-ups reach back to `looked_up_from` at most. `notes` are for the user."""

    start: datetime
    end: datetime
    looked_up_from: datetime
    notes: tuple[str, ...] = ()


def window(options: Options, now: datetime) -> Window:
    """Give the window of events; raise IamsqlError when there is none, or none that look-ups reach and no trail is read."""
    end = min(now, _midnight(options.end_date) + timedelta(days=1)) if options.end_date else now
    start = _midnight(options.start_date) if options.start_date else end - timedelta(days=options.days or LONGEST)
    if start >= now:
        raise IamsqlError(
            f"The window starts on {start:%Y-%m-%d}, which is still to come.\nGive an earlier --start-date."
        )
    if end <= start:
        raise IamsqlError(
            f"The window ends ({end:%Y-%m-%d}) before it starts ({start:%Y-%m-%d}).\nGive --start-date a day before --end-date."
        )
    oldest = now - timedelta(days=LONGEST)
    if start >= oldest:
        return Window(start, end, start)
    if end <= oldest and not options.trail:
        raise IamsqlError(
            f"The window ends on {end:%Y-%m-%d}, but LookupEvents reaches back {LONGEST} days only, to {oldest:%Y-%m-%d}."
            "\nGive a later --end-date, or read a trail: --trail s3://bucket/prefix"
        )
    note = f"LookupEvents reaches back {LONGEST} days: events are looked up from {oldest:%Y-%m-%d} on."
    if not options.trail:
        return Window(oldest, end, oldest, (note.replace("looked up", "read"),))
    return Window(start, end, min(oldest, end), (note,))


def _midnight(day: str) -> datetime:
    one = date.fromisoformat(day)
    return datetime(one.year, one.month, one.day, tzinfo=UTC)


def sync(options: Options, progress: Progress, room: Any = None) -> Outcome:
    """Collect into a new run file and say how it went; an interruption leaves the .partial, which it names.

    With `resume` the newest run goes on where it was cut off; with that or `retry_gaps` what a finished one lacks is asked
    again, into a new file that has the rest of it too.
    """
    from iamsql.sync.resume import Going, going_on
    from iamsql.sync.run import Run

    require_private(options.runs)
    for line in shared_with(options.runs):
        progress.say(line)
    going = going_on(options) if options.resume or options.retry_gaps else Going(options)
    if going.outcome:
        return going.outcome
    run = Run(going.options, open_source(going.options, room), progress, going.kept)
    try:
        return asyncio.run(run.whole())
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(run.left_behind()) from stopped
    finally:
        progress.stop()
        run.close()


def plan(options: Options, room: Any = None) -> Result:
    """Tell what a sync would do: accounts, calls and seconds expected; makes one sizing call an account."""
    from iamsql.sync.dry import expected
    from iamsql.sync.run import Run, Silent

    run = Run(options, open_source(options, room), Silent())
    try:
        return asyncio.run(expected(run))
    finally:
        run.close()
