"""Tables that fit a terminal, for any result."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.model import IamsqlError, Result
from iamsql.model.layout import DisplayOptions, read_layout
from iamsql.render.terminal.rows import write_rows
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width
from iamsql.render.text_table import write_table

TIME = datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)
KEYS = Result(
    ("account_id", "account_name", "user_name", "severity", "created", "age", "region", "mfa_serial", "tags", "arn"),
    [
        (f"{index}" * 12, name, user, severity, TIME + timedelta(days=index), index * 100, "global", None, None, arn)
        for index, (name, user, severity, arn) in enumerate(
            [
                ("payments-prod", "ana", "critical", "arn:aws:iam::000000000000:user/ana"),
                ("a\x1b[31m\nb", "=cmd|' /C calc'!A0", "low", "arn:aws:iam::111111111111:user/machines/build/deploy"),
                (None, "日本語の名前", "unknown", "arn:aws:iam::222222222222:user/日本語の名前"),
            ]
        )
    ],
    ("VARCHAR",) * 4 + ("TIMESTAMP WITH TIME ZONE", "BIGINT") + ("VARCHAR",) * 4,
)


def text(result: Result, style: Style, *columns: str, path: str = "", **options: str) -> str:
    stream = io.StringIO()
    write_rows(result, stream, style, DisplayOptions(columns, path=path), **options)
    return stream.getvalue()


def test_a_table() -> None:
    assert text(KEYS, Style(120)) == (
        r"""region: global
No value: mfa_serial, tags

