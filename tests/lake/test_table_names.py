"""Names of tables in the files of a lake, and in a run that is added, are data: they are refused, and never executed."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage
from iamsql.lake.table_names import lake_tables, unknown_table
from iamsql.sqltext import identifier
from tests.lake.altered import alter_tables, digests
from tests.lake.small_runs import add, event, make_run
from tests.tiers import slow_but_every

COPY = (
    "run where false; set variable p = (select file from glob('{lake}/events/**') limit 1); "
    "copy (select 1) to (getvariable('p')) (format parquet, use_tmp_file false); --"
)
ENDLESS = "iamsql.run where false; with recursive x as (select 1 union all from x) select count(*) from x; --.x"
NAMES = (
    "nope", "iamsql.nope", "raw.nope", f"iamsql.{COPY}.x", f"{COPY}.x", ENDLESS, "", ".", "iamsql.", ".run", "iamsql.run.x",
    "IAMSQL.run", "main.aws_iam_user", "temp.x", "iamsql.queries", "iamsql.events", 'iamsql."run"', "iamsql.run\n", "raw.%s",
    "aws_iam_user; drop table aws_iam_role", "x" * 2000, "\u202eresu", "iamsql.run--", "iamsql.run/*", "../x", "iamsql\x00.run",
)  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lake, which has a run with an event, and a later run."""
    folder = tmp_path_factory.mktemp("original")
    first = make_run(folder, "2026-03-01T12:00:00Z", [event("a", "2026-02-28T10:00:00Z")])
    add(open_storage(str(folder / "lake")), first)
    first.unlink()
    make_run(folder, "2026-03-02T12:00:00Z")
    return folder


@pytest.fixture
def lake(original: Path, tmp_path: Path) -> Storage:
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return open_storage(str(tmp_path / "lake"))


def iamsql(*arguments: str) -> Result:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


@pytest.mark.parametrize("name", slow_but_every(12, NAMES))
def test_a_name_in_the_list_of_a_run_is_refused(lake: Storage, tmp_path: Path, name: str) -> None:
    name = name.replace("{lake}", lake.name)
    alter_tables(lake, lambda tables: {**tables, name: tables["iamsql.run"]})
    before = digests(tmp_path)
    result = iamsql("query", "--lake", lake.name, "select count(*) from iamsql.events")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lists the table" in result.stderr or "is damaged" in result.stderr
    assert digests(tmp_path) == before


def test_only_names_of_tables_are_known() -> None:
    assert unknown_table(lake_tables()) == ""
    for name in NAMES:
        unknown = unknown_table([*lake_tables(), name])
        assert unknown and "\n" not in unknown and len(unknown) < 500


@pytest.mark.slow
def test_the_error_for_a_run_of_a_newer_version_names_the_version(lake: Storage) -> None:
    alter_tables(lake, lambda tables: {**tables, "aws_new_table": tables["iamsql.run"]}, iamsql_version="99.0.0")
    for arguments in (
        ["query", "--lake", lake.name, "select 1"],
        ["lake", "prune", "--lake", lake.name, "--keep", "1"],
    ):
        result = iamsql(*arguments)
        assert result.exit_code == 2 and "iamsql 99.0.0, newer than this one" in result.stderr, result.stderr


def add_run(tmp_path: Path, lake: Storage, *statements: str) -> Result:
    """Alter a later run with SQL, and add it to the lake."""
    (run,) = tmp_path.glob("*.duckdb")
    with duckdb.connect(str(run)) as connection:
        for statement in statements:
            connection.execute(statement)
    before = digests(tmp_path)
    result = iamsql("lake", "add", "--lake", lake.name, "--runs", str(tmp_path), run.name)
    if result.exit_code:
        assert digests(tmp_path) == before
    return result


@pytest.mark.parametrize(
    ("schema", "name"),
    slow_but_every(3, (("iamsql", f"{COPY}.x"), ("raw", "nope"), ("a\"; copy (select 1) to 'x'; --", "run"))),
)
def test_a_run_with_a_table_of_another_name_is_not_added(lake: Storage, tmp_path: Path, schema: str, name: str) -> None:
    table = f"create table {identifier(schema)}.{identifier(name.replace('{lake}', lake.name))} as select 1 as x"
    result = add_run(tmp_path, lake, f"create schema if not exists {identifier(schema)}", table)
    assert result.exit_code == 2 and "which iamsql does not make" in result.stderr, result.stderr


@pytest.mark.slow
def test_a_run_without_its_coverage_is_not_added(lake: Storage, tmp_path: Path) -> None:
    result = add_run(
        tmp_path,
        lake,
        "create table main.c as from iamsql.coverage",
        "drop view iamsql.api_calls; drop view iamsql.gaps; drop table iamsql.coverage",
        "create view iamsql.coverage as from main.c",
    )
    assert result.exit_code == 2 and "is not a run of iamsql" in result.stderr, result.stderr


@pytest.mark.slow
def test_a_run_that_lacks_items_of_its_coverage_is_not_added(lake: Storage, tmp_path: Path) -> None:
    claim = (
        "insert into iamsql.coverage by name select '111111111111' as account_id, 'global' as region, 'iam' as service, "
        "'ListUsers' as operation, 'ok' as status, {} as items"
    )
    result = add_run(tmp_path, lake, claim.format(2))
    assert result.exit_code == 2 and "lacks items that its coverage counts: iam:ListUsers (1 account)" in result.stderr
    item = "insert into raw.iam_list_users (account_id, region, bound, item) values ('111111111111', 'us-east-1', '{}', '{}')"
    assert add_run(tmp_path, lake, item, item).exit_code == 0


@pytest.mark.slow
def test_a_column_of_another_name_is_not_stored(lake: Storage, tmp_path: Path) -> None:
    hostile = identifier("x\" from t; copy (select 1) to 'y'; --")
    result = add_run(tmp_path, lake, f"alter table raw.iam_list_users add column {hostile} varchar",
                   "insert into raw.iam_list_users (account_id, region, bound, item) values ('1', 'r', '{}', '{}')")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    result = iamsql("query", "--lake", lake.name, "-o", "csv", "select * exclude synced_at from raw.iam_list_users")
    assert result.stdout.split() == ["account_id,region,bound,item", "1,r,{},{}"]


@pytest.mark.slow
def test_a_view_of_a_run_that_is_added_reads_no_file(lake: Storage, tmp_path: Path) -> None:
    result = add_run(tmp_path, lake, "drop table main.aws_iam_user cascade",
                   f"create view main.aws_iam_user as select * from read_parquet('{lake.name}/events/**')")  # fmt: skip
    assert result.exit_code == 2, result.output
