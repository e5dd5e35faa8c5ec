"""Each condition operator, alone and with its qualifiers, for values that match, values that do not, and no value."""

from __future__ import annotations

import duckdb
import pytest

from iamsql.tables.compiler import run_macros

ARN = "arn:aws:iam::111122223333:role/ops/reader"
# operator, values of the condition, values of the request (None: the key is missing), whether the condition is true
CASES = [
    ("StringEquals", ["red", "blue"], ["blue"], True),
    ("StringEquals", ["red"], ["Red"], False),
    ("StringEquals", ["r*"], ["red"], False),
    ("StringEquals", ["red"], None, False),
    ("StringNotEquals", ["red", "blue"], ["blue"], False),
    ("StringNotEquals", ["red", "blue"], ["green"], True),
    ("StringNotEquals", ["red"], None, True),
    ("StringEqualsIgnoreCase", ["RED"], ["red"], True),
    ("StringEqualsIgnoreCase", ["RED"], ["reds"], False),
    ("StringNotEqualsIgnoreCase", ["RED"], ["red"], False),
    ("StringNotEqualsIgnoreCase", ["RED"], ["blue"], True),
    ("StringLike", ["team-*"], ["team-"], True),
    ("StringLike", ["team-?"], ["team-"], False),
    ("StringLike", ["100%_*"], ["100%_off"], True),
    ("StringLike", ["100%_*"], ["100x_off"], False),
    ("StringLike", ["a\\*"], ["a\\b"], True),
    ("StringNotLike", ["team-*"], ["team-a"], False),
    ("StringNotLike", ["team-*"], ["other"], True),
    ("StringNotLike", ["team-*"], None, True),
    ("NumericEquals", ["10"], ["10.0"], True),
    ("NumericNotEquals", ["10"], ["10"], False),
    ("NumericNotEquals", ["10"], None, True),
    ("NumericLessThan", ["10"], ["9"], True),
    ("NumericLessThan", ["10"], ["10"], False),
    ("NumericLessThanEquals", ["10"], ["10"], True),
    ("NumericGreaterThan", ["10"], ["10"], False),
    ("NumericGreaterThan", ["10"], ["100"], True),
    ("NumericGreaterThanEquals", ["10"], ["10"], True),
    ("NumericLessThan", ["10"], None, False),
    ("DateEquals", ["2026-01-01T00:00:00Z"], ["2026-01-01T01:00:00+01:00"], True),
    ("DateNotEquals", ["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00Z"], False),
    ("DateLessThan", ["2026-01-01T00:00:00Z"], ["2025-12-31T23:59:59Z"], True),
    ("DateLessThan", ["1767225600"], ["2025-12-31T23:59:59Z"], True),
    ("DateLessThanEquals", ["2026-01-01"], ["2026-01-01T00:00:00Z"], True),
    ("DateGreaterThan", ["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00Z"], False),
    ("DateGreaterThanEquals", ["2026-01-01T00:00:00Z"], ["2026-06-01T00:00:00Z"], True),
    ("Bool", ["true"], ["true"], True),
    ("Bool", ["True"], ["true"], True),
    ("Bool", ["true"], ["false"], False),
    ("Bool", ["false"], None, False),
    ("BinaryEquals", ["QmluYXJ5"], ["QmluYXJ5"], True),
    ("BinaryEquals", ["QmluYXJ5"], ["qmluyxj5"], False),
    ("IpAddress", ["10.0.0.0/8", "192.0.2.7"], ["10.255.255.255"], True),
    ("IpAddress", ["10.0.0.0/8"], ["11.0.0.0"], False),
    ("IpAddress", ["192.0.2.7"], ["192.0.2.7"], True),
    ("IpAddress", ["0.0.0.0/0"], ["203.0.113.9"], True),
    ("IpAddress", ["10.0.0.0/8"], ["2001:db8::1"], False),
    ("IpAddress", ["2001:db8::/32"], ["2001:db8:ffff::1"], True),
    ("IpAddress", ["2001:db8::/32"], ["2001:db9::1"], False),
    ("IpAddress", ["2001:db8::1"], ["2001:0db8:0000:0000:0000:0000:0000:0001"], True),
    ("IpAddress", ["::/0"], ["2001:db8::1"], True),
    ("IpAddress", ["10.0.0.0/8"], None, False),
    ("NotIpAddress", ["10.0.0.0/8"], ["10.1.1.1"], False),
    ("NotIpAddress", ["10.0.0.0/8"], ["192.0.2.1"], True),
    ("NotIpAddress", ["10.0.0.0/8"], None, True),
    ("ArnEquals", ["arn:aws:iam::*:role/*"], [ARN], True),
    ("ArnLike", ["arn:aws:iam::111122223333:role/ops/*"], [ARN], True),
    ("ArnLike", ["arn:aws:iam::111122223333:role/ops?reader"], [ARN], True),
    ("ArnLike", ["arn:aws:iam:*:role/ops/reader"], [ARN], False),
    ("ArnLike", ["arn:aws:i?m::111122223333:role/ops/reader"], [ARN], True),
    ("ArnLike", ["*"], [ARN], True),
    ("ArnLike", ["arn:aws:iam::111122223333:role/ops.reader"], [ARN], False),
    ("ArnNotEquals", ["arn:aws:iam::*:role/*"], [ARN], False),
    ("ArnNotLike", ["arn:aws:iam::*:user/*"], [ARN], True),
    ("ArnNotLike", ["arn:aws:iam::*:user/*"], None, True),
    ("Null", ["true"], None, True),
    ("Null", ["true"], ["x"], False),
    ("Null", ["false"], ["x"], True),
    ("Null", ["false"], None, False),
    ("StringEqualsIfExists", ["red"], None, True),
    ("StringEqualsIfExists", ["red"], ["blue"], False),
    ("BoolIfExists", ["true"], None, True),
    ("BoolIfExists", ["true"], ["false"], False),
    ("NumericLessThanIfExists", ["10"], None, True),
    ("IpAddressIfExists", ["10.0.0.0/8"], None, True),
    ("ArnLikeIfExists", ["arn:aws:iam::*:role/*"], None, True),
    ("StringNotEqualsIfExists", ["red"], ["red"], False),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
    ("ForAllValues:StringEquals", ["a"], None, True),
    ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
    ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
    ("ForAllValues:StringLike", ["a*"], ["ab", "ac"], True),
    ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
    ("ForAnyValue:StringEquals", ["a"], ["c", "d"], False),
    ("ForAnyValue:StringEquals", ["a"], None, False),
    ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
    ("ForAnyValue:StringNotEquals", ["a"], ["a"], False),
    ("ForAnyValue:StringNotEquals", ["a"], None, False),
    ("ForAnyValue:StringLike", ["o-1/r-1/ou-*"], ["o-1/r-1/ou-2/"], True),
    ("forallvalues:stringequals", ["a"], ["a"], True),
    ("STRINGEQUALS", ["a"], ["a"], True),
]
CONDITIONS = """
with conditions as (
    select number, cast(given as varchar[]) as given,
        unnest(statement_conditions(json_object('Condition', json_object(operator, json_object('aws:Key', wanted))))) as c
    from cases
)
"""
SINGLE_VALUE = (
    CONDITIONS
    + """
select number, iam_holds(c.operator, c.qualifier, c.if_exists, c."values", given[1]) from conditions
where coalesce(len(given), 0) < 2 and not contains(c.operator, 'ip')
"""
)
# As in the evaluation of policies: each value of the request alone, then all of them.
ALL_VALUES = (
    CONDITIONS
    + """
select number, case when given is null then iam_holds_without(c.operator, c.qualifier, c.if_exists, c."values")
    else iam_holds_with(c.operator, c.qualifier, c."values", len([
        1 for given_ in given
        if iam_match_any(c.operator, c."values", case when contains(c.operator, 'ipaddress') then iam_bits(given_) else given_ end)
    ]), len(given)) end
from conditions
"""
)


