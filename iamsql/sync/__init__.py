"""The corridor from AWS to a run file: find the accounts, enter them, collect, land, finish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from iamsql import option_types
from iamsql.aws.bucket import place_of
from iamsql.aws.sessions import Door
from iamsql.model import IamsqlError, Result
from iamsql.store.folders import require_private, shared_with

SCOPE, SOURCE, CALLER = "scope", "source", "caller"  # kinds of options that a run file stores
AUTO = "auto"  # the value of --trail for the trail that DescribeTrails finds
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


def option(flag: str, kind: str = "", check: Callable[[str, Any], Any] | None = None) -> dict[str, Any]:
    """Return the metadata of an option: its flag, who gives it to a run that is resumed, and the check of a stored value.

    SCOPE options say what is read: a resumed run takes them from its file. SOURCE and CALLER options say from where and by
    whom: the user has to give them again, a SOURCE option with the same value. An option without a kind is not remembered.
    """
    return {"flag": flag, "kind": kind, "check": check or (lambda _, value: value)}


def _trail(flag: str, value: str) -> str:
    if value != AUTO:
        place_of(option_types.printable_text(flag, value))
    return value


def _tables(_flag: str, values: tuple[str, ...]) -> tuple[str, ...]:
    from iamsql.schema.names import match_tables

    return match_tables(values)


@dataclass(frozen=True)
class Options:
    """What the user asked of a sync; the names are the command's.

    `beside` are the tables on demand that `asked` needs. `stated` names the options that were typed, also where their value
    is the default.
    """

    runs: Path
    demo: bool = field(default=False, metadata=option("--demo", SOURCE))
    profile: str | None = field(default=None, metadata=option("--profile", CALLER, option_types.printable_text))
    roles: tuple[str, ...] = field(
        default=("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole"),
        metadata=option("--role", CALLER, option_types.role_names),
    )
    external_id: str | None = field(default=None, repr=False)
    no_session_policy: bool = field(default=False, metadata=option("--no-session-policy"))
    org_role: str | None = field(default=None, metadata=option("--org-role", CALLER, option_types.role_arn))
    accounts: tuple[str, ...] = field(default=(), metadata=option("--account", SCOPE, option_types.account_ids))
    skip_accounts: tuple[str, ...] = field(
        default=(), metadata=option("--skip-account", SCOPE, option_types.account_ids)
    )
    ous: tuple[str, ...] = field(default=(), metadata=option("--ou", SCOPE))
    skip_ous: tuple[str, ...] = field(default=(), metadata=option("--skip-ou", SCOPE))
    states: tuple[str, ...] = field(default=(), metadata=option("--state", SCOPE, option_types.states))
    regions: tuple[str, ...] = field(default=(), metadata=option("--region", SCOPE, option_types.regions))
    events: tuple[str, ...] = field(default=(), metadata=option("--event", SCOPE, option_types.events))
    trail: str | None = field(default=None, metadata=option("--trail", SOURCE, _trail))
    trail_role: str | None = field(default=None, metadata=option("--trail-role", CALLER, option_types.role_arn))
    no_carry: bool = field(default=False, metadata=option("--no-carry"))
    days: int | None = field(default=None, metadata=option("--days", SCOPE))
    start_date: str | None = field(default=None, metadata=option("--start-date", SCOPE, option_types.day))
    end_date: str | None = field(default=None, metadata=option("--end-date", SCOPE, option_types.day))
    tables: tuple[str, ...] = field(default=(), metadata=option("--table", SCOPE, _tables))
    asked: tuple[str, ...] = field(default=(), metadata=option("--for", SCOPE))
    beside: tuple[str, ...] = field(default=(), metadata=option("", SCOPE, _tables))
    fresh: bool = field(default=False, metadata=option("--fresh", SCOPE))
    trust_report: bool = field(default=False, metadata=option("--trust-report", SCOPE))
    dry_run: bool = field(default=False, metadata=option("--dry-run"))
    resume: bool = field(default=False, metadata=option("--resume"))
    retry_gaps: bool = field(default=False, metadata=option("--retry-gaps"))
    max_calls: int | None = field(default=None, metadata=option("--max-calls"))
    strict: bool = field(default=False, metadata=option("--strict"))
    quiet: bool = field(default=False, metadata=option("--quiet"))
    stated: frozenset[str] = frozenset()

    def told(self) -> dict[str, Any]:
        """Give the options as iamsql.run keeps them: no external id, no folder of this machine."""
        left_out = ("external_id", "runs", "quiet", "resume", "retry_gaps", "stated")
        return {key: value for key, value in asdict(self).items() if value and key not in left_out}

    def gives(self, name: str) -> bool:
        """Tell whether the user gave an option: it was typed, or its value is not the default."""
        return name in self.stated or getattr(self, name) != self.__dataclass_fields__[name].default


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
        return Source(Door(options.profile or None), datetime.now(UTC))
    from iamsql.demo import CREDENTIALS, SampleOrganization

    room = room or SampleOrganization()
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
    for note in going.notes:
        progress.say(note)
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
