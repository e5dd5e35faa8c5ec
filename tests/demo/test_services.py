"""The data files fit botocore's models. A member that the model does not have would be left out of responses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from botocore.model import Shape

from iamsql.demo.data import Account
from iamsql.demo.iam import GETS, LISTS
from iamsql.demo.protocol import model
from tests.demo.clients import DAY, MANAGEMENT, PAYMENTS, client, pages, refusal
from tests.fake_aws import FakeAws

RECORDED = {"access-analyzer", "account", "cloudtrail", "identitystore", "sso"}
TIMES = "%Y-%m-%dT%H:%M:%SZ"
# The operations, besides GETS and LISTS, with the shapes that contain all members of a list of iam.json.
IAM = {
    "UserDetailList": ("GetUser", "GetAccountAuthorizationDetails"),
    "GroupDetailList": ("ListGroups", "GetAccountAuthorizationDetails"),
    "RoleDetailList": ("GetRole", "GetAccountAuthorizationDetails"),
    "Policies": ("ListPolicies", "GetAccountAuthorizationDetails"),
}
KINDS = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": str}


def fits(value: Any, shape: Shape) -> None:
    """Assert that a value has the members, types and enumerated values of a shape."""
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys(), value.keys() - shape.members.keys()
        assert set(getattr(shape, "required_members", ())) <= value.keys()
        for name, item in value.items():
            fits(item, shape.members[name])
    elif shape.type_name in ("list", "map"):
        for item in value.values() if shape.type_name == "map" else value:
            fits(item, shape.value if shape.type_name == "map" else shape.member)
    else:
        assert isinstance(value, KINDS[shape.type_name]), (shape.name, value)
        assert shape.type_name != "timestamp" or datetime.strptime(value, TIMES)
        assert not getattr(shape, "enum", ()) or value in shape.enum


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_every_recorded_response_fits_the_model(partition: str) -> None:
    found = set()
    for account in FakeAws(DAY, partition=partition).organization.accounts:
        for recorded in account.responses:
            operation = model(recorded["Service"]).operation_model(recorded["Operation"])
            assert recorded["Parameters"].keys() <= operation.input_shape.members.keys()
            assert ("Error" in recorded) != ("Response" in recorded)
            if "Response" in recorded:
                fits(recorded["Response"], operation.output_shape)
                found.add(recorded["Service"])
    assert found >= RECORDED


def test_the_organization_fits_the_model() -> None:
    organization, shapes = FakeAws(DAY).organization, model("organizations")
    ours = {"ParentId", "Tags", "DelegatedServices", "AssumableRoles", "DeniedOperations", "EnabledRegions"}
    for account in organization.accounts:
        fits({name: value for name, value in account.item.items() if name not in ours}, shapes.shape_for("Account"))
        fits(account.item["Tags"], shapes.shape_for("Tags"))
    for unit in organization.units:
        fits({name: unit[name] for name in ("Id", "Arn", "Name")}, shapes.shape_for("OrganizationalUnit"))
    fits(organization.roots, shapes.shape_for("Roots"))
    fits(organization.data["Organization"], shapes.shape_for("Organization"))


def test_the_policies_of_the_organization_are_listed_by_target_as_by_policy() -> None:
    organization, shapes = FakeAws(DAY).organization, model("organizations")
    for policy in organization.policies:
        summary = policy["PolicySummary"]
        fits(summary, shapes.shape_for("PolicySummary"))
        targets = list(organization.lists["ListTargetsForPolicy"][1]({"PolicyId": summary["Id"]}))
        fits({"Targets": targets}, shapes.operation_model("ListTargetsForPolicy").output_shape)
        assert summary in organization.lists["ListPolicies"][1]({"Filter": summary["Type"]})
        for target in targets:
            params = {"TargetId": target["TargetId"], "Filter": summary["Type"]}
            assert summary in organization.lists["ListPoliciesForTarget"][1](params)


def item_shapes(kind: str) -> list[Shape]:
    """Return the shapes that operations of IAM use to write the items of a list."""
    shapes = []
    for operation, listing in {**LISTS, **GETS}.items():
        if listing.get("Items") == kind:
            shape = model("iam").operation_model(operation).output_shape
            shapes.append(shape.members[listing["Answer"]] if "Answer" in listing else shape)
    for operation in IAM.get(kind, ()):
        members = model("iam").operation_model(operation).output_shape.members
        shapes += [
            shape for name, shape in members.items() if name in (kind, "Users", "User", "Roles", "Role", "Groups")
        ]
        shapes += [members["Policies"]] if kind == "Policies" else []
    return [shape.member if shape.type_name == "list" else shape for shape in shapes]


def test_the_lists_of_iam_fit_the_models_of_their_operations() -> None:
    ours = {"Arn"}  # the ARN identifies a provider in requests, and the response does not contain it
    for account in FakeAws(DAY).organization.accounts:
        for kind, items in account.iam.items():
            shapes = item_shapes(kind)
            known = {name for shape in shapes if shape.type_name == "structure" for name in shape.members}
            if known:
                for item in items:
                    assert item.keys() <= known | ours, (account.id, kind, item.keys() - known)


def test_the_account_summary_counts_the_items_of_the_lists() -> None:
    for account in active(FakeAws(DAY)):
        summary, policies = account.iam["SummaryMap"], account.items("Policies")
        own = [policy for policy in policies if policy["Arn"].split(":")[4] == account.id]
        counted = {
            "Users": len(account.items("UserDetailList")),
            "Groups": len(account.items("GroupDetailList")),
            "Roles": len(account.items("RoleDetailList")),
            "Policies": len(own),
            "PolicyVersionsInUse": sum(len(policy["PolicyVersionList"]) for policy in own),
            "MFADevices": len(account.items("VirtualMFADevices")),
            "InstanceProfiles": len(account.items("InstanceProfiles")),
            "ServerCertificates": len(account.items("ServerCertificates")),
            "Providers": len(account.items("SAMLProviders")) + len(account.items("OpenIDConnectProviders")),
        }
        assert {name: summary[name] for name in counted} == counted, account.id


def test_policies_count_their_attachments() -> None:
    for account in active(FakeAws(DAY)):
        kinds = ("UserDetailList", "GroupDetailList", "RoleDetailList")
        principals = [item for kind in kinds for item in account.items(kind)]
        arns = [attached["PolicyArn"] for item in principals for attached in item["AttachedManagedPolicies"]]
        boundaries = [item.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") for item in principals]
        for policy in account.items("Policies"):
            assert policy["AttachmentCount"] == arns.count(policy["Arn"]), (account.id, policy["Arn"])
            assert policy["PermissionsBoundaryUsageCount"] == boundaries.count(policy["Arn"]), policy["Arn"]


def active(aws: FakeAws) -> list[Account]:
    """Return the active accounts, which have data files."""
    return [account for account in aws.organization.accounts if account.state == "ACTIVE"]


def test_recorded_lists_have_small_pages_and_tokens_for_their_request_only() -> None:
    aws = FakeAws(DAY)
    analyzer = client(aws, "accessanalyzer", PAYMENTS)
    arn = analyzer.list_analyzers()["analyzers"][0]["arn"]
    assert [len(page) for page in pages(analyzer, "list_findings", "findings", analyzerArn=arn)] == [2, 2, 1]
    token = analyzer.list_findings(analyzerArn=arn)["nextToken"]
    with refusal("ValidationException"):
        analyzer.list_findings_v2(analyzerArn=arn, nextToken=token)
    center = client(aws, "sso-admin", region="eu-west-1")
    [instance] = center.list_instances()["Instances"]
    permission_sets = pages(center, "list_permission_sets", "PermissionSets", InstanceArn=instance["InstanceArn"])
    assert [len(page) for page in permission_sets] == [2, 2, 2]


@pytest.mark.parametrize(
    ("service", "region", "operation", "params", "code"),
    [
        ("accessanalyzer", "us-east-1", "list_findings", {"analyzerArn": "arn:none"}, "ResourceNotFoundException"),
        ("accessanalyzer", "us-east-1", "get_analyzer", {"analyzerName": "account"}, "AccessDeniedException"),
        ("account", "us-east-1", "get_contact_information", {"AccountId": PAYMENTS}, "AccessDeniedException"),
        (
            "sso-admin",
            "us-east-1",
            "list_permission_sets",
            {"InstanceArn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6"},
            "ResourceNotFoundException",
        ),
        ("identitystore", "us-east-1", "list_users", {"IdentityStoreId": "d-9367a1b2c3"}, "ResourceNotFoundException"),
        (
            "organizations",
            "us-east-1",
            "describe_policy",
            {"PolicyId": "p-examplepolicyid111"},
            "PolicyNotFoundException",
        ),
        (
            "organizations",
            "us-east-1",
            "list_policies_for_target",
            {"TargetId": "r-none", "Filter": "TAG_POLICY"},
            "TargetNotFoundException",
        ),
    ],
)
def test_errors_for_resources_that_do_not_exist(
    service: str, region: str, operation: str, params: dict[str, Any], code: str
) -> None:
    with refusal(code):
        getattr(client(FakeAws(DAY), service, region=region), operation)(**params)


def test_a_synthetic_organization_has_no_recorded_responses() -> None:
    aws = FakeAws(DAY, accounts=2, users_per_account=1)
    assert client(aws, "sso-admin", region="eu-west-1").list_instances()["Instances"] == []
    assert client(aws, "accessanalyzer").list_analyzers()["analyzers"] == []
    assert aws.organization.management.id != MANAGEMENT or client(aws, "account").get_contact_information()
