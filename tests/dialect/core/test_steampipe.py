"""Conditions on columns that Steampipe fills with a query's own filter, and paths of organizational units."""

from __future__ import annotations

import pytest

from iamsql.dialect.core.steampipe import lquery_regex
from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


def test_conditions_on_start_and_end_time_bound_the_event_time() -> None:
    sql = "select event_id from aws_cloudtrail_lookup_event where {} order by 1"
    assert rows(sql.format("start_time = '2024-01-02'")) == [("late",)]
    assert rows(sql.format("end_time = '2024-01-02' and event_id <> 'x'")) == [("early",)]
    assert rows(sql.format("timestamptz '2024-01-02' = start_time")) == [("late",)]
    assert rows(sql.format("start_time > '2024-01-02'")) == [("late",)]
    assert rows(sql.format("start_time = '2023-12-31' and end_time = '2024-01-02'")) == [("early",)]
    with pytest.raises(IamsqlError, match="CloudWatch"):
        rows("select 1 from aws_cloudtrail_trail_event where filter = 'x'")


@pytest.mark.parametrize("pin", ["= 'trail'", "in ('trail', 'x')"])
def test_a_condition_on_the_log_group_accepts_events_without_one(pin: str) -> None:
    sql = "select event_name from aws_cloudtrail_trail_event where log_group_name {} order by 1"
    assert rows(sql.format(pin)) == [("delivered",), ("logged",)]
    assert rows(sql.format("<> 'trail'")) == [("other",)]
    result = rows("select log_group_name = 'trail' from aws_cloudtrail_trail_event order by event_name")
    assert result == [(None,), (True,), (False,)]


def test_ancestors_and_descendants() -> None:
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


@pytest.mark.parametrize("pattern", ["!a", "a.!b", "a%", ""])
def test_unsupported_patterns_of_labels(pattern: str) -> None:
    with pytest.raises(IamsqlError, match="not supported"):
        lquery_regex(pattern)
