"""The table macro of a query: parameters by name and position, and the error for a required one without a value."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from iamsql.catalog import macro_sql, run_file_macro_sql
from iamsql.model import IamsqlError, Param, Query

QUERY = Query(
    name="pair",
    title="",
    sql="select $first as first, $second as second -- $first in a comment",
    params=(Param("second", "integer", 7, "", required=False), Param("first", "text", None, "", required=True)),
)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(run_file_macro_sql(QUERY))
        yield connection


@pytest.mark.parametrize(
    ("call", "row"),
    [
        ("pair(first := 'a')", ("a", 7)),
        ("pair('a')", ("a", 7)),
        ("pair('a', second := 8)", ("a", 8)),
        ("pair(second := 8, first := 'a')", ("a", 8)),
        ("pair(first := 3)", ("3", 7)),
        ("pair(first := (select 'a'))", ("a", 7)),
        ("pair(first := '')", ("", 7)),
    ],
)
def test_arguments_have_names_or_the_order_of_the_parameters(
    con: duckdb.DuckDBPyConnection, call: str, row: tuple[str, int]
) -> None:
    assert con.execute(f"from {call}").fetchall() == [row]


@pytest.mark.parametrize("call", ["pair()", "pair(second := 8)", "pair(first := null)"])
def test_a_required_parameter_without_a_value_is_an_error(con: duckdb.DuckDBPyConnection, call: str) -> None:
    with pytest.raises(duckdb.Error, match=r"pair\(\) requires a value for first: pair\(first := \.\.\.\)"):
        con.execute(f"from {call}").fetchall()


def test_a_constant_argument_is_a_constant_of_the_plan(con: duckdb.DuckDBPyConnection) -> None:
    plan = str(con.execute("explain from pair(first := 'a')").fetchall())
    assert "error" not in plan and "CASE" not in plan


def test_the_macro_for_other_engines_has_a_required_parameter() -> None:
    assert macro_sql(QUERY).splitlines()[0] == 'CREATE OR REPLACE MACRO "pair"("first", "second" := 7) AS TABLE'


def test_a_parameter_that_is_not_declared_is_an_error() -> None:
    query = Query(name="pair", title="", sql="select $third")
    for write in (macro_sql, run_file_macro_sql):
        with pytest.raises(IamsqlError, match=r"\$third is not declared"):
            write(query)
