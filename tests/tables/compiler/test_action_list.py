"""The list of known actions as a macro."""

from __future__ import annotations

import duckdb

from iamsql.tables.compiler.action_list import action_list


def test_a_service_is_a_line_with_its_actions() -> None:
    with duckdb.connect() as con:
        con.execute(action_list())
        ((text,),) = con.execute("select iam_action_list()").fetchall()
    lines = text.strip("\n").split("\n")
    assert len(lines) > 300 and all(line.endswith("|") and ",|" in line and line == line.lower() for line in lines)
    assert "|passrole|" in next(line for line in lines if line.startswith("iam,|"))
    assert "\niam,|" in text and "''" not in text
