"""The large organization of the benchmarks is a run like any other: its tables are filled, and its queries answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.estate import Size, build
from tests.queries.five_accounts import rows

SIZE = Size(accounts=20, units=10, guards=5, users=40, roles=12, groups=3, policies=10)
READ = 18  # of twenty accounts two let nobody in


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate") / "estate.duckdb"
    build(path, SIZE)
    return path


def count(path: Path, relation: str) -> int:
    return int(rows(path, f"(select count(*) as n from {relation})")[0]["n"])


def test_tables_hold_as_many_as_was_asked(estate: Path) -> None:
    assert count(estate, "aws_organizations_account") == SIZE.accounts
    assert count(estate, "aws_organizations_organizational_unit") == SIZE.units
    assert count(estate, "aws_organizations_policy where not aws_managed") == SIZE.guards
    assert count(estate, "aws_iam_user") == READ * SIZE.users
    assert count(estate, "aws_iam_role") == READ * SIZE.roles
    assert count(estate, "aws_iam_group") == READ * SIZE.groups
    assert count(estate, "aws_iam_policy where not is_aws_managed") == READ * SIZE.policies
    assert count(estate, "aws_iam_access_key where last_used_known") > 0
    assert count(estate, "aws_iam_principal_policy where document_id is null") == 0
    assert count(estate, "aws_organizations_account_policy where type = 'SERVICE_CONTROL_POLICY'") > 2 * SIZE.accounts


def test_what_was_not_read_is_told(estate: Path) -> None:
    assert {row["status"] for row in rows(estate, "iamsql.run")} == {"gaps"}
    assert len(rows(estate, "skipped_accounts()")) == SIZE.accounts - READ
    assert count(estate, "iamsql.accounts where outcome = 'read'") == READ


def test_queries_answer(estate: Path) -> None:
    for query in ("stale_keys()", "users_without_mfa()", "audit_report()", "risk_score()", "top_risks()"):
        assert rows(estate, query), query
    assert {row["certainty"] for row in rows(estate, "risk_score()")} == {"exact"}
