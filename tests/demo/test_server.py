"""The server answers boto3 as AWS does, and answers of different operations agree."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, assume, client, flat, pages, refusal
from tests.fake_aws import EXTERNAL_ID, FakeAws


@pytest.fixture(scope="module")
def aws() -> FakeAws:
    return FakeAws(DAY)


def test_the_caller_is_in_the_management_account(aws: FakeAws) -> None:
    identity = client(aws, "sts").get_caller_identity()
    assert identity["Account"] == MANAGEMENT
    organization = client(aws, "organizations").describe_organization()["Organization"]
    assert organization["MasterAccountId"] == MANAGEMENT


def test_list_accounts_has_pages_and_the_second_is_empty(aws: FakeAws) -> None:
    parts = pages(client(aws, "organizations"), "list_accounts", "Accounts")
    assert [len(part) for part in parts] == [5, 0, 5, 5, 1]
    accounts = flat(parts)
    assert {account["State"] for account in accounts} == {"ACTIVE", "SUSPENDED", "CLOSED", "PENDING_ACTIVATION"}
    assert not any("Status" in account for account in accounts)
    assert "012345678901" in {account["Id"] for account in accounts}


def test_the_organizational_units_have_every_account(aws: FakeAws) -> None:
    organizations = client(aws, "organizations")
    accounts = dict(accounts_below(organizations, flat(pages(organizations, "list_roots", "Roots"))[0]["Id"], "Root"))
    assert len(accounts) == 16
    assert accounts["101010101010"] == "Root/Workloads/Test/Sandbox"
    assert accounts[MANAGEMENT] == "Root"
    parent = organizations.list_parents(ChildId=PAYMENTS)["Parents"][0]
    assert parent["Type"] == "ORGANIZATIONAL_UNIT"


def accounts_below(organizations: Any, parent: str, path: str) -> Iterator[tuple[str, str]]:
    for account in flat(pages(organizations, "list_accounts_for_parent", "Accounts", ParentId=parent)):
        yield account["Id"], path
    for unit in flat(
        pages(organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
    ):
        yield from accounts_below(organizations, unit["Id"], f"{path}/{unit['Name']}")


def test_delegation_tags_and_root_features(aws: FakeAws) -> None:
    organizations = client(aws, "organizations")
    delegated = flat(pages(organizations, "list_delegated_administrators", "DelegatedAdministrators"))
    assert [account["Id"] for account in delegated] == ["333344445555"]
    services = flat(
        pages(organizations, "list_delegated_services_for_account", "DelegatedServices", AccountId="333344445555")
    )
    assert {service["ServicePrincipal"] for service in services} == {"guardduty.amazonaws.com", "iam.amazonaws.com"}
    tags = flat(pages(organizations, "list_tags_for_resource", "Tags", ResourceId=PAYMENTS))
    assert {"Key": "pci", "Value": "yes"} in tags
    assert client(aws, "iam").list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement"]
    assert client(aws, "organizations", "333344445555").list_roots()["Roots"]
    with refusal("AccessDeniedException"):
        client(aws, "organizations", PAYMENTS).list_roots()


@pytest.mark.parametrize(
    "account_id", [MANAGEMENT, "999900001111", "141414141414", "151515151515", "161616161616", "1" * 12]
)
def test_accounts_without_a_role_to_assume(aws: FakeAws, account_id: str) -> None:
    for role in ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole"):
        with refusal("AccessDenied"):
            assume(aws, account_id, role)


def test_roles_and_the_external_id(aws: FakeAws) -> None:
    with refusal("AccessDenied"):
        assume(aws, "444455556666")
    assert assume(aws, "444455556666", "OrganizationAccountAccessRole")
    with refusal("AccessDenied"):
        assume(aws, "888899990000")
    with refusal("AccessDenied"):
        assume(aws, "888899990000", ExternalId="wrong")
    assert assume(aws, "888899990000", ExternalId=EXTERNAL_ID)


def credential_report(iam: Any) -> list[dict[str, str]]:
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    return list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))


def test_the_credential_report_is_generated_before_it_can_be_read() -> None:
    iam = client(FakeAws(DAY), "iam")
    with refusal("ReportNotPresent"):
        iam.get_credential_report()
    assert iam.generate_credential_report()["State"] == "STARTED"
    with refusal("ReportInProgress"):
        iam.get_credential_report()
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    answer = iam.get_credential_report()
    assert answer["GeneratedTime"] == datetime(2026, 3, 13, 22, tzinfo=UTC)
    assert answer["Content"].startswith(b"user,arn,user_creation_time,password_enabled,")
    assert b"\n<root_account>,arn:aws:iam::111122223333:root," in answer["Content"]


@pytest.mark.parametrize("account_id", ["012345678901", "222233334444", PAYMENTS, "666677778888", "101010101010"])
def test_report_lists_and_details_agree(aws: FakeAws, account_id: str) -> None:
    iam = client(aws, "iam", account_id)
    rows = {row["user"]: row for row in credential_report(iam)}
    users = flat(pages(iam, "list_users", "Users"))
    details = flat(pages(iam, "get_account_authorization_details", "UserDetailList", Filter=["User"]))
    assert [user["Arn"] for user in users] == [user["Arn"] for user in details]
    assert {user["UserName"] for user in users} - rows.keys() <= {"zoe.late"}
    virtual = {
        device["User"]["Arn"]
        for device in flat(pages(iam, "list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned"))
    }
    for user in users:
        if user["UserName"] in rows:
            assert_user_agrees_with_row(iam, user, rows[user["UserName"]], virtual)


def assert_user_agrees_with_row(iam: Any, user: dict[str, Any], row: dict[str, str], virtual: set[str]) -> None:
    name = user["UserName"]
    keys = flat(pages(iam, "list_access_keys", "AccessKeyMetadata", UserName=name))
    rotation_times = {row[f"access_key_{slot}_last_rotated"] for slot in (1, 2)} - {"N/A"}
    assert rotation_times <= {key["CreateDate"].isoformat() for key in keys}
    for key in keys:
        assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
        last = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert last["UserName"] == name
        when = last["AccessKeyLastUsed"].get("LastUsedDate")
        hidden = key["CreateDate"].isoformat() not in rotation_times
        assert hidden or (when.isoformat() if when else "N/A") in {
            row[f"access_key_{s}_last_used_date"] for s in (1, 2)
        }
        assert user["CreateDate"] <= key["CreateDate"] <= (when or key["CreateDate"])
    devices = iam.list_mfa_devices(UserName=name)["MFADevices"]
    assert row["mfa_active"] == str(bool(devices)).lower()
    assert user["Arn"] not in virtual or ":mfa/" in devices[0]["SerialNumber"]
    last = user.get("PasswordLastUsed")
    assert row["password_last_used"] == (
        last.isoformat() if last else "N/A" if row["password_enabled"] == "false" else "no_information"
    )


def test_authorization_details_have_pages_and_documents(aws: FakeAws) -> None:
    iam = client(aws, "iam", PAYMENTS)
    pages_of_details = list(iam.get_paginator("get_account_authorization_details").paginate())
    assert len(pages_of_details) > 3
    roles = [role for page in pages_of_details for role in page["RoleDetailList"]]
    listed_roles = flat(pages(iam, "list_roles", "Roles"))
    assert [role["RoleId"] for role in roles] == [role["RoleId"] for role in listed_roles]
    assert roles[0]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"] == "arn:aws:iam::111122223333:root"
    policies = {policy["PolicyName"]: policy for page in pages_of_details for policy in page["Policies"]}
    assert len(policies["everything"]["PolicyVersionList"]) == 3
    assert policies["AdministratorAccess"]["Arn"] == "arn:aws:iam::aws:policy/AdministratorAccess"


def test_other_operations_of_iam(aws: FakeAws) -> None:
    iam = client(aws, "iam", PAYMENTS)
    arn = f"arn:aws:iam::{PAYMENTS}:policy/bucket-writers"
    attached = [page["PolicyRoles"] for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn)]
    assert [role["RoleName"] for role in flat(attached)] == ["app-server"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["IsDefaultVersion"]
    assert iam.get_user(UserName="checkout")["User"]["PermissionsBoundary"]
    assert iam.get_role(RoleName="vendor-scanner")["Role"]["RoleLastUsed"]["Region"] == "us-east-1"
    assert iam.list_groups_for_user(UserName="bruno")["Groups"][0]["GroupName"] == "admins"
    assert iam.get_group_policy(GroupName="developers", PolicyName="own-keys")["PolicyDocument"]["Statement"]
    assert iam.list_attached_group_policies(GroupName="admins")["AttachedPolicies"]
    assert len(flat(pages(iam, "list_groups", "Groups"))) == 4
    assert flat(pages(iam, "list_policies", "Policies", Scope="Local"))[0]["AttachmentCount"] == 2
    assert [user["UserName"] for user in flat(pages(iam, "get_group", "Users", GroupName="admins"))] == ["bruno"]
    with refusal("NoSuchEntity"):
        iam.get_login_profile(UserName="ledger")
    with refusal("AccessDenied"):
        iam.list_server_certificate_tags(ServerCertificateName="www")
