"""The map of accounts: a row for each account, with the worst status of each family."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from iamsql.report.contents import Contents
from tests.conftest import query
from tests.report.tables import column, row_of

pytestmark = pytest.mark.slow


def test_every_account_is_a_row_of_the_map(demo_contents: Contents, demo_run: Path) -> None:
    rows = sorted((row.account_id, row.account_name, row.ou_path, row.outcome) for row in demo_contents.account_map)
    assert rows == query(demo_run, "select account_id, name, ou_path, outcome from iamsql.accounts order by all")
    assert demo_contents.outcomes == {"complete": 6, "incomplete": 6, "assume_role_failed": 1, "inactive": 3}
    order = [(-row.alarms, -row.unknown) for row in demo_contents.account_map]
    assert order == sorted(order)


def test_the_map_counts_the_findings_of_an_account(demo_contents: Contents) -> None:
    actual = Counter(
        zip(column(demo_contents.findings, "account_id"), column(demo_contents.findings, "status"), strict=True)
    )
    for row in demo_contents.account_map:
        assert (row.alarms, row.unknown) == (actual[row.account_id, "alarm"], actual[row.account_id, "error"])
        assert row.alarms == sum(counts.get("alarm", 0) for counts in row.counts.values())


def test_a_cell_of_the_map_has_the_worst_status(demo_contents: Contents) -> None:
    network = row_of(demo_contents, "012345678901")
    assert network.counts["root"]["alarm"] and network.counts["root"]["ok"]
    assert network.cells["root"] == "alarm"
    fine = row_of(demo_contents, "555566667777")
    assert {*fine.counts["organization"]} == {"ok"}
    assert fine.cells["organization"] == "ok"
    assert [*network.cells] == demo_contents.families
    assert {"root", "credentials", "policies", "logging"} <= {*demo_contents.families}


def test_an_account_that_was_not_read_is_unknown_in_every_family(demo_contents: Contents) -> None:
    refused = row_of(demo_contents, "999900001111")
    assert refused.outcome == "assume_role_failed"
    # The alarms are that the account was not read, and about service control policies, which the management account has.
    alarms = {family: cell for family, cell in refused.cells.items() if cell != "error"}
    assert alarms == {"account": "alarm", "organization": "alarm"}
    assert {*row_of(demo_contents, "141414141414").cells.values()} <= {"skip", "alarm", "error", "ok"}
