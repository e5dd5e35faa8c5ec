"""Service and resource control policies are read in every sync that reads an organization, beside the accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.query.run import run_query as ask_run
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import MANAGEMENT, PAYMENTS, TOOLS, SyncedRun, query, run_sync, sync_with_faults

OPERATIONS = ("ListPolicies", "DescribePolicy", "ListTargetsForPolicy")
POLICY, TARGET = "aws_organizations_policy", "aws_organizations_policy_target"
FEW: dict[str, Any] = {"accounts": (MANAGEMENT, PAYMENTS), "events": ("none",)}
DENIED = ("denied", "AccessDeniedException")


def told(run: SyncedRun) -> list[tuple[str, str | None]]:
    """Give the states of the three calls; they are told once each, under the management account."""
    sql = (
        "select operation, account_id, status, error_code from iamsql.coverage where service = 'organizations' "
        "and list_contains(?, operation)"
    )
    found = {operation: (account, state) for operation, account, *state in run.rows(sql, list(OPERATIONS))}
    assert {account for account, _ in found.values()} <= {MANAGEMENT, PAYMENTS} and len(found) == 3
    return [(found[one][1][0], found[one][1][1]) for one in OPERATIONS]


def test_both_types_are_read_with_documents_and_targets(tmp_path: Path, demo_run: Path) -> None:
    run = run_sync(tmp_path, typed=True, **FEW)
    assert told(run) == [("ok", None)] * 3 and run.result.gaps == 0
    for table in (POLICY, TARGET):
        sql = f"select * exclude (_ctx, sp_ctx) from {table} where type in ('SERVICE_CONTROL_POLICY', "
        sql += "'RESOURCE_CONTROL_POLICY') order by all"
        assert run.rows(sql) == query(demo_run, sql) != []
    assert run.rows(f"select count(*) from {POLICY} where type = 'TAG_POLICY'") == [(0,)]
    assert run.rows(f"select count(*) from {POLICY} where content is null") == [(0,)]
    assert run.count_calls("DescribePolicy") == 9


def test_the_other_types_that_nobody_asked_for_are_not_said_to_be_none(tmp_path: Path, demo_run: Path) -> None:
    plain = run_sync(tmp_path, typed=True, **FEW).path

    def notes(path: Path, sql: str) -> str:
        return "\n".join(ask_run(sql, args={}, run=str(path), runs_dir=tmp_path).notes)

    tags, scps = (f"select id from {POLICY} where type = '{kind}_POLICY'" for kind in ("TAG", "SERVICE_CONTROL"))
    assert f"{POLICY} lacks policies of types other than" in notes(plain, tags)
    assert f"{TARGET} lacks policies of types other than" in notes(plain, f"select id from {TARGET}")
    assert "lacks" not in notes(plain, scps) + notes(demo_run, tags) + notes(plain, "select name from aws_iam_user")


@pytest.mark.parametrize("named", [(), (POLICY,)])
def test_under_trust_report_they_are_read_only_for_their_table(tmp_path: Path, named: tuple[str, ...]) -> None:
    run = run_sync(tmp_path, trust_report=True, tables=named, **FEW)
    assert sum(map(run.count_calls, OPERATIONS[:2])) == 0 or named
    if named:
        assert run.status("ListPolicies", MANAGEMENT) >= {("ok", None)}
    else:
        assert told(run) == [("skipped", "trust_report")] * 3 and run.result.gaps == 0


def test_a_list_that_is_denied_is_a_gap_and_the_accounts_are_read(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, typed=True, deny=((MANAGEMENT, "ListPolicies"),), options=FEW)
    assert told(run) == [DENIED, ("not_asked", "ListPolicies"), ("not_asked", "ListPolicies")]
    assert run.rows(f"select count(*) from {POLICY}") == [(0,)] and run.result.status == "gaps"
    assert run.rows("select outcome from iamsql.accounts where account_id = ?", PAYMENTS) == [("read",)]
    assert any("organizations:ListPolicies: denied" in line for line in run.result.lines)


def test_one_document_that_fails_leaves_the_others(tmp_path: Path) -> None:
    once = ((MANAGEMENT, "DescribePolicy", "AccessDeniedException", 1),)
    run = sync_with_faults(tmp_path, typed=True, errors=once, options=FEW)
    assert told(run) == [("ok", None), ("partial", "AccessDeniedException"), ("ok", None)]
    assert run.rows(f"select count(*), count(content), count(name) from {POLICY}") == [(9, 8, 9)]


def test_targets_that_are_denied_leave_the_policies(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, typed=True, deny=((MANAGEMENT, "ListTargetsForPolicy"),), options=FEW)
    assert told(run) == [("ok", None), ("ok", None), DENIED]
    assert run.rows(f"select (select count(*) from {POLICY}), (select count(*) from {TARGET})") == [(9, 0)]


def test_a_policy_without_targets_may_be_attached_where_the_targets_of_some_were_denied(
    tmp_path: Path, demo_run: Path
) -> None:
    refused = ((MANAGEMENT, "ListTargetsForPolicy", "AccessDeniedException", 1),)
    run = sync_with_faults(tmp_path, typed=True, errors=refused, options=FEW)
    assert told(run) == [("ok", None), ("ok", None), ("partial", "AccessDeniedException")]
    unplaced = "select distinct policy_name from aws_organizations_account_policy where policy_id is not null and level is null"
    assert ("no-longer-used",) in run.rows(unplaced) and query(demo_run, unplaced) == []
    verdicts = (
        "select distinct split_part(principal, ':', 5), verdict from who_can(action := 'iam:CreateUser') order by all"
    )
    assert run.rows(verdicts) == [(MANAGEMENT, "certain"), (PAYMENTS, "unknown")]


def test_where_the_organization_cannot_be_read_they_are_not_asked_for(tmp_path: Path) -> None:
    run = sync_with_faults(tmp_path, deny_organizations=True, options={"events": ("none",)})
    assert set(told(run)) == {("not_asked", "DescribeOrganization")} and run.result.gaps > 0
    assert sum(run.count_calls(one) for one in OPERATIONS) == 0
    alone = sync_with_faults(tmp_path / "alone", no_organization=True, options={"events": ("none",)})
    assert told(alone) == [("not_applicable", "AWSOrganizationsNotInUseException")] * 3 and alone.result.gaps == 0


def test_whoever_reads_the_organization_is_asked(tmp_path: Path) -> None:
    role = f"arn:aws:iam::{TOOLS}:role/org-reader"
    run = run_sync(tmp_path, aws=FakeAws(DAY, caller=PAYMENTS), org_role=role, accounts=(PAYMENTS,), events=("none",))
    assert told(run) == [("ok", None)] * 3
    assert run.count_calls("DescribePolicy", TOOLS, "ok") == 9 == run.count_calls("DescribePolicy")


def test_they_are_read_beside_the_accounts(tmp_path: Path) -> None:
    run = run_sync(tmp_path, aws=FakeAws(DAY, faults=Faults(latency=0.01)), **FEW)
    order = [one.operation for one in run.aws.calls]
    assert order.index("GetAccountAuthorizationDetails") < order.index("DescribePolicy")
