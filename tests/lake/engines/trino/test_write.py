"""The translation of each construct to Trino's SQL, and the reasons for which a query is refused."""

from __future__ import annotations

import pytest
from sqlglot import parse_one

from iamsql.lake.engines.inline.grammar import parse_query
from iamsql.lake.engines.trino.errors import TrinoError
from iamsql.lake.engines.trino.functions import undocumented
from iamsql.lake.engines.trino.hive import hive_type
from iamsql.lake.engines.trino.write import tables_read, to_trino_text

COLUMNS = {
    "t": {
        **{"name": "VARCHAR", "doc": "JSON", "number": "BIGINT", "part": "DOUBLE", "at": "TIMESTAMPTZ", "day": "DATE"},
        **{"names": "VARCHAR[]", "flag": "BOOLEAN", "pairs": 'STRUCT("key" VARCHAR, size BIGINT)[]'},
    },
    "other.u": {"name": "VARCHAR"},
}
SOURCES = {"t": ("t", "select * from lake.t"), "other.u": ("other_u", "select * from lake.other_u")}


def expression(sql: str) -> str:
    """Return an expression over the columns of t in Trino's SQL, on one line."""
    text = to_trino_text(parse_query(f"select {sql} as x from t"), COLUMNS, SOURCES)
    return " ".join(text.split(") SELECT ")[-1].split("\nSELECT\n")[-1].split()).removesuffix(" AS x FROM t AS t")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        # JSON
        ("json_extract(doc, '$.a.b')", "JSON_FORMAT(JSON_EXTRACT(t.doc, '$.a.b'))"),
        ("json_extract(doc, '$.\"a-b\"')", "JSON_FORMAT(JSON_EXTRACT(t.doc, '$[\"a-b\"]'))"),
        ("cast(doc as varchar)", "t.doc"),
        ("try_cast(doc as json)", "t.doc"),
        ("try_cast(name as json)", "JSON_FORMAT(TRY(JSON_PARSE(t.name)))"),
        (
            "json_array_length(doc)",
            "COALESCE(JSON_ARRAY_LENGTH(t.doc), CASE WHEN NOT t.doc IS NULL THEN 0 END)",
        ),
        (
            "doc ->> '$.a'",
            "COALESCE( JSON_EXTRACT_SCALAR(t.doc, '$.a'), NULLIF(JSON_FORMAT(JSON_EXTRACT(t.doc, '$.a')), 'null') )",
        ),
        # lists
        ("names[2]", "ELEMENT_AT(t.names, 2)"),
        ("names[-1]", "ELEMENT_AT(t.names, -1)"),
        ("names[:2]", "SLICE(t.names, 1, 2 - 1 + 1)"),
        ("len(names)", "CARDINALITY(t.names)"),
        ("list_contains(names, 'a')", "CONTAINS(t.names, 'a')"),
        ("[lower(n_) for n_ in names if n_ <> '']", "TRANSFORM(FILTER(t.names, n_ -> n_ <> ''), n_ -> LOWER(n_))"),
        ("[n_ for n_ in names if n_ like 'a%']", "FILTER(t.names, n_ -> n_ LIKE 'a%')"),
        (
            "len([1 for p_ in pairs if len(p_.key) > p_.size])",
            "CARDINALITY(TRANSFORM(FILTER(t.pairs, p_ -> LENGTH(p_.key) > p_.size), p_ -> 1))",
        ),
        (
            "[len(e_) for e_ in list([upper(n_) for n_ in names if n_ <> ''] order by number)[1]]",
            "TRANSFORM( ELEMENT_AT( ARRAY_AGG(TRANSFORM(FILTER(t.names, n_ -> n_ <> ''), n_ -> UPPER(n_)) ORDER BY t.number), 1 ), "
            "e_ -> LENGTH(e_) )",
        ),
        (
            "[len(e_.texts) for e_ in list({'texts': [n_ for n_ in names]})]",
            "TRANSFORM( ARRAY_AGG(CAST(ROW(TRANSFORM(t.names, item_ -> item_)) AS ROW(texts ARRAY(VARCHAR)))), "
            "e_ -> CARDINALITY(e_.texts) )",
        ),
        ("cast(null as varchar[])", "CAST(NULL AS ARRAY(VARCHAR))"),
        (
            "array_to_string(names, ', ')",
            "CASE WHEN CARDINALITY(t.names) > 0 THEN ARRAY_JOIN(t.names, ', ') END",
        ),
        ("greatest(number, 1)", "COALESCE(GREATEST(t.number, 1), t.number, 1)"),
        # texts
        ("len(name)", "LENGTH(t.name)"),
        ("contains(name, 'x')", "STRPOS(t.name, 'x') > 0"),
        ("concat(name, ' ', number)", "CONCAT(COALESCE(t.name, ''), ' ', COALESCE(CAST(t.number AS VARCHAR), ''))"),
        ("split_part(name, ':', 2)", "COALESCE(SPLIT_PART(t.name, ':', 2), CASE WHEN NOT t.name IS NULL THEN '' END)"),
        (
            "split_part(name, ':', -1)",
            "COALESCE(ELEMENT_AT(SPLIT(t.name, ':'), -1), CASE WHEN NOT t.name IS NULL THEN '' END)",
        ),
        ("regexp_full_match(name, 'a|b')", r"REGEXP_LIKE(t.name, '\A(?:a|b)\z')"),
        ("regexp_matches(name, 'a', 'i')", "REGEXP_LIKE(t.name, '(?i)a')"),
        (r"regexp_replace(name, '(a)b', '\1', 'g')", "REGEXP_REPLACE(t.name, '(a)b', '$1')"),
        ("regexp_replace(name, '^a', '')", "REGEXP_REPLACE(t.name, '^a', '')"),
        (r"regexp_replace(name, '^for(a|b)?\(', '')", r"REGEXP_REPLACE(t.name, '^for(a|b)?\(', '')"),
        ("regexp_replace(name, '(a|b)$', '')", "REGEXP_REPLACE(t.name, '(a|b)$', '')"),
        ("repeat('~', len(name) + 1)", "LPAD('', LENGTH(t.name) + 1, '~')"),
        ("left(name, 3)", "SUBSTR(t.name, 1, 3)"),
        ("suffix(name, 'x')", ""),
        # numbers and times
        ("number / 2", "CAST(t.number AS DOUBLE) / 2"),
        ("number / part", "t.number / t.part"),
        ("extract(epoch from at)", "TO_UNIXTIME(t.at)"),
        ("at - to_days(3)", "t.at - ( 3 * INTERVAL '1' DAY )"),
        ("timestamptz '2026-01-01 01:00:00+01:00'", "CAST('2026-01-01 00:00:00.000' AS TIMESTAMP)"),
        ("at at time zone 'UTC'", "t.at"),
        ("strftime(at, '%Y-%m-%d')", "DATE_FORMAT(t.at, '%Y-%m-%d')"),
        (
            "concat(at at time zone 'UTC')",
            r"COALESCE(REGEXP_REPLACE(DATE_FORMAT(t.at, '%Y-%m-%d %H:%i:%s.%f'), '\.?0+$'), '')",
        ),
        ("try_cast(name as bigint)", "TRY_CAST(t.name AS BIGINT)"),
        (
            "try_cast(name as timestamp)",
            "CAST(AT_TIMEZONE(TRY(FROM_ISO8601_TIMESTAMP(REPLACE(t.name, ' ', 'T'))), 'UTC') AS TIMESTAMP)",
        ),
        # aggregates and structs
        (
            "string_agg(distinct name, ', ' order by name)",
            "ARRAY_JOIN( ARRAY_AGG(DISTINCT t.name ORDER BY t.name) FILTER(WHERE NOT t.name IS NULL), ', ' )",
        ),
        (
            "arg_min(name, {'n': number, 'd': day})",
            "MIN_BY(t.name, CAST(ROW(t.number, t.day) AS ROW(n BIGINT, d DATE)))",
        ),
    ],
)
def test_expression(sql: str, expected: str) -> None:
    if not expected:
        with pytest.raises(TrinoError):
            expression(sql)
        return
    assert expression(sql) == expected


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select frobnicate(name) from t", "Trino has no function frobnicate"),
        ("select list_transform(names, lambda n: upper(md5(n))) from t", "Trino has no function to_hex"),
        ("select concat(at) from t", "the text of a time"),
        ("select doc ->> '/a' from t", "a JSON path that does not start with $"),
        ("select regexp_replace(name, '^a|b', '') from t", "the replacement of the first match"),
        ("select repeat('ab', number) from t", "repeat() of more than a character"),
        ("select regexp_replace(name, 'a', 'b') from t", "the replacement of the first match"),
        ("with recursive r as (select 1 as n union all select n + 1 from r) select n from r", "WITH RECURSIVE"),
        ("select a.name from t as a asof join t as b on a.name = b.name and a.at >= b.at", "ASOF JOIN"),
        ("select flag, count(*) from t group by all", "GROUP BY ALL or ORDER BY ALL"),
        ("select names['a'] from t", "a subscript that is not an integer"),
        ("select unnest(names), count(*) from t group by 1", "unnest() beside aggregates"),
        ("select unnest(pairs, max_depth := 2) from t", "unnest() with max_depth"),
        ("select number from t, unnest(names) as u(n)", "unnest() or LATERAL in a FROM clause"),
    ],
)
def test_refused(sql: str, reason: str) -> None:
    with pytest.raises(TrinoError) as refused:
        to_trino_text(parse_query(sql), COLUMNS, SOURCES)
    assert refused.value.reason == reason


