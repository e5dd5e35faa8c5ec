"""Columns of results, and rows of the map."""

from __future__ import annotations

from typing import Any

from iamsql.report.contents import Contents, MapRow

ACTIVE = "from aws_iam_access_key where status = 'Active'"

AGE = f"select floor((epoch(as_of()) - epoch(create_date)) / 86400) as days {ACTIVE}"


def column(result: Any, name: str) -> list[Any]:
    """Return the values of a column."""
    column_index = result.columns.index(name)
    return [row[column_index] for row in result.rows]


def row_of(contents: Contents, account: str) -> MapRow:
    """Return the row of an account in the map."""
    (row,) = [row for row in contents.account_map if row.account_id == account]
    return row
