"""An edited run file whose views, macros or types replace objects of iamsql or DuckDB is not trusted.

A sync looks for events in each run of the folder, so such a file is opened without a command that names it."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import copyfile
from typing import Any

import duckdb
import pytest

from iamsql.check.diff.attach import RunPair
from iamsql.model import IamsqlError
from iamsql.runs.store import functions
from iamsql.runs.store.limits import LimitExceeded, StatementLimits
from iamsql.runs.store.reader import open_run
from iamsql.sync import collection
from tests.minimal_run import make_run
from tests.runs.store.sandbox_env import CANARY, is_refused, run_command
from tests.sync.cloudtrail.test_reuse import sync_again
from tests.sync.syncs import SyncedRun

ROOT = Path(__file__).parents[3]
LOOKED_UP = "cloudtrail_lookup_events"
ENDLESS = "select count(*)::varchar from range(100000000000) where hash(range) = 1"
ITEMS = "select item::varchar from raw.cloudtrail_lookup_events"
REUSED = "select count(*) from iamsql.event_coverage where reused_from is not null"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> SyncedRun:
    """Return a run of one week before."""
    return sync_again(tmp_path_factory.mktemp("earlier"), 7, trail=None)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write a small run."""
    return make_run(tmp_path / "20260301T100000Z-o-1.duckdb")


