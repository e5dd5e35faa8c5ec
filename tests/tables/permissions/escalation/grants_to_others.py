"""Steps that grant permissions to another principal and then act as this principal, by a role, a new key or a group."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    NONE,
    TRUSTS_ACCOUNT,
    Case,
    assume,
    attached,
    bounded,
    certain,
    conditional,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import MEMBER, Document, allow, deny, group, policy, role, trust

READ = allow("s3:GetObject")
BY_A, BY_OPS = trust({"AWS": of("user", "a")}), trust({"AWS": of("user", "ops")})
EC2 = trust({"Service": "ec2.amazonaws.com"})
VERSION = allow("iam:CreatePolicyVersion", of("policy", "p"))
KEYS_OF_B = allow("iam:CreateAccessKey", of("user", "b"))
IN_G = {"GroupList": ["g"]}
P, G = policy("p", [READ]), group("g", [], [READ])
CHIEFS = group("chiefs", [], [allow()])


def weak(trusts: Document = BY_A) -> Document:
    """Return a role that may only read."""
    return role(MEMBER, "weak", trusts, [READ])


CASES = [
    Case(
        "5: PutRolePolicy on a role that the user may assume", "A2",
        member([only("a", allow("iam:PutRolePolicy", of("role", "weak")), assume("weak"))], [weak()]),
        {
            "user/a": certain("put_role_policy", 2, "user/a -[put_role_policy role/weak]-> user/a -[assume_role]-> role/weak"),
            "role/weak": NONE,
        },
    ),
    Case(
        "5, benign: PutRolePolicy alone, and a role that others assume", "A2",
        member([only("a", allow("iam:PutRolePolicy", of("role", "weak"))), only("ops", READ)], [weak(BY_OPS)]),
        {"user/a": conditional("credentials of", "put_role_policy"), "user/ops": NONE, "role/weak": NONE},
    ),
    Case(
        "5, blocked: the role has a boundary", "A2",
        member(
            [only("a", allow("iam:PutRolePolicy", of("role", "weak")), assume("weak"))], [weak() | bounded("cap")],
            Policies=[policy("cap", [allow("s3:*")])],
        ),
        {"user/a": NONE, "role/weak": NONE},
    ),
    Case(
        "6: AttachRolePolicy and AssumeRole on every role", "A2",
        member([only("a", allow(["iam:AttachRolePolicy", "sts:AssumeRole"]))], [weak(TRUSTS_ACCOUNT)]),
        {"user/a": certain(
            "attach_role_policy", 2, "user/a -[attach_role_policy role/weak]-> user/a -[assume_role]-> role/weak"
        )},
    ),
    Case(
        "6, benign: no role trusts the account", "A2",
        member([only("a", allow(["iam:AttachRolePolicy", "sts:AssumeRole"]))], [weak(EC2)]),
        {"user/a": conditional("credentials of", "attach_role_policy")},
    ),
    Case(
        "7: AttachRolePolicy and UpdateAssumeRolePolicy", "A2",
        member([only("a", allow(["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]))], [weak(EC2)]),
        {"user/a": certain(steps=2)},
    ),
    Case(
        "7, benign: UpdateAssumeRolePolicy is denied", "A2",
        member(
            [only("a", allow(["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]), deny("iam:UpdateAssume*"))], [weak(EC2)]
        ),
        {"user/a": conditional("credentials of", "attach_role_policy")},
    ),
    Case(
        "7, benign: UpdateAssumeRolePolicy alone on a weak role", "A2",
        member([only("a", allow("iam:UpdateAssumeRolePolicy"))], [weak(EC2)]),
        {"user/a": NONE},
    ),
    Case(
        "8: CreatePolicyVersion on the policy of a role that the user may assume", "A2",
        member([only("a", VERSION, assume("weak"))], [weak() | attached("p")], Policies=[P]),
        {"user/a": certain(
            "create_policy_version", 2, "user/a -[create_policy_version policy/p]-> user/a -[assume_role]-> role/weak"
        )},
    ),
    Case(
        "8, benign: the policy is attached to nothing", "A2",
        member([only("a", VERSION, assume("weak"))], [weak()], Policies=[P]),
        {"user/a": NONE, "role/weak": NONE},
    ),
    Case(
        "8, benign: the policy is attached to a role that others assume", "A2",
        member([only("a", VERSION), only("ops", READ)], [weak(BY_OPS) | attached("p")], Policies=[P]),
        {"user/a": conditional("credentials of", "create_policy_version"), "user/ops": NONE},
    ),
    Case(
        "9: PutUserPolicy and CreateAccessKey on another user", "A2",
        member([only("a", allow("iam:PutUserPolicy", of("user", "b")), KEYS_OF_B), only("b", READ)]),
        {
            "user/a": certain("put_user_policy", 2, "user/a -[put_user_policy user/b]-> user/a -[create_access_key]-> user/b"),
            "user/b": NONE,
        },
    ),
    Case(
        "9, benign: keys of a third user", "A2",
        member([only("a", allow("iam:PutUserPolicy", of("user", "c")), KEYS_OF_B), only("b", READ), only("c", READ)]),
        {"user/a": conditional("credentials of", "put_user_policy"), "user/b": NONE, "user/c": NONE},
    ),
    Case(
        "9, blocked: an explicit deny on the other user", "A2",
        member([
            only("a", allow(["iam:PutUserPolicy", "iam:CreateAccessKey"]), deny("iam:Put*")), only("b", READ),
        ]),
        {"user/a": NONE, "user/b": NONE},
    ),
    Case(
        "a role that may write policies of every user", "A2",
        member([only("b", READ)], [role(MEMBER, "support", EC2, [allow("iam:PutUserPolicy")])]),
        {"role/support": conditional("credentials of", "put_user_policy"), "user/b": NONE},
    ),
    Case(
        "the policy of a user for whom keys may be created", "A2",
        member([only("a", VERSION, KEYS_OF_B), only("b", READ, **attached("p"))], Policies=[P]),
        {"user/a": certain(
            "create_policy_version", 2, "user/a -[create_policy_version policy/p]-> user/a -[create_access_key]-> user/b"
        )},
    ),
    Case(
        "the policy of a user for whom no keys may be created", "A2",
        member([only("a", VERSION), only("b", READ, **attached("p"))], Policies=[P]),
        {"user/a": conditional("credentials of", "create_policy_version"), "user/b": NONE},
    ),
    Case(
        "the group of a user for whom keys may be created", "A2",
        member(
            [only("a", allow("iam:PutGroupPolicy", of("group", "g")), KEYS_OF_B), only("b", READ, **IN_G)], GroupDetailList=[G]
        ),
        {"user/a": certain("put_group_policy", 2), "user/b": NONE},
    ),
    Case(
        "the group of a user for whom no keys may be created", "A2",
        member([only("a", allow("iam:PutGroupPolicy", of("group", "g"))), only("b", READ, **IN_G)], GroupDetailList=[G]),
        {"user/a": conditional("credentials of", "put_group_policy"), "user/b": NONE},
    ),
    Case(
        "a group without members", "A2",
        member([only("a", allow("iam:PutGroupPolicy", of("group", "g")), KEYS_OF_B), only("b", READ)], GroupDetailList=[G]),
        {"user/a": NONE, "user/b": NONE},
    ),
    Case(
        "the policy of a group that the user may join", "A2",
        member(
            [only("a", VERSION, allow("iam:AddUserToGroup", of("group", "g")))],
            GroupDetailList=[G | attached("p")], Policies=[P],
        ),
        {"user/a": certain(steps=2)},
    ),
    Case(
        "another user is added to a group of administrators", "A2",
        member(
            [only("b", READ)],
            [role(MEMBER, "helpdesk", EC2, [allow("iam:AddUserToGroup", of("group", "chiefs")), KEYS_OF_B])],
            GroupDetailList=[CHIEFS],
        ),
        {"role/helpdesk": certain("add_user_to_group", 2), "user/b": NONE},
    ),
    Case(
        "another user is added to a group of administrators, for whom no keys may be created", "A2",
        member(
            [only("b", READ)], [role(MEMBER, "helpdesk", EC2, [allow("iam:AddUserToGroup", of("group", "chiefs"))])],
            GroupDetailList=[CHIEFS],
        ),
        {"role/helpdesk": conditional("credentials of", "add_user_to_group"), "user/b": NONE},
    ),
    Case(
        "the boundary of another user is removed, and a key of the user is created", "A2",
        member(
            [only("a", allow("iam:DeleteUserPermissionsBoundary", of("user", "b")), KEYS_OF_B),
             only("b", allow(), **bounded("cap"))],
            Policies=[policy("cap", [allow("s3:*")])],
        ),
        {"user/a": certain("delete_user_boundary", 2), "user/b": NONE},
    ),
    Case(
        "the boundary of another user is removed, who has no permissions to gain", "A2",
        member(
            [only("a", allow("iam:DeleteUserPermissionsBoundary", of("user", "b")), KEYS_OF_B),
             only("b", READ, **bounded("cap"))],
            Policies=[policy("cap", [allow("s3:*")])],
        ),
        {"user/a": NONE, "user/b": NONE},
    ),
    Case(
        "the boundary policy of another user gets a version, and a key of the user is created", "A2",
        member(
            [only("a", allow("iam:CreatePolicyVersion", of("policy", "cap")), KEYS_OF_B),
             only("b", allow(), **bounded("cap"))],
            Policies=[policy("cap", [allow("s3:*")])],
        ),
        {"user/a": certain("create_policy_version", 2), "user/b": NONE},
    ),
    Case(
        "the boundary policy of another user gets a version", "A2",
        member(
            [only("a", allow("iam:CreatePolicyVersion", of("policy", "cap"))), only("b", allow(), **bounded("cap"))],
            Policies=[policy("cap", [allow("s3:*")])],
        ),
        {"user/a": conditional("credentials of", "create_policy_version"), "user/b": NONE},
    ),
]  # fmt: skip
