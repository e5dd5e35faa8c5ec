"""Texts of rules as SQL literals."""

from __future__ import annotations

import duckdb
import pytest

from iamsql.query.sigma.literals import literal, lowercase_literal

TEXTS = ["", "a", "it's", "'; drop table x --", "a\0b", "\0", "\\", "É ß İ", "$x {0}"]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_itself(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert con.execute(f"select {literal(text)}").fetchall() == [(text,)]
    assert "\0" not in literal(text)


@pytest.mark.parametrize("text", TEXTS)
def test_lower_case_is_that_of_duckdb(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert con.execute(f"select {lowercase_literal(text)} = lower({literal(text)})").fetchall() == [(True,)]
