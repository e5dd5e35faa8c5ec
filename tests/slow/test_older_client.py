"""The DuckDB 1.4 client reads a run file: every table and macro, the comments, and two runs that are attached at once.

The older client is installed into a virtual environment in build/, once. The tests are skipped where it cannot be installed.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql import catalog
from iamsql.sqltext import literal
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from iamsql.tables.compiler.compiler import columns
from iamsql.tables.registry import all_tables
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.queries.test_queries import required_arguments
from tests.slow.venvs import CannotInstallError, venv_python

pytestmark = pytest.mark.slow
PACKAGES = ("duckdb==1.4.*", "pytz")  # the 1.x client needs pytz for times
PROGRAM = """
import json, sys
import duckdb
con = duckdb.connect(*json.loads(sys.argv[1]))
con.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
answers = [con.execute(statement).fetchall() for statement in json.loads(sys.stdin.read())]
print(json.dumps([duckdb.__version__, answers], default=str))
"""


@pytest.fixture(scope="session")
def older_python() -> Path:
    """Return the Python of a virtual environment with the DuckDB 1.4 client."""
    try:
        return venv_python(*PACKAGES)
    except CannotInstallError as error:
        pytest.skip(f"the DuckDB 1.4 client cannot be installed: {error}")


def rows_of_older_client(python: Path, statements: list[str], *connect: Any) -> list[list[list[Any]]]:
    """Return the rows of statements, from the older client; `connect` are the arguments of its connect."""
    command = [str(python), "-I", "-c", PROGRAM, json.dumps(connect)]
    result = subprocess.run(command, input=json.dumps(statements), capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr[-2000:]
    version, answers = json.loads(result.stdout)
    assert version.startswith("1.4."), version
    return list(answers)


def rows_of_current_client(path: Path, statements: list[str]) -> list[list[list[Any]]]:
    """Return the rows of statements, from iamsql's client, with values in the same form."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        answers = [con.execute(statement).fetchall() for statement in statements]
    spelled = json.loads(json.dumps(answers, default=str))
    return list(spelled)


@pytest.fixture(scope="module")
def second_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a second run of the organization, with users alone."""
    options = Options(runs=tmp_path_factory.mktemp("second"), demo=True, tables=("aws_iam_user",), events=("none",))
    outcome = sync(options, Progress(), FakeAws(DAY))
    assert outcome.path is not None
    return outcome.path


def test_the_older_client_reads_each_table_as_the_current_one_does(demo_run: Path, older_python: Path) -> None:
    statements = [f'select * from "{name}" order by all' for name in sorted(all_tables())]
    statements += [
        f"select count(*) from iamsql.{name}"
        for name in ("run", "accounts", "coverage", "queries", "api_calls", "gaps")
    ]
    assert rows_of_older_client(older_python, statements, str(demo_run), True) == rows_of_current_client(
        demo_run, statements
    )


def test_the_older_client_runs_each_shipped_query_as_a_macro(demo_run: Path, older_python: Path) -> None:
    queries = [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]
    calls = [
        f"{query.macro}({', '.join(f'{name} := {literal(str(value))}' for name, value in required_arguments(query).items())})"
        for query in queries
    ]
    statements = [f"select * from {call}" for call in calls]
    older_says, present = (
        rows_of_older_client(older_python, statements, str(demo_run), True),
        rows_of_current_client(demo_run, statements),
    )
    assert not [call for call, old, new in zip(calls, older_says, present, strict=True) if old != new]
    assert len(older_says[calls.index("stale_keys()")]) > 5


def test_macros_take_arguments_and_compose_in_the_older_client(demo_run: Path, older_python: Path) -> None:
    statements = [
        "select count(*) from stale_keys(days := 10000, unused_days := 10000)",
        "select account_id, count(*) from stale_keys(days := 30) group by all order by all",
        "select as_of()",
    ]
    none, some, when = rows_of_older_client(older_python, statements, str(demo_run), True)
    assert none == [[0]] and len(some) > 3 and when == [["2026-03-02 12:00:00+00:00"]]


COMMENTS = [
    "select table_name, comment from duckdb_tables() where schema_name = 'main' union all "
    "select view_name, comment from duckdb_views() where not internal and schema_name = 'main' order by all",
    "select table_name, column_name, comment from duckdb_columns() where schema_name = 'main' and not internal order by all",
]


def test_the_older_client_shows_comments(demo_run: Path, older_python: Path) -> None:
    tables, described = rows_of_older_client(older_python, COMMENTS, str(demo_run), True)
    assert dict(map(tuple, tables)) == {name: table.about for name, table in all_tables().items()}
    expected = {(name, column.name): column.about for name, table in all_tables().items() for column in columns(table)}
    assert {(table, column): comment for table, column, comment in described} == expected


LOOKS = [  # the metadata queries of clients such as DBeaver: JDBC's and the catalog functions
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


def test_a_client_that_attaches_the_file_read_only_can_list_everything(demo_run: Path, older_python: Path) -> None:
    attach = f"attach '{demo_run}' as run (read_only)"
    by_1_4 = rows_of_older_client(older_python, [attach, *LOOKS], ":memory:")[1:]
    with duckdb.connect() as con:
        con.execute(attach)
        present = json.loads(json.dumps([con.execute(statement).fetchall() for statement in LOOKS], default=str))
    for old, new in zip(by_1_4[:3], present[:3], strict=True):
        assert old == new
    for results in (by_1_4, present):
        assert {"main", "raw", "iamsql"} <= {schema for _, schema in results[0]}
        assert {name for schema, name, _ in results[1] if schema == "main"} == set(all_tables())
        user = [column for schema, table, column, *_ in results[2] if (schema, table) == ("main", "aws_iam_user")]
        assert sorted(user) == sorted(column.name for column in columns(all_tables()["aws_iam_user"]))
        assert all(comment for schema, *_, comment in results[3] if schema == "main")
        assert ["stale_keys"] in results[7] and results[8] == [["run", True]]


def test_two_runs_can_be_attached_at_once(demo_run: Path, second_run: Path, older_python: Path) -> None:
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
    for results in (rows_of_older_client(older_python, statements, ":memory:"), present):
        assert results[2][0][0] > 40 and results[3] == [[0]] and results[4] == [[True]] and results[6] == [[True]]
    assert not list(demo_run.parent.glob("*.wal"))


def test_a_reader_does_not_block_other_readers(demo_run: Path, older_python: Path) -> None:
    with duckdb.connect(str(demo_run), read_only=True) as con:
        con.execute("from aws_iam_user")
        assert rows_of_older_client(older_python, ["select count(*) > 0 from aws_iam_user"], str(demo_run), True) == [
            [[True]]
        ]
