"""Times, intervals and templates, as PostgreSQL 15 documents them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.bench import rows, value

NOON = "timestamptz '2024-02-29 15:04:05.678+00'"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("DD-Mon-YYYY", "29-Feb-2024"),
        ("MON mon Mon", "FEB feb Feb"),
        ("Month|", "February |"),
        ("FMMONTH FMDD", "FEBRUARY 29"),
        ("FMDay, FMDDth", "Thursday, 29th"),
        ("day|", "thursday |"),
        ("HH24:MI:SS.MS", "15:04:05.678"),
        ("HH12 AM hh pm A.M.", "03 PM 03 pm P.M."),
        ("FMHH:FMMI", "3:4"),
        ("US FF2", "678000 67"),
        ('YYYY-MM-DD"T"HH24:MI:SS"Z"', "2024-02-29T15:04:05Z"),
        ("YY Y YYY Y,YYY", "24 4 024 2,024"),
        ("DDD D ID W WW IW IYYY", "060 5 4 5 09 09 2024"),
        ("Q CC J RM|FMrm", "1 21 2460370 II  |ii"),
        ("SSSS", "54245"),
        ("TZ OF AD", "UTC +00 AD"),
        ("100%", "100%"),
        (r'"a\"b"', 'a"b'),
    ],
)
def test_a_time_by_template(template: str, expected: str) -> None:
    assert value(f"to_char({NOON}, '{template}')") == expected


def test_to_char_of_other_kinds() -> None:
    assert value("to_char(date '2024-03-01', 'DD.MM.YY')") == "01.03.24"
    assert value("to_char(made, 'YYYY') from t where id = 3") is None
    assert value("to_char(interval '26 hours 3 minutes', 'HH24:MI:SS')") == "26:03:00"
    assert value("to_char(max(made), 'MM') from t") == "02"


@pytest.mark.parametrize("day", [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31])
def test_ordinals(day: int) -> None:
    ends = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
    assert value(f"to_char(date '2024-01-{day:02}', 'FMDDth')") == f"{day}{ends.get(day, 'th')}"


@settings(max_examples=25, deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
def test_numbers_of_dates(moment: datetime) -> None:
    got = value(f"to_char(timestamp '{moment.isoformat(' ')}', 'YYYY MM DD HH24 MI SS US DDD ID IYYY IW Dy Mon')")
    assert got == moment.strftime("%Y %m %d %H %M %S %f %j %u %G %V %a %b")


@pytest.mark.parametrize(
    ("number", "template", "expected"),
    [
        ("1234567", "9,999,999", " 1,234,567"),
        ("12", "9,999", "    12"),
        ("12", "0,000", " 0,012"),
        ("-12", "9,999", "   -12"),
        ("2", "FM000", "002"),
        ("0", "9", " 0"),
        ("0.1", "9.99", "  .10"),
        ("0.1", "0.9", " 0.1"),
        ("-0.1", "99.99", "  -.10"),
        ("-0.1", "FM9.99", "-.1"),
        ("148.5", "FM999.999", "148.5"),
        ("148.5", "FM999.990", "148.500"),
        ("148", "FM999.99", "148."),
        ("1234", "99", " ##"),
        ("12", "S999", " +12"),
        ("-12", "999MI", " 12-"),
        ("-12", "999PR", " <12>"),
        ("482", "FM999th", "482nd"),
        ("485", '"Good: "999', "Good:  485"),
        ("0.125", "FM90.00", "0.13"),
        ("null::int", "9,9", None),
    ],
)
def test_a_number_by_template(number: str, template: str, expected: str | None) -> None:
    assert value(f"to_char({number}, '{template}')") == expected


@settings(max_examples=25, deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_grouped_digits(number: int) -> None:
    assert value(f"to_char({number}, 'FM9,999,999,999')") == f"{number:,}"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("to_char(now(), 'DDSP')", "DDSP"),
        ("to_char(5, 'RN')", "RN"),
        ("to_char(now(), word) from t", "template"),
        ("to_char(word, 'YYYY') from t", "cast it"),
        ("to_date('1', 'J')", "'J'"),
        ("interval '1 fortnight'", "is not an interval"),
        ("extract(fortnight from now())", "not a field"),
        ("date_trunc('fortnight', now())", "date_trunc takes"),
        ("generate_series(1.5, 2.5)", "integers"),
        ("make_interval(moons => 1)", "moons"),
    ],
)
def test_what_is_not_known_is_refused_by_name(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("1 month - 1 day", "1 mon -1 days"),
        ("2 years 6 months", "2 years 6 mons"),
        ("90 minutes", "01:30:00"),
        ("1.5 days", "1 day 12:00:00"),
        ("1.5 months", "1 mon 15 days"),
        ("1.5 years", "1 year 6 mons"),
        ("2 weeks ago", "-14 days"),
        ("-1 year +2 days -03:04:05.5", "-1 years +2 days -03:04:05.5"),
        ("1 12:59:10", "1 day 12:59:10"),
        ("1-2", "1 year 2 mons"),
        ("P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06"),
        ("-1 mon 1 day", "-1 mons +1 day"),
        ("100 hours", "100:00:00"),
        ("0", "00:00:00"),
    ],
)
def test_intervals_are_read_and_printed(interval: str, expected: str) -> None:
    assert value(f"(interval '{interval}')::text") == expected
    assert value(f"'' || '{interval}'::interval") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("age(timestamp '2001-04-10', timestamp '1957-06-13')::text", "43 years 9 mons 27 days"),
        ("age(null, now())", None),
        ("(timestamptz '2025-01-01' - timestamptz '2019-07-11 02:09:03')::text", "2000 days 21:50:57"),
        ("make_interval(days => 10, hours => 3)::text", "10 days 03:00:00"),
        ("make_interval(1, 2, secs => 1.5)::text", "1 year 2 mons 00:00:01.5"),
        ("justify_days(interval '35 days')::text", "1 mon 5 days"),
        ("justify_hours(interval '27 hours')::text", "1 day 03:00:00"),
        ("justify_interval(interval '1 mon -1 hour')::text", "29 days 23:00:00"),
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
        (
            "date_trunc('day', timestamptz '2019-08-11 02:00+00', 'America/New_York')",
            datetime(2019, 8, 10, 4, tzinfo=UTC),
        ),
        (
            "date_bin('15 minutes', timestamp '2020-02-11 15:44:17', timestamp '2001-01-01')",
            datetime(2020, 2, 11, 15, 30),
        ),
        ("timestamp '2024-03-01 12:00' at time zone 'Europe/Paris'", datetime(2024, 3, 1, 11, tzinfo=UTC)),
        ("timestamptz '2024-03-01 12:00+00' at time zone 'Asia/Tokyo'", datetime(2024, 3, 1, 21)),
        ("timezone('Asia/Tokyo', timestamptz '2024-03-01 12:00+00')", datetime(2024, 3, 1, 21)),
        ("date '2024-01-31' + interval '1 month'", datetime(2024, 2, 29)),
        ("date '2024-03-01' - date '2024-02-01'", 29),
        ("date '2024-03-01' - '2024-02-01'", 29),
        ("timestamp '2024-03-01' + '1 day'", datetime(2024, 3, 2)),
        ("to_date('05 Dec 2000', 'DD Mon YYYY')", date(2000, 12, 5)),
        ("to_timestamp('2026-01-02 3:04 PM', 'YYYY-MM-DD HH12:MI PM')", datetime(2026, 1, 2, 15, 4, tzinfo=UTC)),
        ("to_timestamp(0)", datetime(1970, 1, 1, tzinfo=UTC)),
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


@settings(max_examples=25, deadline=None)
@given(st.integers(-5000, 5000), st.integers(-5000, 5000))
def test_a_difference_of_days_is_a_whole_number(one: int, other: int) -> None:
    first, second = date(2000, 1, 1) + timedelta(one), date(2000, 1, 1) + timedelta(other)
    assert value(f"date '{first}' - date '{second}'") == one - other
