"""Delegations that leave a way out: an equal policy under another name, a boundary that may be removed, tags, and trust alone."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    ADMIN,
    ADMINISTRATOR_ACCESS,
    NONE,
    TRUSTS_ACCOUNT,
    Case,
    ExpectedAnswer,
    administrator,
    assume,
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
    deny,
    policy,
    role,
    trust,
    when,
)

ATTACHED, BOUNDARY = "iam:PolicyARN", "iam:PermissionsBoundary"
ADMIN_ARN, IAM_ARN = ADMINISTRATOR_ACCESS["PolicyArn"], "arn:aws:iam::aws:policy/IAMFullAccess"
CAP = of("policy", "cap")
READ = allow("s3:GetObject")
BY_A, LAMBDA = trust({"AWS": of("user", "a")}), trust({"Service": "lambda.amazonaws.com"})
BOUNDED = when("StringEquals", BOUNDARY, CAP)
NEW_ROLES = [allow(["iam:CreateRole", "iam:AttachRolePolicy"], **BOUNDED), allow("sts:AssumeRole")]
TAKE_OFF = ["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "sts:AssumeRole"]


def user_case(name: str, expected: ExpectedAnswer, *statements: Document, policies: tuple[Document, ...] = ()) -> Case:
    """Return a case with a single user, and the policy `cap`."""
    all_policies = [policy("cap", [allow("s3:*")]), *policies]
    return Case(name, "delegation", member([only("a", *statements)], Policies=all_policies), {"user/a": expected})


def role_case(name: str, expected: ExpectedAnswer, role_document: Document, *statements: Document) -> Case:
    """Return a case with a user and a role, and the policy `cap`."""
    accounts = member([only("a", *statements)], [role_document], Policies=[policy("cap", [allow("s3:*")])])
    return Case(name, "delegation", accounts, {"user/a": expected})


def tagged(identity: Document, **tags: str) -> Document:
    """Return a user or role with tags."""
    return identity | {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def on_tag(action: str | list[str], value: str, key: str = "aws:ResourceTag/team") -> Document:
    """Return an Allow on resources with a tag."""
    return allow(action, **when("StringEquals", key, value))


FULL, OPEN = policy("full", [allow()]), policy("open", [READ])
EXCEPT_ADMIN = [allow("iam:AttachUserPolicy"), deny("iam:AttachUserPolicy", **when("ArnEquals", ATTACHED, ADMIN_ARN))]
EXCEPT_AWS = [
    allow("iam:AttachUserPolicy"),
    deny("iam:AttachUserPolicy", **when("ArnLike", ATTACHED, "arn:aws:iam::aws:policy/*")),
]
BLUE = tagged(administrator(), team="blue")
BOSS = tagged(only("boss", allow()), team="blue")

CASES = [
    user_case("AdministratorAccess may not be attached, IAMFullAccess may", certain("attach_user_policy", 1), *EXCEPT_ADMIN),
    user_case("no policy of AWS may be attached, an equal policy of the customer may", certain("attach_user_policy", 1),
        *EXCEPT_AWS, policies=(FULL,)),
    user_case("no policy of AWS may be attached, and the customer has none that is equal", NONE, *EXCEPT_AWS, policies=(OPEN,)),
    user_case("two policies of AWS may not be attached", NONE, allow("iam:AttachUserPolicy"),
        deny("iam:AttachUserPolicy", **when("ArnEquals", ATTACHED, ADMIN_ARN, IAM_ARN)), policies=(OPEN,)),
    user_case("a policy of the customer may be attached, which allows everything", certain("attach_user_policy", 1),
        allow("iam:AttachUserPolicy", of("user", "a"), **when("ArnEquals", ATTACHED, of("policy", "full"))), policies=(FULL, OPEN)),
    user_case("a policy of the customer may be attached, which allows little", NONE,
        allow("iam:AttachUserPolicy", of("user", "a"), **when("ArnEquals", ATTACHED, of("policy", "open"))), policies=(FULL, OPEN)),
    user_case("a new role gets an equal policy under another name", certain("create_role_with_policy", 1),
        allow(["iam:CreateRole", "iam:AttachRolePolicy"]),
        deny("iam:AttachRolePolicy", **when("ArnEquals", ATTACHED, ADMIN_ARN))),
    user_case("a new role gets no policy that allows everything", NONE, allow(["iam:CreateRole", "iam:AttachRolePolicy"]),
        deny("iam:AttachRolePolicy", **when("ArnLike", ATTACHED, "arn:aws:iam::aws:policy/*")), policies=(OPEN,)),
    user_case("a new role within a boundary, which may be removed", certain("create_role_with_policy", 2,
        "user/a -[create_role_with_policy]-> user/a -[delete_role_boundary]-> administrator"),
        *NEW_ROLES, allow("iam:DeleteRolePermissionsBoundary")),
    user_case("a new role within a boundary, which may be replaced", certain("create_role_with_policy", 2),
        *NEW_ROLES, allow("iam:PutRolePermissionsBoundary")),
    user_case("a new role within a boundary, which stays", NONE, *NEW_ROLES),
    user_case("a new role within a boundary, whose removal is denied", NONE, *NEW_ROLES,
        allow("iam:*PermissionsBoundary"), deny("iam:DeleteRolePermissionsBoundary"), deny("iam:PutRolePermissionsBoundary")),
    user_case("a new role within a boundary, whose removal is denied under this boundary", NONE, *NEW_ROLES,
        allow("iam:DeleteRolePermissionsBoundary"), deny("iam:DeleteRolePermissionsBoundary", **BOUNDED)),
    user_case("a new role within a boundary, which may only be replaced by the same", NONE, *NEW_ROLES,
        allow("iam:PutRolePermissionsBoundary", **BOUNDED)),
    user_case("a new user within a boundary, which may be removed", certain("create_user_with_inline_policy", 2),
        allow(["iam:CreateUser", "iam:PutUserPolicy"], **BOUNDED),
        allow(["iam:CreateAccessKey", "iam:DeleteUserPermissionsBoundary"])),
    role_case("the boundary of a role is removed, a policy attached, and the role assumed", certain(steps=3),
        role(MEMBER, "weak", TRUSTS_ACCOUNT, [READ]) | bounded("cap"), allow(TAKE_OFF)),
    role_case("the boundary of a role stays", NONE,
        role(MEMBER, "weak", TRUSTS_ACCOUNT, [READ]) | bounded("cap"), allow(TAKE_OFF[1:])),
    role_case("the boundary is removed under a condition that the role does not meet", NONE,
        role(MEMBER, "weak", TRUSTS_ACCOUNT, [READ]) | bounded("cap"), allow(TAKE_OFF[1:]),
        allow("iam:DeleteRolePermissionsBoundary", **when("StringEquals", BOUNDARY, of("policy", "other")))),
    Case("a user removes its boundary and attaches a policy, both allowed on all users", "delegation",
        member([only("a", allow(["iam:DeleteUserPermissionsBoundary", "iam:AttachUserPolicy"]), **bounded("narrow"))],
            Policies=[policy("narrow", [allow(["iam:DeleteUserPermissionsBoundary", "iam:AttachUserPolicy"])])]),
        {"user/a": certain(steps=2)}),
    role_case("the trust policy names a user that has no policy for it", certain("assume_role", 1), administrator(BY_A), READ),
    role_case("the trust policy names a user with a deny", NONE, administrator(BY_A), READ, deny("sts:AssumeRole")),
    Case("the trust policy names a user whose key is created", "delegation",
        member([only("a", allow("iam:CreateAccessKey", of("user", "b"))), only("b"), only("c")],
            [administrator(trust({"AWS": of("user", "b")}))]),
        {"user/a": certain("create_access_key", 2), "user/b": certain("assume_role", 1), "user/c": NONE}),
    Case("the trust policy of another account names a user that has no policy for it", "delegation",
        member([only("a", READ)]) | {OTHER: account(RoleDetailList=[administrator(BY_A, owner=OTHER)])}, {"user/a": NONE}),
    role_case("a role is assumed by its tag", certain("assume_role", 1), BLUE, on_tag("sts:AssumeRole", "blue")),
    role_case("a role has another tag", NONE, BLUE, on_tag("sts:AssumeRole", "red")),
    role_case("a role has no tag", NONE, administrator(), on_tag("sts:AssumeRole", "blue")),
    role_case("a role has another tag, by the key of IAM", NONE, BLUE, on_tag("sts:AssumeRole", "red", "iam:ResourceTag/team")),
    role_case("a tag denies that the role is assumed", NONE, BLUE, assume("adm"),
        deny("sts:AssumeRole", **when("StringEquals", "aws:ResourceTag/Team", "blue"))),
    role_case("a role is changed by its tag", certain(steps=1), BLUE, on_tag("iam:UpdateAssumeRolePolicy", "blue")),
    role_case("a role with another tag is not changed", NONE, BLUE, on_tag("iam:UpdateAssumeRolePolicy", "red")),
    Case("keys of a user with the tag", "delegation", member([only("a", on_tag("iam:CreateAccessKey", "blue")), BOSS]),
        {"user/a": certain("create_access_key", 1), "user/boss": ADMIN}),
    Case("keys of a user with another tag", "delegation", member([only("a", on_tag("iam:CreateAccessKey", "red")), BOSS]),
        {"user/a": NONE}),
    Case("policies of users with the tag that the user itself has", "delegation",
        member([tagged(only("a", on_tag("iam:PutUserPolicy", "red")), team="red")]), {"user/a": certain("put_user_policy", 1)}),
    Case("policies of users with a tag that the user itself does not have", "delegation",
        member([tagged(only("a", on_tag("iam:PutUserPolicy", "red")), team="blue")]), {"user/a": NONE}),
    role_case("tags of the request stay open", conditional("aws:RequestTag/team"), BLUE,
        allow("iam:UpdateAssumeRolePolicy", **when("StringEquals", "aws:RequestTag/team", "red"))),
]  # fmt: skip
