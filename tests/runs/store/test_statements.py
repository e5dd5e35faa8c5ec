"""No SQL reads, writes, loads, attaches or sets anything, in any form of input; statements.tsv lists the tested statements."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from iamsql.runs.store.sandbox import SANDBOX
from tests.minimal_run import make_run
from tests.runs.store.sandbox_env import CANARY, SandboxFolder, is_refused, make_sandbox_folder, run_command, statements
from tests.tiers import slow_but_every

REFUSED, HARMLESS, STOPPED = statements("refused"), statements("harmless"), statements("stopped")
QUERY = re.compile(r"(select|from|with|values|pivot|describe|summarize)\b", re.IGNORECASE)
QUERIES = [
    statement for statement in REFUSED if QUERY.match(statement) and ";" not in statement and " copy " not in statement
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> SandboxFolder:
    return make_sandbox_folder(tmp_path_factory.mktemp("ground"))


def refused(sandbox: SandboxFolder, *args: str) -> bool:
    """Return whether a command failed with an error and changed no file."""
    before = sandbox.state()
    result = run_command(*args, "--run", str(sandbox.run))
    assert is_refused(result), result.output + repr(result.exception)
    assert sandbox.state() == before
    return True


def test_the_table_has_many_statements() -> None:
    assert len(set(REFUSED)) >= 150 and len(set(STOPPED)) >= 19 and len(QUERIES) >= 60


@pytest.mark.parametrize("statement", slow_but_every(6, REFUSED))
def test_a_typed_statement_is_not_allowed(sandbox: SandboxFolder, statement: str) -> None:
    assert refused(sandbox, "query", sandbox.spelled(statement) + " ")


@pytest.mark.parametrize(("index", "statement"), slow_but_every(10, enumerate(REFUSED)))
def test_a_statement_in_a_file_is_not_allowed(
    sandbox: SandboxFolder, tmp_path: Path, index: int, statement: str
) -> None:
    (tmp_path / "it.sql").write_text(f"-- title: It\n{sandbox.spelled(statement)}")
    by_name = ("it", "--queries", str(tmp_path))
    assert refused(sandbox, "query", *(by_name if index % 2 else (str(tmp_path / "it.sql"),)))


@pytest.mark.parametrize(
    "statement", slow_but_every(10, [statement for statement in REFUSED if not statement.startswith("from glob(")])
)
def test_a_statement_in_postgres_dialect_is_not_allowed(sandbox: SandboxFolder, statement: str) -> None:
    assert refused(sandbox, "query", sandbox.spelled(statement) + " ", "--dialect", "postgres")


@pytest.mark.parametrize("statement", slow_but_every(10, QUERIES))
def test_a_statement_inside_copy_is_not_allowed(sandbox: SandboxFolder, tmp_path: Path, statement: str) -> None:
    assert refused(sandbox, "query", f"copy ({sandbox.spelled(statement)}) to '{tmp_path}/out.csv'")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["control", "detection"])
def test_a_control_or_detection_with_the_statement_is_not_allowed(
    sandbox: SandboxFolder, tmp_path: Path, kind: str
) -> None:
    for index, statement in enumerate(QUERIES):
        text = f"-- title: It\n-- kind: {kind}\n-- severity: low\n{sandbox.spelled(statement)}"
        (tmp_path / f"way_{index}.sql").write_text(text)
    before = sandbox.state()
    names = [f"way_{index}" for index in range(len(QUERIES))]
    result = run_command("check", *names, "--queries", str(tmp_path), "--run", str(sandbox.run), "-o", "json")
    assert result.exit_code == 2 and CANARY not in result.output
    assert {name for name in names if f"Error: {tmp_path / name}.sql: " in result.stderr} == set(names)
    assert sandbox.state() == before


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> SandboxFolder:
    """Create a folder whose run has each query as a macro, created without a sandbox."""
    sandbox = make_sandbox_folder(tmp_path_factory.mktemp("hostile"))
    with duckdb.connect(str(sandbox.run), config=dict(SANDBOX)) as con:
        for index, statement in enumerate(QUERIES):
            with suppress(duckdb.Error):  # statements that DuckDB accepts in no macro are tested as well
                con.execute(f"create macro way_{index}() as table {sandbox.spelled(statement)}")
    return sandbox


@pytest.mark.parametrize("index", slow_but_every(10, range(len(QUERIES))))
def test_a_macro_of_a_hostile_file_with_the_statement_is_not_allowed(hostile: SandboxFolder, index: int) -> None:
    assert refused(hostile, "query", f"from way_{index}()")


def test_most_queries_became_macros(hostile: SandboxFolder) -> None:
    with duckdb.connect(str(hostile.run), read_only=True) as con:
        row = con.execute("select count(*) from duckdb_functions() where function_name like 'way_%'").fetchone()
    assert row and row[0] > 40


@pytest.mark.parametrize(
    "name",
    slow_but_every(2, ["iamsql.coverage", "iamsql.accounts", "iamsql.table_calls", "main.aws_iam_user", "iamsql.run"]),
)
def test_iamsqls_own_queries_of_a_file_run_in_the_sandbox(tmp_path: Path, name: str) -> None:
    sandbox = make_sandbox_folder(tmp_path)
    with duckdb.connect(str(sandbox.run)) as con:
        con.execute(
            f"drop view if exists iamsql.api_calls; drop view if exists iamsql.gaps; alter table {name} rename to before"
        )
        schema = name.partition(".")[0]
        columns = [column for (column, *_) in con.execute(f"describe {schema}.before").fetchall()]
        first, *others = (f'"{column}"' for column in columns)
        selected_columns = ", ".join(["c.content as " + first, *(f"b.{column}" for column in others)])
        con.execute(
            f"create view {name} as select {selected_columns} from {schema}.before b, read_text('{sandbox.secrets}/canary.csv') c"
        )
    before = sandbox.state()
    out = str(tmp_path.parent / f"{tmp_path.name}-out")
    queries = ("from aws_iam_user", "stale_keys", "skipped_accounts")
    for args in (
        *(("query", column) for column in queries),
        ("query", "stale_keys", "--explain"),
        ("check", "root_keys"),
        ("export", out),
    ):
        result = run_command(*args, "--run", str(sandbox.run))
        assert CANARY not in result.output and result.exit_code in (0, 1, 2), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
    assert sandbox.state() == before


@pytest.mark.slow
def test_metadata_of_other_types_is_an_error_of_one_line(tmp_path: Path) -> None:
    changes = {
        "started_at": ("varchar", "'yesterday'"), "options": ("varchar", "'no json'"), "run_id": ("integer", "7"),
        "window_start": ("varchar[]", "['a']"), "status": ("json", "'{}'"),
    }  # fmt: skip
    for column, (column_type, value) in changes.items():
        run = make_run(tmp_path / f"{column}.duckdb")
        with duckdb.connect(str(run)) as con:
            con.execute(f"alter table iamsql.run alter {column} type {column_type} using {value}")
        result = run_command("query", "from aws_iam_user", "--run", str(run))
        assert is_refused(result) if column not in ("status",) else result.exit_code == 0, result.output


@pytest.mark.parametrize("statement", slow_but_every(2, HARMLESS))
def test_harmless_statements_are_answered(sandbox: SandboxFolder, statement: str) -> None:
    before = sandbox.state()
    result = run_command("query", sandbox.spelled(statement) + " ", "--run", str(sandbox.run))
    assert result.exit_code == 0 and CANARY not in result.output, result.output
    assert sandbox.state() == before


@pytest.mark.parametrize("statement", slow_but_every(3, STOPPED))
def test_an_endless_statement_is_interrupted(sandbox: SandboxFolder, statement: str) -> None:
    before = sandbox.state()
    sql = sandbox.spelled(statement) + " "
    result = run_command("query", sql, "--run", str(sandbox.run), "--timeout", "0.3", "--memory", "100MB")
    assert is_refused(result), result.output + repr(result.exception)
    _, second = result.stderr.strip().splitlines()
    assert "--timeout" in second or "--memory" in second
    assert sandbox.state() == before


def test_steampipes_glob_returns_a_pattern_and_reads_no_folder(sandbox: SandboxFolder) -> None:
    sql = sandbox.spelled("select glob('{dir}/*') as it, * from glob('{dir}/canary.*') as g")
    result = run_command("query", sql, "--run", str(sandbox.run), "--dialect", "postgres", "-o", "csv")
    assert result.stdout.splitlines()[1:] == [f"{sandbox.secrets}/%,{sandbox.secrets}/canary.%"]


@pytest.mark.slow
@pytest.mark.parametrize("statement", statements("deaf"))
def test_a_statement_that_cannot_be_interrupted_ends_with_the_command(
    sandbox: SandboxFolder, tmp_path: Path, statement: str
) -> None:
    args = ["query", statement, "--run", str(sandbox.run), "--timeout", "0.3"]
    code = f"from iamsql.cli import main; main({args!r})"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert not list(tmp_path.iterdir())
    assert (result.returncode, result.stdout) == (2, "")
    assert (
        result.stderr.startswith("Error: The statement ran for 0.3 seconds")
        and "--timeout" in result.stderr.splitlines()[1]
    )


@pytest.mark.slow
def test_sql_that_is_parsed_for_too_long_ends_the_command(sandbox: SandboxFolder) -> None:
    """DuckDB parses it in exponential time, and no thread of Python runs until it ends."""
    args = ["query", "with a as (" * 12 + "select 1", "--run", str(sandbox.run), "--timeout", "0.5"]
    code = f"from iamsql.cli import main; main({args!r})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Timeout (") and "extract_statements" in result.stderr


def test_copy_writes_the_file_that_it_names(sandbox: SandboxFolder, tmp_path: Path) -> None:
    target = tmp_path / "new.csv"
    for spelled in (str(target), f"/dev/..{target}", f"{tmp_path}/../{tmp_path.name}/new.csv"):
        result = run_command("query", f"copy (select 7 as n) to '{spelled}'", "--run", str(sandbox.run))
        assert (result.exit_code, target.read_text()) == (0, "n\n7\n"), result.output
        target.unlink()
    assert not list(tmp_path.iterdir())
