"""Responses of services other than IAM are recognized by content, and an import of them has the tables of a sync."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync.importer.read import read
from iamsql.sync.importer.write import import_files
from tests.conftest import DAY, third_party
from tests.fake_aws import FakeAws
from tests.sync.syncs import query, run_sync
from tests.tables.boto3_oracle import as_json, assume_roles, listed

ME = "111122223333"
INSTANCE = "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6"
SET = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1111222233334444"
STORE = "d-9367a1b2c3"
POLICY = {"Id": "p-1", "Arn": f"arn:aws:organizations::{ME}:policy/o-1/tag_policy/p-1", "Type": "TAG_POLICY"}
ANALYZER = {"arn": f"arn:aws:access-analyzer:eu-west-1:{ME}:analyzer/a", "type": "ACCOUNT"}


@pytest.mark.parametrize(
    ("value", "operation", "region", "bound"),
    [
        ({"Policies": [POLICY | {"AwsManaged": False}]}, "ListPolicies", "global", {"Filter": "TAG_POLICY"}),
        ({"Policy": {"PolicySummary": POLICY, "Content": "{}"}}, "DescribePolicy", "global", {"PolicyId": "p-1"}),
        ({"ContactInformation": {"FullName": "x", "CountryCode": "ES"}}, "GetContactInformation", "global", {}),
        (
            {"AlternateContact": {"Name": "x", "AlternateContactType": "SECURITY"}},
            "GetAlternateContact",
            "global",
            {"AlternateContactType": "SECURITY"},
        ),
        ({"analyzers": [ANALYZER]}, "ListAnalyzers", "eu-west-1", {}),
        ({"Instances": [{"InstanceArn": INSTANCE, "IdentityStoreId": STORE}]}, "ListInstances", "global", {}),
        ({"PermissionSets": [SET]}, "ListPermissionSets", "global", {"InstanceArn": INSTANCE}),
        (
            {"PermissionSet": {"PermissionSetArn": SET}},
            "DescribePermissionSet",
            "global",
            {"InstanceArn": INSTANCE, "PermissionSetArn": SET},
        ),
        (
            {"AccountAssignments": [{"PermissionSetArn": SET, "PrincipalId": "u", "AccountId": "222233334444"}]},
            "ListAccountAssignments",
            "global",
            {"InstanceArn": INSTANCE, "PermissionSetArn": SET, "AccountId": "222233334444"},
        ),
        ({"Users": [{"IdentityStoreId": STORE, "UserId": "u"}]}, "ListUsers", "global", {"IdentityStoreId": STORE}),
        ({"Groups": [{"IdentityStoreId": STORE, "GroupId": "g"}]}, "ListGroups", "global", {"IdentityStoreId": STORE}),
        (
            {"GroupMemberships": [{"IdentityStoreId": STORE, "GroupId": "g", "MembershipId": "m"}]},
            "ListGroupMemberships",
            "global",
            {"IdentityStoreId": STORE, "GroupId": "g"},
        ),
    ],
)
def test_responses_are_recognized_by_content(
    tmp_path: Path, value: Any, operation: str, region: str, bound: dict[str, str]
) -> None:
    path = tmp_path / "any-name"
    path.write_text(json.dumps(value))
    [response] = read([path], ME).responses
    assert (response.operation, response.region, response.bound, response.account_id) == (operation, region, bound, ME)
    [member] = value.values()
    assert response.items == (member if isinstance(member, list) else [member])


@pytest.mark.parametrize(
    "value",
    [
        {"Targets": [{"TargetId": "r-1"}]},
        {"findings": [{"id": "f"}]},
        {"DelegatedServices": [{"ServicePrincipal": "x"}]},
        {"Policy": {"PolicyName": "an IAM policy", "Arn": f"arn:aws:iam::{ME}:policy/x"}},
        {"Instances": [{"InstanceId": "i-1"}]},
        {"Groups": [{"GroupName": "an IAM group", "GroupId": "AGPA"}]},
        {"PermissionSets": ["no-arn"]},
        {"Instances": []},
    ],
)
def test_a_response_without_its_parameter_is_left_out(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "any-name"
    path.write_text(json.dumps(value))
    with pytest.raises(IamsqlError, match="not a known response"):
        read([path], ME)


def test_items_with_several_parameters_in_one_file_are_separated(tmp_path: Path) -> None:
    other = SET.replace("7223", "9999")
    path = tmp_path / "all"
    path.write_text(json.dumps({"PermissionSets": [SET, other, SET + "5"]}))
    responses = read([path], ME).responses
    assert [(response.bound["InstanceArn"], len(response.items)) for response in responses] == [
        (INSTANCE, 2),
        (INSTANCE.replace("7223", "9999"), 1),
    ]


def test_an_identity_center_instance_names_its_account(tmp_path: Path) -> None:
    item = {
        "InstanceArn": INSTANCE,
        "IdentityStoreId": STORE,
        "OwnerAccountId": "222233334444",
        "PrimaryRegion": "eu-west-1",
    }
    (tmp_path / "i").write_text(json.dumps({"Instances": [item]}))
    [response] = read([tmp_path / "i"]).responses
    assert (response.account_id, response.region) == ("222233334444", "eu-west-1")


def test_a_redacted_account_id_is_not_an_account(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(
        json.dumps({"analyzers": [{"arn": ANALYZER["arn"].replace(ME, "0" * 12), "type": "ACCOUNT"}]})
    )
    [response] = read([tmp_path / "a"], ME).responses
    assert (response.account_id, response.region) == (ME, "eu-west-1")


@pytest.mark.slow
def test_an_import_of_policies_and_contacts_has_the_rows_of_a_sync(tmp_path: Path) -> None:
    session = assume_roles(FakeAws(DAY))[ME]
    organizations, account = session.client("organizations"), session.client("account")
    folder = tmp_path / "dumps"
    folder.mkdir()

    def dump(name: str, document: Any) -> None:
        (folder / f"{name}.json").write_text(json.dumps(as_json(document)))

    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"):
        policies = listed(organizations, "list_policies", "Policies", Filter=kind)
        dump(kind, {"Policies": policies})
        for response in policies:
            dump(response["Id"], {"Policy": organizations.describe_policy(PolicyId=response["Id"])["Policy"]})
    for kind in ("BILLING", "SECURITY"):
        dump(kind, {"AlternateContact": account.get_alternate_contact(AlternateContactType=kind)["AlternateContact"]})
    imported = import_files([folder], ME, tmp_path / "runs").path
    tables = ("aws_organizations_policy", "aws_account_alternate_contact")
    synced = run_sync(tmp_path / "synced", typed=True, accounts=(ME,), tables=tables).path
    assert imported
    for table in tables:
        sql = f"select * exclude (_ctx, sp_ctx) from {table} order by all"
        matching = [row for row in query(synced, sql) if "OPERATIONS" not in row]
        assert query(imported, sql) == matching and matching


@pytest.mark.slow
def test_the_cloudmapper_dump_has_an_analyzer(tmp_path: Path) -> None:
    path = import_files([third_party("cloudmapper-demo")], None, tmp_path).path
    sql = "select name, status, region, account_id, tags from aws_accessanalyzer_analyzer"
    assert path and query(path, sql) == [("default", "ACTIVE", "us-east-1", "123456789012", "{}")]
