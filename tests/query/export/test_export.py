"""Exported files: DuckDB reads back each value, a failed export leaves nothing, and hostile names stay inside the folder."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.tables.registry import all_tables
from tests.minimal_run import GAPS, make_run
from tests.query.export.exports import exported, manifest

FORMATS = ("parquet", "csv")
IDS = (
    "012345678901",
    "../../evil",
    "",
    "a=b/c d%41",
    "é\u202e",
    ".",
    "..",
    "NULL",
    "__HIVE_DEFAULT_PARTITION__",
    "'q",
    '"',
    "=x",
)
HOSTILE = (
    "create table t as select id as account_id, i as n, 'x' || chr(13) || chr(10) || '\"' as s, "
    "case when i % 2 = 0 then '' end as e, {'a': [1, i]} as st, ['p', null] as l, "
    "('2026-03-01 10:11:12.5+00'::timestamptz + to_hours(i)) as ts, i % 2 = 1 as b, i::double / 3 as d "
    "from (select unnest($ids) as id, unnest(range(len($ids)))::bigint as i union all select null, 99)"
)


@cache
def memory() -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database, which takes longer to open than to query."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def read_back(folder: Path, table: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Read a table with the SQL of the manifest, from inside the folder, in the types of the manifest."""
    columns = ", ".join(
        f"""{
            f"from_json({quoted(c['name'])}, '{json_type(c['type'])}')"
            if nested(c["type"]) and "csv" in table["read"]
            else quoted(c["name"])
        }::{c["type"]}"""
        for c in table["columns"]
    )
    here = Path.cwd()
    os.chdir(folder)
    try:
        return memory().execute(f"select {columns} from {table['read']} order by all").fetchall()
    finally:
        os.chdir(here)


