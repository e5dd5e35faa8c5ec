"""The DuckDB 1.4 client reads a run file: every table and macro, the comments, and two runs that are attached at once.

The older client is installed into a venv under build/, once. The tests are skipped where it cannot be installed.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql import catalog
from iamsql.schema.compiler import columns
from iamsql.schema.registry import all_tables
from iamsql.sync import Options, sync
from iamsql.sync.options import SilentProgress
from tests.conftest import DAY
from tests.fake_aws import FakeAws

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
OLDER = ("duckdb==1.4.*", "pytz")  # the 1.x client hands out times through pytz
ASKED = """
import json, sys
import duckdb
con = duckdb.connect(*json.loads(sys.argv[1]))
con.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
answers = [con.execute(statement).fetchall() for statement in json.loads(sys.stdin.read())]
print(json.dumps([duckdb.__version__, answers], default=str))
"""


@pytest.fixture(scope="session")
def older() -> Path:
    """Give the Python of a venv that has the DuckDB 1.4 client, made where there is none yet."""
    home = ROOT / "build" / "duckdb-1.4"
    python, ready = home / "bin" / "python", home / ".ready"
    home.parent.mkdir(exist_ok=True)
    with (home.parent / "duckdb-1.4.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *OLDER]
            for command in ([sys.executable, "-m", "venv", "--clear", str(home)], install):
                done = subprocess.run(command, capture_output=True, text=True, timeout=300)
                if done.returncode:
                    pytest.skip(f"the DuckDB 1.4 client cannot be installed: {done.stderr.strip()[-200:]}")
            ready.touch()
    return python


def by_older(python: Path, statements: list[str], *connect: Any) -> list[list[list[Any]]]:
    """Ask with the older client; `connect` is what its connect takes."""
    command = [str(python), "-I", "-c", ASKED, json.dumps(connect)]
    done = subprocess.run(command, input=json.dumps(statements), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    version, answers = json.loads(done.stdout)
    assert version.startswith("1.4."), version
    return list(answers)


def by_present(path: Path, statements: list[str]) -> list[list[list[Any]]]:
    """Ask with the client that iamsql has, values spelled the same way."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        answers = [con.execute(statement).fetchall() for statement in statements]
    spelled = json.loads(json.dumps(answers, default=str))
    return list(spelled)


