"""Tables that fit a terminal, for any result."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.escaping import printable
from iamsql.model import IamsqlError, Result
from iamsql.render.terminal.rows import write_rows
from iamsql.render.terminal.selection import select_columns
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import width_of
from iamsql.render.text_table import write_table

TIME = datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)
KEYS = Result(
    ("account_id", "account_name", "user_name", "severity", "created", "age", "region", "mfa_serial", "tags", "arn"),
    [
        (f"{place}" * 12, name, user, severity, TIME + timedelta(days=place), place * 100, "global", None, None, arn)
        for place, (name, user, severity, arn) in enumerate(
            [
                ("payments-prod", "ana", "critical", "arn:aws:iam::000000000000:user/ana"),
                ("a\x1b[31m\nb", "=cmd|' /C calc'!A0", "low", "arn:aws:iam::111111111111:user/machines/build/deploy"),
                (None, "日本語の名前", "unknown", "arn:aws:iam::222222222222:user/日本語の名前"),
            ]
        )
    ],
    ("VARCHAR",) * 4 + ("TIMESTAMP WITH TIME ZONE", "BIGINT") + ("VARCHAR",) * 4,
)


def text(result: Result, style: Style, *columns: str, **options: str) -> str:
    stream = io.StringIO()
    write_rows(result, stream, style, columns, **options)
    return stream.getvalue()


def test_a_table() -> None:
    assert text(KEYS, Style(120)) == (
        r"""region: global
No value: mfa_serial, tags

account                     user_name           severity  created           age  arn
--------------------------  ------------------  --------  ----------------  ---  ---------------------------------------
payments-prod 000000000000  ana                 critical  2026-03-01 10:11    0  arn:aws:iam::000000000000:user/ana
a\x1b[31m\nb 111111111111   =cmd|' /C calc'!A0  low       2026-03-02 10:11  100  …11111111111:user/machines/build/deploy
222222222222                日本語の名前        unknown   2026-03-03 10:11  200  …ws:iam::222222222222:user/日本語の名前

3 rows.
"""
    )


def test_columns_that_do_not_fit_are_named() -> None:
    assert text(KEYS, Style(56), wide="-o line") == (
        r"""region: global
No value: mfa_serial, tags

account                     user_name           severity
--------------------------  ------------------  --------
payments-prod 000000000000  ana                 critical
a\x1b[31m\nb 111111111111   =cmd|' /C calc'!A0  low
222222222222                日本語の名前        unknown

3 rows.
3 more columns: created, age, arn (see -o line).
"""
    )


def test_listed_columns() -> None:
    assert text(KEYS, Style(80), "user_name", "account", "age") == (
        r"""user_name           account                     age
------------------  --------------------------  ---
ana                 payments-prod 000000000000    0
=cmd|' /C calc'!A0  a\x1b[31m\nb 111111111111   100
日本語の名前        222222222222                200

3 rows. Columns: 4 of 10 (--wide or -o line shows all).
"""
    )


def test_the_first_column_stays_though_its_value_is_constant() -> None:
    assert text(KEYS, Style(80), "region", "mfa_serial", "age").splitlines()[:4] == [
        "No value: mfa_serial", "", "region  age", "------  ---",
    ]  # fmt: skip


def test_a_column_that_the_result_lacks_is_an_error() -> None:
    with pytest.raises(IamsqlError, match=r"^stale\.sql: columns lists 'user', which the result does not have"):
        text(KEYS, Style(80), "user", path="stale.sql")


def test_no_rows() -> None:
    assert text(Result(("a", "n"), [], ("VARCHAR", "BIGINT")), Style(80)) == "a  n\n-  -\n\nNo rows.\n"


def test_one_row_is_a_record_with_all_columns() -> None:
    one = Result(KEYS.columns, KEYS.rows[:1], KEYS.types)
    assert text(one, Style(80), "user_name").splitlines()[:4] == [
        "-[ RECORD 1 ]---", "account_id   | 000000000000", "account_name | payments-prod", "user_name    | ana",
    ]  # fmt: skip


def test_wide_is_the_table_of_pipes() -> None:
    piped = io.StringIO()
    write_table(KEYS, piped)
    assert text(KEYS, Style(40, color=True, wide=True), "user_name") == piped.getvalue()


def test_colors_change_nothing_else() -> None:
    colored = text(KEYS, Style(120, color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == text(KEYS, Style(120))
    assert "\x1b[1;31mcritical\x1b[0m  2026" in colored and "\x1b[35munknown\x1b[0m   2026" in colored
    assert "\x1b[1maccount\x1b[0m  " in colored


NAMES = st.lists(
    st.sampled_from(["account_id", "account_name", "a", "status", "x" * 50, "日本", "n\n"]), min_size=1, max_size=9
)
VALUES = (
    st.none()
    | st.text(max_size=90)
    | st.text("漢a 1,:/", max_size=90)
    | st.integers()
    | st.booleans()
    | st.just(TIME)
    | st.lists(st.text(max_size=20), max_size=5)
)
TYPES = st.sampled_from(["VARCHAR", "BIGINT", "JSON", "TIMESTAMP", "VARCHAR[]", "BOOLEAN"])


@st.composite
def results(draw: Any) -> Result:
    names = tuple(draw(NAMES))
    rows = draw(st.lists(st.tuples(*[VALUES] * len(names)), max_size=5))
    return Result(names, rows, tuple(draw(TYPES) for _ in names))


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(results(), st.integers(40, 200))
def test_no_line_is_wider_than_the_terminal(result: Result, width: int) -> None:
    lines = text(result, Style(width)).splitlines()
    assert all(width_of(line) <= width and line.isprintable() for line in lines)
    if len(result.rows) == 1:
        assert lines[0] == "-[ RECORD 1 ]---"
        return
    rule = next(place for place, line in enumerate(lines) if line and not line.strip("- "))
    footer = lines.index(f"{len(result.rows)} rows." if result.rows else "No rows.")
    assert footer - rule == len(result.rows) + 2
    first = printable(select_columns(result.columns)[0].name)
    assert lines[rule - 1].lstrip(" ")[:1] == first[:1]
