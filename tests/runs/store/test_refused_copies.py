"""COPY writes the files that a statement may write, and no file that it may only read, however the SQL names it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.sandbox import Access

OPTIONS = "(format parquet, use_tmp_file false)"
COPIES = (
    "copy (select 2) to '{0}' {1}", "copy (select 2) to ('{0}') {1}", "copy (select 2) to $${0}$$ {1}", "copy t to e'{0}' {1}",
    "COPY\u00a0t\u00a0TO\u00a0'{0}' {1}", "copy /* to 'x' /* */ */ t to -- 'x'\n'{0}' {1}", 'copy t to "{0}" {1}',
    "with x as (copy t to '{0}' {1}) select 1", "with y as (select 1), x as materialized (copy t to '{0}' {1}) from x",
    "(with x as (copy t to '{0}' {1}) from x)", "with x as (copy t to '{0}' {1}) values (1)",
    "with x as (copy t to '{0}' {1}) (from x) union all (select 1)", "with x as (copy t to '{0}' {1}) pivot t on a using sum(a)",
    "explain analyze copy t to '{0}' {1}", "explain (analyze) copy t to '{0}' {1}", "explain /* */ analyze copy t to '{0}' {1}",
    "create temp table z as with x as (copy t to '{0}' {1}) select 1 as a", "select 1; copy t to '{0}' {1}",
    "copy (with x as (copy t to '{0}' {1}) from x) to 'out.csv'",
)  # fmt: skip
ALLOWED = (
    "copy t to 'out.csv'", "copy (select 'copy t to x') to 'out.csv'", "with x as (copy t to 'out.csv') select 1",
    "explain analyze copy t to 'out.csv'", "copy (select copy from (select 1 as copy)) to ('out.csv')",
    "select 'CopyObject' as a -- copy t to 'x'", "explain select 'copy'", "from (pivot t on a using sum(a)) where 'copy' <> 'x'",
    "create or replace temp view v as select 'copy' as \"copy\"",
)  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[LimitedConnection, Path]:
    """Return a connection that may read one file, and may write out.csv."""
    monkeypatch.chdir(tmp_path)
    read = tmp_path / "read.parquet"
    duckdb.execute(f"copy (select 1 as a) to '{read}' (format parquet)")
    connection = LimitedConnection(None, access=Access(files=["out.csv"], read=[read]))
    connection.execute(f"create table t as from '{read}'")
    return connection, read


def test_a_file_that_is_only_read_is_not_written(opened: tuple[LimitedConnection, Path]) -> None:
    connection, read = opened
    content = read.read_bytes()
    with closing(connection):
        for sql in COPIES:
            with pytest.raises(duckdb.Error, match=r"COPY|syntax"):
                connection.execute(sql.format(read, OPTIONS))
            assert read.read_bytes() == content and [path.name for path in read.parent.iterdir()] == [read.name], sql
        with pytest.raises(duckdb.Error, match="COPY cannot write a file that is not a text in quotes"):
            connection.execute(f"copy t to $target {OPTIONS}", {"target": str(read)})
        connection.execute(f"set variable x = '{read}'")
        with pytest.raises(duckdb.Error, match="COPY cannot write a file that is not a text in quotes"):
            connection.execute(f"copy t to (getvariable('x')) {OPTIONS}")
    assert read.read_bytes() == content


def test_other_files_are_written(opened: tuple[LimitedConnection, Path]) -> None:
    connection, _ = opened
    with closing(connection):
        for sql in ALLOWED:
            connection.execute(sql)
            assert Path("out.csv").exists() == ("out.csv" in sql), sql
            Path("out.csv").unlink(missing_ok=True)
        with pytest.raises(duckdb.Error, match=r"COPY cannot write other\.csv"):
            connection.execute("copy t to 'other.csv'")


@pytest.mark.parametrize(("path", "is_writable"), [
    ("/a/b", True), ("/a/b/c.parquet", True), ("/a/b/../c", False), ("/a/bc", False), ("/d.csv", True), ("d.csv", False),
    ("", False),
])  # fmt: skip
def test_a_folder_gives_access_to_its_files(path: str, is_writable: bool) -> None:
    assert Access(files=["/d.csv"], folders=["/a/b"]).is_writable(path) == is_writable
