"""The first sheet of the spreadsheet of a run: which cells have which values."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from iamsql.model import Query, Result
from iamsql.query.export.contents_sheet import UNREAD_COLUMNS, ReportEntry, write_contents


class Recorder:
    """A spreadsheet and a sheet that record their cells."""

    def __init__(self) -> None:
        self.formats: dict[str, str] = defaultdict(str)
        self.cells: dict[tuple[int, int], Any] = {}
        self.links: dict[tuple[int, int], str] = {}
        self.widths: dict[int, int] = {}

    def write_text(self, sheet: Any, row: int, column: int, text: str, text_format: Any = None) -> None:
        assert isinstance(text, str)
        self.write_value(sheet, row, column, text)

    def write_value(self, sheet: Any, row: int, column: int, value: Any, text_format: Any = None) -> None:
        assert (row, column) not in self.cells
        self.cells[row, column] = value

    def write_url(self, row: int, column: int, address: str, text_format: Any, text: str) -> None:
        self.links[row, column] = address
        self.write_value(self, row, column, text)

    def write_number(self, row: int, column: int, number: int) -> None:
        self.write_value(self, row, column, number)

    def set_column(self, first: int, last: int, width: int) -> None:
        self.widths[first] = width

    def rows(self) -> list[list[Any]]:
        last = max(row for row, _ in self.cells)
        return [[self.cells[at, column] for column in range(5) if (at, column) in self.cells] for at in range(last + 1)]


ENTRIES = [
    ReportEntry(Query("stale_keys", "Stale keys", "", path="x"), "stale_keys", 3, ["1 account not read", "=cmd"]),
    ReportEntry(Query("can", "Who can", ""), needs_arguments=True),
    ReportEntry(Query("sign_ins", "Sign-ins", ""), notes=["no events"]),
    ReportEntry(Query("admins", "Admins", ""), rows=0),
]
HEAD = [
    ["Reports of a run of iamsql"],
    ["Run", "r1"],
    [],
    ["Report", "Title", "Rows", "Notes"],
    ["stale_keys", "Stale keys", 3, "1 account not read · =cmd"],
    ["can", "Who can", "needs arguments", ""],
    ["sign_ins", "Sign-ins", "no answer", "no events"],
    ["admins", "Admins", 0, ""],
    [],
    ["Accounts that were not read in full"],
    ["Account", "Name", "Outcome", "Remedy"],
]


@pytest.mark.parametrize(
    ("unread", "rows"),
    [
        (None, [["unknown"]]),
        (Result(UNREAD_COLUMNS, []), [["none"]]),
        (Result(("x", *UNREAD_COLUMNS), [(1, "1" * 12, "main", "denied", None)]), [["1" * 12, "main", "denied", None]]),
    ],
)
def test_the_sheet_lists_reports_and_unread_accounts(unread: Result | None, rows: list[list[Any]]) -> None:
    recorder: Any = Recorder()
    write_contents(recorder, recorder, [("Run", "r1")], ENTRIES, unread)
    assert recorder.rows() == [*HEAD, *rows]
    assert recorder.links == {(4, 0): "internal:'stale_keys'!A1"}
    assert recorder.widths.keys() == {0, 1, 2, 3}
