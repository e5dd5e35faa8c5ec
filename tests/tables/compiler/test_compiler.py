"""The SQL that fills tables: the calls that it depends on, and the parts of the accounts of a large organization."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iamsql.model import View
from iamsql.tables.compiler import account_parts, compiler
from iamsql.tables.registry import all_tables, find_calls
from tests.conftest import connect_run
from tests.tiers import slow_but_every

STORED = [name for name, relation in all_tables().items() if relation.stored]
BY_ACCOUNT = [name for name, relation in all_tables().items() if isinstance(relation, View) and relation.by_account]
_COVERAGE = re.compile(r"iamsql\.coverage\b.*?operation = '(\w+)'", re.DOTALL)


@pytest.mark.parametrize("name", STORED)
def test_a_table_declares_the_calls_whose_coverage_it_reads(name: str) -> None:
    """A table is filled when its calls have ended, so their coverage is complete."""
    relation = all_tables()[name]
    read = {*_COVERAGE.findall(relation.sql)} if isinstance(relation, View) else set()
    assert read <= {call.operation for table in (name, *relation.tables) for call in find_calls(table)}


@pytest.mark.parametrize("name", slow_but_every(4, BY_ACCOUNT))
def test_a_table_is_the_same_if_it_is_filled_account_by_account(
    name: str, demo_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relation = all_tables()[name]
    with connect_run(demo_run) as run:
        sizes = {
            call.raw: dict(
                run.execute(f'select account_id, sum(strlen(item)) from raw."{call.raw}" group by 1').fetchall()
            )
            for call in relation.calls
        }
        monkeypatch.setattr(account_parts, "MAX_PART_BYTES", 1)
        statements = compiler.fill_table(relation, sizes).split(";insert")
        assert len(statements) == len({account for by_account in sizes.values() for account in by_account}) > 2
        columns = [f'"{column.name}"' for column in compiler.columns(relation)]
        insert = f'insert into main."{name}" '
        rows = " union all ".join(f"({part.removeprefix(insert).removeprefix(insert[6:])})" for part in statements)
        texts = ", ".join(f"cast({column} as varchar)" for column in columns)
        expected = run.execute(f'select {texts} from main."{name}" order by all').fetchall()
        assert run.execute(f"select {texts} from ({rows}) order by all").fetchall() == expected
        assert expected


@pytest.mark.slow
def test_statements_are_the_same_if_their_documents_are_parsed_in_parts(demo_run: Path) -> None:
    relation = all_tables()["aws_iam_statement"]
    assert isinstance(relation, View)
    sizes = {relation.large[0].raw: {"1": 2 * account_parts.MAX_DOCUMENT_PART_BYTES}}
    parts = account_parts.document_parts(relation, compiler.select(relation), sizes)
    assert len(parts) == 3 and len(account_parts.document_parts(relation, compiler.select(relation), {})) == 1
    with connect_run(demo_run) as run:
        rows = " union all ".join(f"({part})" for part in parts)
        counted = "select count(*), count(distinct document_id) from"
        assert run.execute(f"{counted} ({rows})").fetchall() == run.execute(f"{counted} aws_iam_statement").fetchall()
        assert min(run.execute(f"select count(*) from ({part})").fetchall() for part in parts) > [(10,)]


def test_accounts_are_split_by_the_size_of_their_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_parts, "MAX_PART_BYTES", 10)
    relation = all_tables()["aws_iam_group"]
    assert isinstance(relation, View)
    raw, other = (call.raw for call in relation.calls[:2])

    def parts(**sizes: int) -> list[str]:
        return account_parts.account_parts(relation, {raw: sizes, other: {"b'": 1}, "unrelated": {"a": 99}})

    assert parts(a=5, c=4) == [""]
    assert parts(a=5, c=5) == ["account_id < 'c' or account_id is null", "account_id >= 'c'"]
    first, second = "'b'''", "'d'"
    assert parts(a=50, c=5, d=9) == [
        f"account_id < {first} or account_id is null",
        f"account_id >= {first} and account_id < {second}",
        f"account_id >= {second}",
    ]
    assert compiler.fill_table(relation, {raw: {"a": 5}}) == compiler.fill_table(relation)
