"""Random rules over random records: the SQL selects the records that plain Python matches."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.query.sigma.harness import load, rule_of, selected, stored
from tests.query.sigma.matcher import matches

# Few characters, so rules often match: cases, wildcards, what SQL, LIKE and JSON escape, and characters of other scripts.
LETTERS = st.sampled_from([*"aAbB'\"%_\\*?.^$\n\0{}", "é", "É", "İ", "𝒳", " "])
TEXTS = st.text(LETTERS, max_size=4)
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-3, 12), st.sampled_from([1.5, 5.0, "5", "1e1"]))
REQUEST = "requestParameters"
NAMES = st.sampled_from(["a", "b c", "d/e"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "eventName": st.sampled_from(["aB", "AB", "b'", "a%"]),
        "errorCode": st.one_of(TEXTS, st.none()),
        "userAgent": TEXTS,
        "sourceIPAddress": st.sampled_from(["10.0.0.1", "10.9.0.1", "::1", "fe80::1:2", "a"]),
        "userIdentity": st.fixed_dictionaries({"type": TEXTS}, optional={"userName": TEXTS}),
        REQUEST: VALUES,
    },
)
FIELDS = st.sampled_from(
    ["eventName", "errorCode", "userAgent", "userIdentity.type", "userIdentity.userName", REQUEST]
    + [f"{REQUEST}.{name}" for name in ("a", "b c", "d/e", "a[].a", "a.b c")]
)
PATTERNS = st.text(LETTERS.filter(lambda letter: letter not in "{}"), min_size=1, max_size=3)
EXPRESSIONS = st.sampled_from(["a", "^a", "b$", "a.b", "[aA]+", "(a|b)\\.?", "\\\\", "a*b?", "^$", "\\*", "[^a]", "'"])


def _many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=3))


def _items() -> st.SearchStrategy[tuple[str, Any]]:
    """Return names of fields with modifiers, and values that pySigma accepts for them."""
    modifiers = st.sampled_from(
        "|contains |startswith |endswith |cased |neq |contains|all |cased|endswith |neq|contains".split()
    )
    return st.one_of(
        st.tuples(FIELDS, _many(SCALARS)),
        st.tuples(st.tuples(FIELDS, modifiers).map("".join), _many(PATTERNS)),
        st.tuples(
            st.tuples(FIELDS, st.sampled_from(["|re", "|re|i", "|re|s", "|re|m|i"])).map("".join), _many(EXPRESSIONS)
        ),
        st.tuples(st.tuples(FIELDS, st.sampled_from(["|lt", "|gte"])).map("".join), _many(st.integers(-2, 12))),
        st.tuples(FIELDS.map("{}|exists".format), st.booleans()),
        st.tuples(st.tuples(FIELDS, st.sampled_from(["|fieldref", "|fieldref|contains"])).map("".join), FIELDS),
        st.tuples(FIELDS.map("{}|base64offset|contains".format), PATTERNS.filter(lambda text: not {*text} & {*"*?\\"})),
        st.tuples(st.just("sourceIPAddress|cidr"), st.sampled_from(["10.0.0.0/13", "::/64", "fe80::/127"])),
    )


DETECTIONS = st.one_of(
    st.lists(_items(), min_size=1, max_size=2).map(dict),
    st.lists(_items().map(lambda item: dict([item])), min_size=1, max_size=2),
    _many(PATTERNS),
)
CONDITIONS = st.sampled_from(
    ["x", "not x", "x and y", "x or not y", "1 of them", "all of them", "not (x or y) or x and y"]
)


def compare(con: duckdb.DuckDBPyConnection, records: list[Any], x: Any, y: Any, condition: str) -> None:
    load(con, records)
    rule = rule_of({"x": x, "y": y, "condition": condition})
    expected = {index for index, text in enumerate(stored(con)) if matches(rule, text)}
    assert selected(con, rule) == expected


OPTIONS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
RULES = (st.lists(RECORDS, min_size=1, max_size=6), DETECTIONS, DETECTIONS, CONDITIONS)


@settings(max_examples=30, **OPTIONS)
@given(*RULES)
def test_the_sql_selects_what_plain_python_matches(
    con: duckdb.DuckDBPyConnection, records: list[Any], x: Any, y: Any, condition: str
) -> None:
    compare(con, records, x, y, condition)


@pytest.mark.slow
@settings(max_examples=1000, **OPTIONS)
@given(*RULES)
def test_the_sql_of_many_rules_selects_what_plain_python_matches(
    con: duckdb.DuckDBPyConnection, records: list[Any], x: Any, y: Any, condition: str
) -> None:
    compare(con, records, x, y, condition)
