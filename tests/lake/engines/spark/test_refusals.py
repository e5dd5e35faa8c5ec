"""What the translation to Spark does not know it refuses, with the reason."""

from __future__ import annotations

import pytest

from iamsql.lake.engines.inline.grammar import parse_query
from iamsql.lake.engines.spark import Untranslatable, to_spark
from iamsql.lake.engines.spark.values import FUNCTIONS, call, quote
from tests.lake.engines.spark.cases import AGGREGATES, COLUMNS, FAMILIES, QUERIES, REFUSED

TABLES = {"t": COLUMNS}


@pytest.mark.parametrize(("sql", "reason"), REFUSED.items())
def test_refused_sql_has_its_reason(sql: str, reason: str) -> None:
    with pytest.raises(Untranslatable) as error:
        to_spark(parse_query(sql), TABLES)
    assert reason in str(error.value)


def test_a_function_outside_of_the_list_is_not_called() -> None:
    with pytest.raises(Untranslatable, match="java_method is not a function"):
        call("java_method", "'java.lang.System'")


def test_names_with_the_marks_of_spark_stay_names() -> None:
    translated = to_spark(parse_query('select "a`b" as "c`d" from "x y"'), {"x y": {"a`b": "VARCHAR"}})
    assert translated.sql == "SELECT `x y`.`a``b` AS `c``d` FROM `x y` AS `x y`"
    assert translated.tables == ("x y",)


def test_texts_are_written_with_escapes() -> None:
    assert quote("it's a \\ \n") == r"'it\'s a \\ \n'"


@pytest.mark.parametrize("family", FAMILIES)
def test_each_expression_has_a_translation(family: str) -> None:
    for expression in FAMILIES[family]:
        assert to_spark(parse_query(f"select {expression} as x from t"), TABLES).tables == ("t",)


def test_each_query_has_a_translation() -> None:
    for sql in (*QUERIES, *(f"select {aggregate} as x from t" for aggregate in AGGREGATES)):
        assert to_spark(parse_query(sql), TABLES).sql


def test_only_listed_functions_are_called() -> None:
    assert "collect_list" in FUNCTIONS and "reflect" not in FUNCTIONS
