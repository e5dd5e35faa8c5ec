"""The targets of COPY are replaced, and other strings are not."""

from __future__ import annotations

import pytest

from iamsql.dialect import redirect
from iamsql.model import IamsqlError


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("copy (select 1) to 'a.csv'", "copy (select 1) to '/new/a.csv'"),
        ("COPY t TO 'a''b.csv' (format csv)", "COPY t TO '/new/a''b.csv' (format csv)"),
        ("copy t to 'a';\ncopy t to 'b'", "copy t to '/new/a';\ncopy t to '/new/b'"),
        (
            "copy (select * from t where a similar to 'x%') to 'a'",
            "copy (select * from t where a similar to 'x%') to '/new/a'",
        ),
        ("copy (select a to 'x') to 'a'", "copy (select a to 'x') to '/new/a'"),
        ("select 'copy t to ''a''' -- copy t to 'a'", "select 'copy t to ''a''' -- copy t to 'a'"),
        ("select copy from t where a similar to 'x'", "select copy from t where a similar to 'x'"),
        ("select 1", "select 1"),
    ],
)
def test_targets_are_replaced(sql: str, expected: str) -> None:
    assert redirect(sql, lambda path: f"/new/{path}") == expected


def test_unreadable_sql_with_copy_is_an_error() -> None:
    with pytest.raises(IamsqlError, match="cannot be read"):
        redirect("copy t to 'a", lambda path: path)
