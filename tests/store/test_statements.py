"""No SQL reads, writes, loads, attaches or sets anything, whichever way it comes in; statements.tsv lists what is tried."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from iamsql.store.connection import SANDBOX
from tests.minimal_run import make_run
from tests.store.sandbox_env import CANARY, Ground, asked, is_refused, make_ground, statements
from tests.tiers import slow_but_every

REFUSED, HARMLESS, STOPPED = statements("refused"), statements("harmless"), statements("stopped")
QUERY = re.compile(r"(select|from|with|values|pivot|describe|summarize)\b", re.IGNORECASE)
QUERIES = [one for one in REFUSED if QUERY.match(one) and ";" not in one and " copy " not in one]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return make_ground(tmp_path_factory.mktemp("ground"))


def refused(ground: Ground, *args: str) -> bool:
    """Run a command; tell whether it was refused and left everything as it was."""
    before = ground.state()
    done = asked(*args, "--run", str(ground.run))
    assert is_refused(done), done.output + repr(done.exception)
    assert ground.state() == before
    return True


def test_the_table_is_large() -> None:
    assert len(set(REFUSED)) >= 150 and len(set(STOPPED)) >= 19 and len(QUERIES) >= 60


@pytest.mark.parametrize("statement", REFUSED)
def test_refused_as_typed(ground: Ground, statement: str) -> None:
    assert refused(ground, "query", ground.spelled(statement) + " ")


@pytest.mark.parametrize(("place", "statement"), slow_but_every(5, enumerate(REFUSED)))
def test_refused_from_a_file(ground: Ground, tmp_path: Path, place: int, statement: str) -> None:
    (tmp_path / "it.sql").write_text(f"-- title: It\n{ground.spelled(statement)}")
    by_name = ("it", "--queries", str(tmp_path))
    assert refused(ground, "query", *(by_name if place % 2 else (str(tmp_path / "it.sql"),)))


@pytest.mark.parametrize(
    "statement", slow_but_every(5, [statement for statement in REFUSED if not statement.startswith("from glob(")])
)
def test_refused_as_postgres(ground: Ground, statement: str) -> None:
    assert refused(ground, "query", ground.spelled(statement) + " ", "--dialect", "postgres")


@pytest.mark.parametrize("statement", slow_but_every(5, QUERIES))
def test_refused_inside_copy(ground: Ground, tmp_path: Path, statement: str) -> None:
    assert refused(ground, "query", f"copy ({ground.spelled(statement)}) to '{tmp_path}/out.csv'")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["control", "detection"])
def test_refused_as_checks(ground: Ground, tmp_path: Path, kind: str) -> None:
    for place, statement in enumerate(QUERIES):
        text = f"-- title: It\n-- kind: {kind}\n-- severity: low\n{ground.spelled(statement)}"
        (tmp_path / f"way_{place}.sql").write_text(text)
    before = ground.state()
    names = [f"way_{place}" for place in range(len(QUERIES))]
    done = asked("check", *names, "--queries", str(tmp_path), "--run", str(ground.run), "-o", "json")
    assert done.exit_code == 2 and CANARY not in done.output
    assert {one for one in names if f"Error: {tmp_path / one}.sql: " in done.stderr} == set(names)
    assert ground.state() == before


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Lay out a ground whose run holds each query as a macro, made where nothing stopped its maker."""
    ground = make_ground(tmp_path_factory.mktemp("hostile"))
    with duckdb.connect(str(ground.run), config=dict(SANDBOX)) as con:
        for place, statement in enumerate(QUERIES):
            with suppress(duckdb.Error):  # what DuckDB makes no macro of is asked for all the same: there is none
                con.execute(f"create macro way_{place}() as table {ground.spelled(statement)}")
    return ground


@pytest.mark.parametrize("place", slow_but_every(5, range(len(QUERIES))))
def test_refused_as_a_macro_of_a_hostile_file(hostile: Ground, place: int) -> None:
    assert refused(hostile, "query", f"from way_{place}()")


def test_most_queries_were_made_into_macros(hostile: Ground) -> None:
    with duckdb.connect(str(hostile.run), read_only=True) as con:
        made = con.execute("select count(*) from duckdb_functions() where function_name like 'way_%'").fetchone()
    assert made and made[0] > 40


