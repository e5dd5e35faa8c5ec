"""Comparisons with null, and limits without an order, are found in the parsed SQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iamsql.check.lint.parsed import find_mistakes
from iamsql.check.lint.statements import template_reader
from iamsql.runs.store.reader import Reader


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with template_reader() as opened:
        yield opened


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("select 1 where a = null or null <> b or c != null", ["null", "null", "null"]),
        ("select case a when null then 1 end", ["null"]),
        ("select 1 where exists (select 1 where a = null)", ["null"]),
        ("select 1 where a is null and b is not distinct from null and c in (null) and d = 'null'", []),
        ("select 1 -- a = null limit 3", []),
        ("from t limit 3", ["limit"]),
        ("from t limit $n offset 2", ["limit"]),
        ("from t limit 10%", ["limit"]),
        ("with x as (from t limit 2) from x order by all limit 3", ["limit"]),
        ("from t union all from u limit 3", ["limit"]),
        ("select (select a from t limit 1)", ["limit"]),
        ("select 1 where exists (select 1 from t limit 1)", []),
        ("select 1 where exists (select 1 from (from t limit 1))", ["limit"]),
        ("from t order by a limit 3", []),
        ("from t union all from u order by 1 limit 3", []),
        ("from t offset 3", []),
        ("pivot t on a using sum(b)", []),
        ("select from from", []),
    ],
)
def test_mistakes_are_found_in_the_tree(reader: Reader, sql: str, rules: list[str]) -> None:
    assert sorted(rule for rule, *_ in find_mistakes(reader, sql)) == rules


def test_offsets_are_characters(reader: Reader) -> None:
    sql = "select 'ééé' where a = null limit 3"
    offsets = {rule: offset for rule, _, offset in find_mistakes(reader, sql)}
    assert offsets == {"null": sql.index("a = null"), "limit": sql.index("3")}
