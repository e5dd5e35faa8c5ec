"""Chains of steps from one principal to another: assumed roles, new credentials, passed roles, and mixtures of them."""

from __future__ import annotations

from itertools import pairwise

from tests.tables.permissions.escalation.case import (
    ADMIN,
    NONE,
    PASS_TO_LAMBDA,
    THIRD,
    TRUSTS_ACCOUNT,
    Case,
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
    control_policy,
    deny,
    policy,
    role,
    trust,
    user,
)

LAMBDA, EC2 = trust({"Service": "lambda.amazonaws.com"}), trust({"Service": "ec2.amazonaws.com"})


def steps(*names: str) -> list[Document]:
    """Return roles that may each assume the next; the last name has no role."""
    return [role(MEMBER, name, TRUSTS_ACCOUNT, [assume(next_name)]) for name, next_name in pairwise(names)]


def line(*names: str) -> str:
    """Return the path over assumed roles."""
    return f"user/a{''.join(f' -[assume_role]-> role/{name}' for name in names)}"


R = [f"r{number}" for number in range(1, 8)]
SESSION = f"arn:aws:sts::{MEMBER}:assumed-role/mid/deploy"
ACROSS = trust({"AWS": of("role", "mid")})
BY_A = trust({"AWS": of("user", "a")})
COOPERATING_ROLES = [
    role(MEMBER, "writer", TRUSTS_ACCOUNT, [allow("iam:PutRolePolicy", of("role", "x"))]),
    role(MEMBER, "caller", TRUSTS_ACCOUNT, [assume("x")]),
    role(MEMBER, "x", TRUSTS_ACCOUNT, [allow("s3:GetObject")]),
]
MIXED = [
    role(MEMBER, "c", TRUSTS_ACCOUNT, [allow("iam:UpdateAssumeRolePolicy", of("role", "d"))]),
    role(MEMBER, "d", EC2, [allow()]) | bounded("cap"),
]
MIXED_USERS = [only("a", allow("iam:CreateAccessKey", of("user", "b"))), only("b", assume("c"))]

