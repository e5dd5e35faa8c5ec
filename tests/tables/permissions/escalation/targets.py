"""Targets of an action that resource patterns, tags or boundaries distinguish, and targets that are alike."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    NONE,
    Case,
    attached,
    bounded,
    certain,
    conditional,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import allow, deny, policy, when

READER = [allow("s3:GetObject")]
VERSIONS = allow("iam:CreatePolicyVersion", of("policy", "*"))
OWN_NAME = allow("iam:CreatePolicyVersion", of("policy", "${aws:username}"))
PUT = "iam:PutUserPolicy"
RED, BLUE = ({"Tags": [{"Key": "team", "Value": color}]} for color in ("red", "blue"))

CASES = [
    Case(
        "versions of policies that a pattern names, and another policy of the user", "A4",
        member(
            [only("a", allow("iam:CreatePolicyVersion", of("policy", "alpha-*")), **attached("beta")),
             only("b", **attached("alpha-1"))],
            Policies=[policy("alpha-1", READER), policy("beta", READER)],
        ),
        {"user/a": conditional("credentials of", "create_policy_version"), "user/b": NONE},
    ),
    Case(
        "versions of all policies except the one of the user", "A4",
        member(
            [only("a", VERSIONS, deny("iam:CreatePolicyVersion", of("policy", "zeta")), **attached("zeta")),
             only("b", **attached("alpha"))],
            Policies=[policy("alpha", READER), policy("zeta", READER)],
        ),
        {"user/a": conditional("credentials of", "create_policy_version"), "user/b": NONE},
    ),
    Case(
        "versions of all policies except the one of another user", "A4",
        member(
            [only("a", VERSIONS, deny("iam:CreatePolicyVersion", of("policy", "alpha")), **attached("zeta")),
             only("b", **attached("alpha"))],
            Policies=[policy("alpha", READER), policy("zeta", READER)],
        ),
        {"user/a": certain("create_policy_version", 1, "user/a -[create_policy_version policy/zeta]-> administrator")},
    ),
    Case(
        "versions of several policies that are alike", "A4",
        member(
            [only("a", VERSIONS, **attached("zeta")), only("b", **attached("alpha"))],
            Policies=[policy("alpha", READER), policy("zeta", READER)],
        ),
        {"user/a": certain("create_policy_version", 1, "user/a -[create_policy_version policy/zeta]-> administrator")},
    ),
    Case(
        "versions of a policy with the name of the user", "A4",
        member(
            [only("a", OWN_NAME, **attached("a")), only("c", OWN_NAME, **attached("c")), only("b", OWN_NAME, **attached("a"))],
            Policies=[policy("a", READER), policy("c", READER)],
        ),
        {"user/a": certain("create_policy_version", 1), "user/c": certain("create_policy_version", 1), "user/b": NONE},
    ),
    Case(
        "users of one tag", "A4",
        member([only("a", allow(PUT, **when("StringEquals", "iam:ResourceTag/team", "red")), **BLUE),
                only("b", *READER, **RED), only("c", *READER, **BLUE)]),
        {"user/a": conditional("credentials of", "put_user_policy"), "user/b": NONE},
    ),
    Case(
        "users with a boundary", "A4",
        member(
            [only("a", allow(PUT, **when("StringEquals", "iam:PermissionsBoundary", of("policy", "all")))),
             only("b", *READER, **bounded("all")), only("c", *READER)],
            Policies=[policy("all", [allow()])],
        ),
        {"user/a": conditional("credentials of", "put_user_policy"), "user/b": NONE},
    ),
]  # fmt: skip
