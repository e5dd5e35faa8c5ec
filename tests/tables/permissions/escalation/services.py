"""Condition keys that the method determines: the service that a role is passed to, the attached policy, the instance profile."""

from __future__ import annotations

from typing import Any

from tests.tables.permissions.escalation.case import (
    NONE,
    PASS_TO_LAMBDA,
    Case,
    ExpectedAnswer,
    administrator,
    bounded,
    certain,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import CREATED, Document, allow, deny, policy, trust, when

SERVICE, ATTACHED, BOUNDARY = "iam:PassedToService", "iam:PolicyARN", "iam:PermissionsBoundary"
LAMBDA, EC2 = trust({"Service": "lambda.amazonaws.com"}), trust({"Service": "ec2.amazonaws.com"})
READ_ONLY, ADMIN_ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"
CAP = of("policy", "cap")
NEW_USER = ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"]
PROFILE: Document = {
    "InstanceProfileList": [
        {
            "Path": "/", "InstanceProfileName": "adm", "InstanceProfileId": "AIPAADM", "Roles": [],
            "Arn": of("instance-profile", "adm"), "CreateDate": CREATED,
        }
    ]
}  # fmt: skip


def pass_role_case(
    name: str, expected: ExpectedAnswer, *statements: Document, with_profile: bool = True, service: Document = EC2
) -> Case:
    """Return a case with an administrator role that a service may assume."""
    role = administrator(service) | (PROFILE if with_profile else {})
    return Case(name, "A5", member([only("a", *statements)], [role]), {"user/a": expected})


def user_case(
    name: str, expected: ExpectedAnswer, *statements: Document, cap: Document | None = None, **more: Any
) -> Case:
    """Return a case with a single user."""
    policies = [policy("cap", [cap])] if cap else []
    return Case(name, "A5", member([only("a", *statements, **more)], Policies=policies), {"user/a": expected})


RUN = certain("run_instances", 1, "user/a -[run_instances]-> role/adm")
INVOKE = certain("lambda_create_invoke", 1)
PASS, START = allow("iam:PassRole"), allow("ec2:RunInstances")
S3 = allow("s3:*")

CASES = [
    pass_role_case("passed to Lambda only, with ec2:RunInstances", NONE,
        allow("iam:PassRole", **when("StringEquals", SERVICE, "lambda.amazonaws.com")), START),
    pass_role_case("passed to EC2, with ec2:RunInstances", RUN,
        allow("iam:PassRole", **when("StringEquals", SERVICE, "ec2.amazonaws.com")), START),
    pass_role_case("passed to either service", RUN,
        allow("iam:PassRole", **when("StringEquals", SERVICE, "lambda.amazonaws.com", "ec2.amazonaws.com")), START),
    pass_role_case("not passed to EC2", NONE,
        allow("iam:PassRole", **when("StringNotEquals", SERVICE, "ec2.amazonaws.com")), START),
    pass_role_case("passing to EC2 is denied", NONE, PASS, START,
        deny("iam:PassRole", **when("StringLike", SERVICE, "ec2*"))),
    pass_role_case("passing to Lambda is denied, with ec2:RunInstances", RUN, PASS, START,
        deny("iam:PassRole", **when("StringEquals", SERVICE, "lambda.amazonaws.com"))),
    pass_role_case("passed to services that match a pattern", INVOKE, allow(PASS_TO_LAMBDA[1:]),
        allow("iam:PassRole", **when("StringLike", SERVICE, "lambda*")), service=LAMBDA),
    pass_role_case("passed to EC2 only, with permissions for Lambda functions", NONE, allow(PASS_TO_LAMBDA[1:]),
        allow("iam:PassRole", **when("StringEquals", SERVICE, "ec2.amazonaws.com")), service=LAMBDA),
    pass_role_case("passed under a condition that depends on the request",
        ExpectedAnswer("conditional", "run_instances", 1, conditions="aws:MultiFactorAuthPresent"),
        allow("iam:PassRole", **when("Bool", "aws:MultiFactorAuthPresent", "true")), START),
    pass_role_case("a role with an instance profile", RUN, PASS, START),
    pass_role_case("a role without an instance profile", NONE, PASS, START, with_profile=False),
    pass_role_case("a role without an instance profile, which may be created", certain("run_instances"), PASS, START,
        allow(["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]), with_profile=False),
    pass_role_case("a role without an instance profile, which may be created but not attached", NONE, PASS, START,
        allow("iam:CreateInstanceProfile"), with_profile=False),
    pass_role_case("a function needs no instance profile", INVOKE, allow(PASS_TO_LAMBDA), service=LAMBDA, with_profile=False),
    pass_role_case("spot instances with an instance profile", certain("request_spot_instances", 1), PASS,
        allow("ec2:RequestSpotInstances")),
    pass_role_case("spot instances without an instance profile", NONE, PASS, allow("ec2:RequestSpotInstances"), with_profile=False),
    user_case("only ReadOnlyAccess may be attached", NONE,
        allow("iam:AttachUserPolicy", **when("ArnEquals", ATTACHED, READ_ONLY))),
    user_case("AdministratorAccess may be attached", certain("attach_user_policy", 1),
        allow("iam:AttachUserPolicy", **when("ArnEquals", ATTACHED, ADMIN_ARN))),
    user_case("AWS's policies may be attached", certain("attach_user_policy", 1),
        allow("iam:AttachUserPolicy", **when("ArnLike", ATTACHED, "arn:aws:iam::aws:policy/*"))),
    user_case("policies of a single path may be attached", NONE,
        allow("iam:AttachUserPolicy", **when("ArnLike", ATTACHED, of("policy", "read/*")))),
    user_case("users may be created only within a boundary", NONE,
        allow(NEW_USER[:2], **when("StringEquals", BOUNDARY, CAP)), allow("iam:CreateAccessKey"), cap=S3),
    user_case("users may be created", certain("create_user_with_policy", 1), allow(NEW_USER), cap=S3),
    user_case("users may not be created without a boundary", NONE,
        allow(NEW_USER), deny(NEW_USER[:2], **when("StringNotEquals", BOUNDARY, CAP)), cap=S3),
    user_case("users may be created within a boundary that allows everything", certain("create_user_with_policy", 1),
        allow(NEW_USER[:2], **when("StringEquals", BOUNDARY, CAP)), allow("iam:CreateAccessKey"), cap=allow()),
    user_case("roles may be created only within a boundary", NONE,
        allow(["iam:CreateRole", "iam:PutRolePolicy"], **when("StringEquals", BOUNDARY, CAP)), cap=S3),
    user_case("roles may be created", certain("create_role_with_inline_policy", 1),
        allow(["iam:CreateRole", "iam:PutRolePolicy"]), cap=S3),
    user_case("policies of users with the boundary that the caller has", NONE,
        allow("iam:AttachUserPolicy", **when("StringEquals", BOUNDARY, CAP)),
        cap=allow(["s3:*", "iam:AttachUserPolicy"]), **bounded("cap")),
    user_case("policies of users within the boundary, by a user who has no boundary", NONE,
        allow("iam:AttachUserPolicy", of("user", "a"), **when("StringEquals", BOUNDARY, CAP)), cap=S3),
    user_case("policies of users within the boundary, which allows everything", certain("attach_user_policy", 1),
        allow("iam:AttachUserPolicy", **when("StringEquals", BOUNDARY, CAP)), cap=allow(), **bounded("cap")),
]  # fmt: skip