@pytest.fixture(scope="module")
def found() -> list[dict[int, bool]]:
    """Return the results of the macros by the number of the case: for all values of the request, and for a single value."""
    cases = [(number, *case[:3]) for number, case in enumerate(CASES)]
    with duckdb.connect() as con:
        for macro in run_macros.scalar_macros():
            con.execute(macro)
        con.execute("create table cases (number integer, operator varchar, wanted varchar[], given varchar[])")
        con.executemany("insert into cases values (?, ?, ?, ?)", cases)
        return [dict(con.execute(sql).fetchall()) for sql in (ALL_VALUES, SINGLE_VALUE)]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: "-".join(map(str, CASES[number])))
def test_operator(found: list[dict[int, bool]], number: int) -> None:
    _, _, values, expected = CASES[number]
    by_all_values, by_single_value = found
    assert by_all_values[number] is expected
    if len(values or []) < 2 and number in by_single_value:
        assert by_single_value[number] is expected


def test_operator_with_one_value(found: list[dict[int, bool]]) -> None:
    by_all_values, by_single_value = found
    with_single_value = {
        number
        for number, (operator, _, values, _) in enumerate(CASES)
        if len(values or []) < 2 and "ip" not in operator.lower()
    }
    assert by_all_values.keys() == {*range(len(CASES))} and by_single_value.keys() == with_single_value


def test_cases_have_every_operator() -> None:
    kinds = {"String": ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")}
    kinds |= dict.fromkeys(
        ("Numeric", "Date"), ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    )
    kinds |= {"Arn": ("Equals", "NotEquals", "Like", "NotLike")}
    operators = {kind + ending for kind, endings in kinds.items() for ending in endings}
    operators |= {"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"}
    assert operators <= {operator for operator, *_ in CASES}
