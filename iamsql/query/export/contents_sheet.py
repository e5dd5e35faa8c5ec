"""The first sheet of the spreadsheet of a run: the run, the reports with their notes, and the accounts that were not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from iamsql.model import Query, Result
from iamsql.query.export.spreadsheet import Spreadsheet

REPORT_HEADER = ("Report", "Title", "Rows", "Notes")
UNREAD_COLUMNS = ("account_id", "account_name", "outcome", "remediation")  # of the report skipped_accounts
UNREAD_HEADER = ("Account", "Name", "Outcome", "Remedy")
COLUMN_WIDTHS = (28, 64, 20, 100)  # characters of the columns


@dataclass(frozen=True)
class ReportEntry:
    """A report, its sheet ('' without rows), its number of rows (None without an answer), and why data is missing in it.

    `needs_arguments` is true for a report that was not run for this reason.
    """

    query: Query
    sheet: str = ""
    rows: int | None = None
    notes: Sequence[str] = ()
    needs_arguments: bool = False


def write_contents(
    spreadsheet: Spreadsheet,
    sheet: Any,
    properties: Sequence[tuple[str, Any]],
    entries: Sequence[ReportEntry],
    unread_accounts: Result | None,
) -> None:
    """Write the sheet: facts about the run as (name, value), a row for each report, and a row for each account not read in full."""
    spreadsheet.write_text(sheet, 0, 0, "Reports of a run of iamsql", spreadsheet.formats["title"])
    for row, (name, value) in enumerate(properties, 1):
        spreadsheet.write_text(sheet, row, 0, name, spreadsheet.formats["heading"])
        spreadsheet.write_value(sheet, row, 1, value)
    first_row = len(properties) + 2
    _write_header(spreadsheet, sheet, first_row, REPORT_HEADER)
    for row, entry in enumerate(entries, first_row + 1):
        _write_entry(spreadsheet, sheet, row, entry)
    _write_unread(spreadsheet, sheet, first_row + len(entries) + 2, unread_accounts)
    for column, width in enumerate(COLUMN_WIDTHS):
        sheet.set_column(column, column, width)


def _write_unread(spreadsheet: Spreadsheet, sheet: Any, first_row: int, unread_accounts: Result | None) -> None:
    """Write the accounts that were not read in full, from row `first`; None is unknown."""
    spreadsheet.write_text(sheet, first_row, 0, "Accounts that were not read in full", spreadsheet.formats["title"])
    _write_header(spreadsheet, sheet, first_row + 1, UNREAD_HEADER)
    accounts = list(_rows_of_unread_accounts(unread_accounts)) if unread_accounts else [("unknown",)]
    for row, account in enumerate(accounts or [("none",)], first_row + 2):
        for column, value in enumerate(account):
            spreadsheet.write_value(sheet, row, column, value, spreadsheet.formats["paragraph"])


def _write_header(spreadsheet: Spreadsheet, sheet: Any, row: int, names: Sequence[str]) -> None:
    for column, name in enumerate(names):
        spreadsheet.write_text(sheet, row, column, name, spreadsheet.formats["header"])


def _write_entry(spreadsheet: Spreadsheet, sheet: Any, row: int, entry: ReportEntry) -> None:
    """Write the row of a report. The name is a link to its sheet. The target is a name that iamsql ships, never data."""
    if entry.sheet:
        sheet.write_url(row, 0, f"internal:'{entry.sheet}'!A1", spreadsheet.formats["link"], entry.query.name)
    else:
        spreadsheet.write_text(sheet, row, 0, entry.query.name)
    spreadsheet.write_text(sheet, row, 1, entry.query.title)
    if entry.needs_arguments:
        spreadsheet.write_text(sheet, row, 2, "needs arguments")
    elif entry.rows is None:
        spreadsheet.write_text(sheet, row, 2, "no answer", spreadsheet.formats["unknown"])
    else:
        sheet.write_number(row, 2, entry.rows)
    # On one line, so the list of reports fits a screen.
    spreadsheet.write_text(sheet, row, 3, " · ".join(entry.notes))


def _rows_of_unread_accounts(unread_accounts: Result) -> Iterator[tuple[Any, ...]]:
    """Yield the columns UNREAD_COLUMNS of the report skipped_accounts."""
    indexes = [unread_accounts.columns.index(name) for name in UNREAD_COLUMNS]
    return (tuple(row[index] for index in indexes) for row in unread_accounts.rows)
