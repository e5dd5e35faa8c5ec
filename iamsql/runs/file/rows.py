"""The rows of the schema iamsql that a sync or an import writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from iamsql.model import Account

# Error codes of data that the user excluded.
USER_CHOICES = frozenset({"not_selected", "account_not_selected", "trust_report"})


@dataclass(frozen=True)
class CoverageRow:
    """A row of iamsql.coverage; `started_at` is an ISO 8601 string."""

    account_id: str
    account_name: str
    region: str
    service: str
    operation: str
    status: str
    error_code: str | None = None
    error_message: str | None = None
    items: int = 0
    requests: int = 0
    throttles: int = 0
    retries: int = 0
    seconds: float = 0.0
    started_at: str | None = None
    reused_from: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Return the account, region, service and operation, which all rows of a call have in common."""
        return (self.account_id, self.region, self.service, self.operation)

    @property
    def is_gap(self) -> bool:
        """Return whether data is missing that the user did not exclude."""
        return self.status not in ("ok", "not_applicable") and self.error_code not in USER_CHOICES

    def values(self) -> list[Any]:
        """Return the values in the order of the columns."""
        return list(self.__dict__.values())


@dataclass(frozen=True)
class EventCoverageRow:
    """A row of iamsql.event_coverage: the events of an account that one look-up or one trail returned.

    `source` is event_history, trail or import; `look_up` is the attribute that was looked up, or the location of the trail.
    Times are ISO 8601 strings: the requested window, and the end of the events that were copied from an earlier run.
    """

    account_id: str
    region: str
    source: str
    look_up: str | None
    status: str
    error_code: str | None = None
    window_start: str | None = None
    window_end: str | None = None
    events: int = 0
    objects: int | None = None
    reused_from: str | None = None
    reused_until: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Return the account, region and source: the look-ups of a region are collected together."""
        return (self.account_id, self.region, self.source)

    def values(self) -> list[Any]:
        """Return the values in the order of the columns."""
        return list(self.__dict__.values())


@dataclass(frozen=True)
class PriorWindow:
    """An earlier run with all events of a look-up or trail, called `name`, until a time."""

    until: datetime
    run_id: str
    name: str


class ReusedWindow(NamedTuple):
    """Events of an earlier run that are copied into this one; `source` is look-up or trail."""

    source: str
    account_id: str
    region: str
    prior: PriorWindow


@dataclass
class AccountResult:
    """The result of an account: a row of iamsql.accounts, with its coverage and the windows of events to copy."""

    account: Account
    role_used: str | None = None
    outcome: str = "complete"
    reason: str | None = None
    coverage: list[CoverageRow] = field(default_factory=list)
    events: list[EventCoverageRow] = field(default_factory=list)
    reused: list[ReusedWindow] = field(default_factory=list)

    def values(self, position: int) -> list[Any]:
        """Return the values in the order of the columns of iamsql.accounts."""
        account = self.account
        account_fields = [
            account.account_id,
            account.name,
            account.email,
            account.state,
            account.ou_path,
            account.selected,
        ]
        return [*account_fields, self.role_used, self.outcome, self.reason, position]


@dataclass
class RunRow:
    """The row of iamsql.run; times are ISO 8601 strings. `reused` is the run that --retry-gaps completes, and its start."""

    run_id: str
    started_at: str
    caller_arn: str | None = None
    partition: str = "aws"
    organization_id: str | None = None
    management: str | None = None
    window: tuple[str | None, str | None] = (None, None)
    options: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    resumed_at: str | None = None
    reused: tuple[str | None, str | None] = (None, None)


def iso_seconds(time: datetime) -> str:
    """Return a UTC time as ISO 8601 text with the suffix Z, without fractions of a second."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
