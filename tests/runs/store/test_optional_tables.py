"""The tables that a statement can have rows without are found in DuckDB's plan; the others are required."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from iamsql.runs.store.query_plans import QueryPlans


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with three empty tables."""
    path = tmp_path_factory.mktemp("empty") / "x.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table a (id integer, n integer); create table b as from a; create schema raw; create table raw.c as from a"
        )
        con.execute("create macro both_of() as table from a join b using (id)")
    return path


@pytest.mark.parametrize(
    ("sql", "optional"),
    [
        ("from a", set()),
        ("from a join b using (id) where a.n > 1", set()),
        ("from a, b", set()),
        ("from both_of()", set()),
        ("select count(*) from a", set()),  # it would count missing data as nothing
        ("select a.id, (select count(*) from b) from a", set()),
        ("with m as materialized (from a) from m join m as o using (id)", set()),
        ("from a left join b using (id)", {"b"}),
        ("from a right join b using (id)", {"a"}),
        ("from a full join b using (id)", {"a", "b"}),
        ("from a positional join b", {"a", "b"}),
        ("with b as (from a) from b", set()),
        ("with a as (select 1 as id) from a", set()),
        ("from a where not exists (from b where b.id = a.id)", {"b"}),
        ("select id from a union all select id from b", {"a", "b"}),
        ("from raw.c left join (select id from a union select id from b) using (id)", {"a", "b"}),
        ("from (select id from a union all select id from b) join a using (id)", {"b"}),
        ("with recursive r as (select id from a union select b.id from b join r using (id)) from r", {"b"}),
        ("select id from a except select id from raw.c", {"raw.c"}),
        ("from a where id = $id", set()),
        ("from nothing", set()),
        ("create table d as from a", set()),
    ],
)
def test_optional_tables(path: Path, sql: str, optional: set[str]) -> None:
    with closing(QueryPlans(path)) as plans:
        assert plans.reads(sql).optional == optional
