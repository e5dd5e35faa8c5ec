"""An import of the AWS CLI's responses about an organization has the tables of a sync; file names give the parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync.importer.read import read
from iamsql.sync.importer.write import import_files
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import query, run_sync
from tests.tables.boto3_oracle import as_json, assume_roles, listed

ME = "111122223333"
ROOT, UNIT, POLICY = "r-ab12", "ou-ab12-12345678", "p-ab12cd34"
ITEM = {"Id": UNIT, "Arn": f"arn:aws:organizations::{ME}:ou/o-1/{UNIT}", "Name": "Prod"}
ACCOUNT = {"Id": "222233334444", "Arn": f"arn:aws:organizations::{ME}:account/o-1/222233334444", "State": "ACTIVE"}
TARGET = {"TargetId": UNIT, "Arn": ITEM["Arn"], "Name": "Prod", "Type": "ORGANIZATIONAL_UNIT"}
SUMMARY = {"Id": POLICY, "Name": "x", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": False}
FOR_PARENT, TARGETS = "ListOrganizationalUnitsForParent", "ListTargetsForPolicy"
TABLES = (
    "aws_organizations_account",
    "aws_organizations_organizational_unit",
    "aws_organizations_policy",
    "aws_organizations_policy_target",
    "aws_organizations_root",
)
Files = dict[str, Any]


def written(folder: Path, files: Files) -> Path:
    for name, document in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(as_json(document)))
    return folder


@pytest.mark.parametrize(
    ("name", "document", "operation", "bound"),
    [
        (f"list-organizational-units-for-parent-{ROOT}.json", {"OrganizationalUnits": [ITEM]}, FOR_PARENT, ROOT),
        (f"units/{ROOT}.json", {"OrganizationalUnits": [ITEM]}, FOR_PARENT, ROOT),
        (f"{ROOT}/units.json", {"OrganizationalUnits": []}, FOR_PARENT, ROOT),
        (f"list_accounts_for_parent_{UNIT}.json", {"Accounts": [ACCOUNT]}, "ListAccountsForParent", UNIT),
        (f"ListAccountsForParent.{ROOT}.json", {"Accounts": []}, "ListAccountsForParent", ROOT),
        (f"{UNIT}.accounts.json", {"Accounts": [ACCOUNT]}, "ListAccountsForParent", UNIT),
        (f"{UNIT}/accounts.json", {"Accounts": [ACCOUNT]}, "ListAccounts", None),
        ("list-targets-for-policy-p-abc.json", {"Targets": [TARGET]}, TARGETS, "p-abc"),
        ("list-targets-for-policy/p-abc.json", {"Targets": [TARGET]}, TARGETS, "p-abc"),
        ("p-FullAWSAccess.targets.json", {"Targets": [TARGET]}, TARGETS, "p-FullAWSAccess"),
        (f"{POLICY}.json.gz", {"Targets": []}, TARGETS, POLICY),
        ("list-policies-scp.json", {"Policies": []}, "ListPolicies", "SERVICE_CONTROL_POLICY"),
        ("resource_control_policies.json", {"Policies": []}, "ListPolicies", "RESOURCE_CONTROL_POLICY"),
        ("any.json", {"Policies": [SUMMARY]}, "ListPolicies", "SERVICE_CONTROL_POLICY"),
    ],
)
def test_the_name_of_the_file_or_folder_gives_the_parameter(
    tmp_path: Path, name: str, document: Any, operation: str, bound: str | None
) -> None:
    [response] = read([written(tmp_path, {name: document})], ME).responses
    assert (response.service, response.operation, [*response.bound.values()]) == (
        "organizations",
        operation,
        [bound] if bound else [],
    )
    assert [response.items] == [*document.values()] and response.account_id == ME


@pytest.mark.parametrize(
    ("name", "document", "advice"),
    [
        ("units.json", {"OrganizationalUnits": [ITEM]}, "list-organizational-units-for-parent-r-ab12.json"),
        ("list-accounts-for-parent.json", {"Accounts": [ACCOUNT]}, "list-accounts-for-parent-r-ab12.json"),
        ("targets.json", {"Targets": [TARGET]}, "list-targets-for-policy-p-ab12cd34.json"),
        ("policies-for-target.json", {"Policies": [SUMMARY]}, "list-policies-for-target-r-ab12.json"),
    ],
)
def test_a_file_without_its_parameter_is_left_out_with_advice(
    tmp_path: Path, name: str, document: Any, advice: str
) -> None:
    with pytest.raises(IamsqlError, match=f"put it into the file name, such as {advice}"):
        read([written(tmp_path, {name: document})], ME)


def test_the_policies_of_a_target_give_policies_and_targets(tmp_path: Path) -> None:
    files = {
        f"list-policies-for-target-{UNIT}.json": {"Policies": [SUMMARY]},
        f"list-organizational-units-for-parent-{ROOT}.json": {"OrganizationalUnits": [ITEM]},
    }
    by_operation = {response.operation: response for response in read([written(tmp_path, files)], ME).responses}
    assert by_operation["ListPolicies"].items == [SUMMARY]
    assert by_operation[TARGETS].bound["PolicyId"] == POLICY and by_operation[TARGETS].items == [TARGET]


def test_a_target_in_several_files_is_read_once(tmp_path: Path) -> None:
    files = {
        f"a/list-policies-for-target-{UNIT}.json": {"Policies": [SUMMARY]},
        f"b/list-targets-for-policy-{POLICY}.json": {"Targets": [TARGET]},
        f"c/list-targets-for-policy-{POLICY}.json": {"Targets": [TARGET]},
    }
    responses = [
        response for response in read([written(tmp_path, files)], ME).responses if response.operation == TARGETS
    ]
    assert [item for response in responses for item in response.items] == [TARGET]


def dumps(by_target: bool) -> Iterator[tuple[str, Any]]:
    """Return what the AWS CLI prints about the sample organization, by file."""
    client = assume_roles(FakeAws(DAY))[ME].client("organizations")
    responses = {"describe-organization": client.describe_organization()}
    responses["list-accounts"] = {"Accounts": (accounts := listed(client, "list_accounts", "Accounts"))}
    delegated = listed(client, "list_delegated_administrators", "DelegatedAdministrators")
    responses["list-delegated-administrators"] = {"DelegatedAdministrators": delegated}
    for account in delegated:
        services = listed(client, "list_delegated_services_for_account", "DelegatedServices", AccountId=account["Id"])
        responses[f"list-delegated-services-for-account-{account['Id']}"] = {"DelegatedServices": services}
    responses["list-roots"] = {"Roots": (roots := listed(client, "list_roots", "Roots"))}
    parents = [root["Id"] for root in roots]
    for parent in parents:
        units = listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
        parents += [unit["Id"] for unit in units]
        responses[f"list-organizational-units-for-parent-{parent}"] = {"OrganizationalUnits": units}
        inside = listed(client, "list_accounts_for_parent", "Accounts", ParentId=parent)
        responses[f"list-accounts-for-parent-{parent}"] = {"Accounts": inside}
    for policy_type in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        policies = listed(client, "list_policies", "Policies", Filter=policy_type)
        responses[f"list-policies-{policy_type}"] = {"Policies": policies}
        for policy_id in (policy["Id"] for policy in policies):
            responses[f"describe-policy-{policy_id}"] = {"Policy": client.describe_policy(PolicyId=policy_id)["Policy"]}
            if not by_target:
                targets = listed(client, "list_targets_for_policy", "Targets", PolicyId=policy_id)
                responses[f"list-targets-for-policy-{policy_id}"] = {"Targets": targets}
        for target_id in (*parents, *(account["Id"] for account in accounts)) if by_target else ():
            target_policies = listed(
                client, "list_policies_for_target", "Policies", TargetId=target_id, Filter=policy_type
            )
            responses[f"list-policies-for-target-{target_id}-{policy_type}"] = {"Policies": target_policies}
    yield from ((f"{name}.json", document) for name, document in responses.items())


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run of a sync that read the organization."""
    return run_sync(tmp_path_factory.mktemp("synced"), typed=True, accounts=(ME,), events=("none",)).path


