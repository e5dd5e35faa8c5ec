"""Rows as text: the form of a cell, formats that no data can break, and files that are written completely or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import duckdb
import pytest

from iamsql import render
from iamsql.model import IamsqlError, Result
from tests.render.formatting import TYPED, written

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("fmt", render.FORMATS)
def test_formats(fmt: str) -> None:
    expected = (DATA / f"typed.{fmt}").read_bytes().decode()
    assert written(TYPED, fmt) == expected


@pytest.mark.parametrize("fmt", render.FORMATS)
def test_no_rows(fmt: str) -> None:
    expected = (DATA / f"empty.{fmt}").read_bytes().decode()
    assert written(Result(("a", "b"), [], ("VARCHAR", "VARCHAR")), fmt) == expected


@pytest.mark.parametrize("fmt", ["table", "markdown"])
def test_names_do_not_move_the_cursor(fmt: str) -> None:
    hostile = "".join(
        map(chr, [*range(32), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xDCFF])
    )
    out = written(Result((hostile,), [(hostile,), ([hostile],)]), fmt)
    assert not set(hostile) & set(out.replace("\n", ""))
    assert out.count("\n") == 4
    out.encode()


def test_duckdb_reads_back_the_files(tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    cursor = con.execute(
        "select 'a,\"b\"' as s, 1.5::decimal(9,2) as d, true as b, timestamptz '2026-03-01 10:11:12+00' as t,"
        """ '{"k": 1}'::json as j, interval '1 day' as i, [1, 2] as l, uuid() as u, 'x'::blob as x"""
    )
    columns = [column[0] for column in cursor.description]
    result = Result(tuple(columns), cursor.fetchall(), tuple(str(column[1]) for column in cursor.description))
    for name in ("out.csv", "out.jsonl"):
        render.export(result, tmp_path / name)
        back = con.execute(f"select s, d, b, t, j::json ->> 'k', l::json ->> 1 from '{tmp_path / name}'").fetchall()
        assert [str(value) for value in back[0]] == ['a,"b"', "1.5", "True", "2026-03-01 10:11:12+00:00", "1", "2"]


@pytest.mark.parametrize("fmt", ["csv", "jsonl"])
def test_rows_are_written_as_they_arrive(fmt: str) -> None:
    stream = io.StringIO()
    sizes = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(3):
            sizes.append(len(stream.getvalue()))
            yield (number,)

    render.write(Result(("a",), cast("list[tuple[int]]", rows())), fmt, stream)
    assert sizes == sorted(set(sizes))


def test_an_unknown_format_is_an_error_with_a_similar_name() -> None:
    with pytest.raises(
        IamsqlError, match=r"unknown output format 'markdwon'; did you mean markdown\? \(formats are table, csv"
    ):
        render.write(TYPED, "markdwon", io.StringIO())


@pytest.mark.parametrize(("suffix", "fmt"), render.FORMAT_BY_SUFFIX.items())
def test_the_suffix_selects_the_format(tmp_path: Path, suffix: str, fmt: str) -> None:
    path = tmp_path / f"out{suffix.upper()}"
    render.export(TYPED, path)
    assert path.read_bytes().decode() == written(TYPED, fmt)


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
