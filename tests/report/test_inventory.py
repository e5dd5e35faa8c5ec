"""The tables of keys and users, and the histograms of keys, are equal to the results of SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.report.contents import Contents
from tests.conftest import query
from tests.report.tables import ACTIVE, AGE, column

pytestmark = pytest.mark.slow
USE = f"select floor((epoch(as_of()) - epoch(access_key_last_used_date)) / 86400) as days, last_used_known {ACTIVE}"


def test_the_histogram_of_ages_is_that_of_the_sql(demo_contents: Contents, demo_run: Path) -> None:
    buckets = [(0, 30), (31, 90), (91, 180), (181, 365), (366, 99999)]
    expected = [
        query(demo_run, f"select count(*) from ({AGE}) where days between ? and ?", *bucket)[0][0] for bucket in buckets
    ]
    assert [count for _, count in demo_contents.key_age.buckets] == expected
    assert [name for name, _ in demo_contents.key_age.buckets] == ["0-30", "31-90", "91-180", "181-365", "366+"]
    assert sum(expected) == 37


def test_the_histogram_of_uses_distinguishes_never_from_unknown(demo_contents: Contents, demo_run: Path) -> None:
    buckets = dict(demo_contents.key_use.buckets)
    ((never, unknown),) = query(
        demo_run,
        f"select count(*) filter (last_used_known), count(*) filter (not last_used_known) from ({USE}) where days is null",
    )
    assert (buckets["never"], demo_contents.key_use.unknown) == (never, unknown)
    assert (buckets["0-30"],) == query(demo_run, f"select count(*) from ({USE}) where days <= 30")[0]
    assert sum(buckets.values()) + unknown == 37


def test_a_row_of_keys_is_an_access_key(demo_contents: Contents, demo_run: Path) -> None:
    keys = demo_contents.keys
    ids = [key for key in column(keys, "access_key_id") if key]
    assert sorted(ids) == [
        key for (key,) in query(demo_run, "select access_key_id from aws_iam_access_key order by all")
    ]
    root = [name for name, key in zip(column(keys, "user_name"), column(keys, "access_key_id"), strict=True) if not key]
    assert {*root} == {"<root_account>"}
    never = [row for row in keys.rows if row[keys.columns.index("usage")] == "never"]
    assert {row[keys.columns.index("last_used")] for row in never} == {None}
    assert {*column(keys, "usage")} == {"used", "never"}


def test_a_row_of_users_is_a_user(demo_contents: Contents, demo_run: Path) -> None:
    users = demo_contents.users
    pairs = sorted(zip(column(users, "account_id"), column(users, "user_name"), strict=True))
    assert pairs == query(demo_run, "select account_id, name from aws_iam_user order by all")
    # The credential report of this account was denied, so passwords and sign-ins are not known.
    denied = [dict(zip(users.columns, row, strict=True)) for row in users.rows if row[0] == "777788889999"]
    assert {row["sign_in"] for row in denied if row["password"] is None} <= {"unknown", "used"}
    assert all(row["unknowns"] for row in denied if row["password"] is None)
