"""A query gets all events that it uses, and few others: conditions that only part of the uses make are not applied to all."""

from __future__ import annotations

import pytest

from iamsql.lake.engines.inline.grammar import parse_query
from iamsql.lake.engines.spark.scans import needed_rows_query

VIEW = "with v as (select t.a, t.b, t.c -> 'x' as d from s.events as t)"


def condition(sql: str) -> str | None:
    """Return the WHERE of the rows that a query needs of the view v of s.events."""
    needed = needed_rows_query(parse_query(f"{VIEW} {sql}"), "s.events", "v", ("a", "b"))
    return needed.args["where"].this.sql("duckdb") if needed is not None else None


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from v where v.a = 1 and v.d = 2", "a = 1"),
        ("select * from v where a = 1 or d = 2", None),
        ("select * from v", None),
        ("select 1 from v where v.a = 1 union all select 2 from v where v.b = 2", "a = 1 OR b = 2"),
        ("select 1 from v where v.a = 1 union all select 2 from v", None),
        ("select 1 from v as x join v as y on x.a = y.a where x.a = 1 and y.b = 2", "a = 1 OR b = 2"),
        ("select 1 from v as x left join u as y on x.a = y.a where x.a = 1 and y.b is null", "a = 1"),
        ("select 1 from u as y left join v as x on x.a = y.a where x.a = 1", None),
        ("select 1 from v as x full join u as y on x.a = y.a where x.a = 1", None),
        ("select count(*) from v as x where x.a = 1 group by x.b", "a = 1"),
        ("select 1 from v as x where x.a in (select z from u)", None),
        ("select 1 from v as x where x.a = 1 and x.a > y.b", "a = 1"),
        ("select 1 from v as x where x.a = 1 union all select 2 from s.events", None),
    ],
)
def test_the_condition_holds_for_every_row_that_is_used(sql: str, expected: str | None) -> None:
    assert condition(sql) == expected


def test_a_condition_on_a_cte_is_one_on_its_view() -> None:
    sql = ", w as (select upper(v.a) as q, v.b, v.d as e from v where v.b = 1) select * from w where w.q = 'X' and w.e = 2"
    assert condition(sql) == "b = 1 AND UPPER(a) = 'X'"


def test_a_condition_on_an_aggregate_is_none_on_its_rows() -> None:
    assert (
        condition(", w as (select v.a, count(*) as n from v where v.b = 1 group by v.a) select * from w where w.a = 2")
        == "b = 1"
    )


def test_a_condition_on_ranked_rows_is_none_on_all_rows() -> None:
    sql = (
        ", w as (select v.a, row_number() over (order by v.b) as n from v where v.b = 1) select * from w where w.a = 2"
    )
    assert condition(sql) == "b = 1"