CASES = [
    Case(
        "1: a role that assumes an administrator", "A1",
        member([only("a", assume("mid"))], [*steps("mid", "adm"), administrator()]),
        {"user/a": certain("assume_role", 2, line("mid", "adm")), "role/mid": certain("assume_role", 1), "role/adm": ADMIN},
    ),
    Case(
        "1, blocked: the middle role is denied sts:AssumeRole", "A1",
        member([only("a", assume("mid"))], [role(MEMBER, "mid", TRUSTS_ACCOUNT, [assume("adm"), deny("sts:*")]), administrator()]),
        {"user/a": NONE, "role/mid": NONE},
    ),
    Case(
        "1, blocked: the middle role trusts another user", "A1",
        member(
            [only("a", assume("mid")), only("ops", allow("s3:*"))],
            [role(MEMBER, "mid", trust({"AWS": of("user", "ops")}), [assume("adm")]), administrator()],
        ),
        {"user/a": NONE, "role/mid": certain("assume_role", 1), "user/ops": certain("assume_role", 2)},
    ),
    Case(
        "1: trust policies name each role, and no role has a policy", "A1",
        member(
            [only("a", allow("s3:*"))],
            [
                role(MEMBER, "first", BY_A, []), role(MEMBER, "second", trust({"AWS": of("role", "first")}), []),
                administrator(trust({"AWS": of("role", "second")})),
            ],
        ),
        {
            "user/a": certain("assume_role", 3, line("first", "second", "adm")), "role/first": certain("assume_role", 2),
            "role/second": certain("assume_role", 1), "role/adm": ADMIN,
        },
    ),
    Case(
        "1: the role that a trust policy names removes its permissions boundary first", "A1",
        member(
            [only("a", allow("s3:*"))],
            [
                role(MEMBER, "mid", BY_A, [allow("iam:DeleteRolePermissionsBoundary", of("role", "mid"))]) | bounded("cap"),
                administrator(ACROSS),
            ],
            Policies=[policy("cap", [allow("iam:DeleteRolePermissionsBoundary")])],
        ),
        {"user/a": certain("assume_role", 3), "role/mid": certain("delete_role_boundary", 2), "role/adm": ADMIN},
    ),
    Case(
        "2: the administrator is in another account", "A1",
        member([only("a", allow("s3:*"))], [role(MEMBER, "mid", BY_A, [allow("sts:AssumeRole", of("role", "adm", OTHER))])])
        | {OTHER: account(RoleDetailList=[administrator(ACROSS, owner=OTHER)])},
        {
            "user/a": certain("assume_role", 2, f"user/a -[assume_role]-> role/mid -[assume_role]-> {of('role', 'adm', OTHER)}"),
            "role/mid": certain("assume_role", 1), of("role", "adm", OTHER): ADMIN,
        },
    ),
    Case(
        "2, blocked: across accounts the trust alone is not enough", "A1",
        member([only("a", allow("s3:*"))], [role(MEMBER, "mid", BY_A, [allow("s3:*")])])
        | {OTHER: account(RoleDetailList=[administrator(ACROSS, owner=OTHER)])},
        {"user/a": NONE, "role/mid": NONE},
    ),
    Case(
        "2, blocked: an SCP of the caller's account denies it", "A1",
        member([only("a", allow("s3:*"))], [role(MEMBER, "mid", BY_A, [allow("sts:AssumeRole")])])
        | {OTHER: account(RoleDetailList=[administrator(ACROSS, owner=OTHER)])},
        {"user/a": NONE, "role/mid": NONE},
        [control_policy("p-nosts", [deny("sts:AssumeRole")], MEMBER)],
    ),
    Case(
        "3: a new key of a user who may assume an administrator", "A1",
        member([only("a", allow("iam:CreateAccessKey", of("user", "b"))), only("b", assume("adm"))], [administrator()]),
        {
            "user/a": certain("create_access_key", 2, "user/a -[create_access_key]-> user/b -[assume_role]-> role/adm"),
            "user/b": certain("assume_role", 1),
        },
    ),
    Case(
        "3, blocked: a new key of a user who may assume nothing", "A1",
        member(
            [only("a", allow("iam:CreateAccessKey", of("user", "c"))), only("b", assume("adm")), only("c", allow("s3:*"))],
            [administrator()],
        ),
        {"user/a": NONE, "user/b": certain("assume_role", 1), "user/c": NONE},
    ),
    Case(
        "4: a passed role that may assume an administrator", "A1",
        member(
            [only("a", allow(PASS_TO_LAMBDA[1:]), allow("iam:PassRole", of("role", "mid")))],
            [role(MEMBER, "mid", LAMBDA, [assume("adm")]), administrator()],
        ),
        {
            "user/a": certain("lambda_create_invoke", 2, "user/a -[lambda_create_invoke]-> role/mid -[assume_role]-> role/adm"),
            "role/mid": certain("assume_role", 1),
        },
    ),
    Case(
        "4, blocked: the passed role trusts another service", "A1",
        member([only("a", allow(PASS_TO_LAMBDA))], [role(MEMBER, "mid", EC2, [assume("adm")]), administrator()]),
        {"user/a": NONE, "role/mid": certain("assume_role", 1)},
    ),
    Case(
        "three hops", "A1",
        member([only("a", assume("r1"))], [*steps("r1", "r2", "adm"), administrator()]),
        {"user/a": certain("assume_role", 3, line("r1", "r2", "adm")), "role/r1": certain("assume_role", 2)},
    ),
    Case(
        "three steps, blocked: the last step is denied", "A1",
        member(
            [only("a", assume("r1"))],
            [*steps("r1", "r2"), role(MEMBER, "r2", TRUSTS_ACCOUNT, [allow("sts:*"), deny("sts:AssumeRole", of("role", "adm"))]),
             administrator()],
        ),
        {"user/a": NONE, "role/r1": NONE, "role/r2": NONE},
    ),
    Case(
        "six hops", "A1",
        member([only("a", assume("r1"))], [*steps(*R[:5], "adm"), administrator()]),
        {"user/a": certain("assume_role", 6, line(*R[:5], "adm")), "role/r5": certain("assume_role", 1)},
    ),
    Case(
        "a cycle without an administrator", "A1",
        member([only("a", assume("r1"))], steps("r1", "r2", "r3", "r1")),
        {"user/a": NONE, "role/r1": NONE, "role/r2": NONE, "role/r3": NONE},
    ),
    Case(
        "a cycle with a way out", "A1",
        member(
            [only("a", assume("r1"))],
            [*steps("r1", "r2", "r3"), role(MEMBER, "r3", TRUSTS_ACCOUNT, [assume("r1", "adm")]), administrator()],
        ),
        {
            "user/a": certain("assume_role", 4, line("r1", "r2", "r3", "adm")),
            "role/r1": certain("assume_role", 3), "role/r2": certain("assume_role", 2), "role/r3": certain("assume_role", 1),
        },
    ),
    Case(
        "a role that may assume only itself", "A1",
        member([only("a", assume("own"))], [role(MEMBER, "own", TRUSTS_ACCOUNT, [assume("own")])]),
        {"user/a": NONE, "role/own": NONE},
    ),
    Case(
        "three accounts", "A1",
        member((), [role(MEMBER, "mid", trust({"AWS": f"arn:aws:iam::{OTHER}:root"}), [allow("sts:AssumeRole")])])
        | {OTHER: account(UserDetailList=[user("a", [assume("mid")], OTHER)]),
           THIRD: account(RoleDetailList=[administrator(ACROSS, owner=THIRD)])},
        {of("user", "a", OTHER): certain("assume_role", 2), "role/mid": certain("assume_role", 1)},
    ),
    Case(
        "three accounts, blocked: the last role trusts another role", "A1",
        member((), [role(MEMBER, "mid", trust({"AWS": f"arn:aws:iam::{OTHER}:root"}), [allow("sts:AssumeRole")])])
        | {OTHER: account(UserDetailList=[user("a", [assume("mid")], OTHER)]),
           THIRD: account(RoleDetailList=[administrator(trust({"AWS": of("role", "else")}), owner=THIRD)])},
        {of("user", "a", OTHER): NONE, "role/mid": NONE},
    ),
    Case(
        "a session of the middle role is trusted", "A8",
        member(
            [only("a", assume("mid"))],
            [role(MEMBER, "mid", TRUSTS_ACCOUNT, [assume("adm")]), administrator(trust({"AWS": SESSION}))],
        ),
        {"user/a": conditional(), "role/mid": conditional()},
    ),
    Case(
        "a session of another role is trusted", "A8",
        member(
            [only("a", assume("mid"))],
            [role(MEMBER, "mid", TRUSTS_ACCOUNT, [assume("adm")]), role(MEMBER, "job", LAMBDA),
             administrator(trust({"AWS": SESSION.replace("mid", "job")}))],
        ),
        {"user/a": NONE, "role/mid": NONE, "role/job": conditional()},
    ),
    Case(
        "a key, an assumed role, a changed trust policy and a removed boundary", "A1",
        member(MIXED_USERS, MIXED, Policies=[policy("cap", [allow(["s3:*", "iam:DeleteRolePermissionsBoundary"])])]),
        {
            "user/a": certain("create_access_key", 4, "user/a -[create_access_key]-> user/b -[assume_role]-> role/c "
                "-[update_assume_role_policy]-> role/d -[delete_role_boundary]-> administrator"),
            "user/b": certain("assume_role", 3), "role/c": certain("update_assume_role_policy", 2),
            "role/d": certain("delete_role_boundary", 1),
        },
    ),
    Case(
        "a key, an assumed role and a changed trust policy, blocked: the boundary stays", "A1",
        member(MIXED_USERS, MIXED, Policies=[policy("cap", [allow("s3:*")])]),
        {"user/a": NONE, "user/b": NONE, "role/c": NONE, "role/d": NONE},
    ),
    Case(
        "a role grants permissions to a role that another role assumes", "A2",
        member([only("p", assume("writer", "caller"))], COOPERATING_ROLES),
        {"user/p": certain("assume_role"), "role/writer": conditional("credentials of"), "role/caller": NONE},
    ),
    Case(
        "a role grants permissions to a role that no other principal can assume", "A2",
        member([only("p", assume("writer"))], COOPERATING_ROLES),
        {"user/p": conditional("credentials of"), "role/writer": conditional("credentials of"), "role/caller": NONE},
    ),
]  # fmt: skip
SEVEN = Case(
    "seven hops", "A1",
    member([only("a", assume("r1"))], [*steps(*R[:6], "adm"), administrator()]),
    {"user/a": certain("assume_role", 7)},
)  # fmt: skip
