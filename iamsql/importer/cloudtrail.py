"""CloudTrail's log files from disk into the run file, and what is known of events afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from iamsql.cloudtrail.load import log_loader
from iamsql.cloudtrail.split import LogFile, UnreadableLog
from iamsql.importer.log_files import DetectedLog
from iamsql.importer.write import check_accounts
from iamsql.runfile.events import insert_records
from iamsql.runfile.rows import CoverageRow, EventCoverageRow
from iamsql.schema.tables._calls import RECORDS
from iamsql.store.writer import RunWriter

LOADING = "640MB"  # memory of DuckDB while log files are loaded
FILES = 20_000  # log files that are loaded at once
SPANS = """
select account_id, region, count(*), count(distinct log_file), min(event_time), max(event_time)
from iamsql.events where account_id is not null group by all order by all
"""
ACCOUNTS_NAMED = (
    "select approx_count_distinct(account_id), approx_count_distinct((account_id, region)) from iamsql.events"
)
REGIONS = 50  # regions of an account, of which AWS has fewer


@dataclass
class LoadedLogs:
    """What log files brought: for each account and region the events, files and the times of the first and the last event."""

    files: int = 0
    spans: dict[tuple[str, str], tuple[int, int, datetime | None, datetime | None]] = field(default_factory=dict)
    unread: list[UnreadableLog] = field(default_factory=list)
    links: list[UnreadableLog] = field(default_factory=list)

    @property
    def accounts(self) -> list[str]:
        """List the accounts whose events there are."""
        return list(dict.fromkeys(account for account, _ in self.spans))

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        """Give the times of the first and the last event."""
        first = [one for *_, one, _ in self.spans.values() if one]
        last = [one for *_, one in self.spans.values() if one]
        return (min(first) if first else None, max(last) if last else None)

    def add_unread_links(self, links: Sequence[tuple[DetectedLog, str]], account: str | None) -> None:
        """Note what stands in the place of log files and is none, such as a symbolic link; lines name it elsewhere."""
        self.links = [
            UnreadableLog(
                LogFile(log.path, str(log.path), log.account_id or account or "", log.region), "not_a_file", reason
            )
            for log, reason in links
        ]

    def coverage(self, account_id: str, name: str) -> list[CoverageRow]:
        """Give the rows of an account: its events by region, and each of its files that could not be read."""
        bad = [one for one in (*self.unread, *self.links) if one.file.account_id == account_id]
        rows = [
            CoverageRow(account_id, name, region, RECORDS.service, RECORDS.operation, "ok", items=files)
            for (account, region), (_, files, _, _) in self.spans.items()
            if account == account_id
        ]
        return [*rows, *(_bad(one, account_id, name) for one in bad)]

    def coverage_of_others(self, accounts: Sequence[str]) -> list[CoverageRow]:
        """Give the rows of the files that could not be read and name none of the accounts."""
        return [
            _bad(one, one.file.account_id, "")
            for one in (*self.unread, *self.links)
            if one.file.account_id not in accounts
        ]

    def events(self) -> list[EventCoverageRow]:
        """Give the rows of event_coverage."""
        broken = {(one.file.account_id, one.file.region): one.code for one in (*self.unread, *self.links)}
        rows = []
        for (account, region), (events, files, first, last) in self.spans.items():
            code = broken.get((account, region))
            times = (iso(first) if first else None, iso(last) if last else None)
            head = (account, region, "import", None, "partial" if code else "ok", code)
            rows.append(EventCoverageRow(*head, *times, events, files))
        return rows

    def lines(self) -> Iterator[str]:
        """Say what came in and what did not."""
        if self.files:
            events = sum(one[0] for one in self.spans.values())
            lost = sum(not one.partial for one in self.unread)
            yield f"Read {events} events in {self.files - lost} CloudTrail log files."
        for one in self.unread:
            yield f"  {'read in part' if one.partial else 'not read'}: {one.file.key}: {one.words}"


def load(writer: RunWriter, logs: Sequence[DetectedLog], account: str | None) -> LoadedLogs:
    """Load log files, batch after batch; `account` is for records that name none."""
    loaded = LoadedLogs(len(logs))
    if not logs:
        return loaded
    at = iso(datetime.now(UTC))
    with log_loader(writer, insert_records(), "import") as loader:
        for start in range(0, len(logs), FILES):
            files = [
                LogFile(log.path, str(log.path), log.account_id or account or "", log.region, at)
                for log in logs[start : start + FILES]
            ]
            loaded.unread += loader.load(files)[1]
    writer.reopen()  # what DuckDB keeps of the events that it has written would add to what it needs afterwards
    spans: dict[tuple[str, str], tuple[int, int, datetime | None, datetime | None]] = {}
    [(accounts, places)] = writer.rows(ACCOUNTS_NAMED)
    check_accounts(max(accounts, places // REGIONS))
    for account_id, region, *numbers in writer.rows(SPANS):
        spans[account_id, region or "global"] = (numbers[0], numbers[1], numbers[2], numbers[3])
    loaded.spans = spans
    return loaded


def _bad(unread: UnreadableLog, account_id: str, name: str) -> CoverageRow:
    head = (account_id, name, unread.file.region or "global", RECORDS.service, RECORDS.operation)
    status = "partial" if unread.partial else "error"
    return CoverageRow(*head, status, unread.code, f"{unread.file.key}: {unread.words}")


def iso(time: datetime) -> str:
    """Write a time of an event, which is in UTC, or one of our own."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
