"""Statements run in a process that is ended if DuckDB does not react to an interrupt, and the next statement is answered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql import catalog
from iamsql.model import IamsqlError
from iamsql.runs.store import isolated_connection, worker, worker_process
from iamsql.runs.store.engine import parse_statements
from iamsql.runs.store.isolated_connection import ConnectionLost, IsolatedConnection, isolate_statements
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.limits import LimitExceeded, StatementLimits
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.sandbox import Access, AttachError, Attachment
from iamsql.runs.store.worker_process import current_worker
from tests.minimal_run import make_run
from tests.open_queries import ask

STUCK = (  # DuckDB does not check for an interrupt in these
    "select length(repeat('a', 2000000000))",
    "select length(string_split(repeat('a,', 100000000), ','))",
    "from range(length(repeat('a', 2000000000)))",
    "select regexp_replace(repeat('a', 30000000), '(a)', '\\1\\1\\1\\1\\1\\1\\1\\1', 'g')",
)
ENDLESS = "select count(*) from range(100000000000) where hash(range) = 1"
LIMITS = StatementLimits(60, 2 * 10**9)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "20260301T100000Z-o-1.duckdb")


@pytest.fixture
def connection() -> Iterator[IsolatedConnection]:
    with closing(IsolatedConnection(LIMITS)) as opened:
        yield opened


def is_running(pid: int) -> bool:
    """Return whether a process exists and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Any) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def value(reader: Reader, sql: str) -> Any:
    return ask(reader, catalog.query_from_sql(sql, "SQL")).result.rows[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("statement", STUCK)
def test_a_statement_that_cannot_be_interrupted_ends_with_its_process(run: Path, statement: str) -> None:
    with closing(open_run(run, limits=isolate_statements(0.5, 2 * 10**9))) as reader:
        assert value(reader, "select 1") == 1
        worker = current_worker()
        folder = worker._folder.name
        with pytest.raises(IamsqlError, match=r"for 0\.5 seconds and was stopped"):
            ask(reader, catalog.query_from_sql(statement, "SQL"))
        assert not is_running(worker.pid) and not Path(folder).exists()
        assert value(reader, "select count(*) from aws_iam_user") > 0
        assert current_worker().pid != worker.pid


@pytest.mark.slow
def test_an_interrupted_statement_leaves_the_process(run: Path) -> None:
    with closing(open_run(run, limits=isolate_statements(1, 2 * 10**9))) as reader:
        assert value(reader, "select 1") == 1
        pid = current_worker().pid
        with pytest.raises(IamsqlError, match="for 1 seconds"):
            ask(reader, catalog.query_from_sql(ENDLESS, "SQL"))
        assert value(reader, "select 7") == 7 and current_worker().pid == pid


@pytest.mark.slow
def test_an_interrupt_by_another_thread_is_a_keyboard_interrupt(connection: IsolatedConnection) -> None:
    threading.Timer(0.2, connection.interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        connection.execute(ENDLESS)
    assert connection.execute("select 7").fetchall() == [(7,)]


@pytest.mark.slow
def test_ctrl_c_stops_the_statement(connection: IsolatedConnection) -> None:
    threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        connection.execute(ENDLESS)
    assert connection.execute("select 7").fetchall() == [(7,)]


@pytest.mark.slow
def test_ctrl_c_ends_the_process_of_a_statement_that_cannot_be_interrupted(
    connection: IsolatedConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamsql.runs.store.worker_process.GRACE", 0.2)
    pid = current_worker().pid
    threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        connection.execute(STUCK[0])
    assert not is_running(pid) and connection.is_lost
    with pytest.raises(ConnectionLost, match="Ask again"):
        connection.execute("select 7")


@pytest.mark.slow
def test_the_worker_ends_with_the_process_that_started_it(run: Path) -> None:
    """Also while it executes a statement that cannot be interrupted."""
    code = (
        "import os, sys, threading, time; from pathlib import Path; from iamsql.runs.store.isolated_connection import *\n"
        "from iamsql.runs.store.worker_process import current_worker\n"
        "c = IsolatedConnection(StatementLimits(600))\n"
        "print(current_worker().pid, current_worker()._folder.name, flush=True)\n"
        f"threading.Thread(target=c.execute, args=({STUCK[0]!r},), daemon=True).start(); time.sleep(0.5)\n"
        "os._exit(0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    pid, folder = result.stdout.split()
    wait_for(lambda: not is_running(int(pid)) and not Path(folder).exists())


def test_a_crash_of_the_process_is_an_error_and_the_next_question_is_answered(run: Path) -> None:
    with closing(open_run(run, limits=isolate_statements(60, 2 * 10**9))) as reader:
        assert value(reader, "select 1") == 1
        worker = current_worker()
        os.kill(worker.pid, signal.SIGKILL)
        wait_for(lambda: not worker.is_usable)
        assert value(reader, "select 7") == 7


def test_a_process_that_ended_unnoticed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = threading.Event()

    def receive_late(stream: Any) -> bytes | None:
        message = worker.receive(stream)
        if message is None:
            noticed.wait(60)
        return message

    monkeypatch.setattr(worker_process, "receive", receive_late)
    monkeypatch.setattr(worker_process, "_CURRENT", [])
    ended = current_worker()
    os.kill(ended.pid, signal.SIGKILL)
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    try:
        with closing(IsolatedConnection(StatementLimits(seconds=60))) as connection:
            assert connection.execute("select 1").fetchall() == [(1,)]
    finally:
        noticed.set()
        current_worker().end()


@pytest.mark.slow
def test_temporary_objects_are_created_again(tmp_path: Path) -> None:
    """A file of another version has TEMP views, which are lost with the process."""
    old = make_run(tmp_path / "20260301T100000Z-o-1.duckdb", fingerprint="other")
    with closing(open_run(old, limits=isolate_statements(60, 2 * 10**9))) as reader:
        first = value(reader, "select count(*) from aws_iam_user")
        current_worker().end()
        assert value(reader, "select count(*) from aws_iam_user") == first


def test_results_equal_a_connection_in_this_process(run: Path) -> None:
    sql = (
        "select account_id, i as n, timestamptz '2026-01-01' + to_days(i::int) as t, [i] as l "
        "from iamsql.accounts, range(3000) r(i) order by all"
    )
    opened = [cls(LIMITS, run, ("set threads = 2",)) for cls in (LimitedConnection, IsolatedConnection)]
    try:
        mine, other = (connection.execute(sql) for connection in opened)
        assert mine.fetchmany(3) == other.fetchmany(3)
        assert mine.fetchall() == other.fetchall()
        assert [(name, str(column_type)) for name, column_type, *_ in mine.description] == [
            tuple(x) for x in other.description
        ]
    finally:
        for connection in opened:
            connection.close()


def test_parameters_and_statements_match_duckdb(connection: IsolatedConnection) -> None:
    statements = parse_statements(connection, "select $a + 1; copy (select 1) to 'x.csv'")  # type: ignore[arg-type]
    assert [(s.type, s.query, set(s.named_parameters)) for s in statements] == [
        (duckdb.StatementType.SELECT, "select $a + 1;", {"a"}),
        (duckdb.StatementType.COPY, " copy (select 1) to 'x.csv'", set()),
    ]
    assert connection.execute("select $a, $b", {"a": "é", "b": [1, None]}).fetchall() == [("é", [1, None])]
    assert connection.execute("select ?, ?", [1, "x"]).fetchall() == [(1, "x")]
    with pytest.raises(IamsqlError, match="is not allowed"):
        parse_statements(connection, "set threads = 1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql", "values", "error"),
    [
        ("select nope", None, duckdb.BinderException),
        ("selec", None, duckdb.ParserException),
        ("from nope", None, duckdb.CatalogException),
        ("select 'x'::int", None, duckdb.ConversionException),
        ("select interval '178956970 years'", None, OverflowError),
        ("select $a", {"a": "\udcff"}, duckdb.InvalidInputException),
        ("from read_csv('/etc/passwd')", None, duckdb.PermissionException),
    ],
)
def test_errors_keep_their_type_and_text(connection: IsolatedConnection, sql: str, values: Any, error: Any) -> None:
    errors = []
    for opened in (connection, LimitedConnection(LIMITS)):
        with pytest.raises(error) as caught:
            opened.execute(sql, values).fetchall()
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


def test_the_sandbox_and_the_settings_match_the_options(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n\n7\n", encoding="utf-8")
    access = Access(files=[tmp_path / "new.csv"], read=[tmp_path / "a.csv"])
    with closing(IsolatedConnection(LIMITS, None, ("set threads = 1",), access=access, enabled=())) as opened:
        assert opened.execute("select current_setting('threads')").fetchall() == [(1,)]
        assert opened.execute(f"from read_csv('{tmp_path}/a.csv')").fetchall() == [(7,)]
        opened.execute(f"copy (select 1 as n) to '{tmp_path}/new.csv'")
        with pytest.raises(duckdb.PermissionException):
            opened.execute(f"copy (select 1 as n) to '{tmp_path}/other.csv'")
    with pytest.raises(AttachError) as caught:
        IsolatedConnection(LIMITS, attach=[Attachment(tmp_path / "a.csv", "x")])
    assert caught.value.path == tmp_path / "a.csv" and isinstance(caught.value.error, duckdb.Error)


@pytest.mark.slow
def test_the_memory_limits_hold_in_the_process() -> None:
    with closing(IsolatedConnection(StatementLimits(60, 10**8))) as opened:
        for sql in ("select repeat('x', 1500000000)", "select list(range) from range(200000000)"):
            with pytest.raises(LimitExceeded, match="more than its memory limit of 100 MB"):
                opened.execute(sql).fetchall()
        with pytest.raises(LimitExceeded, match="more than 25 MB"):
            opened.execute("select range, repeat('x', 1000) from range(1000000)").fetchall()
        assert opened.execute("select 7").fetchall() == [(7,)]


def test_a_frozen_application_runs_statements_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with closing(isolated_connection.isolated_connection(LIMITS)) as opened:
        assert isinstance(opened, LimitedConnection)


def test_relative_paths_are_relative_to_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(IsolatedConnection(LIMITS, access=Access(unrestricted=True))) as opened:
        monkeypatch.chdir(tmp_path)
        opened.execute("copy (select 7 as n) to 'here.csv'")
        assert opened.execute("from 'here.csv'").fetchall() == [(7,)]
    assert (tmp_path / "here.csv").exists()


def test_no_module_is_loaded_from_the_folder_of_a_script(tmp_path: Path) -> None:
    for name in ("types", "json", "iamsql", "_duckdb", "uuid"):
        (tmp_path / f"{name}.py").write_text(f"open(r'{tmp_path}/ran', 'w')", encoding="utf-8")
    code = (
        "import sys; from iamsql.runs.store.isolated_connection import *; from contextlib import closing\n"
        f"sys.path.insert(0, r'{tmp_path}'); sys.path.insert(0, '')\n"
        "with closing(IsolatedConnection(StatementLimits(60))) as c: print(c.execute('select 7').fetchall())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path.parent, capture_output=True, text=True, check=False
    )
    assert result.stdout == "[(7,)]\n", result.stderr
    assert not (tmp_path / "ran").exists()
