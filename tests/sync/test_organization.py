"""Service and resource control policies are read in each sync that reads an organization."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.query.run_query import QueryRequest
from iamsql.query.run_query import run_query as ask_run
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import MANAGEMENT, PAYMENTS, TOOLS, SyncedRun, query, run_sync, sync_with_faults

OPERATIONS = ("ListPolicies", "DescribePolicy", "ListTargetsForPolicy")
POLICY, TARGET = "aws_organizations_policy", "aws_organizations_policy_target"
FEW: dict[str, Any] = {"accounts": (MANAGEMENT, PAYMENTS), "events": ("none",)}
DENIED = ("denied", "AccessDeniedException")


def statuses(run: SyncedRun) -> list[tuple[str, str | None]]:
    """Return the status of the three calls, which are rows of the management account."""
    sql = (
        "select operation, account_id, status, error_code from iamsql.coverage where service = 'organizations' "
        "and list_contains(?, operation)"
    )
    by_operation = {operation: (account, state) for operation, account, *state in run.rows(sql, list(OPERATIONS))}
    assert {account for account, _ in by_operation.values()} <= {MANAGEMENT, PAYMENTS} and len(by_operation) == 3
    return [(by_operation[operation][1][0], by_operation[operation][1][1]) for operation in OPERATIONS]


@pytest.mark.slow
def test_both_types_are_read_with_documents_and_targets(tmp_path: Path, demo_run: Path) -> None:
    run = run_sync(tmp_path, typed=True, **FEW)
    assert statuses(run) == [("ok", None)] * 3 and run.result.gaps == 0
    for table in (POLICY, TARGET):
        sql = f"select * exclude (_ctx, sp_ctx) from {table} where type in ('SERVICE_CONTROL_POLICY', "
        sql += "'RESOURCE_CONTROL_POLICY') order by all"
        assert run.rows(sql) == query(demo_run, sql) != []
    assert run.rows(f"select count(*) from {POLICY} where type = 'TAG_POLICY'") == [(0,)]
    assert run.rows(f"select count(*) from {POLICY} where content is null") == [(0,)]
    assert run.count_calls("DescribePolicy") == 9


@pytest.mark.slow
def test_policy_types_that_were_not_requested_are_not_reported_as_empty(tmp_path: Path, demo_run: Path) -> None:
    plain = run_sync(tmp_path, typed=True, **FEW).path

    def notes(path: Path, sql: str) -> str:
        return "\n".join(ask_run(sql, {}, QueryRequest(str(path), tmp_path)).caveats)

    tags, scps = (f"select id from {POLICY} where type = '{kind}_POLICY'" for kind in ("TAG", "SERVICE_CONTROL"))
    lacking = "is incomplete: this run did not request policies of types other than"
    assert f"{POLICY} {lacking}" in notes(plain, tags)
    assert f"{TARGET} {lacking}" in notes(plain, f"select id from {TARGET}")
    assert lacking not in notes(plain, scps) + notes(demo_run, tags) + notes(plain, "select name from aws_iam_user")


@pytest.mark.parametrize("tables", [(), (POLICY,)])
def test_with_trust_report_the_policies_are_read_only_for_their_table(tmp_path: Path, tables: tuple[str, ...]) -> None:
    run = run_sync(tmp_path, trust_report=True, tables=tables, **FEW)
    assert sum(map(run.count_calls, OPERATIONS[:2])) == 0 or tables
    if tables:
        assert run.status("ListPolicies", MANAGEMENT) >= {("ok", None)}
    else:
        assert statuses(run) == [("skipped", "trust_report")] * 3 and run.result.gaps == 0


@pytest.mark.slow
def test_a_denied_list_is_a_gap_and_the_accounts_are_read(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, typed=True, deny=((MANAGEMENT, "ListPolicies"),), options=FEW)
    assert statuses(run) == [DENIED, ("not_requested", "ListPolicies"), ("not_requested", "ListPolicies")]
    assert run.rows(f"select count(*) from {POLICY}") == [(0,)] and run.result.status == "incomplete"
    assert run.rows("select outcome from iamsql.accounts where account_id = ?", PAYMENTS) == [("complete",)]
    assert any("organizations:ListPolicies: denied" in line for line in run.result.lines)


@pytest.mark.slow
def test_a_denied_document_leaves_the_others(tmp_path: Path) -> None:
    once = ((MANAGEMENT, "DescribePolicy", "AccessDeniedException", 1),)
    run = sync_with_faults(tmp_path, typed=True, errors=once, options=FEW)
    assert statuses(run) == [("ok", None), ("partial", "AccessDeniedException"), ("ok", None)]
    assert run.rows(f"select count(*), count(content), count(name) from {POLICY}") == [(9, 8, 9)]


@pytest.mark.slow
def test_with_denied_targets_the_policies_are_read(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, typed=True, deny=((MANAGEMENT, "ListTargetsForPolicy"),), options=FEW)
    assert statuses(run) == [("ok", None), ("ok", None), DENIED]
    assert run.rows(f"select (select count(*) from {POLICY}), (select count(*) from {TARGET})") == [(9, 0)]


@pytest.mark.slow
def test_a_policy_without_targets_may_be_attached_if_targets_were_denied(tmp_path: Path, demo_run: Path) -> None:
    refused = ((MANAGEMENT, "ListTargetsForPolicy", "AccessDeniedException", 1),)
    run = sync_with_faults(tmp_path, typed=True, errors=refused, options=FEW)
    assert statuses(run) == [("ok", None), ("ok", None), ("partial", "AccessDeniedException")]
    unplaced = "select distinct policy_name from aws_organizations_account_policy where policy_id is not null and level is null"
    assert ("no-longer-used",) in run.rows(unplaced) and query(demo_run, unplaced) == []
    verdicts = (
        "select distinct split_part(principal, ':', 5), verdict from who_can(action := 'iam:CreateUser') order by all"
    )
    assert run.rows(verdicts) == [(MANAGEMENT, "allowed"), (PAYMENTS, "unknown")]


@pytest.mark.slow
def test_without_access_to_the_organization_the_policies_are_not_requested(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, deny_organizations=True, options={"events": ("none",)})
    assert set(statuses(run)) == {("not_requested", "DescribeOrganization")} and run.result.gaps > 0
    assert sum(run.count_calls(operation) for operation in OPERATIONS) == 0
    alone = sync_with_faults(tmp_path / "alone", no_organization=True, options={"events": ("none",)})
    assert statuses(alone) == [("not_applicable", "AWSOrganizationsNotInUseException")] * 3 and alone.result.gaps == 0


@pytest.mark.slow
def test_the_account_that_reads_the_organization_reads_the_policies(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{TOOLS}:role/org-reader"
    run = run_sync(tmp_path, aws=FakeAws(DAY, caller=PAYMENTS), org_role=role, accounts=(PAYMENTS,), events=("none",))
    assert statuses(run) == [("ok", None)] * 3
    assert run.count_calls("DescribePolicy", TOOLS, "ok") == 9 == run.count_calls("DescribePolicy")


@pytest.mark.slow
def test_the_policies_are_read_at_the_same_time_as_the_accounts(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(latency=0.01)), **FEW)
    order = [call.operation for call in run.aws.calls]
    assert order.index("GetAccountAuthorizationDetails") < order.index("DescribePolicy")
