"""Write the rows of a command to a spreadsheet, with a sheet that says where they come from and which data is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from iamsql.model import Result
from iamsql.query.export.spreadsheet import Spreadsheet, new_spreadsheet
from iamsql.render.provenance import Provenance

RESULTS_SHEET, ABOUT_SHEET = "results", "About"
COLUMN_WIDTHS = (16, 110)  # characters of the columns of the sheet About
UTC_NOTE = "Times are in UTC."


def write_xlsx(result: Result, path: Path, provenance: Callable[[], Provenance]) -> list[str]:
    """Write rows to an existing file. `provenance` is called after the last row. Return notes for the user."""
    with new_spreadsheet(path) as spreadsheet:
        _, rows = spreadsheet.write_result(RESULTS_SHEET, result)
        origin = provenance()
        spreadsheet.describe(origin)
        properties = [*build_properties(origin), ("Rows", rows), ("Times", UTC_NOTE)]
        properties += build_notes([*origin.notes, *spreadsheet.notes])
        write_properties(spreadsheet, spreadsheet.add_sheet(ABOUT_SHEET), properties)
        return spreadsheet.notes


def build_properties(origin: Provenance) -> list[tuple[str, Any]]:
    """Return the known facts about rows as (name, value): title, query, parameters, run, start of the run."""
    parameters = [(f"Parameter {name}", value) for name, value in origin.parameters.items()]
    run = [("Run", origin.run_id), ("Run started", origin.started_at)]
    properties = [("Title", origin.title), ("Query", origin.query), *parameters, *run]
    return [(name, value) for name, value in properties if value not in (None, "")]


def build_notes(notes: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the notes as facts, the first one with the name."""
    return [("" if index else "Notes", note) for index, note in enumerate(notes or ("None.",))]


def write_properties(spreadsheet: Spreadsheet, sheet: Any, properties: Sequence[tuple[str, Any]]) -> None:
    """Write a row for each fact."""
    for row, (name, value) in enumerate(properties):
        spreadsheet.write_text(sheet, row, 0, name, spreadsheet.formats["heading"])
        spreadsheet.write_value(sheet, row, 1, value, spreadsheet.formats["paragraph"])
    for column, width in enumerate(COLUMN_WIDTHS):
        sheet.set_column(column, column, width)
