"""A table that is filled during the sync has the rows of all accounts, including accounts that are read last."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.sync import account, fill
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_tables
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import run_sync

LATENCY = 0.01


@pytest.mark.slow
@pytest.mark.parametrize("tables", [(), ("all",)], ids=str)
def test_tables_have_the_rows_of_their_items(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: tuple[str, ...]
) -> None:
    # The accounts are read one after the other, and tables are filled as soon as possible.
    monkeypatch.setattr(account, "ACCOUNTS_AT_ONCE", 1)
    monkeypatch.setattr(fill, "DELAY", 0.0)
    run = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(latency=LATENCY)), typed=True, tables=tables)
    different = {}
    for name, relation in all_tables().items():
        if relation.stored:
            typed, of_items = f'from main."{name}"', f"({compiler.select(relation)})"
            rows = run.rows(f"select (select count(*) {typed}), (select count(*) from {of_items})")
            missing = run.rows(f"select count(*) from ({of_items} except {typed})")
            if rows[0][0] != rows[0][1] or missing != [(0,)]:
                different[name] = rows, missing
    assert different == {}
    assert run.rows("select count(*) from aws_sts_caller_identity")[0][0] > 10
