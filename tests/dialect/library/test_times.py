"""Functions and operators of times, as PostgreSQL 15 documents them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("age(timestamp '2001-04-10', timestamp '1957-06-13')::text", "43 years 9 mons 27 days"),
        ("age(null, now())", None),
        ("(timestamptz '2025-01-01' - timestamptz '2019-07-11 02:09:03')::text", "2000 days 21:50:57"),
        ("(interval '1 hour' * 3.5)::text", "03:30:00"),
        ("(interval '1 month' / 2)::text", "15 days"),
        ("(2 * interval '1 mon 3 days')::text", "2 mons 6 days"),
        ("extract(year from date '2024-05-06')", Decimal(2024)),
        ("extract(year from date '2024-05-06') / 5", 404.8),
        ("extract(second from timestamp '2024-01-01 00:00:07.25')", Decimal("7.25")),
        ("extract(epoch from interval '1 day 1 hour')", Decimal(90000)),
        ("extract(epoch from timestamptz '1970-01-02')::bigint", 86400),
        ("extract(isodow from date '2024-03-03')", Decimal(7)),
        ("date_part('dow', date '2024-03-03')", 0.0),
        ("date_part('days', interval '3 days 50 hours')", 3.0),
        ("date_trunc('week', date '2024-03-03')::date", date(2024, 2, 26)),
        ("timestamp '2024-03-01 12:00' at time zone 'Europe/Paris'", datetime(2024, 3, 1, 11, tzinfo=UTC)),
        ("timestamptz '2024-03-01 12:00+00' at time zone 'Asia/Tokyo'", datetime(2024, 3, 1, 21)),
        ("timezone('Asia/Tokyo', timestamptz '2024-03-01 12:00+00')", datetime(2024, 3, 1, 21)),
        ("date '2024-01-31' + interval '1 month'", datetime(2024, 2, 29)),
        ("date '2024-03-01' - date '2024-02-01'", 29),
        ("date '2024-03-01' - '2024-02-01'", 29),
        ("timestamp '2024-03-01' + '1 day'", datetime(2024, 3, 2)),
        ("make_date(2024, 2, 29)", date(2024, 2, 29)),
        ("interval '1 day' > interval '23 hours'", True),
    ],
)
def test_times(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_series() -> None:
    assert rows("select g from generate_series(1, 5, 2) as g") == [(1,), (3,), (5,)]
    assert rows("select generate_series(3, 1)") == []
    assert rows("select g from generate_series(3, 1, -1) as g") == [(3,), (2,), (1,)]
    assert rows("select id, g from t, generate_series(1, id) as g where id < 3 order by 1, 2") == [
        (1, 1),
        (2, 1),
        (2, 2),
    ]
    days = rows("select d::date from generate_series('2024-02-28', '2024-03-01', interval '1 day') as d")
    assert days == [(date(2024, 2, 28),), (date(2024, 2, 29),), (date(2024, 3, 1),)]
    assert rows("select d from generate_series(null::date, '2024-03-01', '1 day') as d") == []


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("extract(fortnight from now())", "not a field"),
        ("date_trunc('fortnight', now())", "date_trunc takes"),
        ("date_trunc('century', now())", "date_trunc takes"),
        ("date_trunc('day', now(), 'UTC')", "3 arguments"),
        ("generate_series(1.5, 2.5)", "integers"),
        ("now() at time zone 'EST'", "time zone 'EST'"),
        ("timezone('+02', now())", r"time zone '\+02'"),
        ("now() at time zone 'PST8PDT'", "time zone 'PST8PDT'"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


@settings(max_examples=25, deadline=None)
@given(st.integers(-5000, 5000), st.integers(-5000, 5000))
def test_a_difference_of_dates_is_an_integer(first_day: int, second_day: int) -> None:
    first, second = date(2000, 1, 1) + timedelta(first_day), date(2000, 1, 1) + timedelta(second_day)
    assert value(f"date '{first}' - date '{second}'") == first_day - second_day
