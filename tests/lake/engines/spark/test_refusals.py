"""The translation to Spark refuses what it does not support, with the reason."""

from __future__ import annotations

import pytest

from iamsql.lake.engines.inline.grammar import parse_query
from iamsql.lake.engines.spark import UntranslatableError, generator, results, to_spark
from iamsql.lake.engines.spark.names import quote
from tests.lake.engines.spark.cases import AGGREGATES, COLUMNS, FAMILIES, QUERIES, REFUSED

TABLES = {"t": COLUMNS}


@pytest.mark.parametrize(("sql", "reason"), REFUSED.items())
def test_refused_sql_has_its_reason(sql: str, reason: str) -> None:
    with pytest.raises(UntranslatableError) as error:
        to_spark(parse_query(sql), TABLES)
    assert reason in str(error.value)


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


def test_each_function_without_a_type_of_sqlglot_has_a_result_and_a_writer() -> None:
    assert results.CALL_TYPE_RULES.keys() == generator.CALL_WRITERS.keys()


def test_an_empty_list_has_the_type_of_the_lists_that_it_is_chosen_with() -> None:
    sql = to_spark(
        parse_query("select coalesce([[x_] for x_ in l], [[]]) as x, case when b then [] else [k] end as y from t"),
        TABLES,
    ).sql
    assert "ARRAY(CAST(ARRAY() AS array<string>))" in sql
    assert "CAST(ARRAY() AS array<int>)" in sql


def test_a_filter_with_a_lambda_has_a_random_part_on_sail_only() -> None:
    query = "select k from t where b and len([x_ for x_ in l if x_ = s]) > 0"
    assert to_spark(parse_query(query), TABLES, is_sail=True).sql.count("OR RAND() < 0") == 1
    assert "RAND" not in to_spark(parse_query(query), TABLES).sql


def test_the_columns_of_a_lateral_subquery_have_types() -> None:
    query = "select concat(w.x.a) as y from t cross join lateral (select unnest([{'a': t.k}]) as x) as w"
    assert "CAST(`w`.`x`.`a` AS STRING)" in to_spark(parse_query(query), TABLES).sql
