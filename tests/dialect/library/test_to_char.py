"""to_char, to_date and to_timestamp, as PostgreSQL 15 documents them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value

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


def test_to_char_of_other_types() -> None:
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
def test_time_patterns_match_strftime(moment: datetime) -> None:
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


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_grouped_digits(number: int) -> None:
    assert value(f"to_char({number}, 'FM9,999,999,999')") == f"{number:,}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("to_date('05 Dec 2000', 'DD Mon YYYY')", date(2000, 12, 5)),
        ("to_timestamp('2026-01-02 3:04 PM', 'YYYY-MM-DD HH12:MI PM')", datetime(2026, 1, 2, 15, 4, tzinfo=UTC)),
        ("to_timestamp(0)", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_to_date_and_to_timestamp(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("to_char(now(), 'DDSP')", "DDSP"),
        ("to_char(5, 'RN')", "RN"),
        ("to_char(now(), word) from t", "template"),
        ("to_char(word, 'YYYY') from t", "cast it"),
        ("to_date('1', 'J')", "'J'"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")
