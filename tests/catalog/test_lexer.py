"""The parameters of a statement, and the tokens of any text."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from iamsql import catalog

# fmt: off
PIECES = st.sampled_from([
    "$a", "$b", "$c1", "$_d", "$é", "$ e", "a$b", "x.y$z", "$$", "$t$", "$t2$", "$u", "1", "é", "x", "n'$o'", "'$s'",
    "'", "''", "e'", "E'\\'", "\\", '"', '""', "--", "/*", "*/", "/* $n */", "\n", "\r", " ", ";", ",", "::int",
    " select ", "(",
])
# fmt: on
WORDS = st.text(alphabet="$abx'\"-/*;\n\\é ", max_size=12)
GAPS = st.one_of(
    st.sampled_from([" ", "\n", "/* a /* $b */ $c */", "-- $d ' \" /* $$\n"]),
    WORDS.map(lambda text: "--" + text.replace("\n", "") + "\n"),
)
VALUES = st.one_of(
    st.sampled_from(["$a", "$b::int", "$é", "($c+1)", "1", "x", "x$a", "x.y$b", "e'\\' $d'", "[$e, $f]", "$g.h"]),
    WORDS.map(lambda text: "'" + text.replace("'", "''") + "'"),
    WORDS.map(lambda text: '"_' + text.replace('"', '""') + '"'),
    WORDS.map(lambda text: "$$" + text.replace("$", "") + "$$"),
    WORDS.map(lambda text: "$q$" + text.replace("$q$", "") + " $q$"),
    st.builds("{}{}".format, GAPS, st.sampled_from(["$h", "$i", "2"])),
)


def duckdb_parameters(sql: str) -> set[str]:
    try:
        return set[str]().union(*(statement.named_parameters for statement in duckdb.extract_statements(sql)))
    except duckdb.Error:
        reject()


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_the_parameters_equal_the_parameters_that_duckdb_finds(values: list[str]) -> None:
    sql = "select " + ", ".join(values)
    assert set(catalog.find_parameters(sql)) == duckdb_parameters(sql)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=10).map("".join))
def test_parameters_are_found_outside_strings_comments_and_dollar_quotes(tail: str) -> None:
    sql = f"select 1 {tail}"
    assert set(catalog.find_parameters(sql)) == duckdb_parameters(sql)


@settings(deadline=None)
@given(st.text(alphabet="$ab'\"-/*;\n\\eE ", max_size=40))
def test_any_text_is_tokenized_to_its_end(sql: str) -> None:
    names = catalog.find_parameters(sql)
    assert len(names) == len(set(names))
    assert all(f"${name}" in sql.replace(" ", "").replace("\n", "") for name in names)
