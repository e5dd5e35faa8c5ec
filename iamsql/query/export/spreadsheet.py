"""Write rows to a spreadsheet. Text is never written as a formula, a link or markup, because names in AWS can contain anything.

Rows are written as they arrive, because `check` can have millions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import chain, count
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError, FileSizeError
from xlsxwriter.worksheet import Worksheet

from iamsql.escaping import printable
from iamsql.model import IamsqlError, Result
from iamsql.query.export.cell_colors import COLORS_BY_MEANING, colored_columns, meanings_of_row
from iamsql.render.cells import cell
from iamsql.render.json_rows import distinct_names
from iamsql.render.provenance import Provenance
from iamsql.render.terminal.width import display_width
from iamsql.version import __version__

# The limits of the format: https://support.microsoft.com/office/excel-specifications-and-limits
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
WHOLE_SHEET_RANGE = "A1:XFD1048576"
MAX_CELL_CODE_UNITS = 32_767  # UTF-16 code units of a cell
MAX_SHEET_NAME_CHARACTERS = 31  # characters of the name of a sheet
MAX_EXACT_DIGITS = 15  # digits that a number keeps
MAX_EXACT_INTEGER = 999_999_999_999_999  # the largest integer with this number of digits
FIRST_YEAR = 1900  # which is not a leap year in spreadsheets: its dates are text
MAX_COLUMN_WIDTH, MIN_COLUMN_WIDTH = 60, 6  # characters of a column
TIME_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss"}
CELL_FORMATS: dict[str, dict[str, Any]] = {
    **{name: {"num_format": pattern} for name, pattern in TIME_FORMATS.items()},
    "integer": {"num_format": "0"},  # the default would show 12 digits in scientific notation
    "header": {"bold": True, "bottom": 1, "bg_color": "#F2F2F2"},
    "heading": {"bold": True},
    "title": {"bold": True, "font_size": 14},
    "paragraph": {"text_wrap": True, "valign": "top"},
    "link": {"font_color": "#1F4E79", "underline": 1},
}


class TextWorksheet(Worksheet):  # type: ignore[misc]
    """A sheet that writes every string as text: XlsxWriter's own sheet writes a string from <r> to </r> as XML."""

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        self._xml_inline_string(string, True, attributes)


@dataclass
class Spreadsheet:
    """A spreadsheet that is being written, sheet by sheet; `cut_cells` is the number of cells whose text was too long."""

    workbook: Any
    formats: Mapping[str, Any]
    names: set[str] = field(default_factory=set)
    cut_cells: int = 0

    @property
    def notes(self) -> list[str]:
        """Return a note if text was cut."""
        if not self.cut_cells:
            return []
        cells = "1 cell is" if self.cut_cells == 1 else f"{self.cut_cells} cells are"
        return [
            f"{cells} longer than {MAX_CELL_CODE_UNITS:,} characters, the limit of a spreadsheet: the text ends with …"
        ]

    def describe(self, provenance: Provenance) -> None:
        """Set the properties of the document. The time of creation is the start of the run, so the bytes are reproducible."""
        started_at = in_utc(provenance.started_at) if provenance.started_at else None
        properties = {"title": printable(provenance.title)[:255], "author": f"iamsql {__version__}"}
        self.workbook.set_properties(properties | ({"created": started_at} if started_at else {}))
        for name, value in (("Run", provenance.run_id), ("Query", provenance.query)):
            if value:
                self.workbook.set_custom_property(name, printable(value)[:255])
        if started_at:
            self.workbook.set_custom_property("Started at", started_at)

    def add_sheet(self, name: str) -> Any:
        """Add a sheet. The name is cut to 31 characters, and made unique with a number."""
        suffixes = chain([""], (f" {number}" for number in count(2)))
        names = (f"{name[: MAX_SHEET_NAME_CHARACTERS - len(suffix)]}{suffix}" for suffix in suffixes)
        unique_name = next(choice for choice in names if choice.lower() not in self.names)
        self.names.add(unique_name.lower())
        return self.workbook.add_worksheet(unique_name, worksheet_class=TextWorksheet)

    def write_result(self, name: str, result: Result) -> tuple[str, int]:
        """Write rows to a sheet with a header and a filter, and to more sheets from 1,048,576 rows.

        Return the name of the first sheet and the number of rows. Raise IamsqlError for more columns than a sheet can have.
        """
        rows = RowSheets(self, name, result.columns)
        for row in result.rows:
            rows.add(row)
        rows.close()
        return rows.first, rows.total

    def write_value(self, sheet: Any, row: int, column: int, value: Any, text_format: Any = None) -> int:
        """Write a value with its type and return its width in characters. What a spreadsheet cannot represent exactly is text."""
        if isinstance(value, str):
            return self.write_text(sheet, row, column, value, text_format)
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
            return len("FALSE")
        if _is_exact(value):
            sheet.write_number(row, column, value, self.formats["integer"] if isinstance(value, int) else None)
            return len(str(value))
        format_name = _time_format(value)
        if format_name:
            time_without_zone = in_utc(value) if isinstance(value, datetime) else value
            sheet.write_datetime(row, column, time_without_zone, self.formats[format_name])
            return len(TIME_FORMATS[format_name])
        return self.write_text(sheet, row, column, cell(value), text_format)

    def write_text(self, sheet: Any, row: int, column: int, text: str, text_format: Any = None) -> int:
        """Write text, with escapes for invisible characters and at most 32,767 characters, and return its width."""
        visible = printable(text)
        if len(visible) > MAX_CELL_CODE_UNITS // 2 and (shortened := _shorten(visible)) != visible:
            self.cut_cells += 1
            visible = shortened
        sheet.write_string(row, column, visible, text_format)
        return display_width(visible) if len(visible) < MAX_COLUMN_WIDTH else MAX_COLUMN_WIDTH


