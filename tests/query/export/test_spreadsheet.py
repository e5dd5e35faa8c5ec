"""Spreadsheets, read back with openpyxl: types, limits, and names that are never a formula, a link or markup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

import openpyxl
import pytest

from iamsql.escaping import printable
from iamsql.model import IamsqlError, Result
from iamsql.query.export import spreadsheet
from iamsql.query.export.xlsx import write_xlsx
from iamsql.render.provenance import Provenance
from tests.hostile.names import NAMES, UNSEEN

STARTED = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
ORIGIN = Provenance(
    "Old keys", "stale_keys@1", {"days": 90}, "20260301T100000Z-o-1", STARTED, ["1 of 3 accounts not read."]
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1",
    "@x",
    "-1",
    "{=1}",
    "\t=1",
    "http://evil.example",
    "mailto:a@b",
    "internal:'About'!A1",
)
MARKUP = ("<r><t>x</t></r>", "<r></is></c></row><f>1+1</f></r>", "&lt;", "]]>")


def written(path: Path, columns: Sequence[str], rows: Any, origin: Provenance = ORIGIN) -> Any:
    """Write rows and return the workbook that openpyxl reads."""
    path.touch()
    write_xlsx(Result(tuple(columns), rows), path, lambda: origin)
    return openpyxl.load_workbook(path, rich_text=True)


def column(sheet: Any, letter: str = "A") -> list[Any]:
    """Return the values of a column below the header."""
    return [cell.value for cell in sheet[letter][1:]]


@pytest.mark.parametrize(
    ("value", "kind", "read", "number_format"),
    [
        (None, "n", None, "General"),
        ("", "s", "", "General"),
        ("000123456789", "s", "000123456789", "General"),
        (" lead ", "s", " lead ", "General"),
        (True, "b", True, "General"),
        (0, "n", 0, "0"),
        (-999_999_999_999_999, "n", -999_999_999_999_999, "0"),
        (1_000_000_000_000_000, "s", "1000000000000000", "General"),
        (2**100, "s", str(2**100), "General"),
        (1.5, "n", 1.5, "General"),
        (float("nan"), "s", "nan", "General"),
        (float("-inf"), "s", "-inf", "General"),
        (Decimal("2.50"), "n", 2.5, "General"),
        (Decimal("1234567890123.456"), "s", "1234567890123.456", "General"),
        (
            datetime(2026, 3, 1, 10, 11, 12, 500000),
            "d",
            datetime(2026, 3, 1, 10, 11, 12, 500000),
            "yyyy-mm-dd hh:mm:ss",
        ),
        (
            datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "d",
            datetime(2026, 2, 28, 23),
            "yyyy-mm-dd hh:mm:ss",
        ),
        (date(1901, 1, 1), "d", datetime(1901, 1, 1), "yyyy-mm-dd"),
        (date(1900, 2, 28), "s", "1900-02-28", "General"),
        (datetime(1, 1, 1), "s", "0001-01-01 00:00:00", "General"),
        (time(10, 11, 12), "d", time(10, 11, 12), "hh:mm:ss"),
        (time(10, 11, tzinfo=UTC), "s", "10:11:00+00:00", "General"),
        (timedelta(days=2), "s", "2 days 00:00:00", "General"),
        (b"\x00\xff", "s", "00ff", "General"),
        (["a", None], "s", '["a", null]', "General"),
        ({"a": [1]}, "s", '{"a": [1]}', "General"),
    ],
)
def test_a_value_keeps_its_type(tmp_path: Path, value: Any, kind: str, read: Any, number_format: str) -> None:
    cell = written(tmp_path / "a.xlsx", ("v", "end"), [(value, "x")])["results"]["A2"]
    assert (cell.data_type, cell.value, cell.number_format) == (kind, read, number_format)


def test_a_text_is_never_a_formula_a_link_or_markup(tmp_path: Path) -> None:
    texts = [*FORMULAS, *MARKUP, *NAMES, *UNSEEN, "_x0041_", "\ufffe\uffff"]
    path = tmp_path / "a.xlsx"
    book = written(
        path, ("=1+1", "<r>\x1b</r>"), [(text, text) for text in texts], Provenance("=1", "<r>", {"a": "=1"})
    )
    cells = [cell for row in book["results"].iter_rows() for cell in row]
    assert [cell.value.replace("_x005F_", "_") for cell in cells[2::2]] == [printable(text) for text in texts]
    assert [cell.value for cell in cells[:2]] == ["=1+1", r"<r>\x1b</r>"]
    assert {cell.data_type for cell in cells} == {"s"} and not any(cell.hyperlink for cell in cells)
    assert {cell.data_type for row in book["About"].iter_rows() for cell in row} == {"s", "n"}
    with ZipFile(path) as package:
        sheets = [package.read(name) for name in package.namelist() if name.startswith("xl/worksheets/")]
        assert not [name for name in package.namelist() if name.endswith(".rels") and "sheet" in name]
    assert not any(part in sheet for sheet in sheets for part in (b"<f", b"<hyperlink", b"<r>"))


def test_a_sheet_has_a_fixed_header_a_filter_and_fitting_columns(tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", ("id", "name", "name"), [("1", "x" * 200, None), ("2", "ab", 1)])["results"]
    assert [cell.value for cell in sheet[1]] == ["id", "name", "name_2"] and all(cell.font.b for cell in sheet[1])
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:C3")
    widths = [round(sheet.column_dimensions[letter].width) for letter in "ABC"]
    assert widths == [8, 62, 11]


def test_severity_and_status_have_colors(tmp_path: Path) -> None:
    rows = [("high", "alarm", "alarm"), ("critical", "ok", "x"), ("medium", "error", "x"), ("none", "=1", "x")]
    sheet = written(tmp_path / "a.xlsx", ("severity", "Status", "name"), rows)["results"]
    red, green, amber, violet, none = "FFF9D2CE", "FFDFF0D8", "FFFDE8C8", "FFE6DAF3", "00000000"
    fills = [[cell.fill.fgColor.rgb for cell in row] for row in sheet.iter_rows(min_row=2)]
    # The severity of a control says nothing about a resource that is ok.
    assert fills == [[red, red, none], [none, green, none], [amber, violet, none], [none, none, none]]


def test_a_sheet_says_where_the_rows_come_from_and_what_is_missing(tmp_path: Path) -> None:
    book = written(tmp_path / "a.xlsx", ("a",), [(1,), (2,)])
    assert book.sheetnames == ["results", "About"]
    assert list(book["About"].iter_rows(values_only=True)) == [
        ("Title", "Old keys"),
        ("Query", "stale_keys@1"),
        ("Parameter days", 90),
        ("Run", "20260301T100000Z-o-1"),
        ("Run started", datetime(2026, 3, 1, 10)),
        ("Rows", 2),
        ("Times", "Times are in UTC."),
        ("Notes", "1 of 3 accounts not read."),
    ]
    assert (book.properties.title, book.properties.created) == ("Old keys", datetime(2026, 3, 1, 10))
    assert book.custom_doc_props["Run"].value == "20260301T100000Z-o-1"


def test_rows_beyond_a_sheet_continue_on_further_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 4)
    for number, names in ((3, ["results"]), (4, ["results", "results 2"]), (7, ["results", "results 2", "results 3"])):
        book = written(tmp_path / f"{number}.xlsx", ("n",), ((index,) for index in range(number)))
        assert book.sheetnames == [*names, "About"]
        assert [value for name in names for value in column(book[name])] == list(range(number))
        assert {book[name]["A1"].value for name in names} == {"n"}
        assert {book[name].freeze_panes for name in names} == {"A2"}


def test_names_of_sheets_are_short_and_unique(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with spreadsheet.new_spreadsheet(path) as written_book:
        written_book.describe(ORIGIN)
        titles = ["x" * 40, "X" * 31, "About", "about", "about"]
        names = [written_book.write_result(name, Result(("a",), []))[0] for name in titles]
    assert names == ["x" * 31, "X" * 29 + " 2", "About", "about 2", "about 3"]
    assert openpyxl.load_workbook(path).sheetnames == names


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_a_long_text_is_cut_with_a_mark_and_a_note(tmp_path: Path, letter: str) -> None:
    units = len(letter.encode("utf-16-le")) // 2
    longest = letter * (spreadsheet.MAX_CELL_CODE_UNITS // units)
    path = tmp_path / "a.xlsx"
    path.touch()
    notes = write_xlsx(Result(("a",), [(longest,), (longest + letter,)]), path, lambda: ORIGIN)
    book = openpyxl.load_workbook(path)
    uncut, cut = column(book["results"])
    assert uncut == longest and cut == letter * ((spreadsheet.MAX_CELL_CODE_UNITS - 1) // units) + "…"
    assert notes == ["1 cell is longer than 32,767 characters, the limit of a spreadsheet: the text ends with …"]
    assert book["About"]["B9"].value == notes[0]


def test_more_columns_than_a_sheet_has_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_COLUMNS", 2)
    with pytest.raises(IamsqlError, match="at most 2 columns, and the result has 3"):
        written(tmp_path / "a.xlsx", ("a", "b", "c"), [])


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("a", 1, STARTED), ("b", None, None)]
    for name, zone in (("one", "UTC"), ("two", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        written(tmp_path / f"{name}.xlsx", ("a", "n", "t"), rows)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_failure_leaves_no_rows_in_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows() -> Any:
        yield ("secret",)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"), spreadsheet.new_spreadsheet(tmp_path / "a.xlsx") as book:
        book.write_result("results", Result(("a",), cast("list[tuple[str]]", rows())))
    assert list(tmp_path.iterdir()) == []
