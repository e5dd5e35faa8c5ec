"""Runs are opened with their settings, and the sample organization is collected."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

import iamsql
import iamsql.sync.options
from iamsql.lake.add import add_runs
from iamsql.lake.open_storage import open_storage
from tests.lake.small_runs import sample_lake


class Lines(iamsql.sync.options.Progress):
    """Keeps the lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_a_sync_returns_the_run(tmp_path: Path) -> None:
    with iamsql.collect(demo=True, runs=tmp_path, accounts=["555566667777"], events=["none"]) as run:
        assert run.path.parent == tmp_path
        assert run.query("select distinct account_id from aws_iam_user").rows == [("555566667777",)]
        assert run.metadata.options["accounts"] == ["555566667777"]


@pytest.mark.slow
def test_a_sync_works_where_an_event_loop_runs(tmp_path: Path) -> None:
    async def notebook() -> str:
        with iamsql.collect(demo=True, runs=tmp_path, accounts=["555566667777"], events=["none"]) as run:
            return run.id

    assert asyncio.run(notebook())


@pytest.mark.slow
def test_the_tables_of_a_query_are_collected(tmp_path: Path) -> None:
    options = {"accounts": ["555566667777"], "events": ["none"], "queries": ["analyzer_unused_access"]}
    with iamsql.collect(demo=True, runs=tmp_path, **options) as run:
        assert run.metadata.options["query_tables"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"acounts": ["1"]}, "collect has no option 'acounts'"),
        ({"accounts": ["1"]}, "accounts takes an account ID of 12 digits"),
        ({"start_date": "yesterday"}, "start_date takes a date"),
        ({"tables": ["aws_iam_usr"]}, "aws_iam_usr"),
    ],
)
def test_invalid_options_are_errors(tmp_path: Path, options: dict[str, object], reason: str) -> None:
    with pytest.raises(iamsql.IamsqlError, match=reason):
        iamsql.collect(demo=True, runs=tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_files_can_be_allowed(demo_run: Path, tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_text("name\nann\n", encoding="utf-8")
    with iamsql.open(demo_run, allow_files=True) as run:
        assert run.query(f"from read_csv('{tmp_path}/owners.csv')").rows == [("ann",)]


@pytest.mark.slow
def test_two_runs_with_other_settings_use_one_file_in_turn(demo_run: Path) -> None:
    with iamsql.open(demo_run) as first, iamsql.open(demo_run, allow_files=True) as second:
        assert first.query("select 1").rows == second.query("select 1").rows == first.query("select 1").rows
        assert first.check("root_mfa").columns
        assert first.query("select 2").rows == [(2,)]


def in_threads(number: int, work: Callable[[int], object]) -> list[object]:
    """Return the values of a function for each thread; an error of a thread is raised."""
    with ThreadPoolExecutor(number) as threads:
        started = threading.Barrier(number)
        return list(threads.map(lambda index: (started.wait(), work(index))[1], range(number)))


def ask_twice(timeout: float, **where: Any) -> object:
    with iamsql.open(timeout=timeout, **where) as run:
        return run.query("select count(*) from aws_iam_user").rows, len(run.query("stale_keys", days=30))


def test_several_threads_open_one_run_with_other_settings(demo_run: Path) -> None:
    answers = in_threads(6, lambda index: ask_twice(100 + index, run=demo_run))
    assert len(answers) == 6 and all(answer == answers[0] for answer in answers)


@pytest.mark.slow
def test_several_threads_open_one_lake(demo_run: Path) -> None:
    lake = sample_lake().name
    answers = in_threads(6, lambda index: [ask_twice(100 + index, lake=lake) for _ in range(3)])
    expected = ask_twice(100, run=demo_run)
    assert answers == [[expected] * 3] * 6


def test_a_run_opens_again_after_it_was_closed(demo_run: Path) -> None:
    run = iamsql.open(demo_run)
    run.close()
    assert run.query("select 1").rows == [(1,)]
    run.close()


@pytest.mark.slow
def test_a_file_that_was_replaced_is_read_again(demo_run: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(demo_run, tmp_path))
    with iamsql.open(path) as run:
        before = run.query("select count(*) from aws_iam_user").rows
    other = shutil.copy(demo_run, tmp_path / "other")
    with duckdb.connect(str(other)) as changed:
        changed.execute("delete from aws_iam_user where name like 'a%'")
    Path(other).replace(path)
    with iamsql.open(path) as run:
        assert run.query("select count(*) from aws_iam_user").rows < before


@pytest.mark.slow
def test_a_lake_gives_the_rows_of_the_run(demo_run: Path, tmp_path: Path) -> None:
    add_runs(open_storage(str(tmp_path / "lake")), [demo_run], lambda line: None)
    with iamsql.open(lake=str(tmp_path / "lake")) as lake, iamsql.open(demo_run) as run:
        assert lake.query("stale_keys").rows == run.query("stale_keys").rows


def test_a_file_that_is_not_a_run_is_an_error_at_once(tmp_path: Path) -> None:
    file = tmp_path / "users.txt"
    file.write_text("root:x:0:0\n")
    with pytest.raises(iamsql.IamsqlError, match=r"users\.txt cannot be read as a run"):
        iamsql.open(file)
    with pytest.raises(iamsql.IamsqlError, match="There is no file"):
        iamsql.open(tmp_path / "nothing.duckdb")
