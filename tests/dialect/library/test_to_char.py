"""to_char of times, as PostgreSQL 15 documents it; templates without a code of strftime are refused."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value

REFUSED = (
    "DDth FMDDTH DDSP Y YYY Y,YYY I IY IYY D W WW CC J RM rm SSSS SSSSS IDDD FF1 AD b.c. A.M. TZ tz OF TZH FMYYYY FMMS FX TM"
).split()
NOON = "timestamptz '2024-02-29 15:04:05.678+00'"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("DD-Mon-YYYY", "29-Feb-2024"),
        ("MON mon Mon", "FEB feb Feb"),
        ("Month|", "February |"),
        ("FMMONTH FMDD", "FEBRUARY 29"),
        ("FMDay, FMDD", "Thursday, 29"),
        ("DAY|day|", "THURSDAY |thursday |"),
        ("HH24:MI:SS.MS", "15:04:05.678"),
        ("FMHH:FMMI", "3:4"),
        ('YYYY-MM-DD"T"HH24:MI:SS"Z"', "2024-02-29T15:04:05Z"),
        ("HH12 AM hh pm", "03 PM 03 pm"),
        ("US YY Mon-YY", "678000 24 Feb-24"),
        ('IYYY-"W"IW ID DDD', "2024-W09 4 060"),
        ('YYYY-"Q"Q', "2024-Q1"),
        ("100%", "100%"),
        (r'"a\"b"', 'a"b'),
    ],
)
def test_a_time_by_template(template: str, expected: str) -> None:
    assert value(f"to_char({NOON}, '{template}')") == expected


def test_to_char_of_other_types() -> None:
    assert value("to_char(date '2024-03-01', 'DD.MM.YY')") == "01.03.24"
    assert value("to_char(made, 'YYYY') from t where id = 3") is None
    assert value("to_char(made, '...') from t where id = 3") is None
    assert value("to_char(made, '') from t where id = 1") is None
    assert value("to_char(max(made), 'MM') from t") == "02"


@settings(max_examples=25, deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
def test_time_patterns_match_strftime(moment: datetime) -> None:
    formatted = value(f"to_char(timestamp '{moment.isoformat(' ')}', 'YYYY MM DD HH24 MI SS US DDD ID IYYY IW Dy Mon')")
    assert formatted == moment.strftime("%Y %m %d %H %M %S %f %j %u %G %V %a %b")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        *((f"to_char(now(), '{pattern}')", f"'{re.escape(pattern)}'") for pattern in REFUSED),
        ("to_char(now(), 'Yyyy')", "'Y'"),
        ("to_char(now(), 'FM YYYY')", "'FM'"),
        ("to_char(5, '9')", "to_char of a number"),
        ("TO_CHAR(count(*), 'FM000') from t", "to_char of a number"),
        ("to_char(interval '1 day', 'DD')", "to_char of an interval"),
        ("to_char(made - now(), 'DD') from t", "to_char of an interval"),
        ("to_char(now(), word) from t", "template"),
        ("to_char(word, 'YYYY') from t", "cast it"),
        ("to_char(now())", "1 argument"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")
