"""Condition keys that the method determines: the service that a role is passed to, the attached policy, the instance profile."""

from __future__ import annotations

from typing import Any

from tests.permissions.escalation.case import (
    NONE,
    PASS_TO_LAMBDA,
    Case,
    Want,
    administrator,
    bounded,
    certain,
    member,
    of,
    only,
)
from tests.permissions.pieces import MADE, Document, allow, deny, policy, trust, when

SERVICE, ATTACHED, BOUNDARY = "iam:PassedToService", "iam:PolicyARN", "iam:PermissionsBoundary"
LAMBDA, EC2 = trust({"Service": "lambda.amazonaws.com"}), trust({"Service": "ec2.amazonaws.com"})
READ_ONLY, ADMIN_ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"
CAP = of("policy", "cap")
NEW_USER = ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"]
PROFILE: Document = {
    "InstanceProfileList": [
        {
            "Path": "/", "InstanceProfileName": "adm", "InstanceProfileId": "AIPAADM", "Roles": [],
            "Arn": of("instance-profile", "adm"), "CreateDate": MADE,
        }
    ]
}  # fmt: skip


def passes(name: str, want: Want, *statements: Document, with_profile: bool = True, service: Document = EC2) -> Case:
    """Return a case with an administrator role that a service may assume."""
    role = administrator(service) | (PROFILE if with_profile else {})
    return Case(name, "A5", member([only("a", *statements)], [role]), {"user/a": want})


def alone(name: str, want: Want, *statements: Document, cap: Document | None = None, **more: Any) -> Case:
    """Return a case with one user."""
    policies = [policy("cap", [cap])] if cap else []
    return Case(name, "A5", member([only("a", *statements, **more)], Policies=policies), {"user/a": want})


RUN = certain("run_instances", 1, "user/a -[run_instances]-> role/adm")
INVOKE = certain("lambda_create_invoke", 1)
PASS, START = allow("iam:PassRole"), allow("ec2:RunInstances")
S3 = allow("s3:*")

CASES = [
    passes("passed to Lambda alone, and instances", NONE,
           allow("iam:PassRole", **when("StringEquals", SERVICE, "lambda.amazonaws.com")), START),
    passes("passed to EC2, and instances", RUN,
           allow("iam:PassRole", **when("StringEquals", SERVICE, "ec2.amazonaws.com")), START),
    passes("passed to either service", RUN,
           allow("iam:PassRole", **when("StringEquals", SERVICE, "lambda.amazonaws.com", "ec2.amazonaws.com")), START),
    passes("not passed to EC2", NONE,
           allow("iam:PassRole", **when("StringNotEquals", SERVICE, "ec2.amazonaws.com")), START),
    passes("passing to EC2 is denied", NONE, PASS, START,
           deny("iam:PassRole", **when("StringLike", SERVICE, "ec2*"))),
    passes("passing to Lambda is denied, and instances", RUN, PASS, START,
           deny("iam:PassRole", **when("StringEquals", SERVICE, "lambda.amazonaws.com"))),
    passes("passed to services of a pattern", INVOKE, allow(PASS_TO_LAMBDA[1:]),
           allow("iam:PassRole", **when("StringLike", SERVICE, "lambda*")), service=LAMBDA),
    passes("passed to EC2 alone, and functions", NONE, allow(PASS_TO_LAMBDA[1:]),
           allow("iam:PassRole", **when("StringEquals", SERVICE, "ec2.amazonaws.com")), service=LAMBDA),
    passes("passed under a condition that requests decide",
           Want("conditional", "run_instances", 1, depends_on="aws:MultiFactorAuthPresent"),
           allow("iam:PassRole", **when("Bool", "aws:MultiFactorAuthPresent", "true")), START),
    passes("a role with an instance profile", RUN, PASS, START),
    passes("a role without an instance profile", NONE, PASS, START, with_profile=False),
    passes("a role without an instance profile, which may be made", Want("certain", "run_instances"), PASS, START,
           allow(["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]), with_profile=False),
    passes("a role without an instance profile, half of whose making is allowed", NONE, PASS, START,
           allow("iam:CreateInstanceProfile"), with_profile=False),
    passes("a function needs no instance profile", INVOKE, allow(PASS_TO_LAMBDA), service=LAMBDA, with_profile=False),
    passes("spot instances with an instance profile", certain("request_spot_instances", 1), PASS,
           allow("ec2:RequestSpotInstances")),
    passes("spot instances without an instance profile", NONE, PASS, allow("ec2:RequestSpotInstances"), with_profile=False),
    alone("ReadOnlyAccess alone may be attached", NONE,
          allow("iam:AttachUserPolicy", **when("ArnEquals", ATTACHED, READ_ONLY))),
    alone("AdministratorAccess may be attached", certain("attach_user_policy", 1),
          allow("iam:AttachUserPolicy", **when("ArnEquals", ATTACHED, ADMIN_ARN))),
    alone("AWS's policies may be attached", certain("attach_user_policy", 1),
          allow("iam:AttachUserPolicy", **when("ArnLike", ATTACHED, "arn:aws:iam::aws:policy/*"))),
    alone("policies of one path may be attached", NONE,
          allow("iam:AttachUserPolicy", **when("ArnLike", ATTACHED, of("policy", "read/*")))),
    alone("users may be made within a boundary alone", NONE,
          allow(NEW_USER[:2], **when("StringEquals", BOUNDARY, CAP)), allow("iam:CreateAccessKey"), cap=S3),
    alone("users may be made", certain("create_user_with_policy", 1), allow(NEW_USER), cap=S3),
    alone("users may not be made without a boundary", NONE,
          allow(NEW_USER), deny(NEW_USER[:2], **when("StringNotEquals", BOUNDARY, CAP)), cap=S3),
    alone("users may be made within a boundary that allows everything", certain("create_user_with_policy", 1),
          allow(NEW_USER[:2], **when("StringEquals", BOUNDARY, CAP)), allow("iam:CreateAccessKey"), cap=allow()),
    alone("roles may be made within a boundary alone", NONE,
          allow(["iam:CreateRole", "iam:PutRolePolicy"], **when("StringEquals", BOUNDARY, CAP)), cap=S3),
    alone("roles may be made", certain("create_role_with_inline_policy", 1),
          allow(["iam:CreateRole", "iam:PutRolePolicy"]), cap=S3),
    alone("policies of users within the boundary, whose own boundary it is", NONE,
          allow("iam:AttachUserPolicy", **when("StringEquals", BOUNDARY, CAP)),
          cap=allow(["s3:*", "iam:AttachUserPolicy"]), **bounded("cap")),
    alone("policies of users within the boundary, by one who has none", NONE,
          allow("iam:AttachUserPolicy", of("user", "a"), **when("StringEquals", BOUNDARY, CAP)), cap=S3),
    alone("policies of users within the boundary, which allows everything", certain("attach_user_policy", 1),
          allow("iam:AttachUserPolicy", **when("StringEquals", BOUNDARY, CAP)), cap=allow(), **bounded("cap")),
]  # fmt: skip
