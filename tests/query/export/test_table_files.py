"""The COPY statements of an export: files by account, and cells that a spreadsheet does not execute."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from tests.query.export.exports import exported, manifest


def test_accounts_that_differ_in_case_or_are_not_folder_names_share_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamsql.query.export.table_files.MIN_PARTITIONED_ROWS", 1)
    run = tmp_path / "x.duckdb"
    with duckdb.connect(str(run)) as con:
        con.execute("create table cases as select unnest(['a', 'A']) as account_id")
        con.execute("create table long as select repeat('x', 300) as account_id")
        con.execute("create table number as select 5 as account_id")
    exported(run, tmp_path / "out")
    assert [len(entry["files"]) for entry in manifest(tmp_path / "out")["tables"]] == [1, 1, 1]


def test_with_csv_safe_no_cell_is_a_formula(tmp_path: Path) -> None:
    run = tmp_path / "x.duckdb"
    cells = ["=1", "+1", "-1+1", "@a", "\tx", "\rx", "\nx", "＝1", "\u200b=1", 'x;"=1', "a=1", "", None]
    with duckdb.connect(str(run)) as con:
        con.execute("create type sign as enum ('=e')")
        kinds = """'-5'::json as j, -5 as n, ['=a', '-a'] as l, '=e'::sign as "=e" """
        con.execute(f"create table t as select unnest($c) as text, {kinds}", {"c": cells})
    exported(run, tmp_path / "guarded", fmt="csv", csv_safe=True)
    exported(run, tmp_path / "plain", fmt="csv")
    with (tmp_path / "guarded" / "t.csv").open(newline="") as stream:
        head, *guarded = list(csv.reader(stream))
    with (tmp_path / "plain" / "t.csv").open(newline="") as stream:
        plain = list(csv.reader(stream))[1:]
    assert [row[0] for row in guarded] == [
        "'=1", "+1", "'-1+1", "'@a", "'\tx", "'\rx", "'\nx", "'＝1", "'\u200b=1", "x;'\"=1", "a=1", "", "",
    ]  # fmt: skip
    assert [row[0] for row in plain] == [cell or "" for cell in cells]
    assert guarded[0][1:] == ["-5", "-5", '["=a",\'"-a"]', "'=e"] and head[-1] == "'=e"
    assert plain[0][1:] == ["-5", "-5", '["=a","-a"]', "=e"]
    assert manifest(tmp_path / "guarded")["csv_safe"] and not manifest(tmp_path / "plain")["csv_safe"]