@pytest.mark.parametrize(
    "name", ["iamsql.coverage", "iamsql.accounts", "iamsql.table_calls", "main.aws_iam_user", "iamsql.run"]
)
def test_what_iamsql_asks_of_a_file_by_itself_is_in_the_sandbox_too(tmp_path: Path, name: str) -> None:
    ground = make_ground(tmp_path)
    with duckdb.connect(str(ground.run)) as con:
        con.execute(
            f"drop view if exists iamsql.api_calls; drop view if exists iamsql.gaps; alter table {name} rename to before"
        )
        schema = name.partition(".")[0]
        columns = [one for (one, *_) in con.execute(f"describe {schema}.before").fetchall()]
        first, *others = (f'"{one}"' for one in columns)
        shown = ", ".join(["c.content as " + first, *(f"b.{one}" for one in others)])
        con.execute(
            f"create view {name} as select {shown} from {schema}.before b, read_text('{ground.secrets}/canary.csv') c"
        )
    before = ground.state()
    out = str(tmp_path.parent / f"{tmp_path.name}-out")
    queries = ("from aws_iam_user", "stale_keys", "skipped_accounts")
    for args in (
        *(("query", one) for one in queries),
        ("query", "stale_keys", "--explain"),
        ("check", "root_keys"),
        ("export", out),
    ):
        done = asked(*args, "--run", str(ground.run))
        assert CANARY not in done.output and done.exit_code in (0, 1, 2), done.output
        assert done.exception is None or isinstance(done.exception, SystemExit)
    assert ground.state() == before


def test_facts_of_other_types_are_told_in_a_line(tmp_path: Path) -> None:
    changes = {
        "started_at": ("varchar", "'yesterday'"), "options": ("varchar", "'no json'"), "run_id": ("integer", "7"),
        "window_start": ("varchar[]", "['a']"), "status": ("json", "'{}'"),
    }  # fmt: skip
    for column, (kind, value) in changes.items():
        run = make_run(tmp_path / f"{column}.duckdb")
        with duckdb.connect(str(run)) as con:
            con.execute(f"alter table iamsql.run alter {column} type {kind} using {value}")
        done = asked("query", "from aws_iam_user", "--run", str(run))
        assert is_refused(done) if column not in ("status",) else done.exit_code == 0, done.output


@pytest.mark.parametrize("statement", HARMLESS)
def test_harmless(ground: Ground, statement: str) -> None:
    before = ground.state()
    done = asked("query", ground.spelled(statement) + " ", "--run", str(ground.run))
    assert done.exit_code == 0 and CANARY not in done.output, done.output
    assert ground.state() == before


@pytest.mark.parametrize("statement", STOPPED)
def test_what_has_no_end_is_ended(ground: Ground, statement: str) -> None:
    before = ground.state()
    sql = ground.spelled(statement) + " "
    done = asked("query", sql, "--run", str(ground.run), "--timeout", "0.3", "--memory", "100MB")
    assert is_refused(done), done.output + repr(done.exception)
    _, second = done.stderr.strip().splitlines()
    assert "--timeout" in second or "--memory" in second
    assert ground.state() == before


def test_steampipes_glob_makes_a_pattern_and_reads_no_folder(ground: Ground) -> None:
    sql = ground.spelled("select glob('{dir}/*') as it, * from glob('{dir}/canary.*') as g")
    done = asked("query", sql, "--run", str(ground.run), "--dialect", "postgres", "-o", "csv")
    assert done.stdout.splitlines()[1:] == [f"{ground.secrets}/%,{ground.secrets}/canary.%"]


@pytest.mark.parametrize("statement", statements("deaf"))
def test_what_hears_no_interrupt_ends_with_the_command(ground: Ground, tmp_path: Path, statement: str) -> None:
    args = ["query", statement, "--run", str(ground.run), "--timeout", "0.3"]
    code = f"import iamsql.store.limits as b; b.GRACE = 0.5; from iamsql.cli import main; main({args!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert not list(tmp_path.iterdir())
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr.startswith("Error: The statement ran for 0.3 seconds")
        and "--timeout" in done.stderr.splitlines()[1]
    )


def test_copy_writes_the_file_that_it_names(ground: Ground, tmp_path: Path) -> None:
    target = tmp_path / "new.csv"
    for spelled in (str(target), f"/dev/..{target}", f"{tmp_path}/../{tmp_path.name}/new.csv"):
        done = asked("query", f"copy (select 7 as n) to '{spelled}'", "--run", str(ground.run))
        assert (done.exit_code, target.read_text()) == (0, "n\n7\n"), done.output
        target.unlink()
    assert not list(tmp_path.iterdir())
