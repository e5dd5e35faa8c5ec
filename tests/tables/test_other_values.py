"""Each table of other services that test_listed_values.py does not compare has the values that plain boto3 calls return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamsql.tables.registry import all_tables
from tests.sync.syncs import run_sync
from tests.tables import oracle_identity_center as center
from tests.tables import oracle_organizations as org
from tests.tables import oracle_trails as trail
from tests.tables.boto3_client import REGIONS, ServiceAccount
from tests.tables.boto3_oracle import Row, assert_same_rows, derived_tables, rows_of
from tests.tables.listed_rows import listed_tables
from tests.tiers import slow_but_every

EXPECTED: dict[str, Callable[[ServiceAccount], Iterator[Row]]] = {
    "aws_accessanalyzer_finding": center.findings,
    "aws_account": org.account,
    "aws_account_alternate_contact": org.alternate_contacts,
    "aws_account_contact": org.contact,
    "aws_cloudtrail_trail": trail.trails,
    "aws_identitystore_group": center.store_groups,
    "aws_organizations_account": org.organization_accounts,
    "aws_organizations_organizational_unit": org.units,
    "aws_organizations_policy": org.policies,
    "aws_organizations_policy_target": org.policy_targets,
    "aws_region": org.regions,
    "aws_ssoadmin_permission_set": center.permission_sets,
}
# Events, what was read of them, and resources with policies are compared elsewhere.
DENIAL = "deny-unused-services"
RESOURCES = {"aws_ecr_repository", "aws_resource_policy", "aws_s3_bucket"}
EVENTS = {f"aws_cloudtrail_{name}" for name in ("coverage", "event", "log", "lookup_event", "trail_event")}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of these tables in the home region and in eu-west-1."""
    runs = tmp_path_factory.mktemp("runs")
    return run_sync(runs, typed=True, tables=tuple(EXPECTED), regions=REGIONS, events=("none",)).path


@pytest.mark.parametrize("table", slow_but_every(3, EXPECTED))
def test_the_rows_equal_plain_calls(run: Path, accounts: list[ServiceAccount], table: str) -> None:
    assert_same_rows(
        run, table, all_tables()[table].key, [row for account in accounts for row in EXPECTED[table](account)]
    )


@pytest.mark.slow
def test_each_table_and_column_is_compared(run: Path, accounts: list[ServiceAccount]) -> None:
    other_tables = {name for name in all_tables() if not name.startswith(("aws_iam_", "aws_sts_"))}
    assert other_tables - EVENTS - RESOURCES - derived_tables() - listed_tables().keys() == EXPECTED.keys()
    for table, rows in EXPECTED.items():
        first_row = next(row for account in accounts for row in rows(account))
        assert set(rows_of(run, table)[0]) - {"sp_ctx", "_ctx"} == set(first_row), table


@pytest.mark.parametrize("table", EXPECTED)
def test_each_row_has_account_region_and_partition(run: Path, table: str) -> None:
    services = {call.service for call in all_tables()[table].calls}
    for row in rows_of(run, table):
        assert row["_ctx"] == row["sp_ctx"]
        assert row["_ctx"]["connection_name"] == f"aws_{row['account_id']}"
        assert row["_ctx"]["source"].split(":")[0] in services and row["_ctx"]["synced_at"]


def test_the_sample_organization_has_the_cases_worth_testing(run: Path) -> None:
    contacts = {(row["account_id"], row["contact_type"]) for row in rows_of(run, "aws_account_alternate_contact")}
    assert ("012345678901", "BILLING") in contacts and ("012345678901", "SECURITY") not in contacts
    policies = {row["name"]: row["type"] for row in rows_of(run, "aws_organizations_policy")}
    assert policies[DENIAL] == "SERVICE_CONTROL_POLICY" and "TAG_POLICY" in policies.values()
    targets = {(row["name"], row["target_type"]) for row in rows_of(run, "aws_organizations_policy_target")}
    assert {("only-us", "ROOT"), ("only-us", "ORGANIZATIONAL_UNIT"), (DENIAL, "ACCOUNT")} <= targets
    findings = rows_of(run, "aws_accessanalyzer_finding")
    assert {row["status"] for row in findings} == {"ACTIVE", "ARCHIVED", "RESOLVED"}
    assert {row["is_public"] for row in findings} == {True, False, None}
    assert {"ExternalAccess", "UnusedIAMRole", "UnusedPermission"} <= {row["finding_type"] for row in findings}
    assert {row["region"] for row in rows_of(run, "aws_ssoadmin_instance")} == {"eu-west-1"}
