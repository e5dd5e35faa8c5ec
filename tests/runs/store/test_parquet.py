"""Parquet files, read back by DuckDB: each type, and text for the types that Parquet does not have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from iamsql.model import Result
from iamsql.runs.store import parquet
from iamsql.runs.store.parquet import write_parquet


def written(path: Path, result: Result, metadata: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """Write a result, and return a connection with the file as the relation `f`."""
    path.touch()
    write_parquet(result, path, lambda value: f"<{value}>", lambda: metadata or {})
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"create view f as from '{path}'")
    return connection


def result_of(sql: str) -> Result:
    """Return the rows of a statement as `store` returns them."""
    with duckdb.connect() as connection:
        cursor = connection.execute(f"set TimeZone = 'UTC'; {sql}")
        types = tuple(str(column[1]).strip('"') for column in cursor.description)
        return Result(tuple(column[0] for column in cursor.description), cursor.fetchall(), types)


SAME = [
    "true", "1::tinyint", "2::ubigint", "1.50::decimal(9,2)", "2.5::double", "1e10::float", "date '2026-03-01'",
    "date '290000-01-01'", "date '0044-03-15 (BC)'", "time '10:11:12'", "timestamp '2026-03-01 10:11:12.123456'",
    "timestamptz '2026-03-01 10:11:12+02'", "timestamp_ns '2026-03-01 10:11:12.123456'", "interval '2 days'",
    "'\\x00\\xff'::blob", "''", "chr(0)", """'{"a": 1.10}'::json""", "uuid()", "['a', null, '']", "[]::varchar[]",
    """{'a b': 1, 'q"x': ['y'], 'union': 2}""", "map {'k': 1}", """['{"a": 1}'::json]""",
]  # fmt: skip


def test_a_column_keeps_its_type_and_values(tmp_path: Path) -> None:
    names = [f"c{index}" for index in range(len(SAME))]
    values = ", ".join(f"{value} as {name}" for value, name in zip(SAME, names, strict=True))
    result = result_of(f"select {values} union all select {', '.join(['null'] * len(SAME))}")
    back = written(tmp_path / "a.parquet", result)
    assert back.execute("from f").fetchall() == result.rows
    assert [row[:2] for row in back.execute("describe f").fetchall()] == list(zip(names, result.types, strict=True))


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        ("3::hugeint", "DECIMAL(38,0)", Decimal(3)),
        ("1" + "0" * 38, "VARCHAR", "1" + "0" * 38),
        ("7::uhugeint", "DECIMAL(38,0)", Decimal(7)),
        ("'x'::enum('x', 'it''s')", "VARCHAR", "x"),
        ("'101'::bit", "VARCHAR", "101"),
        ("[1, 2]::integer[2]", "INTEGER[]", [1, 2]),
        ("timestamp_s '2026-03-01 10:00:00'", "TIMESTAMP", datetime(2026, 3, 1, 10)),
        ("null", "VARCHAR", None),
        ("union_value(n := 1)", "VARCHAR", "<1>"),
        ("row(1, 'a')", "VARCHAR", "<(1, 'a')>"),
        ("[1::hugeint]", "VARCHAR", "<[1]>"),
        ("{'n': 1::hugeint}", "VARCHAR", "<{'n': 1}>"),
        ("5::variant", "VARCHAR", "<5>"),
        ("{'union': 'x'}", 'STRUCT("union" VARCHAR)', {"union": "x"}),
    ],
)
def test_a_type_that_parquet_does_not_have_becomes_the_nearest_one_or_text(
    tmp_path: Path, value: str, kind: str, read: Any
) -> None:
    back = written(tmp_path / "a.parquet", result_of(f"select {value} as v"))
    assert (back.execute("describe f").fetchall()[0][1], back.execute("from f").fetchall()) == (kind, [(read,)])


def test_a_json_column_with_a_value_that_is_not_json_is_text(tmp_path: Path) -> None:
    back = written(tmp_path / "a.parquet", Result(("j",), [("{",), ("1",)], ("JSON",)))
    assert back.execute("select j, typeof(j) from f").fetchall() == [("{", "VARCHAR"), ("1", "VARCHAR")]


def test_a_result_without_types_is_text(tmp_path: Path) -> None:
    back = written(tmp_path / "a.parquet", Result(("a", "b"), [(1, None)]))
    assert back.execute("select a, typeof(a), b from f").fetchall() == [("<1>", "VARCHAR", None)]


def test_a_result_without_rows_has_its_columns(tmp_path: Path) -> None:
    back = written(tmp_path / "a.parquet", Result(("a", "b"), [], ("BIGINT", "TIMESTAMP WITH TIME ZONE")))
    described = [row[:2] for row in back.execute("describe f").fetchall()]
    assert described == [("a", "BIGINT"), ("b", "TIMESTAMP WITH TIME ZONE")]


def test_rows_are_read_once_and_written_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 3)
    rows = ((index, f"n{index}") for index in range(8))
    back = written(tmp_path / "a.parquet", Result(("n", "s"), cast("list[Any]", rows), ("BIGINT", "VARCHAR")))
    assert back.execute("from f").fetchall() == [(index, f"n{index}") for index in range(8)]


def test_names_of_columns_and_metadata_are_quoted(tmp_path: Path) -> None:
    names = ('a" from x; --', "b c", "'")
    notes = {"iamsql.notes": 'it\'s\n"x"', "q'\"": "y"}
    back = written(tmp_path / "a.parquet", Result(names, [(1, 2, 3)], ("BIGINT",) * 3), notes)
    assert [row[0] for row in back.execute("describe f").fetchall()] == list(names)
    pairs = back.execute(f"select decode(key), decode(value) from parquet_kv_metadata('{tmp_path}/a.parquet')")
    assert notes.items() <= dict(pairs.fetchall()).items()


def test_an_error_of_the_disk_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="IO Error"):
        write_parquet(Result(("a",), [(1,)], ("BIGINT",)), tmp_path / "gone" / "a.parquet", str, dict)


def test_a_time_zone_of_the_machine_has_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    moment = datetime(2026, 3, 1, 10, tzinfo=UTC)
    back = written(tmp_path / "a.parquet", Result(("t",), [(moment,)], ("TIMESTAMP WITH TIME ZONE",)))
    assert back.execute("from f").fetchall() == [(moment,)]
