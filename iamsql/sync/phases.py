"""The start, end and number of requests of each phase of a sync. Phases overlap."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from iamsql.logs import Fields, fields
from iamsql.runs.file.rows import CoverageRow
from iamsql.sync.cloudtrail.report import LOG_FILE_CALLS
from iamsql.tables.calls.account import ACCOUNTS, CALLER, EVENTS, ORGANIZATION

LOG = logging.getLogger(__name__)
# The phases by name, in the order that they begin.
CALLER_PHASE, FILE_PHASE, LISTING_PHASE, ORGANIZATION_PHASE = "caller", "new file", "list of accounts", "organization"
ACCOUNTS_PHASE, LOOKUPS_PHASE, TRAIL_PHASE = "accounts", "look-ups", "trail"
TABLES_PHASE, FINISHING_PHASE = "tables", "file"
PHASES = (
    CALLER_PHASE,
    FILE_PHASE,
    LISTING_PHASE,
    ORGANIZATION_PHASE,
    ACCOUNTS_PHASE,
    LOOKUPS_PHASE,
    TRAIL_PHASE,
    TABLES_PHASE,
    FINISHING_PHASE,
)
# Phases by operation; the other calls of the organization and of its accounts belong to two phases.
PHASES_BY_OPERATION = {
    (CALLER.service, CALLER.operation): CALLER_PHASE,
    (ORGANIZATION.service, ORGANIZATION.operation): LISTING_PHASE,
    (ACCOUNTS.service, ACCOUNTS.operation): LISTING_PHASE,
    (EVENTS.service, EVENTS.operation): LOOKUPS_PHASE,
}
ORGANIZATION_SERVICES = ("organizations", "sso-admin", "identitystore")  # services of the organization


class Phase(NamedTuple):
    """A phase: its first and last second since the start of the sync, and its requests."""

    name: str
    start: float
    end: float
    requests: int


class Phases:
    """The times of the phases of one sync."""

    def __init__(self) -> None:
        """Start the clock."""
        self._started = time.monotonic()
        self._times: dict[str, tuple[float, float]] = {}

    @property
    def seconds(self) -> float:
        """Return the seconds since the start of the sync."""
        return time.monotonic() - self._started

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time of the enclosed statements to a phase."""
        self.note(name)
        try:
            yield
        finally:
            self.note(name)

    def note(self, name: str) -> None:
        """Add the present time to a phase, which lasts from the first to the last time that was added."""
        now = self.seconds
        self._times[name] = (self._times.get(name, (now, now))[0], now)

    def finished(self, coverage: Iterable[CoverageRow]) -> list[Phase]:
        """Return the phases that took place, with their requests according to the coverage."""
        requests: Counter[str] = Counter()
        for row in coverage:
            requests[_find_phase(row)] += row.requests
        return [Phase(name, *self._times[name], requests[name]) for name in PHASES if name in self._times]


def log_phases(phases: Iterable[Phase]) -> None:
    """Add a record of each phase to the log."""
    for phase in phases:
        seconds: Fields = {"start": round(phase.start, 3), "seconds": round(phase.end - phase.start, 3)}
        LOG.debug("A phase is finished.", extra=fields(seconds, phase=phase.name, requests=phase.requests))


def phase_rows(phases: Iterable[Phase]) -> list[list[object]]:
    """Return the rows of iamsql.phases."""
    return [[name, round(start, 3), round(end - start, 3), requests] for name, start, end, requests in phases]


def _find_phase(row: CoverageRow) -> str:
    phase = PHASES_BY_OPERATION.get((row.service, row.operation))
    if phase is None and row.service in ORGANIZATION_SERVICES:
        return ORGANIZATION_PHASE
    return phase or (TRAIL_PHASE if (row.service, row.operation) in LOG_FILE_CALLS else ACCOUNTS_PHASE)