def test_unnest_becomes_a_join() -> None:
    text = " ".join(to_trino_text(parse_query("select name, unnest(names) as n from t"), COLUMNS, SOURCES).split())
    assert text.endswith(
        "SELECT t.name AS name, unnested.element_1 AS n FROM t AS t CROSS JOIN UNNEST(t.names) AS unnested(element_1)"
    )
    structs = to_trino_text(parse_query("select unnest(pairs) as p from t"), COLUMNS, SOURCES)
    assert "UNNEST(TRANSFORM(t.pairs, item_ -> ROW(item_)))" in structs


def test_members_of_an_unnested_struct_are_columns() -> None:
    sql = "select unnest(case when flag then {'a': 1, 'b': name} else {'a': 2, 'b': ''} end) from t"
    text = " ".join(to_trino_text(parse_query(sql), COLUMNS, SOURCES).split())
    assert "CASE WHEN t.flag THEN 1 ELSE 2 END AS a, CASE WHEN t.flag THEN t.name ELSE '' END AS b" in text


def test_the_row_of_a_table_is_a_struct() -> None:
    sql = "with e as (select name, number from t) select arg_min(e, e.number).name as first from e"
    text = to_trino_text(parse_query(sql), COLUMNS, SOURCES)
    assert "MIN_BY(CAST(ROW(e.name, e.number) AS ROW(name VARCHAR, number BIGINT)), e.number).name" in text


def test_sources_come_first() -> None:
    tree = parse_query("with a as (select name from other.u) select a.name from a join main.t on t.name = a.name")
    assert tables_read(tree) == {"other.u", "t"}
    text = to_trino_text(tree, COLUMNS, SOURCES)
    assert [cte.alias for cte in parse_one(text, dialect="athena").args["with_"].expressions] == ["t", "other_u", "a"]


def test_qualify_becomes_a_subquery() -> None:
    sql = "select name from t qualify row_number() over (partition by name order by number desc) = 1"
    text = to_trino_text(parse_query(sql), COLUMNS, SOURCES)
    assert "QUALIFY" not in text
    assert "ORDER BY t.number DESC" in text


def test_undocumented_functions() -> None:
    sql = 'select x(1), cast(f as decimal(1)), count(*) over (partition by g(1)), "y"(2) from a as c(d) where e in (1)'
    assert undocumented(sql) == ["x", "g"]


def test_hive_types() -> None:
    assert (
        hive_type('STRUCT("key" VARCHAR, at TIMESTAMPTZ, tags JSON)[]')
        == "array<struct<key:string,at:timestamp,tags:string>>"
    )
    with pytest.raises(TrinoError, match="a column of type"):
        hive_type("HUGEINT")
