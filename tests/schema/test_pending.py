"""Tables that can be filled while a run collects: each once, after the tables that it reads, when its calls have ended."""

from __future__ import annotations

import re

import pytest

from iamsql.model import View
from iamsql.schema import compiler
from iamsql.schema.pending import PendingTables
from iamsql.schema.registry import all_calls, all_tables, calls_of, raw_of

RAW = frozenset(call.raw for call in all_calls())
STORED = [name for name, relation in all_tables().items() if relation.stored]
_COVERAGE = re.compile(r"iamsql\.coverage\b.*?operation = '(\w+)'", re.DOTALL)


def fills(*names: str) -> list[str]:
    """Return the statements that fill tables."""
    return [compiler.fill_table(all_tables()[name]) for name in names]


def test_all_tables_are_filled_after_the_tables_that_they_read() -> None:
    pending = PendingTables()
    assert pending.take_ready((), RAW) == fills(*STORED)
    assert (len(pending), pending.take_ready((), RAW)) == (0, [])
    for place, name in enumerate(STORED):
        assert {table for table in all_tables()[name].tables if all_tables()[table].stored} <= {*STORED[:place]}


def test_a_table_waits_for_its_own_calls_and_those_of_the_tables_that_it_reads() -> None:
    pending = PendingTables()
    users = {call.raw for call in calls_of("aws_iam_user")}
    first = pending.take_ready(users, RAW)
    assert not {*fills("aws_iam_user", "aws_iam_group", "aws_iam_principal")} & {*first}
    assert {*fills("aws_organizations_account", "aws_iam_server_certificate")} <= {*first}
    rest = pending.take_ready((), RAW)
    assert [*map(rest.index, fills("aws_iam_user", "aws_iam_group", "aws_iam_principal"))] == sorted(
        map(rest.index, fills("aws_iam_user", "aws_iam_group", "aws_iam_principal"))
    )
    assert sorted(first + rest) == sorted(fills(*STORED))


def test_tables_without_rows_need_no_statement() -> None:
    pending = PendingTables()
    assert pending.take_ready((), {"organizations_list_roots"}) == fills(
        *(name for name in STORED if "organizations_list_roots" in raw_of(name))
    )
    assert not pending


@pytest.mark.parametrize("name", [name for name in STORED if isinstance(all_tables()[name], View)])
def test_a_table_that_reads_the_coverage_of_a_call_waits_for_the_call(name: str) -> None:
    relation = all_tables()[name]
    read = {*_COVERAGE.findall(relation.sql)} if isinstance(relation, View) else set()
    assert read <= {call.operation for table in (name, *relation.tables) for call in calls_of(table)}
