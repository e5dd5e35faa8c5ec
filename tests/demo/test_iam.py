"""IAM: its lists and its operations."""

from __future__ import annotations

from botocore.model import Shape

from iamsql.demo.data import Account
from iamsql.demo.iam import GET_OPERATIONS, LIST_OPERATIONS
from iamsql.demo.protocol import service_model
from tests.demo.clients import DAY, PAYMENTS, client, flat, pages, refusal
from tests.fake_aws import FakeAws

# The operations, besides GETS and LISTS, with the shapes that contain all members of a list of iam.json.
IAM = {
    "UserDetailList": ("GetUser", "GetAccountAuthorizationDetails"),
    "GroupDetailList": ("ListGroups", "GetAccountAuthorizationDetails"),
    "RoleDetailList": ("GetRole", "GetAccountAuthorizationDetails"),
    "Policies": ("ListPolicies", "GetAccountAuthorizationDetails"),
}


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


def item_shapes(kind: str) -> list[Shape]:
    """Return the shapes that operations of IAM use to write the items of a list."""
    shapes = []
    for operation, listing in {**LIST_OPERATIONS, **GET_OPERATIONS}.items():
        if listing.get("Items") == kind:
            shape = service_model("iam").operation_model(operation).output_shape
            shapes.append(shape.members[listing["Answer"]] if "Answer" in listing else shape)
    for operation in IAM.get(kind, ()):
        members = service_model("iam").operation_model(operation).output_shape.members
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
            member_names = {name for shape in shapes if shape.type_name == "structure" for name in shape.members}
            if member_names:
                for item in items:
                    assert item.keys() <= member_names | ours, (account.id, kind, item.keys() - member_names)


def test_the_account_summary_counts_the_items_of_the_lists() -> None:
    for account in active(FakeAws(DAY)):
        summary, policies = account.iam["SummaryMap"], account.items("Policies")
        own_policies = [policy for policy in policies if policy["Arn"].split(":")[4] == account.id]
        counts = {
            "Users": len(account.items("UserDetailList")),
            "Groups": len(account.items("GroupDetailList")),
            "Roles": len(account.items("RoleDetailList")),
            "Policies": len(own_policies),
            "PolicyVersionsInUse": sum(len(policy["PolicyVersionList"]) for policy in own_policies),
            "MFADevices": len(account.items("VirtualMFADevices")),
            "InstanceProfiles": len(account.items("InstanceProfiles")),
            "ServerCertificates": len(account.items("ServerCertificates")),
            "Providers": len(account.items("SAMLProviders")) + len(account.items("OpenIDConnectProviders")),
        }
        assert {name: summary[name] for name in counts} == counts, account.id


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
