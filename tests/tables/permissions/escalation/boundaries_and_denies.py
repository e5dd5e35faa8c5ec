"""Boundaries, SCPs and explicit denies that remain after a step, and those that a step removes."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    NONE,
    TRUSTS_ACCOUNT,
    Case,
    administrator,
    attached,
    bounded,
    certain,
    conditional,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import (
    MEMBER,
    OTHER,
    Document,
    account,
    allow,
    control_policy,
    deny,
    policy,
    role,
    trust,
)

EC2 = trust({"Service": "ec2.amazonaws.com"})
ATTACH, VERSION = allow("iam:AttachUserPolicy"), allow("iam:CreatePolicyVersion", of("policy", "p"))
SELF = role(MEMBER, "self", EC2, [allow("iam:PutRolePolicy", of("role", "self"))])


def cap_policy(*actions: str) -> list[Document]:
    """Return the policy of the permissions boundary, which allows S3 and some actions."""
    return [policy("cap", [allow(["s3:*", *actions])])]


def deny_except(*actions: str) -> Document:
    """Return a statement that denies all but some actions."""
    return {"Effect": "Deny", "NotAction": list(actions), "Resource": "*"}


CASES = [
    Case(
        "a boundary that allows the step alone", "A4",
        member([only("a", ATTACH, **bounded("cap"))], Policies=cap_policy("iam:AttachUserPolicy")),
        {"user/a": NONE},
    ),
    Case("no boundary", "A4", member([only("a", ATTACH)]), {"user/a": certain("attach_user_policy", 1)}),
    Case(
        "a boundary that allows everything", "A4",
        member([only("a", ATTACH, **bounded("cap"))], Policies=[policy("cap", [allow()])]),
        {"user/a": certain("attach_user_policy", 1, "user/a -[attach_user_policy]-> administrator")},
    ),
    Case(
        "a boundary, and another user without a boundary", "A4",
        member([only("a", ATTACH, **bounded("cap")), only("b", allow("s3:*"))], Policies=cap_policy("iam:AttachUserPolicy")),
        {"user/a": conditional("credentials of", "attach_user_policy"), "user/b": NONE},
    ),
    Case(
        "a boundary that the user may remove afterwards", "A4",
        member(
            [only("a", allow(["iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"], of("user", "a")), **bounded("cap"))],
            Policies=cap_policy("iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"),
        ),
        {"user/a": certain(steps=2)},
    ),
    Case(
        "a boundary that denies its own removal", "A4",
        member(
            [only("a", allow(["iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"], of("user", "a")), **bounded("cap"))],
            Policies=[policy("cap", [allow(["s3:*", "iam:*User*"]), deny("iam:*UserPermissionsBoundary")])],
        ),
        {"user/a": NONE},
    ),
    Case(
        "a boundary that only the new permissions can remove", "A4",
        member(
            [only("a", ATTACH, **bounded("cap"))],
            Policies=cap_policy("iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"),
        ),
        {"user/a": certain("attach_user_policy", 2)},
    ),
    Case(
        "a boundary that may be replaced", "A4",
        member(
            [only("a", allow(["iam:PutUserPolicy", "iam:PutUserPermissionsBoundary"], of("user", "a")), **bounded("cap"))],
            Policies=cap_policy("iam:PutUserPolicy", "iam:PutUserPermissionsBoundary"),
        ),
        {"user/a": certain(steps=2)},
    ),
    Case(
        "a boundary policy that gets another version", "A4",
        member(
            [only("a", allow(), **bounded("cap"))],
            Policies=[policy("cap", [allow("iam:CreatePolicyVersion", of("policy", "cap"))])],
        ),
        {"user/a": certain(
            "create_policy_version", 1, "user/a -[create_policy_version policy/cap]-> administrator"
        )},
    ),
    Case(
        "a boundary policy that gets another version, of a user with few permissions", "A4",
        member(
            [only("a", allow(["s3:*", "iam:CreatePolicyVersion"]), **bounded("cap"))],
            Policies=cap_policy("iam:CreatePolicyVersion"),
        ),
        {"user/a": NONE},
    ),
    Case(
        "a boundary policy that the boundary does not let change", "A4",
        member([only("a", allow(), **bounded("cap"))], Policies=cap_policy()),
        {"user/a": NONE},
    ),
    Case(
        "the same policy, attached and as the boundary", "A4",
        member(
            [only("a", **attached("p"), **bounded("p"))],
            Policies=[policy("p", [allow("iam:CreatePolicyVersion", of("policy", "p"))])],
        ),
        {"user/a": certain("create_policy_version", 1)},
    ),
    Case(
        "an attached policy under another boundary", "A4",
        member(
            [only("a", **attached("p"), **bounded("cap"))],
            Policies=[policy("p", [VERSION]), policy("cap", [allow("s3:*"), VERSION])],
        ),
        {"user/a": NONE},
    ),
    Case(
        "an attached policy under another boundary, which the new permissions can change", "A4",
        member(
            [only("a", **attached("p"), **bounded("cap"))],
            Policies=[policy("p", [VERSION]), *cap_policy("iam:CreatePolicyVersion")],
        ),
        {"user/a": certain("create_policy_version", 2)},
    ),
    Case(
        "a deny in the policy that gets another version", "A4",
        member(
            [only("a", allow(), **attached("p"))],
            Policies=[policy("p", [deny_except("s3:*", "iam:CreatePolicyVersion"), VERSION])],
        ),
        {"user/a": certain("create_policy_version", 1)},
    ),
    Case(
        "a deny in another policy", "A4",
        member(
            [only("a", deny_except("s3:*", "iam:CreatePolicyVersion"), VERSION, **attached("p"))],
            Policies=[policy("p", [allow("s3:*")])],
        ),
        {"user/a": NONE},
    ),
    Case(
        "an SCP that allows the step alone", "A4", member((), [SELF]), {"role/self": NONE},
        [control_policy("p-few", [deny_except("s3:*", "iam:PutRolePolicy")], MEMBER)],
    ),
    Case(
        "an SCP that denies something else", "A4", member((), [SELF]), {"role/self": certain("put_role_policy", 1)},
        [control_policy("p-few", [deny("organizations:LeaveOrganization")], MEMBER)],
    ),
    Case(
        "an SCP on the account of the administrator that is assumed", "A4",
        member([only("a", allow("sts:AssumeRole"))])
        | {OTHER: account(RoleDetailList=[administrator(TRUSTS_ACCOUNT, owner=OTHER)])},
        {"user/a": NONE, of("role", "adm", OTHER): NONE},
        [control_policy("p-noiam", [deny("iam:*")], OTHER)],
    ),
    Case(
        "an SCP on the account of the caller", "A4",
        member([only("a", allow("sts:AssumeRole"))])
        | {OTHER: account(RoleDetailList=[administrator(TRUSTS_ACCOUNT, owner=OTHER)])},
        {"user/a": certain("assume_role", 1)},
        [control_policy("p-noiam", [deny("iam:*")], MEMBER)],
    ),
    Case(
        "an SCP that denies the removal of the boundary", "A4",
        member(
            [only("a", allow(["iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"], of("user", "a")), **bounded("cap"))],
            Policies=cap_policy("iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"),
        ),
        {"user/a": NONE},
        [control_policy("p-keeps", [deny("iam:*PermissionsBoundary")], MEMBER)],
    ),
]  # fmt: skip
