"""Faults of the calls of other services: resources that are missing, not enabled, denied or deleted during the sync."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from iamsql.aws.errors import classify
from iamsql.demo.protocol import service_model
from iamsql.tables.calls.organization import GUARDRAILS, OTHER_TYPES, POLICIES
from iamsql.tables.registry import all_calls
from iamsql.tables.required_policies import policy
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.sync.syncs import LOCKED, MANAGEMENT, PAYMENTS, TOOLS, SyncedRun, run_sync

pytestmark = pytest.mark.slow

POLICY, TARGET = "aws_organizations_policy", "aws_organizations_policy_target"
SERVICES = "aws_organizations_delegated_services_for_account"
INSTANCE, SET, ASSIGNMENT = "aws_ssoadmin_instance", "aws_ssoadmin_permission_set", "aws_ssoadmin_account_assignment"
FINDING = "aws_accessanalyzer_finding"
IRELAND = ("eu-west-1",)
SERVICES_ON_DEMAND = ("organizations", "account", "accessanalyzer", "sso-admin", "identitystore")
MINE = [
    call
    for call in all_calls()
    if call.on_demand and call.service in SERVICES_ON_DEMAND and call.operation != "ListRegions"
]


def sync_tables(
    runs: Path, *tables: str, accounts: tuple[str, ...] = (MANAGEMENT,), aws: Any = None, **faults: Any
) -> SyncedRun:
    """Sync tables of some accounts; `faults` are faults of the fake AWS, and may have the options `regions` and `org_role`."""
    options = {name: faults.pop(name) for name in ("regions", "org_role") if name in faults}
    aws = aws or FakeAws(DAY, faults=Faults(**faults))
    return run_sync(runs, aws=aws, typed=True, tables=tables, accounts=accounts, **options)


def statuses(run: SyncedRun, *operations: str) -> dict[str, tuple[str, str | None]]:
    """Return the status of each call in the accounts that were read."""
    sql = (
        "select distinct status, error_code from iamsql.coverage where operation = ? and service <> 'iam' "
        "and coalesce(error_code, '') <> 'account_not_selected'"
    )
    by_operation = {}
    for operation in operations:
        [by_operation[operation]] = run.rows(sql, operation)
    return by_operation


# -- the organization ------------------------------------------------------------------------------------------------------


def test_each_policy_type_of_the_model_is_requested() -> None:
    types = (*GUARDRAILS, *OTHER_TYPES)
    assert sorted(types) == sorted(service_model("organizations").shape_for("PolicyType").enum)


def test_a_policy_type_that_is_not_enabled_does_not_raise(tmp_path: Path) -> None:
    errors = (("*", "ListPolicies", "PolicyTypeNotEnabledException", 99),)
    run = sync_tables(tmp_path, POLICY, TARGET, errors=errors)
    assert set(statuses(run, "ListPolicies", "DescribePolicy", "ListTargetsForPolicy").values()) == {("ok", None)}
    assert run.rows(f"select count(*) from {POLICY}") == [(0,)] and run.result.gaps == 0


@pytest.mark.parametrize(("reason", "kind"), [("INVALID_ENUM_POLICY_TYPE", "absent"), ("INPUT_REQUIRED", "error")])
def test_a_policy_type_unknown_in_the_partition_is_recognized_by_the_reason(reason: str, kind: str) -> None:
    response = {"Error": {"Code": "InvalidInputException", "Message": "You gave a wrong value."}, "Reason": reason}
    fault = classify(ClientError(response, "ListPolicies"), POLICIES.empty_on)  # type: ignore[arg-type]
    assert (fault.fault_type, fault.code) == (kind, "InvalidInputException")


def test_a_policy_whose_document_is_denied_has_a_row_without_it(tmp_path: Path) -> None:
    run = sync_tables(tmp_path, POLICY, TARGET, deny=(("*", "DescribePolicy"),))
    assert statuses(run, "ListPolicies", "DescribePolicy") == {
        "ListPolicies": ("ok", None),
        "DescribePolicy": ("denied", "AccessDeniedException"),
    }
    assert run.rows(f"select count(*), count(content), count(name) from {POLICY}") == [(10, 0, 10)]
    assert run.rows(f"select count(*) > 50, count(content), count(*) - count(name) from {TARGET}") == [(True, 0, 0)]


def test_calls_that_depend_on_a_denied_list_are_not_made(tmp_path: Path) -> None:
    denied = ("denied", "AccessDeniedException")
    run = sync_tables(
        tmp_path, POLICY, TARGET, SERVICES, deny=(("*", "ListPolicies"), ("*", "ListDelegatedAdministrators"))
    )
    after = dict.fromkeys(("DescribePolicy", "ListTargetsForPolicy"), ("not_requested", "ListPolicies"))
    after["ListDelegatedServicesForAccount"] = ("not_requested", "ListDelegatedAdministrators")
    expected = {"ListPolicies": denied, "ListDelegatedAdministrators": denied, **after}
    assert statuses(run, *expected) == expected
    assert run.count_calls("ListTargetsForPolicy") == run.count_calls("ListDelegatedServicesForAccount") == 0


def test_outside_an_organization_the_tables_are_empty_without_a_gap(tmp_path: Path) -> None:
    run = sync_tables(tmp_path, POLICY, TARGET, SERVICES, no_organization=True)
    assert statuses(run, "ListPolicies") == {"ListPolicies": ("not_applicable", "AWSOrganizationsNotInUseException")}
    assert run.result.gaps == 0
    assert run.rows(f"select count(*) from {SERVICES}") == [(0,)]


def test_rows_that_a_delegated_administrator_reads_belong_to_the_management_account(tmp_path: Path) -> None:
    aws = FakeAws(DAY, caller=PAYMENTS)
    role = f"arn:aws:iam::{TOOLS}:role/org-reader"
    run = sync_tables(tmp_path, POLICY, TARGET, SERVICES, accounts=(PAYMENTS,), aws=aws, org_role=role)
    assert run.rows(f"select distinct account_id from {POLICY}") == [(MANAGEMENT,)]
    assert run.rows(f"select distinct account_id from {TARGET}") == [(MANAGEMENT,)]
    assert run.count_calls("ListPolicies", TOOLS, "ok") > 0 == run.count_calls("ListPolicies", PAYMENTS)
    sql = (
        "select distinct account_id from iamsql.coverage where service = 'organizations' and operation = 'ListPolicies'"
    )
    assert run.rows(sql) == [(MANAGEMENT,)]


# -- the accounts ----------------------------------------------------------------------------------------------------------


def test_a_sync_that_names_no_table_makes_none_of_these_calls(tmp_path: Path) -> None:
    run = run_sync(tmp_path, accounts=(MANAGEMENT,), events=("none",))
    default = {"ListPolicies", "DescribePolicy", "ListTargetsForPolicy"}
    types = {dict(call.params).get("Filter") for call in run.aws.calls if call.operation == "ListPolicies"}
    assert types - {None} == set(GUARDRAILS)
    for call in (call for call in MINE if call.operation not in default):
        assert not [
            sent for sent in run.aws.calls if sent.operation == call.operation and call.service != "identitystore"
        ]
        sql = "select distinct status, error_code from iamsql.coverage where service = ? and operation = ?"
        codes = run.rows(sql + " and account_id = ?", call.service, call.operation, MANAGEMENT)
        assert codes == [("skipped", "not_selected")], call.operation
    assert run.result.gaps == 0


def test_the_permissions_are_in_the_policy_of_the_accounts_that_need_them() -> None:
    def allowed(kind: str) -> set[str]:
        statements: Any = policy(kind)["Statement"]
        return set(statements[0]["Action"])

    assert {call.permission for call in MINE if call.org} <= allowed("management")
    assert {call.permission for call in MINE if not call.org} <= allowed("member") - allowed("management")
    assert {"sso:ListInstances", "identitystore:ListUsers", "access-analyzer:ListFindings"} <= allowed("member")
    assert not any(action.startswith(("sso-admin:", "accessanalyzer:")) for action in allowed("member"))


def test_the_error_codes_of_missing_resources_are_in_botocores_models() -> None:
    assumed = {"PolicyTypeNotAvailableForOrganizationException", "PolicyTypeNotEnabledException"}
    for call in MINE:
        loaded = Loader().load_service_model(call.service, "service-2")
        codes = {error["shape"] for error in loaded["operations"][call.operation].get("errors", [])}
        assert {code.partition(":")[0] for code in call.empty_on} - assumed <= codes, call.operation


def test_without_an_identity_center_instance_each_account_takes_one_call(tmp_path: Path) -> None:
    run = sync_tables(tmp_path, INSTANCE, SET, ASSIGNMENT, accounts=(MANAGEMENT, PAYMENTS))
    assert run.rows(f"select count(*) from {INSTANCE}") == [(0,)] and run.result.gaps == 0
    assert run.count_calls("ListInstances") == 2 and run.count_calls("ListPermissionSets") == 0
    assert statuses(run, "ListAccountAssignments") == {"ListAccountAssignments": ("ok", None)}


def test_an_identity_center_instance_that_cannot_be_listed_makes_its_contents_unknown(tmp_path: Path) -> None:
    run = sync_tables(tmp_path, ASSIGNMENT, regions=IRELAND, deny=((MANAGEMENT, "ListInstances"),))
    denied = ("denied", "AccessDeniedException")
    after = dict.fromkeys(("ListPermissionSets", "ListAccountAssignments"), ("not_requested", "ListInstances"))
    assert statuses(run, "ListInstances", *after) == {"ListInstances": denied, **after}
    assert run.result.gaps > 0


def test_tags_and_boundaries_that_were_not_read_are_null_and_empty_ones_are_not(tmp_path: Path) -> None:
    sql = f"select count(*) filter (tags_src = '[]'), count(tags_src), count(permissions_boundary), count(*) from {SET}"
    complete = sync_tables(tmp_path / "a", SET, regions=IRELAND)
    assert complete.rows(sql) == [(5, 6, 2, 6)]
    lists = (("*", "ListTagsForResource"), ("*", "GetPermissionsBoundaryForPermissionSet"))
    run = sync_tables(tmp_path / "b", SET, regions=IRELAND, deny=lists)
    assert run.rows(sql) == [(0, 0, 0, 6)]
    assert statuses(run, "ListTagsForResource")["ListTagsForResource"][0] == "denied"


def test_a_resource_deleted_after_it_was_listed_does_not_raise(tmp_path: Path) -> None:
    errors = (
        ("*", "ListFindings", "ResourceNotFoundException", 1),
        ("*", "DescribePermissionSet", "ResourceNotFoundException", 1),
    )
    run = sync_tables(tmp_path, FINDING, SET, accounts=(MANAGEMENT, PAYMENTS), regions=IRELAND, errors=errors)
    assert statuses(run, "ListFindings", "DescribePermissionSet") == {
        "ListFindings": ("ok", None),
        "DescribePermissionSet": ("ok", None),
    }
    assert run.rows(f"select count(*), count(name) from {SET}") == [(6, 5)]


def test_each_type_of_analyzer_is_read_with_its_own_call(tmp_path: Path) -> None:
    run = sync_tables(tmp_path, FINDING, accounts=(TOOLS,))
    kinds = {call.operation: dict(call.params)["analyzerArn"] for call in run.aws.calls if "Findings" in call.operation}
    assert {name: arn.rpartition("/")[2] for name, arn in kinds.items()} == {
        "ListFindings": "organization",
        "ListFindingsV2": "unused",
    }
    assert set(statuses(run, "ListFindings", "ListFindingsV2").values()) == {("ok", None)}


def test_tables_on_demand_have_a_gap_for_accounts_whose_role_cannot_be_assumed(tmp_path: Path) -> None:
    run = sync_tables(tmp_path, "aws_account_contact", accounts=(MANAGEMENT, LOCKED))
    codes = run.rows(
        "select account_id, status, error_code from iamsql.coverage where operation = 'GetContactInformation' "
        "and error_code is distinct from 'account_not_selected' order by all"
    )
    assert codes == [(MANAGEMENT, "ok", None), (LOCKED, "not_requested", "AssumeRole")]


def test_pages_of_one_item_have_the_same_rows(tmp_path: Path) -> None:
    tables = (POLICY, TARGET, FINDING, SET, ASSIGNMENT, "aws_identitystore_user", "aws_identitystore_group_membership")
    accounts, regions = (MANAGEMENT, PAYMENTS, TOOLS), ("us-east-1", "eu-west-1")
    small = sync_tables(tmp_path / "a", *tables, accounts=accounts, regions=regions, page_size=1)
    large = sync_tables(tmp_path / "b", *tables, accounts=accounts, regions=regions, page_size=100)
    for table in tables:
        sql = f"select * exclude (_ctx, sp_ctx) from {table} order by all"
        assert small.rows(sql) == large.rows(sql), table
    assert small.count_calls("ListUsers") == 5 > large.count_calls("ListUsers") == 1