class RowSheets:
    """A sheet with a header and a filter that takes rows, and more sheets from 1,048,576 rows.

    `first` is the name of the first sheet, and `total` the number of rows.
    """

    def __init__(self, spreadsheet: Spreadsheet, name: str, columns: Sequence[str]) -> None:
        """Add the sheet. Raise IamsqlError for more columns than a sheet can have."""
        if len(columns) > MAX_COLUMNS:
            raise IamsqlError(
                f"A spreadsheet has at most {MAX_COLUMNS:,} columns, and the result has {len(columns):,}.\n"
                "Select less, or export to .parquet or .csv."
            )
        self._spreadsheet, self._name, self._columns = spreadsheet, name, tuple(columns)
        self._colored_indexes = colored_columns(columns)
        self.total = 0
        self._open_sheet()
        self.first = str(self._sheet.get_name())

    def _open_sheet(self) -> None:
        self._sheet, self._number = self._spreadsheet.add_sheet(self._name), 0
        header = self._spreadsheet.formats["header"]
        self._widths = [
            self._spreadsheet.write_text(self._sheet, 0, index, name, header) + 3
            for index, name in enumerate(distinct_names(self._columns))
        ]

    def add(self, row: Sequence[Any]) -> None:
        """Write a row."""
        if self._number == MAX_ROWS - 1:
            self.close()
            self._open_sheet()
        self._number += 1
        self.total += 1
        meanings = meanings_of_row(self._colored_indexes, row) if self._colored_indexes else {}
        for index, value in enumerate(row):
            if value is not None:
                color = self._spreadsheet.formats.get(meanings.get(index, ""))
                width = self._spreadsheet.write_value(self._sheet, self._number, index, value, color)
                self._widths[index] = max(self._widths[index], width)

    def close(self) -> None:
        """Set the filter and the widths of the columns. Call this after the last row."""
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, self._number, len(self._columns) - 1)
        self._sheet.ignore_errors({"number_stored_as_text": WHOLE_SHEET_RANGE})  # account IDs are text
        for index, width in enumerate(self._widths):
            self._sheet.set_column(index, index, max(MIN_COLUMN_WIDTH, min(width, MAX_COLUMN_WIDTH)) + 1)


def _is_exact(value: Any) -> bool:
    """Return whether a value is a number of at most 15 digits, or a finite floating-point number."""
    if isinstance(value, int):
        return -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER
    if isinstance(value, Decimal):
        return bool(value.is_finite()) and len(value.as_tuple().digits) <= MAX_EXACT_DIGITS
    return isinstance(value, float) and isfinite(value)


def _time_format(value: Any) -> str:
    """Return the format name of a date or time; '' for other values, and for dates and times that a spreadsheet cannot store."""
    if isinstance(value, time):
        return "" if value.tzinfo else "time"
    if not isinstance(value, date) or value.year <= FIRST_YEAR:
        return ""
    return "datetime" if isinstance(value, datetime) else "date"


def in_utc(value: datetime) -> datetime:
    """Return a time in UTC, without a time zone, as spreadsheets have none."""
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def _shorten(text: str) -> str:
    """Return text of at most MAX_CELL_CODE_UNITS code units of UTF-16. Longer text is cut, with a mark at the end."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL_CODE_UNITS:
        return text
    return units[: 2 * (MAX_CELL_CODE_UNITS - 1)].decode("utf-16-le", "ignore") + "…"


@contextmanager
def new_spreadsheet(path: Path) -> Iterator[Spreadsheet]:
    """Yield a spreadsheet that is written to `path` at the end. Raise OSError if it cannot be written."""
    # The temporary files of rows are in a separate folder, which an error deletes. The compressed file is in
    # memory, because zipfile prints a traceback if it cannot write its end to a full disk.
    content = BytesIO()
    with TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True) as folder:
        workbook = Workbook(content, {"constant_memory": True, "tmpdir": folder})
        colors = {name: {"bg_color": fill, "font_color": font} for name, (fill, font) in COLORS_BY_MEANING.items()}
        yield Spreadsheet(
            workbook, {name: workbook.add_format(properties) for name, properties in (CELL_FORMATS | colors).items()}
        )
        try:
            workbook.close()
        except FileCreateError as error:
            raise error.args[0] from error
        except FileSizeError as error:
            raise IamsqlError("The spreadsheet would be larger than 4 GB: select less, or use .parquet.") from error
    path.write_bytes(content.getbuffer())
