"""The SQL condition of a filter; a condition of the user may end with a comment."""

from __future__ import annotations

import duckdb
import pytest

from iamsql.check.result_filter import ResultFilter


@pytest.mark.parametrize(
    ("accounts", "where", "rows"),
    [
        ((), "", 3),
        (("1", "2"), "", 2),
        ((), "status = 'ok' -- only these", 2),
        (("1", "it's"), "status = 'ok' or status = 'alarm' -- x", 2),
        (("1",), "false or status = 'alarm'", 0),
    ],
)
def test_a_condition_selects_results(accounts: tuple[str, ...], where: str, rows: int) -> None:
    condition = ResultFilter(accounts=accounts, where=where).condition
    assert bool(condition) == bool(accounts or where)
    results = "(values ('1', 'ok'), ('2', 'alarm'), ('it''s', 'ok')) t(account_id, status)"
    sql = f"select * from {results} where (\n{condition or 'true'}\n)"
    assert len(duckdb.sql(sql).fetchall()) == rows
