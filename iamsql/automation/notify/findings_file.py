"""Findings on disk between the evaluation of the controls and their delivery, so they are never all in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from tempfile import TemporaryFile
from threading import Lock

from iamsql.check.finding_record import FindingRecord, Rule

READ_BYTES = 1 << 20


class FindingsFile:
    """The findings of a run in a temporary file without a name, which is deleted with the process at the latest."""

    def __init__(self) -> None:
        """Create the file."""
        self._file = TemporaryFile()  # noqa: SIM115  # closed by `close`
        self._rules: dict[str, Rule] = {}
        self._lock = Lock()  # several targets may read at the same time

    def add(self, record: FindingRecord) -> None:
        """Write a finding."""
        self._rules[record.rule.id] = record.rule
        # The rule, which has the text of the query, is the same for all findings of a control.
        values = {name: value for name, value in vars(record).items() if name != "rule"}
        self._file.write(json.dumps({**values, "rule": record.rule.id}, default=str).encode() + b"\n")

    def __iter__(self) -> Iterator[FindingRecord]:
        """Yield the findings in the order that they were added. Several threads can iterate at the same time."""
        position = 0
        while True:
            with self._lock:
                self._file.seek(position)
                lines = self._file.readlines(READ_BYTES)
                position = self._file.tell()
            if not lines:
                return
            for line in lines:
                values = json.loads(line)
                yield FindingRecord(**{**values, "rule": self._rules[values["rule"]]})

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
