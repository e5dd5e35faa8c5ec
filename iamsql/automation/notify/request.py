"""The request of `iamsql notify`, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from iamsql.automation.notify.model import KINDS, Notice
from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings.notify_options import NotifyOptions, TargetSettings
from iamsql.catalog.settings.option import options_of
from iamsql.check.selection import LEVELS
from iamsql.model import IamsqlError, Result

COLUMNS = {"target": "VARCHAR", "status": "VARCHAR", "changes": "BIGINT", "messages": "BIGINT", "detail": "VARCHAR"}


@dataclass(frozen=True)
class NotifyRequest(NotifyOptions, TargetSettings):
    """What to send, and to which targets, with the run, the mutes and the queries.

    `kinds`: the kinds of changes. `severity`: the lowest severity of findings.
    `since`: the name of the earlier run; '' is the run that was last delivered to each target.
    `limit`: the maximum number of changes that a message lists. `link`: the URL of a report.
    """

    run: str = "latest"
    mutes: tuple[Path, ...] = ()
    config: Path | None = None
    query_dirs: tuple[str, ...] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of single targets that have a value, by name. They may contain an external ID."""
        values = {item.name: getattr(self, item.name) for item in options_of(TargetSettings)}
        return {name: value for name, value in values.items() if value}

    @property
    def selection(self) -> str:
        """Return what identifies the selected changes: a target that gets two selections receives each of them."""
        parts = (*sorted(set(self.kinds)), "", self.severity, "", *sorted(set(self.benchmarks)))
        return sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    def validate(self) -> None:
        """Raise IamsqlError for a request without targets and for unknown kinds and severities, and other links."""
        if not self.targets:
            raise IamsqlError("No target is given.\nName one, such as: iamsql notify --to slack")
        for values, valid, noun in ((self.kinds, KINDS, "kind of change"), ((self.severity,), LEVELS, "severity")):
            for value in values:
                if value not in valid:
                    suggestion = did_you_mean(value, valid)
                    raise IamsqlError(f"unknown {noun} {value!r}{suggestion} (known are {', '.join(valid)})")
        if self.link and not self.link.startswith(("https://", "http://")):
            raise IamsqlError("The link of a report must begin with https://.")


@dataclass(frozen=True)
class Delivery:
    """What a target received. `status` is sent, nothing new, failed or, without sending, preview."""

    target: str
    status: str
    changes: int = 0
    messages: int = 0
    detail: str = ""


@dataclass(frozen=True)
class NotifyResult:
    """A row for each target, the failures, notes for the user, and the last notice that was built, None if there is none."""

    deliveries: Sequence[Delivery]
    notes: Sequence[str] = ()
    notice: Notice | None = None

    @property
    def failures(self) -> list[str]:
        """Return a sentence for each target that did not receive everything."""
        return [f"{delivery.target}: {delivery.detail}" for delivery in self.deliveries if delivery.status == "failed"]

    @property
    def rows(self) -> Result:
        """Return a row for each target."""
        rows = [
            (delivery.target, delivery.status, delivery.changes, delivery.messages, delivery.detail or None)
            for delivery in self.deliveries
        ]
        return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))
