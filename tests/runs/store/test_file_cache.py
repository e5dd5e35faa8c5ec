"""What is computed once for a file, and what is computed again when the file is not the same any more."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.runs.coverage.summary import summarize_coverage
from iamsql.runs.store import file_cache
from iamsql.runs.store.file_cache import FileCache, file_version, find_cache
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.reader import open_run
from tests.minimal_run import GAPS, make_run

SQL = "from aws_iam_user select name order by all"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements that readers execute from now on."""
    executed: list[str] = []
    execute = LimitedConnection.execute

    def recorded(self: LimitedConnection, sql: str, values: object = None) -> LimitedConnection:
        executed.append(sql)
        return execute(self, sql, values)

    monkeypatch.setattr(LimitedConnection, "execute", recorded)
    return executed


def read(path: Path) -> tuple[list[tuple[object, ...]], set[str], dict[str, int]]:
    """Return the rows of SQL in a new session, its tables and their gaps."""
    with open_run(path) as reader:
        rows = reader.run(SQL).rows
        tables = reader.tables_of(SQL)
        return rows, tables, dict(summarize_coverage(reader, tables).gaps)


def change(path: Path, *sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in sql:
            connection.execute(statement)


@pytest.mark.parametrize("call", [1, 2])  # before DuckDB opens the file, and after
def test_a_file_that_another_process_deletes_is_an_answer_or_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    calls = count(1)

    def deleted(path: Path) -> object:
        if next(calls) == call:
            path.unlink()
        return file_version(path)

    for module in ("reading", "file_cache"):
        monkeypatch.setattr(f"iamsql.runs.store.{module}.file_version", deleted)
    if call == 1:
        with pytest.raises(IamsqlError, match="database does not exist"):
            open_run(path)
    else:
        assert read(path)[0]
    assert not path.exists()


def test_the_second_session_only_runs_the_statement(path: Path, statements: list[str]) -> None:
    first = read(path)
    before = list(statements)
    statements.clear()
    assert read(path) == first and first[1] == {"aws_iam_user"} and first[2]
    assert [sql.strip() for sql in statements] == [SQL] and len(before) > 4


@pytest.mark.slow
def test_a_changed_file_is_read_again(path: Path) -> None:
    before = read(path)
    change(
        path,
        "update aws_iam_user set name = 'eve' where name = 'bo'",
        "delete from iamsql.coverage where status = 'denied'",
    )
    after = read(path)
    assert ("eve",) in after[0] and ("eve",) not in before[0] and after[2] != before[2]


@pytest.mark.slow
def test_a_file_that_replaced_another_is_read(path: Path, tmp_path: Path) -> None:
    read(path)
    other = tmp_path / "other.duckdb"
    make_run(other, GAPS)
    change(other, "create macro lower(a) as 'x'")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    with pytest.raises(IamsqlError, match="its macro lower has the name of a function of DuckDB"):
        read(path)
    with pytest.raises(IamsqlError, match="its macro lower"):  # an error is not kept as a value
        read(path)


def test_a_session_with_temp_views_keeps_its_values_for_itself(path: Path) -> None:
    with open_run(path) as reader:
        reader.create_temp(["create temp view other as from aws_iam_user"])
        assert reader.tables_of("from other") == {"aws_iam_user"}
    with open_run(path) as reader:
        assert reader.tables_of("from other") == set()


def test_a_file_with_a_log_of_changes_has_no_cache(path: Path) -> None:
    version = file_version(path)
    assert find_cache(path, version) is find_cache(path, version)
    path.with_name(f"{path.name}.wal").touch()
    assert find_cache(path, version) is not find_cache(path, version)


def test_a_file_that_changed_while_it_was_opened_has_no_cache(path: Path) -> None:
    version = file_version(path)
    cache = find_cache(path, version)
    path.write_bytes(path.read_bytes() + b"\0")
    assert find_cache(path, version) is not cache


def test_the_values_and_files_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_cache, "VALUES", 3)
    cache, computed = FileCache(), []
    for key in (1, 2, 3, 3, 4, 3):
        cache.get(key, lambda key=key: computed.append(key))  # type: ignore[misc]
    assert computed == [1, 2, 3, 4, 3]
    paths = [tmp_path / str(number) for number in range(file_cache.FILES + 1)]
    for file in paths:
        file.touch()
    caches = [find_cache(file, file_version(file)) for file in paths]
    assert find_cache(paths[-1], file_version(paths[-1])) is caches[-1]
    assert find_cache(paths[0], file_version(paths[0])) is not caches[0]


def test_a_failed_computation_is_repeated() -> None:
    cache = FileCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert "a" not in cache.values and cache.get("a", lambda: 1) == 1 and cache.get("a", lambda: 2) == 1
