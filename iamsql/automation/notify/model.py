"""The content of a notification as data, and the interface of its targets.

A message contains changes, never the whole list of findings, and always the accounts that could not be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from iamsql.catalog.settings.option_types import CHANGE_KINDS
from iamsql.check.finding_record import FindingRecord
from iamsql.model import IamsqlError

# The kinds of changes, the most urgent first: a finding that opened, a principal that became an administrator, a new access
# key, an account that could be read before and cannot any more, an account that joined or left the organization, a finding that
# was resolved.
KINDS = CHANGE_KINDS
REFRESH_DAYS = 60  # Security Hub deletes a finding 90 days after its last update


@dataclass(frozen=True)
class Change:
    """A change between two runs. `finding` is the result of a control, for the kinds opened and resolved.

    `fingerprint` identifies the change: the same change between later runs has another one, because it contains the run.
    """

    change_type: str
    fingerprint: str
    title: str
    account_id: str
    account_name: str = ""
    resource: str = ""
    reason: str = ""
    severity: str = "info"
    region: str = "global"
    first_seen: datetime | None = None
    finding: FindingRecord | None = None


@dataclass(frozen=True)
class UnreadAccount:
    """An account whose data is missing in the run. `is_new` is true if the earlier run could read the account."""

    account_id: str
    account_name: str
    outcome: str
    reason: str
    is_new: bool = False


@dataclass(frozen=True)
class RunSummary:
    """A run that is compared: its identity, its accounts, and how many of them were read, wholly or in part."""

    run_id: str
    started_at: datetime
    organization_id: str
    partition: str
    accounts: int
    accounts_read: int


def no_findings() -> Iterator[FindingRecord]:
    """Return an iterator without findings."""
    return iter(())


@dataclass(frozen=True)
class Notice:
    """The changes between two runs.

    `earlier`: the earlier run; None for the first run.
    `open_alarms`: the number of alarms of the run by severity.
    `unknown_results`: the number of results that could not be evaluated.
    `notes`: sentences about the comparison. `link`: a URL of the report, or ''.
    `inactive`: the accounts where no role can be assumed, because they are suspended, closed or pending.
    `open_findings`: a function that yields the open findings of the run, including muted findings. It yields all of them in the
    first notice of a target with `takes_all`, and again REFRESH_DAYS later; also the findings of groups that the target owes.
    `changes` has no kind `opened` for these findings. A message about such a finding settles the fingerprint of the finding.
    """

    run: RunSummary
    earlier: RunSummary | None
    changes: Sequence[Change]
    unread_accounts: Sequence[UnreadAccount]
    open_alarms: Mapping[str, int] = field(default_factory=dict)
    unknown_results: int = 0
    benchmarks: Sequence[str] = ()
    notes: Sequence[str] = ()
    link: str = ""
    open_findings: Callable[[], Iterator[FindingRecord]] = no_findings
    inactive: Collection[str] = ()

    @property
    def counts(self) -> Counter[str]:
        """Return the number of changes by kind."""
        return Counter(change.change_type for change in self.changes)

    @property
    def fingerprints(self) -> list[str]:
        """Return the fingerprints of the changes."""
        return [change.fingerprint for change in self.changes]


@dataclass(frozen=True)
class Message:
    """A request that a target sends.

    `operation`: the operation of the AWS API, or POST. `body`: the body as JSON.
    `settles`: the fingerprints of the changes that the message reports.
    `about`: the description of the message in the output of the command.
    `group`: the part of the target that can fail while other parts do not, such as an account.
    """

    operation: str
    body: Any
    settles: Sequence[str] = ()
    about: str = ""
    group: str = ""


class DeliveryError(IamsqlError):
    """A message that could not be delivered: the answer of the target, without secrets, and the next step."""


class MessageError(DeliveryError):
    """A message that could not be delivered. The other messages to the target are sent nevertheless.

    The open findings of its group are sent with the next run. A message with `is_final` is not repeated, because the target would
    refuse it again.
    """

    is_final = False


class Target(Protocol):
    """A receiver of messages.

    `label` identifies the target in output and in the state; it contains no secret. A target with `takes_all` also receives the
    findings that were open before its first use. Its method `group_of(account_id)` returns the group of the messages about an
    account.
    """

    label: str
    takes_all: bool

    def check(self) -> None:
        """Raise IamsqlError for a missing environment variable or missing credentials. Send no request."""
        ...

    def messages(self, notice: Notice) -> Iterable[Message]:
        """Yield the messages about a notice, lazily; none if there is nothing to say."""
        ...

    def send(self, message: Message) -> str:
        """Send a message and return what the target answered, in a few words. Raise DeliveryError after the last attempt."""
        ...


@dataclass(frozen=True)
class TargetContext:
    """The shared data of targets.

    `clients`: a function that creates AWS clients (`aws.delivery.Clients`). It is called when a target first needs AWS.
    `attachments`: a function that writes the report, the CSV files and the run file to a folder, and returns their paths.
    `limit`: the maximum number of changes that a message lists.
    `settings`: the options of single targets by name, such as securityhub_role.
    """

    clients: Callable[[], Any]
    attachments: Callable[[Path], Sequence[Path]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    limit: int = 20
    settings: Mapping[str, Any] = field(default_factory=dict)
