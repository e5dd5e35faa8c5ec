"""Random policies of all types, and principals and organizations that have them."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.tables.permissions.policy_builders import allow, when
from tests.tables.permissions.use_runs import ACCOUNT, Row, boundary, organization, policy_arn, user

PATTERNS = (
    "*", "*", "s3:*", "s3:Get*", "s3:?utObject", "S3:LISTBUCKET", "iam:*", "iam:List*", "*:List*", "lambda:*", "kms:*",
    "kms:Decrypt", "cloudwatch:*", "iam:PassRole", "s3:GetObject", "unknown:Action",
)  # fmt: skip
RESOURCES: tuple[Any, ...] = (
    "*", "*", "*", "arn:aws:s3:::acme-*", "arn:aws:s3:::other/*", "arn:aws:iam::*:user/${aws:username}",
    ["arn:aws:s3:::acme-data/*", "arn:aws:iam::*:role/app"], "arn:aws:s3:::${aws:PrincipalTag/team}/*",
)  # fmt: skip
CONDITIONS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, when("IpAddress", "aws:SourceIp", "192.0.2.0/24"), when("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
    when("StringNotEquals", "aws:RequestedRegion", "eu-west-1"), when("StringEquals", "aws:RequestedRegion", "eu-west-1"),
    when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/user1*"), when("StringEquals", "aws:PrincipalTag/team", "a"),
    when("StringEquals", "aws:PrincipalAccount", ACCOUNT), when("StringNotEquals", "aws:PrincipalAccount", ACCOUNT),
    when("StringEquals", "aws:PrincipalType", "User"),
)  # fmt: skip
USERS, ROLES = 14, 6


def statement(random: Random, effects: tuple[str, ...]) -> Row:
    """Return a random statement."""
    some = random.sample(PATTERNS, random.randint(1, 3))
    content: dict[str, Any] = {"Effect": random.choice(effects)}
    content["NotAction" if random.random() < 0.15 else "Action"] = some if len(some) > 1 else some[0]
    content["NotResource" if random.random() < 0.1 else "Resource"] = random.choice(RESOURCES)
    return content | random.choice(CONDITIONS)


def document(random: Random, effects: tuple[str, ...] = ("Allow", "Allow", "Deny"), *more: Row) -> Row:
    """Return a random policy with more statements."""
    statements = [statement(random, effects) for _ in range(random.randint(1, 3))]
    return {"Version": random.choice(("2012-10-17", "2012-10-17", "2008-10-17")), "Statement": [*more, *statements]}


def principals(random: Random) -> dict[str, list[Row]]:
    """Return users and roles with random policies; some policies and tags were not read."""
    documents = [document(random) for _ in range(8)]  # several principals have the same
    rows = []
    for number in range(USERS + ROLES):
        entity_type = "user" if number < USERS else "role"
        name = f"{entity_type}{number}"
        some = random.sample(documents, random.randint(1, 2))
        more: dict[str, Any] = {
            "arn": f"arn:aws:iam::{ACCOUNT}:{entity_type}/{name}",
            "tags": {"team": random.choice("ab")},
        }
        if random.random() < 0.4:
            more["permissions_boundary_arn"] = policy_arn(f"boundary{random.randint(0, 3)}")
        if random.random() < 0.1:
            more |= {"tags_src": None, "tags": None}
        row = {**user(name, *some, **more)}
        rows.append(row if entity_type == "user" else {**row, "role_id": row.pop("user_id")})
    boundaries = [boundary(f"boundary{number}", document(random, ("Allow", "Allow", "Deny"))) for number in range(3)]
    return {"users": rows[:USERS], "aws_iam_role": rows[USERS:], "aws_iam_policy": boundaries}


def control_policies(random: Random) -> dict[str, list[Row]]:
    """Return an organization whose levels have random policies, or none."""
    if random.random() < 0.2:
        return {}
    full = [] if random.random() < 0.2 else [allow()]
    policies: list[tuple[str, str, Row | None]] = [
        (f"s{level}", f"scp-{level}", document(random, ("Deny", "Deny", "Allow"), *full)) for level in "rua"
    ]
    if random.random() < 0.4:
        policies.append(("rr", "rcp", document(random, ("Deny",))))
    if random.random() < 0.2:
        policies[0] = ("sr", "unread", None)
    return organization(*policies)
