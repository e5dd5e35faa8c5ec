"""Names that an expression uses and defines."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from iamsql.lake.engines.inline import names


def parsed(sql: str) -> exp.Expr:
    """Return the tree of a text of DuckDB's SQL."""
    return sqlglot.parse_one(sql, dialect="duckdb")


@pytest.mark.parametrize(
    ("sql", "tables", "ctes", "read"),
    [
        ("SELECT 1", set(), set(), set()),
        ("SELECT * FROM Users AS U JOIN roles USING (a)", {"u", "roles"}, set(), {"users", "roles"}),
        ("WITH x AS (FROM users) FROM X", {"users", "x"}, {"x"}, {"users"}),
        ("FROM raw.users", {"users"}, set(), set()),
        ("FROM (FROM users) AS s", {"users", "s"}, set(), {"users"}),
    ],
)
def test_tables_and_ctes(sql: str, tables: set[str], ctes: set[str], read: set[str]) -> None:
    tree = parsed(sql)
    assert (names.table_names(tree), names.cte_names(tree), names.read_tables(tree)) == (tables, ctes, read)


@pytest.mark.parametrize(
    ("sql", "renamed"),
    [
        ("WITH x AS (SELECT 1 AS a) SELECT x.a FROM x", "WITH x_1 AS (SELECT 1 AS a) SELECT x.a FROM x_1 AS x"),
        # The CTE itself reads the stored table of its name.
        ("WITH x AS (SELECT a FROM x) SELECT a FROM x AS y", "WITH x_1 AS (SELECT a FROM x) SELECT a FROM x_1 AS y"),
        ("WITH z AS (SELECT 1 AS a) SELECT a FROM z", "WITH z AS (SELECT 1 AS a) SELECT a FROM z"),
        ("WITH x AS (SELECT 1 AS a) SELECT a FROM s.x", "WITH x_1 AS (SELECT 1 AS a) SELECT a FROM s.x"),
    ],
)
def test_ctes_are_renamed_where_they_are_read(sql: str, renamed: str) -> None:
    tree = parsed(sql)
    names.rename_ctes(tree, {"x"}, lambda name: f"{name}_1")
    assert tree.sql("duckdb") == renamed


@pytest.mark.parametrize(
    ("sql", "free"),
    [
        ("a + b.c", ["a", "b.c"]),
        ("[x + y FOR x IN z]", ["y", "z"]),
        ("list_transform(z, lambda x: x + y)", ["y", "z"]),
        ("(SELECT u.a FROM users AS u WHERE u.b = o.b)", ["o.b"]),
    ],
)
def test_free_columns(sql: str, free: list[str]) -> None:
    assert sorted(column.sql("duckdb") for column in names.free_columns(parsed(sql))) == free


def test_a_variable_is_seen_inside_its_comprehension_only() -> None:
    columns = {column.sql(): names.is_variable(column) for column in parsed("[x.a FOR x IN x]").find_all(exp.Column)}
    assert columns == {"x.a": True, "x": False}