@pytest.mark.slow
@pytest.mark.parametrize("by_target", [False, True])
def test_an_import_has_the_tables_of_a_sync(tmp_path: Path, synced: Path, by_target: bool) -> None:
    imported = import_files([written(tmp_path / "dumps", dict(dumps(by_target)))], None, tmp_path / "runs").path
    assert imported
    for table in TABLES:
        sql = f"select * exclude (_ctx, sp_ctx) from {table} order by all"
        assert query(imported, sql) == query(synced, sql) != [], table
    statement = "select account_id, name, state, ou_path from iamsql.accounts order by account_id"
    assert query(imported, statement) == query(synced, statement)
    states = "select distinct status from iamsql.coverage where service = 'organizations'"
    assert query(imported, states) == [("ok",)]


@pytest.mark.slow
def test_data_of_the_organization_in_no_file_is_a_gap(tmp_path: Path) -> None:
    files = dict(dumps(by_target=False))
    lacking = {
        name for name in files if "RESOURCE_CONTROL" in name or "p-FullAWSAccess" in name or name == "list-roots.json"
    }
    remaining = {name: document for name, document in files.items() if name not in lacking}
    result = import_files([written(tmp_path / "dumps", remaining)], None, tmp_path / "runs")
    sql = "select operation, status, error_message from iamsql.coverage where service = 'organizations' and status <> 'ok'"
    assert result.path and result.status == "incomplete"
    assert sorted(query(result.path, sql)) == [
        ("DescribePolicy", "partial", "No response for p-FullAWSAccess."),
        ("ListPolicies", "partial", "No response for RESOURCE_CONTROL_POLICY."),
        ("ListRoots", "skipped", "None of the imported files has the response."),
        (TARGETS, "partial", "No response for p-FullAWSAccess."),
    ]


def test_the_folder_gives_the_account_where_the_response_does_not(tmp_path: Path) -> None:
    [response] = read([written(tmp_path, {f"{ACCOUNT['Id']}/summary.json": {"SummaryMap": {"Users": 1}}})]).responses
    assert response.account_id == ACCOUNT["Id"]
