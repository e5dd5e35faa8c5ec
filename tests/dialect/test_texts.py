"""Text: what values print as, patterns with escapes and of several, and paths of labels."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.dialect.core.ltree import lquery_regex
from iamsql.model import IamsqlError
from tests.dialect.bench import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tags::text", '{"Team": "core"}'),
        ("cast(tags as varchar)", '{"Team": "core"}'),
        ("(tags -> 'Team')::text", '"core"'),
        ("doc ->> 'b'", '[1, 2, {"c": null}]'),
        ("word || ' ' || tags", 'abc {"Team": "core"}'),
        ("'n=' || id || share || flag", "n=11.5true"),
        ("word || null", None),
        ("'x' || doc ->> 'a'", "refused"),
        ("(doc -> 'a')::int + 1", 2),
        ("(doc ->> 'a')::numeric / 2", 0.5),
        ("(share * 2)::text", "3"),
        ("made::date::text", "2024-01-31"),
        ("made::time::text", "10:00:00"),
        ("word::varchar(2)", "ab"),
        ("length(tags::text)", 16),
    ],
)
def test_values_as_text(expression: str, expected: Any) -> None:
    if expected == "refused":  # || comes first, and a text has no members
        with pytest.raises(IamsqlError):
            rows(f"select {expression} from t where id = 1")
    else:
        assert rows(f"select {expression} from t where id = 1") == [(expected,)]


def test_separators_within_strings_are_left_alone() -> None:
    assert rows("select tags::text from t where id = 4") == [('{"é": [], "a b": "c, d: \\"e\\""}',)]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (r"'A_b%' like 'A\_b\%'", True),
        (r"'AxbY' like 'A\_b\%'", False),
        (r"'a\b' like 'a\\b'", True),
        (r"'AxB' ilike 'a\_b'", False),
        (r"'a_b' like 'a#_b' escape '#'", True),
        (r"'axb' like 'a#_b' escape '#'", False),
        (r"'a\xb' like 'a\_b' escape ''", True),
        (r"'axb' not like 'a\_b'", True),
        ("'abc' like any (array['x%', 'a%'])", True),
        ("'abc' like all (array['x%', 'a%'])", False),
        ("'abc' not like any (array['x%', 'a%'])", True),
        ("'abc' not like all (array['x%', 'y%'])", True),
        ("'ABC' ilike any ('{x%,a%}')", True),
        ("'abc' like any (array['x%', null])", None),
        ("'abc' like any (array['a%', null])", True),
        ("'abc' like all (array['a%', null])", None),
        ("null like any (array['a%'])", None),
        ("'abc' like any (array[]::text[])", False),
        ("'abc' like all (array[]::text[])", True),
        ("'abc' like any (select 'a%')", True),
        ("'abc' like any (select 'a%' where false)", False),
        ("'abc' ~~ 'a%' and 'abc' !~~ 'b%' and 'ABC' ~~* 'a%'", True),
        ("'b' = any ('{a,b}')", True),
        ("3 <> all ('{1,2}')", True),
        ("2 = any (array[1, null])", None),
    ],
)
def test_patterns(test: str, expected: bool | None) -> None:
    assert value(test) is expected


def test_patterns_that_a_column_holds() -> None:
    assert rows(r"select id from t where word like any (list) or word like 'A\_b' || '\%'") == [(2,)]
    assert rows("select 'ab' like any (list) from t order by id") == [(False,), (False,), (None,), (None,)]


def test_paths_above_and_below() -> None:
    table = "aws_organizations_organizational_unit"
    assert rows(f"select name from {table} where path <@ 'r_1.ou_dev' order by 1") == [("dev",), ("web",)]
    assert rows(f"select name from {table} where path @> 'r_1.ou_dev.ou_web' order by nlevel(path)") == [
        ("root",),
        ("dev",),
        ("web",),
    ]
    pairs = f"select p.name, c.name from {table} p join {table} c on c.path <@ p.path and c.path <> p.path"
    assert rows(f"{pairs} where p.name = 'dev'") == [("dev", "web")]
    assert rows(f"select subpath(path, 1), subpath(path, -1), subpath(path, 0, 1) from {table} where name = 'web'") == [
        ("ou_dev.ou_web", "ou_web", "r_1")
    ]
    assert rows(f"select name from {table} where path ~ '*.ou_dev.*' order by 1") == [("dev",), ("web",)]
    assert rows(f"select name from {table} where path ~ 'r_1.OU_DEV*@' order by 1") == [("dev",), ("devil",)]
    assert value("'a.b.c'::ltree <@ 'a.b'::ltree and nlevel('') = 0")


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("a.b", r"\.(?:a)\.(?:b)"),
        ("*.a|b", r"(?:\.[^.]+)*\.(?:a|b)"),
        ("*{2}", r"(?:\.[^.]+){2}"),
        ("a.*{1,}", r"\.(?:a)(?:\.[^.]+){1,}"),
        ("*{,3}.a*", r"(?:\.[^.]+){0,3}\.(?:a[^.]*)"),
        ("a{2,3}", r"(?:\.(?:a)){2,3}"),
    ],
)
def test_patterns_of_labels(pattern: str, expression: str) -> None:
    assert lquery_regex(pattern) == expression


@pytest.mark.parametrize("pattern", ["!a", "a.!b", ""])
def test_patterns_of_labels_that_are_refused(pattern: str) -> None:
    with pytest.raises(IamsqlError, match="not supported"):
        lquery_regex(pattern)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 / 2.0", 3.5),
        ("7::float / 2", 3.5),
        ("(select sum(id) / 4 from t)", 2.5),
        ("(select sum(length(word)) / 2 from t)", 4),
        ("(select count(*) / 3 from t)", 1),
        ("round(2.5)", 3),
        ("round(2.5::float8)", 2),
        ("2.5::int", 3),
        ("2.5::float8::int", 2),
        ("1 << 3 | 1", 9),
        ("(2.0)::numeric::int", 2),
    ],
)
def test_numbers(expression: str, expected: float) -> None:
    assert value(expression) == expected


def test_nulls_stand_last_when_rising_and_first_when_falling() -> None:
    assert [row[0] for row in rows("select share from t order by share")] == [-2.5, 1.5, 2.0, None]
    assert [row[0] for row in rows("select share from t order by share desc")] == [None, 2.0, 1.5, -2.5]
    assert rows("select array_agg(share order by share desc), jsonb_agg(flag order by flag) from t") == [
        ([None, 2.0, 1.5, -2.5], "[false,true,true,null]")
    ]


def test_aggregates_of_json() -> None:
    assert rows("select jsonb_agg(id), json_agg(word) filter (where id = 1) from t where id < 3") == [
        ("[1,2]", '["abc"]')
    ]
    assert rows("select jsonb_agg(id) from t where false") == [(None,)]
    assert rows("select jsonb_agg(distinct flag), string_agg(distinct word, '/') from t") == [
        ("[false,true,null]", "A_b%/\\x/abc")
    ]
    assert rows("select id, jsonb_agg(id) over (partition by flag order by id) from t order by id") == [
        (1, "[1]"),
        (2, "[2]"),
        (3, "[3]"),
        (4, "[1,4]"),
    ]
