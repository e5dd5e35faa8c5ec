"""The synthetic organization of the benchmarks: a sync fills its tables, and the shipped queries answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.large_organization import Size, build
from tests.queries.five_accounts import rows

SIZE = Size(accounts=20, units=10, scps=5, users=40, roles=12, groups=3, policies=10)
READ = 18  # the roles of two of twenty accounts cannot be assumed


@pytest.fixture(scope="module")
def large_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.duckdb"
    build(path, SIZE)
    return path


def count(path: Path, relation: str) -> int:
    return int(rows(path, f"(select count(*) as n from {relation})")[0]["n"])


@pytest.mark.slow
def test_tables_have_the_requested_number_of_rows(large_run: Path) -> None:
    assert count(large_run, "aws_organizations_account") == SIZE.accounts
    assert count(large_run, "aws_organizations_organizational_unit") == SIZE.units
    assert count(large_run, "aws_organizations_policy where not aws_managed") == SIZE.scps
    assert count(large_run, "aws_iam_user") == READ * SIZE.users
    assert count(large_run, "aws_iam_role") == READ * SIZE.roles
    assert count(large_run, "aws_iam_group") == READ * SIZE.groups
    assert count(large_run, "aws_iam_policy where not is_aws_managed") == READ * SIZE.policies
    assert count(large_run, "aws_iam_access_key where last_used_known") > 0
    assert count(large_run, "aws_iam_principal_policy where document_id is null") == 0
    assert (
        count(large_run, "aws_organizations_account_policy where type = 'SERVICE_CONTROL_POLICY'") > 2 * SIZE.accounts
    )


@pytest.mark.slow
def test_accounts_that_were_not_read_are_listed(large_run: Path) -> None:
    assert {row["status"] for row in rows(large_run, "iamsql.run")} == {"incomplete"}
    assert len(rows(large_run, "skipped_accounts()")) == SIZE.accounts - READ
    assert count(large_run, "iamsql.accounts where outcome = 'complete'") == READ


@pytest.mark.slow
def test_shipped_queries_answer(large_run: Path) -> None:
    for query in ("stale_keys()", "users_without_mfa()", "audit_report()", "risk_score()", "top_risks()"):
        assert rows(large_run, query), query
    assert {row["certainty"] for row in rows(large_run, "risk_score()")} == {"exact"}
