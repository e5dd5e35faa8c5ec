"""The SQL that a reader allows, its errors, and the tables and gaps of a statement."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.runs.coverage.summary import summarize_coverage
from iamsql.runs.store.metadata import read_metadata
from iamsql.runs.store.reader import Reader, open_run
from tests.minimal_run import FALLBACKS, GAPS, make_run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)


@pytest.fixture
def reader(path: Path) -> Reader:
    return open_run(path)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select 1 as a", [(1,)]),
        ("from aws_iam_user select name where age > $n", [("bo",)]),
        ("values (1), (2)", [(1,), (2,)]),
        ("with a as (select 1) from a", [(1,)]),
        (
            "pivot aws_iam_user on name using sum(age) group by account_id order by all limit 1",
            [("111111111111", 10, None)],
        ),
        ("from old_users()", [("bo",)]),
        ("select as_of()::varchar", [("2026-03-01 10:00:00+00",)]),
    ],
)
def test_a_statement_returns_its_rows(reader: Reader, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert reader.run(sql, {"n": 15}).rows == rows


@pytest.mark.parametrize("sql", ["describe aws_iam_user", "summarize aws_iam_user", "show tables", "explain select 1"])
def test_describing_statements_are_allowed(reader: Reader, sql: str) -> None:
    assert reader.run(sql).rows


def test_the_types_are_duckdbs(reader: Reader) -> None:
    result = reader.run("select 1::bigint, '{}'::json, now(), null, [1.5::decimal(4,1)]")
    assert result.types == ("BIGINT", "JSON", "TIMESTAMP WITH TIME ZONE", "NULL", "DECIMAL(4,1)[]")


@pytest.mark.parametrize(
    "sql",
    [
        "from read_csv('/etc/passwd')", "select * from '/etc/passwd'", "from glob('/*')", "from read_text('/etc/hostname')",
        "attach '/tmp/x.duckdb'", "install httpfs", "load httpfs", "set enable_external_access = true", "pragma version",
        "copy (select 1) to '/tmp/elsewhere.csv'", "create table x as select 1", "drop table aws_iam_user", "use iamsql",
        "delete from aws_iam_user", "export database '/tmp/x'", "call duckdb_settings()", "checkpoint", "vacuum",
        "explain analyze copy (select 1) to '/tmp/elsewhere.csv'", "copy aws_iam_user from '/etc/passwd'", "reset all",
    ],
)  # fmt: skip
def test_statements_that_change_anything_are_not_allowed(reader: Reader, sql: str) -> None:
    with pytest.raises(IamsqlError):
        reader.run(sql)


def test_files_are_read_when_allowed(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n7\n")
    reader = open_run(path, allow_files=True)
    assert reader.run(f"from read_csv('{tmp_path}/a.csv')").rows == [(7,)]
    with pytest.raises(IamsqlError):
        reader.run("install httpfs")


def test_copy_writes_only_the_named_file(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "it's.parquet"
    reader = open_run(path, write_to=[str(target)])
    spelled = str(target).replace("'", "''")
    for _ in range(2):
        assert reader.run(f"copy (from aws_iam_user) to '{spelled}' (format parquet)").columns == ()
        assert target.read_bytes()[:4] == b"PAR1"
    with pytest.raises(IamsqlError):
        reader.run(f"copy (select 1) to '{tmp_path}/other.parquet'")


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        ("select nam from aws_iam_user", ["nam", "LINE 1", "Candidate bindings"]),
        ("explain select 1;\n\nfrom aws_iam_usr", ["run them separately"]),
        ("\n-- é\nfrom aws_iam_usr", ["Did you mean", "LINE 3"]),
        ("copy (select 1) to '/dev/null';\n\nfrom aws_iam_usr", ["disabled by configuration"]),
        ("selec 1", ["syntax error", "LINE 1"]),
        ("select $a, $b", ["--arg a=VALUE --arg b=VALUE"]),
        ("  -- nothing", ["no SQL statement"]),
        ("select 1; select 2", ["run them separately"]),
        ("select 1/0; set a = 1", ["SET is not allowed"]),
    ],
)
def test_invalid_sql_has_duckdbs_message(reader: Reader, sql: str, parts: list[str]) -> None:
    with pytest.raises(IamsqlError) as caught:
        reader.run(sql)
    assert all(word in str(caught.value) for word in parts), str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "There is no run file"), (b"", "cannot be read"), (b"hello" * 5000, "cannot be read")],
)
def test_a_file_that_is_not_a_run_is_an_error(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.duckdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IamsqlError, match=message) as caught:
        open_run(path)
    assert len(str(caught.value).splitlines()) <= 2


def test_a_corrupt_file_is_an_error(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * 4096 + content[8192:])
    with pytest.raises(IamsqlError, match="cannot be read"):
        open_run(path)


def test_any_duckdb_file_can_be_read(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "f.db")).execute("create table t as select 1 as a").close()
    reader = open_run(tmp_path / "f.db")
    assert reader.metadata.run_id == ""
    assert reader.run("from t").rows == [(1,)]
    assert reader.tables_of("from t") == {"t"}
    assert summarize_coverage(reader, {"t"}).tables == ()


@pytest.mark.parametrize("name", "main memory temp system iamsql IAMSQL information_schema raw".split())
def test_the_name_of_a_file_may_be_a_name_of_duckdb(path: Path, tmp_path: Path, name: str) -> None:
    renamed = shutil.copy(path, tmp_path / f"{name}.duckdb")
    with open_run(Path(renamed)) as reader:
        assert reader.metadata.run_id and reader.run("select current_schema() from iamsql.run").rows == [("main",)]


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("from aws_iam_user", {"aws_iam_user"}),
        ("select (select count(*) from main.AWS_IAM_USER where name = $x)", {"aws_iam_user"}),
        ("from old_users(days := 3)", {"aws_iam_user"}),
        ("from grown", {"aws_iam_user"}),
        ("summarize aws_iam_user", {"aws_iam_user"}),
        ("explain from grown", {"aws_iam_user"}),
        ("copy (from old_users()) to 'x.csv'", {"aws_iam_user"}),
        ("pivot aws_iam_user on name", {"aws_iam_user"}),
        ("from raw.iam_list_users", {"raw.iam_list_users"}),
        ("from iamsql.coverage where as_of() is not null", set()),
        ("select 'aws_iam_user' -- aws_iam_user", set()),
        ("with x as (from aws_iam_role) from x join aws_iam_user using (name)", {"aws_iam_role", "aws_iam_user"}),
    ],
)
def test_the_tables_of_a_statement_are_found(reader: Reader, sql: str, tables: set[str]) -> None:
    assert reader.tables_of(sql) == tables


def test_gaps_are_grouped_by_reason(reader: Reader) -> None:
    coverage = summarize_coverage(reader, {"aws_iam_user"})
    assert (coverage.accounts, coverage.read, coverage.missing, coverage.not_attempted) == (4, 1, 2, 1)
    assert coverage.gaps == {"AssumeRole failed (AccessDenied)": 1, "denied iam:GetAccountAuthorizationDetails": 1}
    assert coverage.inactive == {"suspended": 1}


@pytest.mark.slow
def test_fallback_calls_replace_a_call_only_if_all_succeeded(tmp_path: Path) -> None:
    for number, fallbacks, missing in ((1, FALLBACKS, 1), (2, FALLBACKS[:1], 2)):
        reader = open_run(make_run(tmp_path / f"{number}.duckdb", (*GAPS, *fallbacks)))
        assert summarize_coverage(reader, {"aws_iam_user"}).missing == missing


def test_a_raw_table_has_the_gaps_of_its_call(tmp_path: Path) -> None:
    denied = (("111111111111", "iam", "ListUsers", "denied", "AccessDenied"),)
    reader = open_run(make_run(tmp_path / "r.duckdb", denied))
    assert summarize_coverage(reader, {"raw.iam_list_users"}).missing == 1


@pytest.mark.slow
def test_a_raw_table_of_a_fallback_call_has_the_gaps_of_all_accounts(tmp_path: Path) -> None:
    selected = "update iamsql.accounts set selected = true"
    reader = open_run(make_run(tmp_path / "r.duckdb", (*GAPS, *FALLBACKS), statements=(selected,)))
    coverage = summarize_coverage(reader, {"raw.iam_list_users"})
    assert (coverage.accounts, coverage.read, coverage.not_attempted) == (4, 1, 1)
    assert coverage.gaps == {"not collected": 1, "AssumeRole failed (AccessDenied)": 1}
    assert coverage.inactive == {"suspended": 1}


def test_a_raw_table_of_a_call_for_the_organization_has_no_other_gaps(tmp_path: Path) -> None:
    coverage = (*GAPS, ("111111111111", "organizations", "ListAccounts", "ok", None))
    statements = (
        "update iamsql.accounts set selected = true",
        "create table raw.organizations_list_accounts (item json)",
    )
    reader = open_run(make_run(tmp_path / "r.duckdb", coverage, statements=statements))
    assert summarize_coverage(reader, {"raw.organizations_list_accounts"}).accounts == 1


def test_a_table_that_was_not_collected_is_reported(reader: Reader) -> None:
    assert summarize_coverage(reader, {"aws_iam_role"}).uncollected == (("aws_iam_role", ("iam:ListEverything",)),)


def test_temporary_relations_hide_relations_of_the_file(reader: Reader) -> None:
    statements = [
        "create or replace temp view aws_iam_user as select 'new' as name",
        "create temp view x as from raw.never",
    ]
    reader.create_temp(statements)
    assert reader.run("from aws_iam_user").rows == [("new",)]
    assert reader.tables_of("from aws_iam_user") == {"aws_iam_user"}


def test_an_error_in_a_later_statement_has_its_line_number(path: Path, tmp_path: Path) -> None:
    reader = open_run(path, write_to=[str(tmp_path / "a.csv")])
    with pytest.raises(IamsqlError, match="LINE 3"):
        reader.run(f"copy (select 1) to '{tmp_path}/a.csv';\n\nfrom aws_iam_usr")


@pytest.mark.parametrize("value", ["'infinity'::timestamptz", "'290000-01-01'::timestamp", "'9999999-01-01'::date"])
def test_values_that_python_cannot_represent_do_not_raise(reader: Reader, value: str) -> None:
    try:
        assert reader.run(f"select {value}").rows
    except IamsqlError as error:
        assert str(error)


def test_a_generated_column_of_the_metadata_is_not_computed(tmp_path: Path) -> None:
    """Its expression is SQL of the author of the file, which may never end."""
    path = make_run(tmp_path / "20260301T100000Z-o-1.duckdb")
    executed: list[str] = []

    class Recorded:
        def execute(self, sql: str) -> Any:
            executed.append(sql)
            return con.execute(sql)

    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        types = (
            "select column_name, data_type from duckdb_columns() where schema_name = 'iamsql' and table_name = 'run'"
        )
        columns = ", ".join(f'"{name}" {column_type}' for name, column_type in con.execute(types).fetchall())
        con.execute("create table saved as from iamsql.run; drop table iamsql.run")
        con.execute(f"create table iamsql.run ({columns}, more text generated always as (repeat(run_id, 2)) virtual)")
        con.execute("insert into iamsql.run by name from saved")
        metadata = read_metadata(path, cast(duckdb.DuckDBPyConnection, Recorded()))
    assert metadata and metadata.run_id == "20260301T100000Z-o-1"
    assert "*" not in executed[-1] and "more" not in executed[-1]
