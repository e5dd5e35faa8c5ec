"""Limits of time and memory: a statement beyond them is an error of two lines, and leaves no files."""

from __future__ import annotations

import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.model import IamsqlError
from iamsql.runs.store.limits import LimitExceeded, StatementLimits, default_memory, parse_memory_size
from iamsql.runs.store.reader import Reader, open_run
from tests.minimal_run import make_run
from tests.open_queries import ask
from tests.runs.store.sandbox_env import is_refused, run_command

ENDLESS = "select count(*) from range(100000000000) where hash(range) = 1"
LARGE = "select range as n, repeat('x', 100) as x from range(1500000) order by hash(n) limit 1 offset 1499999"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    return make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512MB", 512 * 10**6),
        ("2GB", 2 * 10**9),
        ("1.5 gib", 3 * 2**29),
        ("1TiB", 2**40),
        ("100000000", 10**8),
        ("100000KB", 10**8),
    ],
)
def test_sizes_of_memory_are_parsed(text: str, size: int) -> None:
    assert parse_memory_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "x", "2 GB x", "-2GB", "0", "1MB", "2XB", "1e9", "٢GB", "9" * 16 + "TB", "80%", "NaN", "inf", "2GB'; --"],
)
def test_an_invalid_size_is_an_error(run: Path, text: str) -> None:
    with pytest.raises(IamsqlError):
        parse_memory_size(text)
    if text:
        assert is_refused(run_command("query", "select 1", "--memory", text, "--run", str(run)))


@pytest.mark.parametrize("value", ["-1", "nan", "x", "1e9", ""])
def test_an_invalid_time_is_an_error(run: Path, value: str) -> None:
    assert run_command("query", "select 1", "--timeout", value, "--run", str(run)).exit_code == 2


def test_the_default_memory_is_within_that_of_the_machine() -> None:
    assert 0 < default_memory() <= 2 * 10**9 and StatementLimits().memory == default_memory()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["query", "check", "detection", "export"])
def test_each_command_has_the_limits(run: Path, tmp_path: Path, command: str) -> None:
    import duckdb

    with duckdb.connect(str(run)) as con:
        con.execute(f"create view endless as {ENDLESS}")
    kind = "detection" if command == "detection" else "control"
    (tmp_path / "endless.sql").write_text(f"-- title: E\n-- kind: {kind}\n-- severity: low\nselect * from endless")
    args = {
        "query": ["query", "from endless"],
        "export": ["export", str(tmp_path / "out"), "--table", "endless"],
    }.get(command, ["check", "endless", "--queries", str(tmp_path)])
    result = run_command(*args, "--run", str(run), IAMSQL_TIMEOUT="0.3")
    assert (
        result.exit_code == 2
        and "for 0.3 seconds and was stopped.\n" in result.stderr
        and "--timeout SECONDS" in result.stderr
    )
    assert not (tmp_path / "out").exists()


def test_without_a_limit_no_statement_is_interrupted(run: Path) -> None:
    assert run_command("query", "select sleep_ms(700)", "--timeout", "0", "--run", str(run)).exit_code == 0


@pytest.mark.slow
def test_temporary_files_are_in_a_private_folder_that_is_deleted(run: Path, tmp_path: Path) -> None:
    file_names: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            file_names.update(path.name for path in (tmp_path / "temp").rglob("*.tmp"))
            file_names.update(f"beside {path.name}" for path in run.parent.iterdir() if path != run)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with closing(open_run(run, limits=StatementLimits(60, 10**8))) as reader:
            assert len(reader.run(LARGE).rows) == 1
    finally:
        done.set()
        watcher.join()
    assert file_names and not [name for name in file_names if name.startswith("beside")]
    assert not list((tmp_path / "temp").iterdir())


def test_the_memory_of_an_answer_is_limited(run: Path) -> None:
    result = run_command(
        "query", "select range, repeat('x', 1000) from range(1000000)", "--memory", "100MB", "--run", str(run)
    )
    assert is_refused(result) and "COPY" in result.stderr and "25 MB" in result.stderr


@pytest.mark.slow
def test_an_interrupt_by_another_caller_stays_an_interrupt(run: Path) -> None:
    reader: Reader = open_run(run, limits=StatementLimits(60))
    threading.Timer(0.2, reader.interrupt).start()
    with pytest.raises(KeyboardInterrupt), closing(reader):
        reader.run(ENDLESS)


@pytest.mark.slow
def test_a_reader_continues_after_an_interrupted_statement(run: Path) -> None:
    with closing(open_run(run, limits=StatementLimits(0.2, 10**8))) as reader:
        for sql in (ENDLESS, "select repeat('x', 1500000000)"):
            with pytest.raises(IamsqlError, match=r"--timeout|--memory"):
                ask(reader, catalog.query_from_sql(sql, "SQL"))
            assert ask(reader, catalog.query_from_sql("select 7", "SQL")).result.rows == [(7,)]


@pytest.mark.slow
def test_a_statement_that_cannot_be_interrupted_is_abandoned_at_the_limit(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamsql.runs.store.limited_connection.grace", lambda seconds: 0.0)
    messages: list[str] = []
    with (
        closing(open_run(run, limits=StatementLimits(0.1, on_hang=messages.append))) as reader,
        pytest.raises(LimitExceeded),
    ):
        reader.run(ENDLESS)
    assert messages and "0.1 seconds" in messages[0]
