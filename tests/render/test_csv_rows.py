"""CSV by csv.writer has the bytes of CSV that is written field by field."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql import render
from iamsql.escaping import escape_formulas, printable
from iamsql.model import Result
from iamsql.render import csv_rows
from iamsql.render.cells import cell
from iamsql.render.csv_rows import EMPTY_TEXT_MARKER, write_csv
from tests.render.formatting import written as formatted

TEXTS = st.text() | st.sampled_from(
    ["", EMPTY_TEXT_MARKER, '"', '""', ",", "\r", "\n", " a ", "=1+1", "-5", "\0", "\ud800", "\u202e"]
)
SCALARS = (
    TEXTS
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.binary(max_size=3)
    | st.uuids()
)
VALUES = SCALARS | st.lists(TEXTS, max_size=2) | st.dictionaries(st.text(max_size=2), TEXTS, max_size=2)


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Return rows whose columns have one type, as DuckDB's do, or any."""
    columns = draw(st.lists(st.text(max_size=3), min_size=1, max_size=4))
    strategies = [draw(st.sampled_from([TEXTS | st.none(), st.integers() | st.none(), VALUES])) for _ in columns]
    return Result(tuple(columns), draw(st.lists(st.tuples(*strategies), max_size=7)))


def field_by_field(result: Result, csv_safe: bool, visible: bool) -> str:
    """Return CSV as the rules state them: NULL is nothing, the empty text two quotes, and only texts are escaped."""

    def field(value: Any) -> str:
        if value is None:
            return ""
        text = cell(value)
        if csv_safe and isinstance(value, str | list | tuple | dict):
            text = escape_formulas(text)
        return '"' + text.replace('"', '""') + '"' if not text or set(text) & set(',"\r\n') else text

    lines = [",".join(map(field, row)) for row in (result.columns, *result.rows)]
    return "".join((printable(line) if visible else line) + "\r\n" for line in lines)


def written(result: Result, csv_safe: bool = False, visible: bool = False) -> str:
    stream = io.StringIO(newline="")
    write_csv(result, stream, csv_safe, visible)
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("examples", [150, 5_000])
def test_the_bytes_equal_each_field_alone(examples: int) -> None:
    @settings(max_examples=examples, deadline=None, database=None)
    @given(results(), st.booleans(), st.booleans())
    def compare(result: Result, csv_safe: bool, visible: bool) -> None:
        with patch.object(csv_rows, "BATCH_ROWS", 3):
            assert written(result, csv_safe, visible) == field_by_field(result, csv_safe, visible)

    compare()


def test_rows_are_written_by_pythons_writer_unless_a_name_has_the_mark_of_an_empty_text() -> None:
    rows: list[tuple[Any, ...]] = [("ann", ""), ("bob", None)]
    with patch.object(csv_rows, "_write_any_rows", wraps=csv_rows._write_any_rows) as slow:
        assert written(Result(("a", "b"), rows)) == 'a,b\r\nann,""\r\nbob,\r\n'
        assert slow.call_count == 1  # the names of the columns
        assert written(Result(("a", "b"), [*rows, (EMPTY_TEXT_MARKER, 1)])).endswith(f"{EMPTY_TEXT_MARKER},1\r\n")
        assert slow.call_count == 3


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Decimal("1E+2"), "100"),
        (1e20, "1e+20"),
        (True, "True"),
        (timedelta(days=-1), "-1 days 00:00:00"),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "2026-03-01 10:00:00+00:00"),
        (date(2026, 3, 1), "2026-03-01"),
        (time(10), "10:00:00"),
        (b"", '""'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (["a", ""], '"[""a"", """"]"'),
    ],
)
def test_a_value_of_each_type_and_null(value: object, field: str) -> None:
    assert written(Result(("a", "b"), [(value, None), (None, value)])) == f"a,b\r\n{field},\r\n,{field}\r\n"


def test_a_column_alone_and_no_column() -> None:
    assert written(Result(("a",), [(None,), ("",)])) == 'a\r\n\r\n""\r\n'
    assert written(Result((), [()])) == "\r\n\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1-1", "-1+1", "@x", "\tx", "\rx"])
def test_csv_safe_prevents_formulas(text: str) -> None:
    result = Result((text,), [(text,), (-1,), (Decimal(-1),), (timedelta(-1),)])
    assert [row[0] for row in csv.reader(io.StringIO(formatted(result, "csv", csv_safe=True), newline=""))] == [
        f"'{text}",
        f"'{text}",
        "-1",
        "-1",
        "-1 days 00:00:00",
    ]
    assert [row[0] for row in csv.reader(io.StringIO(formatted(result, "csv"), newline=""))][:2] == [text, text]


def test_csv_safe_escapes_list_items_and_keeps_numbers() -> None:
    row = (["a", "=x"], {"k": "a;@b"}, "-5", "+3.2", "1e-5", -5, Decimal("-2.50"), -1e-05)
    out = formatted(Result(tuple("abcdefgh"), [row]), "csv", csv_safe=True)
    assert next(csv.reader(io.StringIO(out.splitlines()[1]))) == [
        """["a",' "=x"]""", """{"k": "a;'@b"}""", "-5", "+3.2", "1e-5", "-5", "-2.50", "-1e-05",
    ]  # fmt: skip


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("csv_safe", [False, True])
def test_csv_on_a_terminal_escapes_invisible_characters(csv_safe: bool) -> None:
    hostile = "\x1b[2J\x9b\u202e\u200b\r\n\U000e0041"
    result = Result((hostile, "b"), [(hostile, None), ([hostile], "")])
    terminal, pipe = Terminal(newline=""), io.StringIO(newline="")
    render.write(result, "csv", terminal, csv_safe)
    render.write(result, "csv", pipe, csv_safe)
    lines = terminal.getvalue().split("\r\n")
    assert lines[0] == '"' + r"\x1b[2J\x9b\u202e\u200b\r\n\U000e0041" + '",b'
    assert lines[3:] == [""] and all(line.isprintable() for line in lines)
    assert [row[0] for row in csv.reader(io.StringIO(pipe.getvalue(), newline=""))] == [
        hostile,
        hostile,
        json.dumps([hostile], ensure_ascii=False),
    ]


def test_csv_distinguishes_null_from_empty_text() -> None:
    assert formatted(Result(("a", "b"), [(None, ""), ("", None)]), "csv") == 'a,b\r\n,""\r\n"",\r\n'


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(min_size=1)), max_size=5))
def test_csv_is_read_back(rows: list[tuple[str, str]]) -> None:
    text = formatted(Result(("one", "two"), rows), "csv")
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] == [("one", "two"), *rows]


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=5))
def test_csv_is_that_of_pythons_writer(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("one", "two"), *rows])
    assert formatted(Result(("one", "two"), rows), "csv") == stream.getvalue()
