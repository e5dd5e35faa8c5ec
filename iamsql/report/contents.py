"""The contents of the page, as data. The other modules of `report` read them from runs; `page` writes them as markup.

A count that depends on accounts without data is a lower bound: `Number.is_complete` and `Histogram.unknown` keep this visible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from iamsql.model import Result

# The numbers at the top of the page, in their order. The alarms count results of the selected benchmarks, each control once.
NUMBER_KEYS = (
    "accounts_read", "accounts_missing", "users", "active_keys", "old_keys", "users_without_mfa", "root_keys", "risky_admins",
    "alarms_critical", "alarms_high", "alarms_medium", "alarms_low", "unknown",
)  # fmt: skip
# The outcome of reading an account, from good to bad, as in iamsql.accounts; an interrupted run has not reached some accounts.
OUTCOMES = ("complete", "incomplete", "assume_role_failed", "interrupted", "inactive", "excluded")


@dataclass(frozen=True)
class Heading:
    """The run that the page describes. `caveats` are the notes that `iamsql check` prints about missing data.

    - `digest`: the SHA-256 of the run file.
    - `scope`: the limits of the run.

    For the state at a past moment, `started_at` is the moment. `base_run` is the run that the state is reconstructed from, and
    `changes` is the number of changes from events.
    """

    run_id: str
    started_at: datetime | None
    organization_id: str
    status: str
    version: str
    caveats: Sequence[str] = ()
    earlier_run: str = ""  # the run of --since
    earlier_started_at: datetime | None = None
    base_run: str = ""
    changes: int = 0
    digest: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Number:
    """A key number, and its values in the earlier runs of the folder, oldest first, with this run last.

    - `value`: None if nothing that the number counts was read.
    - `is_complete`: false if data of an account is missing. The value is then a lower bound.
    - `trend`: pairs of the start of a run and the value, which is None if that run has no data.
    """

    key: str
    value: int | None
    is_complete: bool
    trend: Sequence[tuple[datetime, int | None]] = ()


@dataclass(frozen=True)
class MapRow:
    """An account and its worst status by control family (alarm, error, info, muted, ok, skip or '' for no result).

    `alarms` and `unknown` count results in all families.
    """

    account_id: str
    account_name: str
    ou_path: str
    outcome: str
    cells: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]  # family → status → results
    alarms: int
    unknown: int


@dataclass(frozen=True)
class Histogram:
    """Counts by bucket of days, such as 0-30, 366+ and never; `unknown` is the number of items without a known value."""

    buckets: Sequence[tuple[str, int]]
    unknown: int = 0


@dataclass(frozen=True)
class Step:
    """A step of an escalation path: `method` leads from one principal to the next. `target` is '' for an administrator."""

    source: str
    method: str
    target: str


@dataclass(frozen=True)
class EscalationPath:
    """The steps that make a principal an administrator."""

    account_id: str
    account_name: str
    principal: str
    verdict: str
    conditions: str
    steps: Sequence[Step]


@dataclass(frozen=True)
class Control:
    """A control of a benchmark with the number of its results by status.

    - `fixes`: the commands of its front matter, with placeholders.
    - `collect`: the commands that collect missing data.
    - `same_as`: the number of an earlier control of the benchmark with the same results.
    - `references`: its numbers in benchmarks, such as cis_v7.0:1.11.
    - `is_shipped`: whether the documentation has a page about it.
    """

    benchmark: str
    sections: Sequence[str]
    id: str
    name: str
    title: str
    severity: str
    family: str
    about: str
    fixes: Sequence[str]
    counts: Mapping[str, int]
    failure: str = ""
    same_as: str = ""
    collect: Sequence[str] = ()
    references: Sequence[str] = ()
    is_shipped: bool = True


@dataclass(frozen=True)
class UrgentControl:
    """A control to resolve first: its number of alarms, the first alarm, and the command that resolves it, or advice in words."""

    name: str
    title: str
    severity: str
    alarms: int
    accounts: int  # with an alarm
    account_id: str
    account_name: str
    resource: str
    reason: str
    command: str
    advice: str = ""


@dataclass(frozen=True)
class SkippedAccount:
    """An account without complete data, the reason, and the command or permission that helps."""

    account_id: str
    account_name: str
    state: str
    outcome: str
    reason: str
    remediation: str


@dataclass(frozen=True)
class Day:
    """The events of a UTC day: sign-ins, failed sign-ins, events of root users, findings of detections by severity."""

    day: str
    sign_ins: int
    failed_sign_ins: int
    root_events: int
    detections: Mapping[str, int]


@dataclass(frozen=True)
class Events:
    """The CloudTrail events of the run. `note` states why there are none, or which accounts or days are missing.

    `names_only` states that only events with certain names were read; '' if the run has all events.
    """

    days: Sequence[Day]
    findings: Result  # of detections: severity, detection, technique, event_time, account_id, actor, target, detail …
    note: str = ""
    names_only: str = ""


@dataclass(frozen=True)
class Contents:
    """Everything on the page. The results are tables that the reader sorts, filters and downloads."""

    heading: Heading
    outcomes: Mapping[str, int]
    numbers: Sequence[Number]
    families: Sequence[str]
    account_map: Sequence[MapRow]
    key_age: Histogram
    key_use: Histogram
    escalation: Sequence[EscalationPath]
    escalation_total: Mapping[str, int] | None  # verdict → number of principals with a path; None if not evaluated
    risks: Result
    benchmarks: Sequence[tuple[str, str]]  # name and title
    controls: Sequence[Control]
    findings: Result  # control, severity, status, account_id, account_name, region, resource, reason, dimensions (JSON), ident
    keys: Result  # as `inventory.read_keys` returns them
    users: Result  # as `inventory.read_users` returns them
    changes: Result | None  # of --since, as `iamsql diff` returns them
    changes_summary: str
    skipped: Sequence[SkippedAccount]
    events: Events
    # The sections of principal_report for the users and roles that the page names, as `principals.read_principals` returns them.
    principals: Result = field(default_factory=lambda: Result((), []))
    parameters: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # control → values, for the fixes
    # Section → why it is empty, or a note: trend, findings, keys, users, principals, escalation, risks, skipped, events, changes.
    missing: Mapping[str, str] = field(default_factory=dict)
    incomplete: Mapping[str, str] = field(default_factory=dict)  # section → the accounts with missing data
    urgent: Sequence[UrgentControl] = ()
    # The last run before this one if it has another scope, and what was read in addition.
    other_scope: tuple[str, str] = ("", "")