@pytest.fixture(scope="module")
def second_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a second run of the organization, of users only."""
    options = Options(runs=tmp_path_factory.mktemp("second"), demo=True, tables=("aws_iam_user",), events=("none",))
    outcome = sync(options, SilentProgress(), FakeAws(DAY))
    assert outcome.path is not None
    return outcome.path


def test_the_older_client_reads_every_table_as_the_present_one_does(demo_run: Path, older: Path) -> None:
    statements = [f'select * from "{name}" order by all' for name in sorted(all_tables())]
    statements += [
        f"select count(*) from iamsql.{name}"
        for name in ("run", "accounts", "coverage", "queries", "api_calls", "gaps")
    ]
    assert by_older(older, statements, str(demo_run), True) == by_present(demo_run, statements)


def test_the_older_client_runs_every_shipped_query_as_a_macro(demo_run: Path, older: Path) -> None:
    shelf = [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]
    given = {"integer": "30", "text": "'x'", "boolean": "true", "json": "'[]'"}
    calls = [
        f"{query.macro}({', '.join(f'{one.name} := {given[one.type]}' for one in query.params if one.required)})"
        for query in shelf
    ]
    statements = [f"select * from {call}" for call in calls]
    older_says, present = by_older(older, statements, str(demo_run), True), by_present(demo_run, statements)
    assert not [call for call, old, new in zip(calls, older_says, present, strict=True) if old != new]
    assert len(older_says[calls.index("stale_keys()")]) > 5


def test_macros_take_arguments_and_compose_in_the_older_client(demo_run: Path, older: Path) -> None:
    statements = [
        "select count(*) from stale_keys(days := 10000, idle_days := 10000)",
        "select account_id, count(*) from stale_keys(days := 30) group by all order by all",
        "select as_of()",
    ]
    none, some, when = by_older(older, statements, str(demo_run), True)
    assert none == [[0]] and len(some) > 3 and when == [["2026-03-02 12:00:00+00:00"]]


COMMENTS = [
    "select table_name, comment from duckdb_tables() where schema_name = 'main' union all "
    "select view_name, comment from duckdb_views() where not internal and schema_name = 'main' order by all",
    "select table_name, column_name, comment from duckdb_columns() where schema_name = 'main' and not internal order by all",
]


def test_comments_are_there_in_the_older_client(demo_run: Path, older: Path) -> None:
    tables, described = by_older(older, COMMENTS, str(demo_run), True)
    assert dict(map(tuple, tables)) == {name: table.about for name, table in all_tables().items()}
    wanted = {(name, one.name): one.about for name, table in all_tables().items() for one in columns(table)}
    assert {(table, column): comment for table, column, comment in described} == wanted


LOOKS = [  # what a client such as DBeaver asks to draw its tree: through JDBC's metadata and the catalogue functions
    "select catalog_name, schema_name from information_schema.schemata where catalog_name = 'run' order by all",
    "select table_schema, table_name, table_type from information_schema.tables where table_catalog = 'run' order by all",
    "select table_schema, table_name, column_name, ordinal_position, is_nullable, data_type from information_schema.columns "
    "where table_catalog = 'run' order by all",
    "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where database_name = 'run' "
    "order by all",
    "select schema_name, view_name, sql is not null from duckdb_views() where database_name = 'run' and not internal order by all",
    "select constraint_type from duckdb_constraints() where database_name = 'run'",
    "select index_name from duckdb_indexes() where database_name = 'run'",
    "select function_name from duckdb_functions() where database_name = 'run' and function_type = 'table_macro' order by all",
    "select database_name, readonly from duckdb_databases() where database_name = 'run'",
]


def test_a_client_that_attaches_it_read_only_and_looks_around_sees_everything(demo_run: Path, older: Path) -> None:
    attach = f"attach '{demo_run}' as run (read_only)"
    by_1_4 = by_older(older, [attach, *LOOKS], ":memory:")[1:]
    with duckdb.connect() as con:
        con.execute(attach)
        present = json.loads(json.dumps([con.execute(statement).fetchall() for statement in LOOKS], default=str))
    for old, new in zip(by_1_4[:3], present[:3], strict=True):
        assert old == new
    for seen in (by_1_4, present):
        assert {"main", "raw", "iamsql"} <= {schema for _, schema in seen[0]}
        assert {name for schema, name, _ in seen[1] if schema == "main"} == set(all_tables())
        user = [column for schema, table, column, *_ in seen[2] if (schema, table) == ("main", "aws_iam_user")]
        assert sorted(user) == sorted(one.name for one in columns(all_tables()["aws_iam_user"]))
        assert all(comment for schema, *_, comment in seen[3] if schema == "main")
        assert ["stale_keys"] in seen[7] and seen[8] == [["run", True]]


def test_two_runs_stand_beside_each_other(demo_run: Path, second_run: Path, older: Path) -> None:
    statements = [
        f"attach '{demo_run}' as new (read_only)",
        f"attach '{second_run}' as old (read_only)",
        "select count(*) from new.aws_iam_user n join old.aws_iam_user o using (account_id, arn)",
        "select count(*) from new.aws_iam_user n anti join old.aws_iam_user o using (account_id, arn)",
        "select (select run_id from new.iamsql.run) <> (select run_id from old.iamsql.run)",
        "use new",
        "select count(*) > 5 from stale_keys()",
        "select as_of()",
    ]
    with duckdb.connect() as con:
        present = json.loads(json.dumps([con.execute(statement).fetchall() for statement in statements], default=str))
    for seen in (by_older(older, statements, ":memory:"), present):
        assert seen[2][0][0] > 40 and seen[3] == [[0]] and seen[4] == [[True]] and seen[6] == [[True]]
    assert not list(demo_run.parent.glob("*.wal"))


def test_who_reads_does_not_keep_others_from_reading(demo_run: Path, older: Path) -> None:
    with duckdb.connect(str(demo_run), read_only=True) as con:
        con.execute("from aws_iam_user")
        assert by_older(older, ["select count(*) > 0 from aws_iam_user"], str(demo_run), True) == [[[True]]]