@pytest.fixture
def endless(small: Path, tmp_path: Path) -> Path:
    """Write a run with a table whose query never ends."""
    select = f"select * replace (({ENDLESS}) as name) from main.before"
    return altered(small, tmp_path / "altered", *replaced("main.aws_iam_user", select))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Write a file that no SQL may read."""
    path = tmp_path / "secret.txt"
    path.write_text(CANARY)
    return path


def altered(run: Path, folder: Path, *statements: str) -> Path:
    """Copy a run into a folder, and execute statements on the copy without a sandbox."""
    folder.mkdir(exist_ok=True)
    copy = folder / run.name
    copyfile(run, copy)
    with duckdb.connect(str(copy)) as con:
        for statement in statements:
            con.execute(statement)
    return copy


def replaced(table: str, select: str) -> tuple[str, str]:
    """Return statements that replace a table by a view; `select` reads the table as `before`."""
    schema, _, name = table.partition(".")
    return f'alter table {schema}."{name}" rename to before', f'create view {schema}."{name}" as {select}'


def raw_view(content: str) -> tuple[str, str]:
    """Return statements that replace the look-up events by a view with the given content as items."""
    item = f"json_object('EventTime', item ->> '$.EventTime', 'stolen', {content})"
    return replaced(f"raw.{LOOKED_UP}", f"select account_id, region, bound, {item} as item, synced_at from raw.before")


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Listen on a port; yield its address and the requests that arrive."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.requestline)
            self.send_error(404)

        do_HEAD = do_GET
        do_CONNECT = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


def texts(run: SyncedRun) -> str:
    """Return all values of the events of a run as text."""
    return "\n".join(text for (text,) in run.rows(ITEMS))


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        "(select content from read_text('{secret}'))",
        "(select content::varchar from read_blob('{secret}'))",
        "(select column0 from read_csv('{secret}', header = false))",
    ],
)
def test_a_sync_reads_no_file_through_a_view_of_an_earlier_run(
    earlier: SyncedRun, tmp_path: Path, secret: Path, content: str
) -> None:
    altered(earlier.path, tmp_path / "runs", *raw_view(content.format(secret=secret)))
    run = sync_again(tmp_path / "runs", trail=None)
    assert CANARY not in texts(run) and run.rows(
        "select count(*) from iamsql.event_coverage where reused_from is not null"
    ) == [(0,)]
    assert run.rows("select count(*) > 0 from raw.cloudtrail_lookup_events") == [(True,)]  # it was requested instead


@pytest.mark.slow
def test_a_sync_connects_to_no_server_through_an_earlier_run(
    earlier: SyncedRun, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where DuckDB keeps extensions
    with listening() as (address, requests):
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv("http_proxy", address)
        view = raw_view("(select content from read_text(place()))")
        macro = "create or replace macro place() as"
        altered(earlier.path, tmp_path / "runs", f"{macro} '{secret}'", *view, f"{macro} '{address}/x.json'")
        run = sync_again(tmp_path / "runs", trail=None)
    assert requests == [] and not (tmp_path / ".duckdb").exists()
    assert run.result.gaps == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "statements",
    [
        [f"drop table raw.{LOOKED_UP}"],
        [f"alter table raw.{LOOKED_UP} drop column item"],
        [f"alter table raw.{LOOKED_UP} alter item type varchar"],
        ["drop table iamsql.event_coverage"],
        ["alter table iamsql.event_coverage drop column look_up"],
        ["drop table iamsql.coverage"],
        [*replaced("iamsql.event_coverage", f"select * replace (({ENDLESS}) as status) from iamsql.before")],
        [*replaced("iamsql.coverage", f"select * replace (({ENDLESS}) as status) from iamsql.before")],
    ],
)
def test_a_sync_continues_without_the_events_of_an_edited_run(
    earlier: SyncedRun, tmp_path: Path, statements: list[str]
) -> None:
    dropped = "drop view if exists iamsql.api_calls; drop view if exists iamsql.gaps"
    altered(earlier.path, tmp_path / "runs", *(f"{dropped}; {statement}" for statement in statements))
    run = sync_again(tmp_path / "runs", trail=None)
    assert run.result.gaps == 0
    assert run.rows(REUSED) == [(0,)]


@pytest.mark.slow
def test_macros_of_an_earlier_run_change_no_event(earlier: SyncedRun, tmp_path: Path) -> None:
    altered(
        earlier.path, tmp_path / "altered", "create macro main.\"||\"(a, b) as 'x'", 'create macro "->>"(a, b) as null'
    )
    altered(earlier.path, tmp_path / "plain")
    runs = [sync_again(tmp_path / name, trail=None) for name in ("altered", "plain")]
    assert runs[0].rows(REUSED) > [(0,)]
    assert runs[0].rows(ITEMS) == runs[1].rows(ITEMS)


def test_a_generated_column_is_not_copied(earlier: SyncedRun, tmp_path: Path) -> None:
    altered(
        earlier.path,
        tmp_path / "runs",
        f'alter table raw."{LOOKED_UP}" rename to before',
        f"""create table raw."{LOOKED_UP}" (account_id varchar, region varchar, bound json, synced_at timestamptz,
            item json generated always as (json_object('stolen', version())))""",
        f'insert into raw."{LOOKED_UP}" select account_id, region, bound, synced_at from raw.before',
    )
    run = sync_again(tmp_path / "runs", trail=None)
    assert "stolen" not in texts(run) and run.result.gaps == 0


@pytest.mark.slow
def test_an_earlier_run_replaced_during_a_sync_affects_only_its_events(
    earlier: SyncedRun, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file changes after it was checked: its events are a gap with a reason, and all else is read."""
    runs = tmp_path / "runs"
    path = altered(earlier.path, runs)
    copying: Callable[..., Any] = collection.copy_events

    def late(*args: Any) -> Any:
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 100_000)
        return copying(*args)

    monkeypatch.setattr(collection, "copy_events", late)
    run = sync_again(runs, trail=None)
    lost = "select distinct status, error_code from iamsql.coverage where operation = 'LookupEvents' and error_code = 'not_reused'"
    assert run.rows(lost) == [("partial", "not_reused")] and run.result.gaps > 0
    [(message,)] = run.rows("select distinct error_message from iamsql.coverage where error_code = 'not_reused'")
    assert message.startswith(f"Events until 2026-02-23 are missing: run {path.stem} cannot be read any more: ")
    assert any(f"run {path.stem} cannot be read any more" in line for line in run.result.lines)
    assert run.rows(REUSED) == [(0,)]
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("incomplete",)]
    assert run.rows("select count(*) > 0 from raw.iam_list_users") or run.rows("select count(*) > 0 from iamsql.events")


FUNCTIONS = (
    "json_serialize_sql(x) as 'not json'",
    'json_serialize_sql(x) as \'{"statements":[{"node":{}}]}\'',
    f"json_serialize_sql(x) as '{'[' * 100_000}'",
    "count(x) as 0",
    "count_star() as 0",
    "list_contains(a, b) as false",
    "iamsql_unlike.\"||\"(a, b) as 'x'",
    '"->>"(a, b) as null',
    "duckdb_views() as table select 1 as a",
    "duckdb_tables() as table select 'iamsql' as schema_name, 'run' as table_name",
    "LOWER(x) as 'x'",
)


