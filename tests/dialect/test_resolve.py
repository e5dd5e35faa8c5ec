"""The columns and tables that names refer to."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import result, rows


def test_later_clauses_refer_to_derived_names() -> None:
    assert rows(
        "with x as (select flag, count(*), max(id) from t group by flag) select count + max from x where flag"
    ) == [(6,)]
    assert rows('select q."case" from (select case when true then 1 end) q') == [(1,)]
    assert rows("select id, count(*) from t group by id order by count desc, id desc limit 1") == [(4, 1)]
    assert result("select upper(word), 1 from t where id = 1 union select 'Z', 2 order by upper desc") == (
        ["upper", "?column?"],
        [("Z", 2), ("ABC", 1)],
    )


def test_duplicate_names_keep_their_positions() -> None:
    assert result(
        "select a.id, b.id, count(*), count(a.id) from t a join t b on a.id = b.id where a.id = 1 group by 1, 2"
    ) == (
        ["id", "id", "count", "count"],
        [(1, 1, 1, 1)],
    )
    assert rows("with r(a, b) as (select 1, 2) select b, a from r") == [(2, 1)]


def test_names_fold_to_lower_case_unless_quoted() -> None:
    assert result('select T.ID, Id as "Id" from T where t.Id = 1') == (["id", "Id"], [(1, 1)])
    with pytest.raises(IamsqlError, match="no column ID"):
        rows('select "ID" from t')


def test_an_alias_equal_to_a_column() -> None:
    """A name in WHERE, GROUP BY and expressions of ORDER BY is the column; a bare name in ORDER BY is the alias."""
    sql = "select length(word) as word, word as shown from t where word > 'a' group by word order by word"
    assert rows(sql) == [(3, "abc")]
    assert rows("select -id as id from t order by id limit 1") == [(-4,)]
    assert rows("select -id as id from t order by id + 0 limit 1") == [(-1,)]


def test_a_qualified_name_is_never_a_member_of_a_document() -> None:
    with pytest.raises(IamsqlError, match='no table or alias "tags"'):
        rows("select tags.Team from t")
    with pytest.raises(IamsqlError, match=r"Did you mean x\.word"):
        rows("select x.wort from t x")


def test_a_cte_may_have_the_name_of_the_table_it_reads() -> None:
    assert rows("with t as (select id from t where id > 2), u as (select id from t) select count(*) from u") == [(2,)]


def test_the_row_of_a_table() -> None:
    sql = "select to_jsonb(x) from (select id, word, made from t where id = 1) x"
    assert rows(sql) == [('{"id":1,"made":"2024-01-31T10:00:00+00:00","word":"abc"}',)]
    assert rows("select count(x) from (select id from t) x") == [(4,)]


def test_values_have_numbered_columns() -> None:
    assert result("values (1, 'a')")[0] == ["column1", "column2"]
    assert rows("with v as (values (1), (2)) select sum(column1) from v") == [(3,)]


def test_a_column_of_using_is_merged() -> None:
    join = "(values (1)) a(id) full join (values (2)) b(id) using (id)"
    assert rows(f"select id from {join} order by id") == [(1,), (2,)]
    assert rows("select id from (values (1)) a(id) natural full join (values (2)) b(id) order by id") == [(1,), (2,)]


def test_the_schemas_of_aggregators_are_ignored() -> None:
    assert rows("select aws_all.t.id, word from aws_all.t where id = 1") == [(1, "abc")]
