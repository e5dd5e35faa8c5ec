"""A run file over the files of somebody else is built within limits, and its statements write no other file."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.runs.store.limits import LimitExceeded, StatementLimits
from iamsql.runs.store.open_new import Template, sha256_of
from iamsql.runs.store.view_file import write_view_file
from iamsql.sqltext import literal

ENDLESS = "insert into t with recursive x as (select 1 as a union all from x) select count(*) from x"


@pytest.fixture
def template(tmp_path: Path) -> Template:
    path = tmp_path / "template.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t (a bigint)")
    return Template(path, sha256_of(path))


def parquet(folder: Path, rows: int) -> Path:
    path = folder / f"{rows}.parquet"
    duckdb.execute(f"copy (select 1 as a from range({rows})) to '{path}' (format parquet, compression zstd)")
    return path


def write(template: Template, statement: str, files: dict[Path, int], **limits: float) -> Path:
    path = template.path.with_name("view.duckdb")
    memory = int(limits.get("memory", 10**9))
    limited = StatementLimits(seconds=limits.get("seconds", 60), memory=memory)
    write_view_file(path, template, [statement], [*files], files, limited)
    return path


def test_rows_are_copied(template: Template, tmp_path: Path) -> None:
    file = parquet(tmp_path, 10)
    path = write(template, f"delete from t; insert into t by name from read_parquet([{literal(file)}])", {file: 10})
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select count(*) from t").fetchall() == [(10,)]


def test_a_file_with_other_rows_than_expected_is_refused_before_it_is_read(template: Template, tmp_path: Path) -> None:
    file = parquet(tmp_path, 10)
    with pytest.raises(IamsqlError, match="has 10 rows instead of 9"):
        write(template, ENDLESS, {file: 9})
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("view")]


def test_the_rows_of_the_row_groups_count(template: Template, tmp_path: Path) -> None:
    """The metadata of the file claims 5 rows. Numbers are zigzag varints of the compact protocol of Thrift."""
    file = parquet(tmp_path, 100_000)
    content = file.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    file.write_bytes(content[:start] + content[start:].replace(b"\xc0\x9a\x0c", b"\x8a\x80\x00", 1))
    metadata = duckdb.execute(f"select num_rows from parquet_file_metadata('{file}')").fetchall()
    assert metadata == [(5,)]
    with pytest.raises(IamsqlError, match="has 100000 rows instead of 5"):
        write(template, f"insert into t by name from read_parquet([{literal(file)}])", {file: 5})


@pytest.mark.parametrize("statement", [
    "copy (select 1) to '{0}' (format parquet, use_tmp_file false)", "attach '{0}' as x", "set variable x = 1", "select 1",
    "export database '{0}'", "create table x as with y as (copy t to '{0}' (use_tmp_file false)) select 1 as a", "begin",
    "delete from t; copy (select 1) to ('{0}') (format parquet, use_tmp_file false)", "install httpfs", "pragma version",
])  # fmt: skip
def test_a_statement_that_can_write_another_file_is_refused(template: Template, tmp_path: Path, statement: str) -> None:
    file = parquet(tmp_path, 10)
    content = file.read_bytes()
    with pytest.raises(IamsqlError, match=r"is not allowed in the statements|COPY cannot write"):
        write(template, statement.format(file), {file: 10})
    assert file.read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} == {file.name, template.path.name}


@pytest.mark.slow
def test_the_time_is_limited(template: Template) -> None:
    start = time.monotonic()
    with pytest.raises(LimitExceeded, match=r"ran for 0\.5 seconds"):
        write(template, ENDLESS, {}, seconds=0.5)
    assert time.monotonic() - start < 30


@pytest.mark.slow
def test_the_size_of_the_file_is_limited(template: Template, tmp_path: Path) -> None:
    file, rows = tmp_path / "equal.parquet", 2_000_000
    duckdb.execute(
        f"copy (select repeat('x', 200) as a from range({rows})) to '{file}' (format parquet, compression zstd)"
    )
    assert file.stat().st_size < 100_000
    with pytest.raises(LimitExceeded, match="more than 256 MB, four times the memory limit"):
        write(template, f"create table s as from read_parquet([{literal(file)}])", {file: rows}, memory=64e6)
    assert {path.name for path in tmp_path.iterdir()} == {file.name, template.path.name}
