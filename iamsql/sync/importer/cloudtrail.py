"""Load CloudTrail log files from disk into the run file, and report their coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from iamsql.model import IamsqlError
from iamsql.runs.file.duplicate_events import insert_records
from iamsql.runs.file.rows import CoverageRow, EventCoverageRow, iso_seconds
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.cloudtrail.load import log_loader
from iamsql.sync.cloudtrail.log_files import LogFile, UnreadableLog
from iamsql.tables.calls.account import RECORDS

LOADING = "640MB"  # memory of DuckDB while log files are loaded
FILES = 20_000  # log files that are loaded at once
MAX_ACCOUNTS = 25_000  # accounts of a run: the largest organizations have about ten thousand
SPANS = """
select account_id, region, count(*), count(distinct log_file), min(event_time), max(event_time)
from iamsql.events where account_id is not null group by all order by all
"""
# Approximate, because events may have made-up accounts without end, and exact counts would need memory for each.
ACCOUNTS_NAMED = (
    "select approx_count_distinct(account_id), approx_count_distinct((account_id, region)) from iamsql.events"
)
REGIONS = 50  # regions of an account: more than AWS has


class Span(NamedTuple):
    """The events of an account and region: their number, their files, and the times of the first and the last event."""

    events: int
    files: int
    first: datetime | None
    last: datetime | None


@dataclass
class LoadedLogs:
    """The result of loading log files. `spans` has a key for each account and region; `links` are not regular files."""

    files: int = 0
    spans: dict[tuple[str, str], Span] = field(default_factory=dict)
    unread: list[UnreadableLog] = field(default_factory=list)
    links: list[UnreadableLog] = field(default_factory=list)

    @property
    def accounts(self) -> list[str]:
        """Return the accounts with events."""
        return list(dict.fromkeys(account for account, _ in self.spans))

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        """Return the times of the first and the last event, in UTC without an offset; None if there are no events."""
        first = (span.first for span in self.spans.values() if span.first)
        last = (span.last for span in self.spans.values() if span.last)
        return min(first, default=None), max(last, default=None)

    def coverage(self, account_id: str, name: str) -> list[CoverageRow]:
        """Return the rows of iamsql.coverage for an account: its events by region, and its unreadable files."""
        logs = [file for file in (*self.unread, *self.links) if file.file.account_id == account_id]
        rows = [
            CoverageRow(account_id, name, region, RECORDS.service, RECORDS.operation, "ok", items=span.files)
            for (account, region), span in self.spans.items()
            if account == account_id
        ]
        return [*rows, *(_error_row(file, account_id, name) for file in logs)]

    def coverage_of_others(self, accounts: Sequence[str]) -> list[CoverageRow]:
        """Return the rows of the unreadable files of other accounts."""
        return [
            _error_row(file, file.file.account_id, "")
            for file in (*self.unread, *self.links)
            if file.file.account_id not in accounts
        ]

    def events(self) -> list[EventCoverageRow]:
        """Return the rows of iamsql.event_coverage."""
        errors = {(log.file.account_id, log.file.region): log.code for log in (*self.unread, *self.links)}
        rows = []
        for (account, region), span in self.spans.items():
            code = errors.get((account, region))
            first, last = (iso_seconds(time) if time else None for time in (span.first, span.last))
            key_fields = (account, region, "import", None, "partial" if code else "ok", code)
            rows.append(EventCoverageRow(*key_fields, first, last, span.events, span.files))
        return rows

    def lines(self) -> Iterator[str]:
        """Yield a line on the events, and a line for each file that could not be read."""
        if self.files:
            events = sum(span.events for span in self.spans.values())
            failed = sum(not log.partial for log in self.unread)
            yield f"Read {events} events in {self.files - failed} CloudTrail log files."
        for log in self.unread:
            yield f"  {'read in part' if log.partial else 'not read'}: {log.file.key}: {log.message}"


def load(writer: RunWriter, logs: Sequence[LogFile], links: Sequence[tuple[LogFile, str]]) -> LoadedLogs:
    """Load log files in batches. `links` are not read but reported, each with the reason."""
    loaded = LoadedLogs(len(logs), links=[UnreadableLog(log, "not_a_file", reason) for log, reason in links])
    if not logs:
        return loaded
    at = iso_seconds(datetime.now(UTC))
    with log_loader(writer, insert_records(), "import") as loader:
        for start in range(0, len(logs), FILES):
            files = [replace(log, read_at=at) for log in logs[start : start + FILES]]
            loaded.unread += loader.load(files)[1]
    writer.reopen()  # frees the memory that DuckDB keeps for the events that it has written
    [(accounts, account_regions)] = writer.rows(ACCOUNTS_NAMED)
    check_accounts(max(accounts, account_regions // REGIONS))
    loaded.spans = {
        (account_id, region or "global"): Span(*values) for account_id, region, *values in writer.rows(SPANS)
    }
    return loaded


def check_accounts(count: int) -> None:
    """Raise IamsqlError if the files have more than MAX_ACCOUNTS accounts."""
    if count > MAX_ACCOUNTS:
        raise IamsqlError(
            f"The files have more than {MAX_ACCOUNTS:,} accounts.\nImport fewer files at once, each part as a run of its own."
        )


def _error_row(log: UnreadableLog, account_id: str, name: str) -> CoverageRow:
    key_fields = (account_id, name, log.file.region or "global", RECORDS.service, RECORDS.operation)
    status = "partial" if log.partial else "error"
    return CoverageRow(*key_fields, status, log.code, f"{log.file.key}: {log.message}")
