"""Texts and names in SQL."""

from __future__ import annotations

import duckdb
import pytest

from iamsql.sqltext import identifier, literal


@pytest.mark.parametrize("text", ["", "a", "it's", '"x"', "'; drop table t --", "\\", "é\n$1"])
def test_a_text_and_a_name_stay_what_they_are(text: str) -> None:
    result = duckdb.execute(f"select {literal(text)} as {identifier(text or ' ')}")
    assert result.fetchall() == [(text,)] and result.description[0][0] == (text or " ")
    assert literal(5) == "'5'"
