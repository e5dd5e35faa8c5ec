"""Table macros return the columns of their `gives` comment, so stubs with these columns can replace them."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.tables.compiler import run_macros
from iamsql.tables.registry import all_tables
from tests.tiers import slow_but_every

NAME = re.compile(r"macro (\w+)\(([^)]*)\) as table")
GIVES = re.compile(r"^-- returns: (.+)$", re.MULTILINE)
# Values of some parameters; the columns do not depend on them.
GIVEN = {
    "questions": "[{'action': 's3:GetObject', 'resource': '*'}]",
    "actions": "['iam:PassRole']",
    "changes": "'{}'",
    "old_days": "90",
    "unused_days": "45",
}
TABLE_MACROS = [statement for statement in run_macros.table_macros() if NAME.search(statement)]


def macro_name(statement: str) -> str:
    """Return the name of the macro that a statement creates."""
    match = NAME.search(statement)
    assert match
    return match[1]


def call_of(statement: str) -> str:
    """Return a call of a macro with NULL for its other parameters."""
    match = NAME.search(statement)
    assert match
    arguments = (GIVEN.get(name.strip(), "null") for name in match[2].split(",") if name)
    return f"{match[1]}({', '.join(arguments)})"


def columns_of(con: duckdb.DuckDBPyConnection, call: str) -> str:
    """Return the columns of a call in the form of `gives`."""
    columns = con.execute(f"select column_name, column_type from (describe from {call})").fetchall()
    return ", ".join(f"{name} {kind}" for name, kind in columns)


@pytest.mark.parametrize("statement", slow_but_every(8, TABLE_MACROS), ids=macro_name)
def test_a_table_macro_returns_the_columns_of_its_comment(statement: str, demo_run: Path) -> None:
    comment = GIVES.search(statement)
    assert comment
    with duckdb.connect(str(demo_run), read_only=True) as con:
        assert columns_of(con, call_of(statement)) == comment[1]


@pytest.mark.slow
def test_a_stub_has_the_same_columns_and_no_rows(demo_run: Path) -> None:
    assert TABLE_MACROS
    with duckdb.connect(str(demo_run), read_only=True) as con:
        for statement in run_macros.stubs(temporary=True):
            con.execute(statement)
        for statement in TABLE_MACROS:
            comment = GIVES.search(statement)
            assert comment and columns_of(con, call_of(statement)) == comment[1]
            assert con.execute(f"from {call_of(statement)}").fetchall() == []


def test_each_table_macro_has_the_comment() -> None:
    tables = {macro_name(statement) for statement in run_macros.stubs() if NAME.search(statement)}
    assert tables == {macro_name(statement) for statement in TABLE_MACROS}


def test_a_macro_has_no_name_of_a_query_or_table() -> None:
    queries = {query.macro for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions}
    assert not run_macros.macro_texts().keys() & (queries | all_tables().keys())
