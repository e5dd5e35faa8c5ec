"""Large tables are filled in parts of accounts or documents."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from iamsql.tables.compiler import account_parts as parts

VIEW: Any = SimpleNamespace(
    calls=[SimpleNamespace(raw="a"), SimpleNamespace(raw="b")], large=[SimpleNamespace(raw="a")]
)


def conditions(monkeypatch: pytest.MonkeyPatch, **sizes: int) -> list[str]:
    monkeypatch.setattr(parts, "MAX_PART_BYTES", 10)
    return parts.account_parts(VIEW, {"a": sizes, "other": {"zzz": 99}})


def test_each_account_is_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    assert conditions(monkeypatch) == conditions(monkeypatch, a1=4, a2=6) == conditions(monkeypatch, a1=99) == [""]
    clauses = conditions(monkeypatch, a1=6, a2=6, a3=4, a4=20, a5=1)
    assert len(clauses) == 4
    for account in ("a0", "a1", "a2", "a3", "a4", "a5", "a6", None):
        rows = [
            duckdb.execute(f"select {one} from (select ?::varchar as account_id)", [account]).fetchall()
            for one in clauses
        ]
        assert sum(bool(row[0][0]) for row in rows) == 1, account


def test_sizes_of_all_calls_of_a_table_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PART_BYTES", 10)
    assert len(parts.account_parts(VIEW, {"a": {"1": 6, "2": 1}, "b": {"1": 6}})) == 2


def test_a_condition_restricts_each_table() -> None:
    sql = 'select * from raw."x" join aws_iam_user u on true'
    condition = "account_id < '2'"
    assert parts.restrict(sql, "") == sql
    assert parts.restrict(sql, condition) == (
        f'select * from (select rowid, * from raw."x" where {condition})'
        f" join (select rowid, * from aws_iam_user where {condition}) u on true"
    )


def test_documents_are_split_by_their_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_DOCUMENT_PART_BYTES", 10)
    sql = f"select * from (select unnest(range(50))::varchar as document) d where {parts.EVERY_DOCUMENT}"
    assert parts.document_parts(VIEW, sql, {"a": {"1": 9}, "b": {"1": 99}}) == [sql]
    queries = parts.document_parts(VIEW, sql, {"a": {"1": 9, "2": 15}})
    rows = [duckdb.sql(one).fetchall() for one in queries]
    assert len(queries) == 3 and sorted(int(row[0]) for part in rows for row in part) == [*range(50)]