account                     user_name           severity  created           age  arn
--------------------------  ------------------  --------  ----------------  ---  --------------------------
payments-prod 000000000000  ana                 critical  2026-03-01 10:11    0  user/ana
a\x1b[31m\nb 111111111111   =cmd|' /C calc'!A0  low       2026-03-02 10:11  100  user/machines/build/deploy
222222222222                日本語の名前        unknown   2026-03-03 10:11  200  user/日本語の名前

3 rows.
"""
    )


def test_columns_that_do_not_fit_are_named() -> None:
    assert text(KEYS, Style(34), wide="-o line") == (
        r"""region: global
No value: mfa_serial, tags

account           user_name
----------------  ----------------
payments-prod     ana
000000000000
a\x1b[31m\nb      =cmd|' /C
111111111111      calc'!A0
222222222222      日本語の名前

3 rows.
4 more columns: severity,
created, age, arn (see -o line).
"""
    )


def test_listed_columns() -> None:
    assert text(KEYS, Style(80), "user_name", "account", "age") == (
        r"""user_name           account                     age  severity  created
------------------  --------------------------  ---  --------  ----------------
ana                 payments-prod 000000000000    0  critical  2026-03-01 10:11
=cmd|' /C calc'!A0  a\x1b[31m\nb 111111111111   100  low       2026-03-02 10:11
日本語の名前        222222222222                200  unknown   2026-03-03 10:11

3 rows. Columns: 6 of 10 (--wide or -o line shows all).
"""
    )


def test_the_first_column_stays_though_its_value_is_constant() -> None:
    assert text(KEYS, Style(20), "region", "mfa_serial", "age").splitlines()[:4] == [
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
    assert all(display_width(line) <= width and line.isprintable() for line in lines)
    if len(result.rows) == 1:
        assert lines[0] == "-[ RECORD 1 ]---"
        return
    rule = next(index for index, line in enumerate(lines) if line and not line.strip("- "))
    footer = lines.index(f"{len(result.rows)} rows." if result.rows else "No rows.")
    assert footer - rule >= 2 + (len(result.rows) > 0)


ARN = "arn:aws:iam::{}:{}"
HERE, THERE = "1" * 12, "2" * 12
ROLES = Result(
    ("account_id", "account_name", "principal", "verdict", "path", "conditions", "steps"),
    [
        (HERE, "web", user, verdict, f"{user} -[assume_role]-> {ARN.format(THERE, 'role/admin')}", conditions, 1)
        for user, verdict, conditions in (
            (ARN.format(HERE, "user/ci/deploy"), "certain", None),
            (ARN.format(HERE, "user/=cmd|' /C calc'!A0\x1b[31m"), "conditional", "aws:SourceIp\n"),
            (
                ARN.format(HERE, "user/ci/deploy"),
                "conditional",
                "the tag team of the user, and an address in 192.0.2.0/24",
            ),
        )
    ],
    ("VARCHAR",) * 6 + ("BIGINT",),
)


def laid_out(layout: str, width: int, *columns: str, result: Result = ROLES) -> str:
    stream = io.StringIO()
    write_rows(result, stream, Style(width), DisplayOptions(columns, read_layout(layout)))
    return stream.getvalue()


def test_groups_with_lines_below_their_rows() -> None:
    text = laid_out(
        "groups account, principal; below conditions", 60, "account", "principal", "verdict", "path", "conditions"
    )
    assert text == (
        r"""  verdict      path
  -----------  ---------------------------------------------
web 111111111111  user/ci/deploy
  certain      assume role → role/admin (222222222222) =
               administrator
  conditional  assume role → role/admin (222222222222) =
               administrator
    conditions: the tag team of the user, and an address
      in 192.0.2.0/24

web 111111111111  user/=cmd|' /C calc'!A0\x1b[31m
  conditional  arn:aws:iam::111111111111:user/=cmd|' /C
               calc'!A0\x1b[31m -[assume_role]->
               arn:aws:iam::222222222222:role/admin
    conditions: aws:SourceIp\n

3 rows. Columns: 6 of 7 (--wide or -o line shows all).
"""
    )


def test_a_group_without_values_has_a_heading() -> None:
    result = Result(("a", "b", "n"), [(None, None, 1), ("x", None, 2)], ("VARCHAR", "VARCHAR", "BIGINT"))
    assert laid_out("groups a, b", 40, result=result).splitlines()[2:] == [
        "No a and no b", "  1", "", "x", "  2", "", "2 rows.",
    ]  # fmt: skip


def test_columns_that_do_not_fit_are_below_the_row() -> None:
    text = laid_out("table", 40, "account", "verdict", "principal")
    assert text.splitlines()[:7] == [
        "account           verdict", "----------------  -----------", "web 111111111111  certain",
        "  principal: user/ci/deploy", "web 111111111111  conditional", "  principal: user/=cmd|' /C", r"    calc'!A0\x1b[31m",
    ]  # fmt: skip


def test_free_width_has_further_columns() -> None:
    assert "steps" not in laid_out("table", 30, "verdict")
    assert laid_out("table", 80, "verdict").splitlines()[0].split() == ["verdict", "principal"]


def test_records_are_sentences() -> None:
    text = laid_out("record {principal} may:  {verdict}", 72, "principal", "verdict", "conditions")
    assert text.splitlines()[:6] == [
        f"user/ci/deploy ({HERE}) may:  certain",
        "",
        rf"user/=cmd|' /C calc'!A0\x1b[31m ({HERE}) may:  conditional",
        r"  conditions  aws:SourceIp\n",
        "",
        f"user/ci/deploy ({HERE}) may:  conditional",
    ]
    one = Result(("a", "b"), [(None, "x" * 30)], ("VARCHAR", "VARCHAR"))
    assert laid_out("record {a} is {b}", 24, result=one) == f"– is\n{'x' * 24}\n{'x' * 6}\n\n1 row.\n"


@pytest.mark.parametrize("layout", ["groups nobody", "table; below nobody", "record {nobody}"])
def test_a_layout_with_a_column_that_the_result_lacks_is_an_error(layout: str) -> None:
    with pytest.raises(IamsqlError, match="lists 'nobody', which the result does not have"):
        laid_out(layout, 80)


def test_without_rows_each_layout_is_an_empty_table() -> None:
    empty = Result(("a", "b"), [], ("VARCHAR", "VARCHAR"))
    for layout in ("table; below b", "record {b}", "groups b"):
        assert laid_out(layout, 40, result=empty).endswith("\n\nNo rows.\n")


def test_a_layout_changes_no_other_format() -> None:
    for layout in ("groups verdict", "record {verdict}", "table; below path"):
        stream, piped = io.StringIO(), io.StringIO()
        write_rows(ROLES, stream, Style(40, wide=True), DisplayOptions(("verdict",), read_layout(layout)))
        write_table(ROLES, piped)
        assert stream.getvalue() == piped.getvalue()


def test_roles_of_one_name_in_two_accounts_have_two_headings() -> None:
    arns = [f"arn:aws:iam::{account}:role/ops" for account in ("111122223333", "444455556666")]
    rows = [(arn.split(":")[4], arn, "x", str(number)) for number, arn in enumerate(arns)]
    result = Result(("account_id", "principal", "kind", "size"), rows)
    lines = laid_out("groups principal; below account_id", 80, "account_id", "principal", "kind", "size", result=result)
    assert [line for line in lines.splitlines() if "role/ops" in line] == arns