@pytest.mark.slow
@pytest.mark.parametrize("macro", FUNCTIONS)
def test_a_file_whose_macros_replace_functions_is_an_error(small: Path, tmp_path: Path, macro: str) -> None:
    path = altered(small, tmp_path / "altered", "create schema iamsql_unlike", f"create macro {macro}")
    for args in (
        ("query", "select * from aws_iam_user", "--run", str(path)),
        ("query", "select * from aws_iam_user", "--run", path, "--explain"),
        ("check", "cis_v7.0", "--run", str(path)),
        ("export", str(tmp_path / "out"), "--run", str(path)),
        ("runs", "show", str(path)),
        ("tables", "--run", str(path)),
        ("diff", str(small), str(path)),
        ("diff", str(path), str(small)),
        ("runs", "trend", "stale_keys", "--run", str(path)),
    ):
        result = run_command(*args)
        assert is_refused(result) and "has the name of a function of DuckDB" in result.stderr, (args, result.output)


@pytest.mark.slow
def test_a_file_whose_type_replaces_one_of_duckdb_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "others.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create type json as integer; create table t as select 1 as a")
    result = run_command("query", "from t", "--run", str(path))
    assert is_refused(result) and "its type json has the name of a type of DuckDB" in result.stderr


@pytest.mark.slow
def test_a_check_without_memory_is_repeated(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_functions, calls = functions.list_functions, []

    def starved(path: Path, connection: duckdb.DuckDBPyConnection) -> functions.Functions:
        calls.append(threading.current_thread())
        if len(calls) == 1:
            raise duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB (95.3 MiB/95.3 MiB used)")
        return list_functions(path, connection)

    monkeypatch.setattr(functions, "list_functions", starved)
    hog = "select string_agg(repeat('x', 1000), '') from range(100000000)"
    result = run_command("query", hog, "--run", str(small), "--timeout", "30", "--memory", "100MB")
    assert is_refused(result) and "--memory" in result.stderr.splitlines()[1], result.stderr
    assert len(calls) == 2 and calls[0] is not calls[1]

    calls.clear()
    path = altered(small, small.with_name("starved"), "create macro lower(a) as 'x'")
    result = run_command("query", "from aws_iam_user", "--run", str(path))
    assert is_refused(result) and "has the name of a function of DuckDB" in result.stderr


def test_an_answer_lists_the_functions_of_its_file_once(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of overrides, the table macros and the aggregate functions of a statement need one list."""
    path = altered(small, tmp_path / "altered", "create macro users() as table select * from aws_iam_user")
    list_functions, calls = functions.list_functions, []

    def counted(path: Path, connection: duckdb.DuckDBPyConnection) -> functions.Functions:
        calls.append(path)
        return list_functions(path, connection)

    for module in ("functions", "reader", "attached", "writer"):
        monkeypatch.setattr(f"iamsql.runs.store.{module}.list_functions", counted)
    result = run_command("query", "select count(*) as n from users()", "--run", str(path), "-o", "csv")
    assert result.exit_code == 0 and result.stdout.startswith("n\n") and calls == [path]


def test_a_file_with_macros_of_its_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "others.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create macro twice(x) as x * 2; create type mood as enum ('sad', 'happy'); create table t as select 1 as a"
        )
    result = run_command("query", "select twice(a) as b, 'sad'::mood as m from t", "--run", str(path), "-o", "csv")
    assert result.exit_code == 0 and result.stdout == "b,m\n2,sad\n"


@pytest.mark.parametrize("name", ["run", "accounts", "coverage", "queries", "table_calls"])
def test_a_run_with_a_view_instead_of_its_table_is_an_error(small: Path, tmp_path: Path, name: str) -> None:
    path = altered(
        small,
        tmp_path / "altered",
        "drop view if exists iamsql.api_calls; drop view if exists iamsql.gaps",
        *replaced(f"iamsql.{name}", "select * from iamsql.before"),
    )
    result = run_command("query", "from aws_iam_user", "--run", str(path))
    assert is_refused(result) and f"it has no table iamsql.{name}" in result.stderr


@pytest.mark.parametrize(
    "error", [duckdb.InvalidInputException("Invalid unicode"), ValueError("x"), RecursionError("x")]
)
def test_a_damaged_file_is_a_line_with_its_name(small: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("iamsql.runs.store.referenced_tables.ReferencedTables.tables_referenced", fail)
    result = run_command("query", "from aws_iam_user", "--run", str(small))
    assert is_refused(result) and f"{small} cannot be read as a run" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("started_at = 'infinity'::timestamptz", "its started_at is not a time"),
        ("organization_id = repeat('x', 100000)", "its organization_id has more than"),
    ],
)
def test_the_metadata_of_a_run_has_limits(small: Path, tmp_path: Path, change: str, message: str) -> None:
    path = altered(small, tmp_path / "altered", f"update iamsql.run set {change}")
    for args in (("query", "from aws_iam_user", "--run", str(path)), ("diff", str(small), str(path))):
        done = run_command(*args)
        assert is_refused(done) and message in done.stderr
    result = run_command("runs", "list", "--runs", str(path.parent))
    assert result.exit_code == 0 and message in result.stdout and len(result.stdout) < 5000


@pytest.mark.slow
def test_diff_stops_at_its_limits(small: Path, endless: Path) -> None:
    with closing(RunPair(small, endless, StatementLimits(seconds=1))) as pair, pytest.raises(LimitExceeded):
        pair.run("from new_file.main.aws_iam_user")
    result = run_command("diff", str(small), str(endless), IAMSQL_TIMEOUT="1")
    assert is_refused(result) and "was stopped" in result.stderr, result.output


@pytest.mark.slow
def test_trend_stops_at_its_limits(endless: Path) -> None:
    options = ("--run", str(endless), "--runs", str(endless.parent), "--timeout", "1", "-o", "csv")
    result = run_command("runs", "trend", "select name from aws_iam_user", *options)
    assert result.exit_code == 0 and "was stopped" in result.stdout, result.output


def test_a_write_ahead_log_next_to_a_finished_run_is_an_error(tmp_path: Path) -> None:
    path = make_run(tmp_path / "20260301T100000Z-o-1.duckdb")
    assert run_command("query", "select 1 as a", "--run", str(path)).exit_code == 0
    path.with_name(f"{path.name}.wal").write_bytes(b"")
    result = run_command("query", "select 1 as a", "--run", str(path))
    assert is_refused(result) and ".wal" in result.stderr


def opening_calls(path: Path) -> Iterator[str]:
    """Return the calls of duckdb.connect and the SQL that attaches databases in a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if (
                node.func.attr in ("connect", "default_connection")
                and isinstance(owner, ast.Name)
                and owner.id == "duckdb"
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.func.attr}"
        if isinstance(node, ast.ImportFrom) and node.module == "duckdb":
            yield f"{path.relative_to(ROOT)}:{node.lineno} from duckdb"
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if re.search(r"(^|;)\s*attach\s+($|')", text, re.IGNORECASE):
            yield f"{path.relative_to(ROOT)}:{node.lineno} attach"


@pytest.mark.slow
def test_one_module_opens_databases() -> None:
    calls = [call for path in sorted((ROOT / "iamsql").rglob("*.py")) for call in opening_calls(path)]
    assert {call.partition(":")[0] for call in calls} == {"iamsql/runs/store/sandbox.py"}
    assert sorted(call.rpartition(" ")[2] for call in calls) == ["attach", "attach", "connect"]


@pytest.mark.parametrize(
    "setting", ["enable_external_access", "autoload_known_extensions", "autoinstall_known_extensions"]
)
def test_an_open_run_is_closed(tmp_path: Path, setting: str) -> None:
    path = make_run(tmp_path / "20260301T100000Z-o-1.duckdb")
    with closing(open_run(path)) as reader:
        assert reader.run(f"select current_setting('{setting}') as value").rows == [(False,)]
        with pytest.raises(IamsqlError, match="not allowed"):
            reader.run(f"set {setting} = true")
