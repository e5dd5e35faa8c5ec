"""The rows of `iamsql doctor`, its options, and what its checks have found so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from iamsql.aws.organization_model import Organization
from iamsql.aws.sessions import SessionFactory
from iamsql.aws.settings import CallerCredentials
from iamsql.escaping import printable
from iamsql.model import IamsqlError, Result
from iamsql.sync.context import SyncRun
from iamsql.sync.options import Options, Progress

OK, FAILED, WARNING, SKIPPED = "ok", "failed", "warning", "skipped"
COLUMNS = ("check", "account", "status", "detail", "remediation")
SAMPLE = 3  # accounts in addition to the caller's own


class Row(NamedTuple):
    """The result of a check: `detail` says what was found, `remediation` what to type or to change.

    `cause` is the check that failed, for a check that is skipped because of it.
    """

    check: str
    status: str
    detail: str
    remediation: str = ""
    account: str = ""
    cause: str = ""


Rows = Sequence[Row]
Value = TypeVar("Value")


@dataclass(frozen=True)
class DoctorOptions:
    """The options of `iamsql doctor`: the options of the sync that it prepares, and how much to try.

    `sample` is the number of accounts to try besides the caller's own, unless all accounts or some by name are to be tried.
    """

    sync: Options
    sample: int = SAMPLE
    all_accounts: bool = False
    config: Path | None = None
    offline: bool = False


@dataclass
class State:
    """The results of the checks that later checks need."""

    options: DoctorOptions
    progress: Progress = field(default_factory=Progress)
    sessions: SessionFactory | None = None
    sessions_error: IamsqlError | None = None
    credentials: CallerCredentials | None = None
    run: SyncRun | None = None
    org: Organization | None = None
    expected_seconds: float | None = None  # of a sync, as the last run took
    failed: set[str] = field(default_factory=set)  # names of checks that failed or were skipped
    roots: dict[str, str] = field(
        default_factory=dict
    )  # the check that failed first, by the name of a check that it stopped

    @property
    def profile(self) -> str:
        """Return the name of the profile; '' if none is named."""
        return self.options.sync.profile or (self.sessions.profile if self.sessions else "")


@dataclass(frozen=True)
class Report:
    """All rows, in the order of the checks, and notes on accounts outside the sample."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """Return whether a check failed."""
        return any(row.status == FAILED for row in self.rows)

    def result(self) -> Result:
        """Return the rows with visible text only."""
        rows = [
            (row.check, row.account or None, row.status, printable(row.detail), printable(row.remediation) or None)
            for row in self.rows
        ]
        return Result(COLUMNS, rows, ("VARCHAR",) * len(COLUMNS))

    @property
    def first_step(self) -> str:
        """Return the next step of the first check that failed: later checks can depend on it. '' if none failed."""
        return next((row.remediation for row in self.rows if row.status == FAILED and row.remediation), "")

    def summary(self) -> str:
        """Return the number of rows by status as a sentence."""
        counts = Counter(row.status for row in self.rows)
        warnings = "warning" if counts[WARNING] == 1 else "warnings"
        labels = {OK: "ok", WARNING: warnings, FAILED: "failed", SKIPPED: "skipped"}
        return ", ".join(f"{counts[status]} {word}" for status, word in labels.items() if counts[status]) + "."


def ok(check: str, detail: str, account: str = "") -> Row:
    """Return the row of a check that found no problem."""
    return Row(check, OK, detail, "", account)


def failed_row(check: str, detail: str, remediation: str, account: str = "") -> Row:
    """Return the row of a problem that makes a sync fail, or its data incomplete."""
    return Row(check, FAILED, detail, remediation, account)


def warning(check: str, detail: str, remediation: str = "", account: str = "") -> Row:
    """Return the row of something that a sync may stumble over."""
    return Row(check, WARNING, detail, remediation, account)


def skipped_row(check: str, detail: str, account: str = "") -> Row:
    """Return the row of a check that could not be made."""
    return Row(check, SKIPPED, detail, "", account)


def stopped_row(check: str, failed_check: str, root: str = "", account: str = "") -> Row:
    """Return the row of a check that another check stopped; `root` is the check that failed first, if it is a third one."""
    return Row(check, SKIPPED, f"The check `{failed_check}` failed.", "", account, root or failed_check)


def error_row(check: str, error: IamsqlError, remediation: str = "") -> Row:
    """Return the row of an IamsqlError: its first line is the detail, its other lines are the next step."""
    detail, *steps = str(error).split("\n")
    joined = "; ".join(step if not index else step[:1].lower() + step[1:] for index, step in enumerate(steps))
    return failed_row(check, detail, joined or remediation)


def with_full_stop(text: str) -> str:
    """Return text, such as a message of AWS, with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def present(value: Value | None) -> Value:
    """Return a value that an earlier check has set. The needed checks are declared, so the value is never None."""
    if value is None:
        raise AssertionError("unreachable")
    return value
