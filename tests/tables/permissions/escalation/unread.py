"""Attached policies without a document in the run, alone and with policies that decide the answer."""

from __future__ import annotations

from typing import Any

from tests.tables.permissions.escalation.case import (
    ADMIN,
    ADMINISTRATOR_ACCESS,
    NONE,
    TRUSTS_ACCOUNT,
    Case,
    ExpectedAnswer,
    assume,
    attached,
    bounded,
    certain,
    member,
    of,
    only,
    unknown,
)
from tests.tables.permissions.policy_builders import MEMBER, Document, allow, deny, group, policy, role, trust

BY_ARN = {"AttachedManagedPolicies": [ADMINISTRATOR_ACCESS]}
GONE, DENY_ALL = attached("gone"), deny()
S3 = allow("s3:*")


def user_case(name: str, expected: ExpectedAnswer, *statements: Document, **more: Any) -> Case:
    """Return a case with one user; `groups` and `policies` belong to the account."""
    account = {"GroupDetailList": more.pop("groups", []), "Policies": more.pop("policies", [])}
    return Case(name, "A6", member([only("a", *statements, **more)], **account), {"user/a": expected})


CASES = [
    user_case("AdministratorAccess", ADMIN, S3, **BY_ARN),
    user_case("AdministratorAccess of a group", ADMIN, S3, GroupList=["g"], groups=[group("g", [ADMINISTRATOR_ACCESS], [])]),
    user_case("AdministratorAccess beside a deny of everything", NONE, DENY_ALL, **BY_ARN),
    user_case("AdministratorAccess beside a deny of IAM", NONE, deny("iam:*"), **BY_ARN),
    user_case("AdministratorAccess under a boundary", NONE, S3, policies=[policy("cap", [S3])], **BY_ARN, **bounded("cap")),
    user_case("a customer-managed policy", unknown("gone"), S3, **GONE),
    user_case("a customer-managed policy beside a deny of everything", NONE, DENY_ALL, **GONE),
    user_case("a customer-managed policy under a boundary", NONE, S3, policies=[policy("cap", [S3])], **GONE, **bounded("cap")),
    user_case("a customer-managed policy of a group", unknown("gone"), S3, GroupList=["g"], groups=[group("g", [], []) | GONE]),
    # The document that was not read may deny the actions that the others allow.
    user_case("a customer-managed policy beside a known path", unknown("gone"), allow("iam:PutUserPolicy"), **GONE),
    user_case("a boundary", unknown("gone"), allow(), **bounded("gone")),
    user_case("a boundary of a user who may do nothing", NONE, S3, **bounded("gone")),
    user_case("a boundary and a path of the user's own", unknown("gone"), allow("iam:PutUserPolicy"), **bounded("gone")),
    Case(
        "AdministratorAccess of a role that is assumed", "A6",
        member([only("a", assume("adm"))], [role(MEMBER, "adm", TRUSTS_ACCOUNT) | BY_ARN]),
        {"user/a": certain("assume_role", 1), "role/adm": ADMIN},
    ),
    Case(
        "a group to join", "A6",
        member([only("a", allow("iam:AddUserToGroup", of("group", "g")))], GroupDetailList=[group("g", [], []) | GONE]),
        {"user/a": unknown("gone")},
    ),
    Case(
        "a new key of a user with such a policy", "A6",
        member([only("a", allow("iam:CreateAccessKey", of("user", "b"))), only("b", S3, **GONE)]),
        {"user/a": unknown("gone"), "user/b": unknown("gone")},
    ),
    Case(
        "a new key of such a user, who is denied everything", "A6",
        member([only("a", allow("iam:CreateAccessKey", of("user", "b"))), only("b", DENY_ALL, **GONE)]),
        {"user/a": NONE, "user/b": NONE},
    ),
    Case(
        "a new key of a user without such a policy", "A6",
        member([only("a", allow("iam:CreateAccessKey", of("user", "c"))), only("b", S3, **GONE), only("c", S3)]),
        {"user/a": NONE, "user/b": unknown("gone"), "user/c": NONE},
    ),
    Case(
        "a role with such a policy, two steps away", "A6",
        member(
            [only("a", assume("mid"))],
            [role(MEMBER, "mid", TRUSTS_ACCOUNT, [assume("far")]), role(MEMBER, "far", TRUSTS_ACCOUNT) | GONE],
        ),
        {"user/a": unknown("gone"), "role/mid": unknown("gone"), "role/far": unknown("gone")},
    ),
    Case(
        "a role with such a policy, which trusts a service", "A6",
        member(
            [only("a", allow("sts:AssumeRole"))],
            [role(MEMBER, "far", trust({"Service": "ec2.amazonaws.com"})) | GONE],
        ),
        {"user/a": NONE, "role/far": unknown("gone")},
    ),
    Case(
        "the policy that was not read gets another version", "A6",
        member([only("a", allow("iam:CreatePolicyVersion", of("policy", "gone")), **GONE)]),
        {"user/a": unknown("gone")},
    ),
]  # fmt: skip
