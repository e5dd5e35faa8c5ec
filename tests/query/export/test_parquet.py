"""Shipped reports as Parquet files, read back by DuckDB with the same rows and types."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.model import Result
from iamsql.query.export.parquet import write_parquet
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.render.provenance import Provenance
from tests.tiers import slow_after, slow_but_every

REPORTS = [
    query.name
    for versions in catalog.load([catalog.shipped_folder()]).values()
    for query in versions[-1:]
    if query.kind == "report" and not any(param.required for param in query.params)
]
COSTLY = ["admins", "audit_report", "escalation_paths", "risk_score", "top_risks", "unused_permissions"]
NEAREST = {"HUGEINT": "DECIMAL(38,0)", "NULL": "VARCHAR"}


def write(path: Path, result: Result, origin: Provenance) -> duckdb.DuckDBPyConnection:
    """Write a result, and return a connection in UTC."""
    path.touch()
    assert write_parquet(result, path, lambda: origin) == []
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


@pytest.mark.parametrize("name", [*slow_after(0, COSTLY), *slow_but_every(12, sorted({*REPORTS} - {*COSTLY}))])
def test_a_report_is_read_back(demo_run: Path, tmp_path: Path, name: str) -> None:
    answer = run_query(name, {}, QueryRequest(str(demo_run), demo_run.parent))
    with write(tmp_path / "a.parquet", answer.result, answer.provenance) as connection:
        described = connection.execute(f"describe from '{tmp_path}/a.parquet'").fetchall()
        assert connection.execute(f"from '{tmp_path}/a.parquet'").fetchall() == answer.result.rows
    types = tuple(NEAREST.get(column_type, column_type) for column_type in answer.result.types)
    assert (tuple(row[0] for row in described), tuple(row[1] for row in described)) == (answer.result.columns, types)


def test_the_metadata_says_where_the_rows_come_from_and_what_is_missing(tmp_path: Path) -> None:
    origin = Provenance("Old keys", "stale_keys@1", {"days": 90, "x": None}, "r1", None, ["1 of 3\x1b", "See it."])
    with write(tmp_path / "a.parquet", Result(("a",), [(1,)], ("BIGINT",)), origin) as connection:
        sql = f"select decode(key), decode(value) from parquet_kv_metadata('{tmp_path}/a.parquet')"
        metadata = {key: value for key, value in connection.execute(sql).fetchall() if key.startswith("iamsql")}
    assert metadata == {
        "iamsql.title": "Old keys",
        "iamsql.query": "stale_keys@1",
        "iamsql.parameters": "days=90, x=",
        "iamsql.run": "r1",
        "iamsql.notes": "1 of 3\\x1b\nSee it.",
    }


def test_equal_names_of_columns_get_numbers(tmp_path: Path) -> None:
    with write(
        tmp_path / "a.parquet", Result(("a", "a", "a_2"), [(1, 2, 3)], ("BIGINT",) * 3), Provenance()
    ) as connection:
        described = connection.execute(f"describe from '{tmp_path}/a.parquet'").fetchall()
    assert [row[0] for row in described] == ["a", "a_3", "a_2"]
