"""Roles that only AWS modifies: roles of IAM Identity Center can be assumed, and changed by their customer managed policies."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    ADMIN,
    ADMINISTRATOR_ACCESS,
    NONE,
    TRUSTS_ACCOUNT,
    Case,
    attached,
    bounded,
    certain,
    conditional,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import MEMBER, Document, allow, policy, role, trust

PATH = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
PROVIDER = {"Federated": of("saml-provider", "AWSSSO_0123456789abcdef_DO_NOT_DELETE")}
BY_PROVIDER = {"Effect": "Allow", "Principal": PROVIDER, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}
READ = allow("s3:GetObject")
VERSION = allow("iam:CreatePolicyVersion", of("policy", "p"))


def reserved(name: str, *statements: Document, trusts: Document = BY_PROVIDER) -> Document:
    """Return a role that IAM Identity Center manages."""
    return role(MEMBER, f"AWSReservedSSO_{name}", trusts, list(statements), PATH)


def arn(name: str) -> str:
    """Return the ARN of a role that IAM Identity Center manages."""
    return of("role", f"{PATH[1:]}AWSReservedSSO_{name}")


ADMINISTRATORS = reserved("Administrators") | {"AttachedManagedPolicies": [ADMINISTRATOR_ACCESS]}
CHANGES = [
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:UpdateAssumeRolePolicy",
]

CASES = [
    Case(
        "the trust policy of a role of Identity Center cannot be changed", "A1",
        member([only("a", allow("iam:UpdateAssumeRolePolicy"))], [ADMINISTRATORS]),
        {"user/a": NONE, arn("Administrators"): ADMIN},
    ),
    Case(
        "the trust policy of a customer's role with a similar path can be changed", "A1",
        member(
            [only("a", allow("iam:UpdateAssumeRolePolicy"))],
            [role(MEMBER, "AWSReservedSSO_Mine", BY_PROVIDER, [allow()], "/team/aws-reserved/sso.amazonaws.com/")],
        ),
        {"user/a": certain("update_assume_role_policy", 1)},
    ),
    *(
        Case(
            f"the trust policy of a customer's role with the path {path} can be changed", "A1",
            member(
                [only("a", allow("iam:UpdateAssumeRolePolicy"))],
                [role(MEMBER, "AWSReservedSSO_Mine", BY_PROVIDER, [allow()], path)],
            ),
            {"user/a": certain("update_assume_role_policy", 1)},
        )
        for path in ("/x:role/aws-service-role/x.amazonaws.com/", "/x:role/aws-reserved/sso.amazonaws.com/", "/x:user/")
    ),
    Case(
        "a role of Identity Center cannot change itself", "A1",
        member((), [reserved("Dev", allow(CHANGES))]), {arn("Dev"): NONE},
    ),
    Case(
        "a role of Identity Center that may change another role", "A1",
        member((), [reserved("Dev", allow(CHANGES)), role(MEMBER, "app", TRUSTS_ACCOUNT, [READ])]),
        {arn("Dev"): certain(steps=2)},
    ),
    Case(
        "the boundary of a role of Identity Center cannot be removed", "A1",
        member(
            (), [reserved("Dev", allow()) | bounded("cap")],
            Policies=[policy("cap", [allow(["s3:*", "iam:DeleteRolePermissionsBoundary"])])],
        ),
        {arn("Dev"): NONE},
    ),
    Case(
        "a policy cannot be attached to a role of Identity Center that the user may assume", "A1",
        member(
            [only("a", allow(["iam:AttachRolePolicy", "sts:AssumeRole"]))],
            [reserved("Dev", READ, trusts=TRUSTS_ACCOUNT)],
        ),
        {"user/a": NONE},
    ),
    Case(
        "a role of Identity Center is assumed where its trust policy allows", "A1",
        member([only("a", allow("sts:AssumeRole"))], [reserved("Ops", allow(), trusts=TRUSTS_ACCOUNT)]),
        {"user/a": certain("assume_role", 1)},
    ),
    Case(
        "a customer managed policy of a role of Identity Center gets another version", "A1",
        member((), [reserved("Dev", VERSION) | attached("p")], Policies=[policy("p", [READ])]),
        {arn("Dev"): certain("create_policy_version", 1)},
    ),
    Case(
        "somebody else writes a version of the customer managed policy of a role of Identity Center", "A1",
        member([only("a", VERSION)], [reserved("Dev", READ) | attached("p")], Policies=[policy("p", [READ])]),
        {"user/a": conditional("credentials of", "create_policy_version")},
    ),
    Case(
        "a service-linked role is not changed", "A1",
        member(
            [only("a", allow(["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"]))],
            [role(MEMBER, "Linked", trust({"Service": "x.amazonaws.com"}), [allow()], "/aws-service-role/x.amazonaws.com/")],
        ),
        {"user/a": NONE},
    ),
]  # fmt: skip