@contextmanager
def open_in_utc(run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a run file with times in UTC."""
    with duckdb.connect(str(run), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


def stored_rows(con: duckdb.DuckDBPyConnection, table: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a table of an open run file."""
    return con.execute(f"from {quoted(table['schema'])}.{quoted(table['name'])} order by all").fetchall()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def nested(kind: str) -> bool:
    return kind.startswith("STRUCT") or kind.endswith("[]")


def json_type(kind: str) -> str:
    """Return a nested type in the form that from_json accepts."""
    row = memory().execute(f"select json_structure(to_json(null::{kind}))").fetchone()
    assert row is not None
    return {"STRUCT(a BIGINT[])": '{"a": ["BIGINT"]}', "VARCHAR[]": '["VARCHAR"]'}.get(kind, str(row[0]))


def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(HOSTILE, {"ids": list(IDS)})
        for name in ("../up", "a/b", "..", ".hidden", "st*r", "q'\"uote", "Ünï", "with space", "a%2Fb"):
            con.execute(f"create table {quoted(name)} as select '=1+1' as {quoted('-head')}, 5 as n")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("fmt", FORMATS)
def test_each_value_of_a_run_is_read_back(demo_run: Path, tmp_path: Path, fmt: str) -> None:
    done = exported(demo_run, tmp_path / "out", fmt=fmt, raw=True)
    described = manifest(tmp_path / "out")
    by_name = {(entry["schema"], entry["name"]): entry for entry in described["tables"]}
    assert {name for schema, name in by_name if schema == "main"} == set(all_tables())
    assert {name for schema, name in by_name if schema == "iamsql"} == {"accounts", "coverage", "event_coverage", "run"}
    assert ("raw", "iam_get_credential_report") in by_name
    assert done.tables == len(by_name) and done.rows == sum(entry["rows"] for entry in by_name.values())
    with open_in_utc(demo_run) as con:
        for table in by_name.values():
            if any(column["type"].startswith("STRUCT") for column in table["columns"]) and fmt == "csv":
                continue  # aws_cloudtrail_log's structures: t in the next test stands for them
            assert read_back(tmp_path / "out", table) == stored_rows(con, table), table["name"]


@pytest.mark.slow
@pytest.mark.parametrize("large", [0, 1000])
@pytest.mark.parametrize("fmt", FORMATS)
def test_hostile_names_and_accounts_stay_in_the_folder_and_are_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: str, large: int
) -> None:
    monkeypatch.setattr("iamsql.query.export.table_files.MIN_PARTITIONED_ROWS", large)
    run, out = hostile(tmp_path), tmp_path / "a'b {c} ü" / "out"
    assert exported(run, out, fmt=fmt).tables == 10
    for table in manifest(out)["tables"]:
        with open_in_utc(run) as con:
            assert read_back(out, table) == stored_rows(con, table), table["name"]
        assert table["partitioned_by"] == (["account_id"] if not large and table["name"] == "t" else [])
        for file in table["files"]:
            path = out / file["path"]
            assert path.resolve().is_relative_to(out.resolve())
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
            assert path.stat().st_size == file["bytes"]
    listed_files = {out / file["path"] for table in manifest(out)["tables"] for file in table["files"]}
    assert {path for path in out.rglob("*") if path.is_file()} == listed_files | {out / "manifest.json"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a'b {c} ü", "hostile.duckdb"]


@pytest.mark.slow
def test_the_manifest_lists_the_run_and_the_columns(demo_run: Path, tmp_path: Path) -> None:
    exported(demo_run, tmp_path / "out", tables=("aws_iam_u*", "AWS_IAM_ROLE"))
    document = manifest(tmp_path / "out")
    names = [entry["name"] for entry in document["tables"] if entry["schema"] == "main"]
    assert names == ["aws_iam_role", "aws_iam_user"]
    user = next(entry for entry in document["tables"] if entry["name"] == "aws_iam_user")
    assert user["about"] == all_tables()["aws_iam_user"].about
    assert user["columns"][0] == {"name": "name", "type": "VARCHAR", "about": "The friendly name of the user."}
    assert user["state"].startswith("partly: ") and "AssumeRole failed in 1" in user["state"]
    assert document["run"]["run_id"] == demo_run.stem and document["run"]["status"] == "incomplete"
    assert document["run"]["started_at"] == "2026-03-02T12:00:00+00:00"
    assert str(tmp_path) not in json.dumps(document) and document["file"] == demo_run.name


@pytest.mark.slow
def test_the_files_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.query.export.table_files.MIN_PARTITIONED_ROWS", 1)
    run = hostile(tmp_path)
    (tmp_path / "out").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        exported(run, tmp_path / "out")
    finally:
        os.umask(before)
    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in ((tmp_path / "out"), *(tmp_path / "out").rglob("*"))
    }
    assert modes == {(True, 0o700), (False, 0o600)}


@pytest.mark.slow
def test_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x\n1\n")
    view = (f"create view aws_bad as from read_csv('{secret}')",)
    run = make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb", GAPS, statements=view)
    with pytest.raises(IamsqlError, match="disabled by configuration"):
        exported(run, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs", "secret.csv"]


def test_a_folder_with_files_is_not_changed(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file", "file/below"):
        with pytest.raises(IamsqlError, match=name):
            exported(run, tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "20260301T100000Z-o-1.duckdb",
        "file",
        "full",
        "mine.txt",
        "runs",
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("aws_iam_usr", "did you mean aws_iam_user"),
        ("aws_zz*", "No table matches"),
        ("aws_dynamodb_table", "not dynamodb"),
    ],
)
def test_an_unknown_table_is_an_error(tmp_path: Path, table: str, message: str) -> None:
    run = make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb")
    with pytest.raises(IamsqlError, match=message.replace("*", ".")):
        exported(run, tmp_path / "out", tables=(table,))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("table", ["aws_iam_role", "aws_iam_ro*"])
def test_a_table_that_was_not_collected_is_an_error(tmp_path: Path, table: str) -> None:
    run = make_run(tmp_path / "runs" / "20260301T100000Z-o-1.duckdb")
    with pytest.raises(IamsqlError, match=r"aws_iam_role was not collected in run .*\nGet it with: iamsql sync$"):
        exported(run, tmp_path / "out", tables=(table,))
    assert not (tmp_path / "out").exists()
    exported(run, tmp_path / "out", tables=("aws_iam_*",))  # some of it is there; the manifest says what is not
