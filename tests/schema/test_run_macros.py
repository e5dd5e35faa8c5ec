"""What the macros of questions say that they give is what they give, so that stand-ins can take their place."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.schema import run_macros
from iamsql.schema.registry import all_tables

NAME = re.compile(r"macro (\w+)\(([^)]*)\) as table")
GIVES = re.compile(r"^-- gives: (.+)$", re.MULTILINE)
# What some parameters are given; any value will do, for columns do not depend on it.
GIVEN = {
    "questions": "[{'action': 's3:GetObject', 'resource': '*'}]",
    "changes": "'{}'",
    "old_days": "90",
    "idle_days": "45",
}
QUESTIONS = [one for one in run_macros.table_macros() if NAME.search(one)]


def named(statement: str) -> str:
    """Give the name of a macro by the statement that makes it."""
    found = NAME.search(statement)
    assert found
    return found[1]


def called(statement: str) -> str:
    """Write a call of a macro; its other parameters are NULL."""
    found = NAME.search(statement)
    assert found
    given = (GIVEN.get(name.strip(), "null") for name in found[2].split(",") if name)
    return f"{found[1]}({', '.join(given)})"


def columns(con: duckdb.DuckDBPyConnection, call: str) -> str:
    """Write the columns of a call as its `gives` does."""
    found = con.execute(f"select column_name, column_type from (describe from {call})").fetchall()
    return ", ".join(f"{name} {kind}" for name, kind in found)


@pytest.mark.parametrize("statement", QUESTIONS, ids=named)
def test_a_question_gives_what_it_says(statement: str, demo_run: Path) -> None:
    said = GIVES.search(statement)
    assert said
    with duckdb.connect(str(demo_run), read_only=True) as con:
        assert columns(con, called(statement)) == said[1]


def test_a_stub_has_the_same_columns_and_no_rows(demo_run: Path) -> None:
    assert QUESTIONS
    with duckdb.connect(str(demo_run), read_only=True) as con:
        for statement in run_macros.stubs(temporary=True):
            con.execute(statement)
        for statement in QUESTIONS:
            said = GIVES.search(statement)
            assert said and columns(con, called(statement)) == said[1]
            assert con.execute(f"from {called(statement)}").fetchall() == []


def test_every_table_macro_of_the_questions_says_what_it_gives() -> None:
    tables = {named(one) for one in run_macros.stubs() if NAME.search(one)}
    assert tables == {named(one) for one in QUESTIONS}


def test_no_macro_takes_the_name_of_a_query_or_a_table() -> None:
    queries = {query.macro for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions}
    assert not run_macros.macro_texts().keys() & (queries | all_tables().keys())
