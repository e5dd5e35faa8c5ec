"""The SQL of a view comes from the file next to its module, with values in place of names in braces."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.tables.aws_account import ALIASES
from iamsql.tables.fragments.sql_files import read_sql
from iamsql.tables.registry import all_tables


def written(folder: Path, sql: str) -> str:
    """Write the SQL file of a module, and return the path of the module."""
    (folder / "aws_x.sql").write_text(sql)
    return str(folder / "aws_x.py")


def test_texts_and_attributes_of_calls_replace_names(tmp_path: Path) -> None:
    module = written(tmp_path, """select {columns} from raw."{aliases.raw}" where o = '{aliases.operation}'""")
    expected = f"""select a, b from raw."{ALIASES.raw}" where o = '{ALIASES.operation}'"""
    assert read_sql(module, columns="a, b", aliases=ALIASES) == expected


def test_policy_variables_and_json_are_not_names(tmp_path: Path) -> None:
    sql = "select '{}'::json, '${aws:username}', {'a': 1}"
    assert read_sql(written(tmp_path, sql)) == sql


def test_a_name_without_a_value_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="missing"):
        read_sql(written(tmp_path, "select {missing}"))


def test_no_view_has_a_name_in_braces() -> None:
    assert [
        name
        for name, table in all_tables().items()
        if "_raw}" in str(getattr(table, "sql", "")) or ".raw}" in str(getattr(table, "sql", ""))
    ] == []
