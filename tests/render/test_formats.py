"""Rows as text: the form of a cell, formats that no data can break, and files that are written completely or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql import render
from iamsql.model import IamsqlError, Result
from iamsql.render.cells import cell, json_text

DATA = Path(__file__).parent / "data"
TYPED = Result(
    ("user", "age", "ratio", "active", "made", "policy", "tags", "n"),
    [
        ("ann", 91, 1.5, True, datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC), '{"Effect": "Allow"}', ["a", "b"], None),
        ("", -7, None, False, None, None, [], Decimal("2.50")),
        ("=cmd|' /C calc'!A0", 1200, 0.25, None, datetime(2026, 3, 1, 10, 11, 12, 500000, UTC), "[1, 2]", None, None),
        ("a|b `c` <script> _x_\x1b[2J\nnext\u202eevil\x9b", 0, 0.0, True, None, "null", ["x,y"], Decimal("-1")),
        ("ünïcode", 5, 1e20, True, None, '"text"', ['"'], Decimal("1E+2")),
    ],
    ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "JSON", "VARCHAR[]", "DECIMAL(9,2)"),
)


def written(result: Result, fmt: str, csv_safe: bool = False) -> str:
    stream = io.StringIO(newline="")
    render.write(result, fmt, stream, csv_safe)
    return stream.getvalue()


@pytest.mark.parametrize("fmt", render.FORMATS)
def test_formats(fmt: str) -> None:
    expected = (DATA / f"typed.{fmt}").read_bytes().decode()
    assert written(TYPED, fmt) == expected


@pytest.mark.parametrize("fmt", render.FORMATS)
def test_no_rows(fmt: str) -> None:
    expected = (DATA / f"empty.{fmt}").read_bytes().decode()
    assert written(Result(("a", "b"), [], ("VARCHAR", "VARCHAR")), fmt) == expected


@pytest.mark.parametrize(
    ("value", "text", "as_json"),
    [
        (None, "", "null"),
        ("", "", '""'),
        (True, "True", "true"),
        (0, "0", "0"),
        (2**100, str(2**100), str(2**100)),
        (1.0, "1.0", "1.0"),
        (float("nan"), "nan", "null"),
        (float("-inf"), "-inf", "null"),
        (Decimal("1.50"), "1.50", "1.50"),
        (Decimal("1E-10"), "0.0000000001", "0.0000000001"),
        (Decimal("NaN"), "NaN", "null"),
        (date(2026, 3, 1), "2026-03-01", '"2026-03-01"'),
        (time(1, 2, 3), "01:02:03", '"01:02:03"'),
        (datetime(2026, 3, 1, 10, 11, 12), "2026-03-01 10:11:12", '"2026-03-01T10:11:12"'),
        (datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC), "2026-03-01 10:11:12+00:00", '"2026-03-01T10:11:12+00:00"'),
        (timedelta(days=32), "32 days 00:00:00", '"32 days 00:00:00"'),
        (timedelta(seconds=-1, microseconds=-500000), "-00:00:01.500000", '"-00:00:01.500000"'),
        (timedelta(hours=12), "12:00:00", '"12:00:00"'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001", '"00000000-0000-0000-0000-000000000001"'),
        (b"a\x00\xff", "6100ff", '"6100ff"'),
        ([1, None, "x"], '[1, null, "x"]', '[1, null, "x"]'),
        ({"a": date(2026, 3, 1), "b": [True]}, '{"a": "2026-03-01", "b": [true]}', '{"a": "2026-03-01", "b": [true]}'),
        ({1: 2}, '{"1": 2}', '{"1": 2}'),
    ],
)
def test_a_cell_has_one_form(value: Any, text: str, as_json: str) -> None:
    assert cell(value) == text
    assert json_text(value) == as_json
    json.loads(as_json)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ('{"a": [1.10, 12345678901234567890]}', "JSON", '{"a": [1.10, 12345678901234567890]}'),
        ('{\n  "a": 1\r\n}', "JSON", '{   "a": 1  }'),
        ("NaN", "JSON", '"NaN"'),
        ("{broken", "JSON", '"{broken"'),
        ("[" * 100000, "JSON", json.dumps("[" * 100000)),
        ("[1]", "VARCHAR", '"[1]"'),
        (['{"a": 1}', None], "JSON[]", '[{"a": 1}, null]'),
    ],
)
def test_json_columns_are_embedded(value: Any, kind: str, expected: str) -> None:
    assert json_text(value, kind) == expected


def test_json_of_same_named_columns() -> None:
    result = Result(("a", "a", "a_2", "a", "A"), [(1, 2, 3, 4, 5)])
    assert written(result, "jsonl") == '{"a": 1, "a_3": 2, "a_2": 3, "a_4": 4, "A": 5}\n'


def test_json_has_no_terminal_codes_and_loses_no_data() -> None:
    name = "a\x1b[2J\x9b\u202e\u2028\x7f"
    out = written(Result((name, "j"), [(name, json.dumps(name, ensure_ascii=False))], ("VARCHAR", "JSON")), "json")
    assert json.loads(out) == [{name: name, "j": name}]
    assert not set(name[1:]) & set(out) - set("[2J")


@pytest.mark.parametrize("fmt", ["table", "markdown"])
def test_names_do_not_move_the_cursor(fmt: str) -> None:
    hostile = "".join(
        map(chr, [*range(32), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xDCFF])
    )
    out = written(Result((hostile,), [(hostile,), ([hostile],)]), fmt)
    assert not set(hostile) & set(out.replace("\n", ""))
    assert out.count("\n") == 4
    out.encode()


def test_markdown_has_no_markup_from_data() -> None:
    text = r"\| | `x` <b> &lt; [l](x) *b* _i_ ~s~ snake_case"
    out = written(Result(("a",), [(text,), (text + " @user",)]), "markdown")
    assert out.splitlines()[2:] == [
        r"| \\\| \| \`x\` &lt;b> &amp;lt; \[l](x) \*b\* \_i\_ \~s\~ snake_case |",
        r"| ``\\| \| `x` <b> &lt; [l](x) *b* _i_ ~s~ snake_case @user`` |",
    ]


def test_tables_show_numbers_unchanged() -> None:
    result = Result(("id", "n"), [("000123456789", 1), ("1e5", 22), (" x", None)], ("VARCHAR", "INTEGER"))
    assert written(result, "table") == (
        "id              n\n------------  ---\n000123456789    1\n1e5            22\n x\n"
    )


def test_wide_characters_keep_the_columns_aligned() -> None:
    pytest.importorskip("wcwidth")
    lines = written(Result(("a", "b"), [("漢字", "x"), ("abcd", "y")]), "table").splitlines()
    assert lines[2:] == ["漢字  x", "abcd  y"]


def test_numbers_are_recognized_by_their_types() -> None:
    result = Result(("a", "b"), [(1, True), (None, None)], ("INTEGER", "BOOLEAN"))
    assert written(result, "markdown").splitlines()[1] == "| ---: | --- |"


@pytest.mark.parametrize("text", ["=1+1", "+1-1", "-1+1", "@x", "\tx", "\rx"])
def test_csv_safe_prevents_formulas(text: str) -> None:
    result = Result((text,), [(text,), (-1,), (Decimal(-1),), (timedelta(-1),)])
    assert [row[0] for row in csv.reader(io.StringIO(written(result, "csv", csv_safe=True), newline=""))] == [
        f"'{text}",
        f"'{text}",
        "-1",
        "-1",
        "-1 days 00:00:00",
    ]
    assert [row[0] for row in csv.reader(io.StringIO(written(result, "csv"), newline=""))][:2] == [text, text]


def test_csv_safe_escapes_list_items_and_keeps_numbers() -> None:
    row = (["a", "=x"], {"k": "a;@b"}, "-5", "+3.2", "1e-5", -5, Decimal("-2.50"), -1e-05)
    out = written(Result(tuple("abcdefgh"), [row]), "csv", csv_safe=True)
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
    assert written(Result(("a", "b"), [(None, ""), ("", None)]), "csv") == 'a,b\r\n,""\r\n"",\r\n'


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(min_size=1)), max_size=5))
def test_csv_is_read_back(rows: list[tuple[str, str]]) -> None:
    text = written(Result(("one", "two"), rows), "csv")
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] == [("one", "two"), *rows]


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=5))
def test_csv_is_that_of_pythons_writer(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("one", "two"), *rows])
    assert written(Result(("one", "two"), rows), "csv") == stream.getvalue()


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(ANY, ANY), max_size=4))
def test_json_is_read_back(rows: list[tuple[Any, Any]]) -> None:
    result = Result(("one", "two"), [(one, json.dumps(two)) for one, two in rows], ("VARCHAR", "JSON"))
    expected = [{"one": one, "two": two} for one, two in rows]
    assert json.loads(written(result, "json")) == expected
    assert [json.loads(line) for line in written(result, "jsonl").split("\n")[:-1]] == expected


def test_duckdb_reads_back_the_files(tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    answer = con.execute(
        "select 'a,\"b\"' as s, 1.5::decimal(9,2) as d, true as b, timestamptz '2026-03-01 10:11:12+00' as t,"
        """ '{"k": 1}'::json as j, interval '1 day' as i, [1, 2] as l, uuid() as u, 'x'::blob as x"""
    )
    columns = [column[0] for column in answer.description]
    result = Result(tuple(columns), answer.fetchall(), tuple(str(column[1]) for column in answer.description))
    for name in ("out.csv", "out.jsonl"):
        render.export(result, tmp_path / name)
        back = con.execute(f"select s, d, b, t, j::json ->> 'k', l::json ->> 1 from '{tmp_path / name}'").fetchall()
        assert [str(value) for value in back[0]] == ['a,"b"', "1.5", "True", "2026-03-01 10:11:12+00:00", "1", "2"]


@pytest.mark.parametrize("fmt", ["csv", "jsonl"])
def test_rows_are_written_as_they_arrive(fmt: str) -> None:
    stream = io.StringIO()
    sizes = []

    def rows() -> Iterator[tuple[int]]:
        for place in range(3):
            sizes.append(len(stream.getvalue()))
            yield (place,)

    render.write(Result(("a",), cast("list[tuple[int]]", rows())), fmt, stream)
    assert sizes == sorted(set(sizes))


def test_an_unknown_format_is_an_error_with_a_similar_name() -> None:
    with pytest.raises(
        IamsqlError, match=r"unknown output format 'markdwon'; did you mean markdown\? \(formats are table, csv"
    ):
        render.write(TYPED, "markdwon", io.StringIO())


@pytest.mark.parametrize(("suffix", "fmt"), render.SUFFIXES.items())
def test_the_suffix_selects_the_format(tmp_path: Path, suffix: str, fmt: str) -> None:
    path = tmp_path / f"out{suffix.upper()}"
    render.export(TYPED, path)
    assert path.read_bytes().decode() == written(TYPED, fmt)


def test_an_exported_file_is_private_and_replaces_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out.dat"
    path.write_text("old")
    path.chmod(0o644)
    render.export(Result(("a",), [("=x",)]), path, "csv")
    assert path.read_bytes() == b"a\r\n=x\r\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [at.name for at in tmp_path.iterdir()] == ["out.dat"]


def test_an_export_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    render.export(TYPED, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").is_file()


def test_a_failed_export_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def rows() -> Iterator[tuple[int]]:
        yield (1,)
        raise OSError(28, "No space left on device")

    with pytest.raises(IamsqlError, match=r"cannot write .*out.csv: No space left on device"):
        render.export(Result(("a",), cast("list[tuple[int]]", rows())), path)
    assert [at.name for at in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone/out.csv", "cannot write .*gone/out.csv: No such file or directory"),
        ("folder.csv", "cannot write .*folder.csv: it is not a file"),
        ("out.xlsx", "cannot determine the format of .*out.xlsx: use --output, or a name that ends in .csv, "),
        ("out", "cannot determine the format of .*out: "),
    ],
)
def test_an_export_to_an_unwritable_place_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(IamsqlError, match=message):
        render.export(TYPED, tmp_path / name)
