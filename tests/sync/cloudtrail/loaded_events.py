"""A table of events like the table of a run file, and records and log files to load into it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from iamsql.runs.file.duplicate_events import insert_records
from iamsql.runs.store.open_new import STORAGE
from iamsql.sync.cloudtrail.load import LogLoader
from iamsql.sync.cloudtrail.log_files import LogFile, UnreadableLog
from iamsql.tables.fragments.events import CREATE_EVENTS, with_record_columns

ACCOUNT, HINT = "111122223333", "999900001111"
RECORD: dict[str, Any] = {
    "eventVersion": "1.11",
    "eventID": "e-1",
    "eventName": "CreateUser",
    "eventSource": "iam.amazonaws.com",
    "eventTime": "2026-02-01T03:04:05Z",
    "awsRegion": "us-east-1",
    "recipientAccountId": ACCOUNT,
    "readOnly": False,
    "managementEvent": True,
    "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": ACCOUNT, "accessKeyId": "AKIA1"},
    "requestParameters": {"userName": "bo"},
}


def record(number: int = 1, **members: Any) -> dict[str, Any]:
    return RECORD | {"eventID": f"e-{number}"} | members


def without(*names: str) -> dict[str, Any]:
    return {key: value for key, value in RECORD.items() if key not in names}


def text(value: Any, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent).encode()


@dataclass
class EventTable:
    """A table of events, and log files to load into it."""

    folder: Path
    con: duckdb.DuckDBPyConnection
    unreadable_files: list[UnreadableLog] = field(default_factory=list)

    def load(
        self, *contents: bytes, data_source: str = "trail", window: Any = None, ending: str = ""
    ) -> dict[str, int]:
        """Load files with these contents, named 0, 1 …; return their numbers of events."""
        files = []
        for number, content in enumerate(contents):
            end = ending or (".json.gz" if content.startswith(b"\x1f\x8b") else ".json")
            path = self.folder / f"{len(list(self.folder.iterdir()))}{end}"
            path.write_bytes(content)
            files.append(LogFile(path, str(number), HINT, "eu-west-1", "2026-03-01T00:00:00Z"))
        folder = self.folder / "folder"
        folder.mkdir(exist_ok=True)
        counts, self.unreadable_files = LogLoader(self.con.cursor(), insert_records(window), data_source, folder).load(
            files
        )
        assert list(folder.iterdir()) == []
        return counts

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Return columns of the events."""
        events = with_record_columns("from r.iamsql.events")
        return self.con.execute(f"select {columns} from ({events}) order by event_id").fetchall()


def open_table(folder: Path) -> EventTable:
    """Create an empty table, with the memory limit of a run."""
    con = duckdb.connect(config={"memory_limit": "512MB"})
    con.execute(f"set TimeZone = 'UTC'; attach '{folder / 'run'}' as r (storage_version '{STORAGE}'); use r")
    con.execute(f"create schema iamsql; {';'.join(CREATE_EVENTS)}")
    (folder / "files").mkdir()
    return EventTable(folder / "files", con)
