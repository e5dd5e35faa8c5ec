"""Verdicts over a sample organization with each form of statement, each policy type, and combined conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions.policy_builders import (
    HOME,
    MEMBER,
    ORGANIZATION,
    OTHER,
    Document,
    account,
    allow,
    control_policy,
    deny,
    group,
    imported,
    policy,
    role,
    trust,
    user,
    when,
)
from tests.tiers import slow_but_every

OBJECT, ROLE = "arn:aws:s3:::acme-data/a/b.txt", f"arn:aws:iam::{MEMBER}:role/worker"
MFA, REGION = "aws:MultiFactorAuthPresent", "aws:RequestedRegion"
UNTAGGED = when("StringNotEquals", "aws:PrincipalTag/bucket", "acme-data")


# For each user of the member account, its statements, or its policy document.
STATEMENTS: dict[str, Any] = {
    "nothing": [],
    "one-statement": {"Version": "2012-10-17", "Statement": allow("s3:GetObject")},
    "no-version": {"Statement": [allow("s3:GetObject", "arn:aws:s3:::acme-data/*")]},
    "capitals": [allow("S3:getOBJECT")],
    "action-list": [allow(["ec2:*", "s3:Get*"])],
    "question-mark": [allow("s3:?etObject")],
    "everything": [allow()],
    "star-colon-star": [allow("*:*")],
    "other-action": [allow("s3:GetObjectAcl")],
    "prefix-only": [allow("s3:GetObjec")],
    "resource-list": [allow("s3:*", ["arn:aws:s3:::other/*", "arn:aws:s3:::acme-data/*"])],
    "resource-question": [allow("s3:*", "arn:aws:s3:::acme-dat?/a/*")],
    "resource-case": [allow("s3:*", "arn:aws:s3:::ACME-DATA/*")],
    "underscore": [allow("s3:*", "arn:aws:s3:::acme_data/*")],
    "not-action": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
    "not-action-hits": [{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}],
    "not-resource": [{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"}],
    "not-resource-hits": [{"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::acme-data/*", "x"]}],
    "deny-wins": [allow(), deny("s3:Get*", "arn:aws:s3:::acme-data/*")],
    "deny-elsewhere": [allow(), deny("s3:Get*", "arn:aws:s3:::other/*")],
    "deny-not-action": [allow(), {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}],
    "deny-not-resource": [allow(), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::acme-data/*"}],
    "username": [allow("s3:*", "arn:aws:s3:::acme-data/${aws:username}/*")],
    "a": [allow("s3:*", "arn:aws:s3:::acme-data/${aws:username}/*")],
    "tag-variable": [allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*")],
    "tag-default": [allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/none, 'acme-data'}/*")],
    "tag-missing": [allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/none}/*")],
    "literal-star": [allow("s3:*", "arn:aws:s3:::acme-data/${*}")],
    "old-variable": {"Version": "2008-10-17", "Statement": [allow("s3:*", "arn:aws:s3:::acme-data/${aws:username}/*")]},
    "free-variable": [allow("s3:*", "arn:aws:s3:::acme-data/${aws:SourceVpc}/*")],
    "mfa": [allow(**when("Bool", MFA, "true"))],
    "mfa-deny": [allow(), deny(**when("BoolIfExists", MFA, "false"))],
    "mfa-both": [allow(**when("Bool", MFA, "true")), allow(**when("BoolIfExists", MFA, "false"))],
    "mfa-never": [allow(**when("Bool", MFA, "true")), deny(**when("Bool", MFA, "true"))],
    "tls-both": [
        allow(**when("Bool", "aws:SecureTransport", "true")),
        allow(**when("Bool", "aws:SecureTransport", "false")),
    ],
    "own-tag": [allow(**when("StringEquals", "aws:PrincipalTag/Bucket", "acme-data"))],
    "other-tag": [allow(**when("StringEquals", "aws:PrincipalTag/bucket", "other"))],
    "own-account": [allow(**when("StringEquals", "aws:PrincipalAccount", MEMBER))],
    "own-arn": [allow(**when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{MEMBER}:user/*"))],
    "own-organization": [allow(**when("StringEquals", "aws:PrincipalOrgID", "o-acme123456"))],
    "own-path": [
        allow(**when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-acme123456/r-acme/ou-acme-00000001/*"))
    ],
    "other-path": [
        allow(**when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-acme123456/r-acme/ou-acme-00000002/*"))
    ],
    "is-user": [allow(**when("StringEquals", "aws:PrincipalType", "User"))],
    "two-keys": [allow(Condition={"Bool": {MFA: "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
    "two-values": [allow(**when("StringEquals", "aws:PrincipalTag/bucket", "x", "acme-data"))],
    "values-of-a-tag": [allow(**when("StringEquals", "s3:prefix", "${aws:username}"))],
    "networks": [
        allow(),
        deny(**when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8")),
        deny(**when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/9")),
    ],
    "patterns": [allow(**when("StringLike", "s3:prefix", "a*")), deny(**when("StringLike", "s3:prefix", "*b"))],
    "numbers": [
        allow(**when("NumericLessThan", "s3:max-keys", "11")),
        deny(**when("NumericLessThanEquals", "s3:max-keys", "10")),
    ],
    "dates": [
        allow(**when("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z")),
        allow(**when("DateGreaterThanEquals", "aws:CurrentTime", "2030-01-01T00:00:00Z")),
    ],
    "tag-keys": [
        allow(**when("ForAllValues:StringEquals", "aws:TagKeys", "a", "b")),
        allow(**when("ForAnyValue:StringNotEquals", "aws:TagKeys", "a", "b")),
    ],
    "tag-keys-some": [allow(**when("ForAnyValue:StringEquals", "aws:TagKeys", "a"))],
    "null-free": [allow(**when("Null", MFA, "false"))],
    "null-settled": [allow(**when("Null", "aws:PrincipalTag/none", "true"))],
}
BOUND = {  # the statements of each user's permissions boundary
    "bounded-in": [allow("s3:*")],
    "bounded-out": [allow("ec2:*")],
    "bounded-deny": [allow(), deny("s3:*")],
    "bounded-when": [allow(**when("Bool", MFA, "true"))],
}
EXPECTED = {
    "allowed": """one-statement no-version capitals action-list question-mark everything star-colon-star resource-list
        resource-question not-action not-resource deny-elsewhere deny-not-resource a tag-variable tag-default mfa-both tls-both
        own-tag own-account own-arn own-organization own-path is-user two-values dates tag-keys null-settled bounded-in""",
    "conditional": "free-variable mfa mfa-deny two-keys values-of-a-tag patterns tag-keys-some null-free bounded-when",
    "denied": """nothing other-action prefix-only resource-case underscore not-action-hits not-resource-hits deny-wins
        deny-not-action username tag-missing literal-star old-variable mfa-never other-tag other-path networks numbers
        bounded-out bounded-deny""",
}


def sample_organization() -> Document:
    """Return the organization: the management account, a member with SCPs, and a member of another organizational unit."""
    bounds = {name: policy(f"bound-{name}", deny(), statements) for name, statements in BOUND.items()}
    users = [user(name, statements) for name, statements in STATEMENTS.items()]
    users += [
        user(
            name,
            [allow()],
            PermissionsBoundary={"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary["Arn"]},
        )
        for name, boundary in bounds.items()
    ]
    users += [
        user("grouped", [], GroupList=["readers"]),
        user("group-denied", [allow()], GroupList=["denied"]),
        user(
            "attached",
            [],
            AttachedManagedPolicies=[{"PolicyName": "now", "PolicyArn": f"arn:aws:iam::{MEMBER}:policy/now"}],
        ),
        user(
            "was-allowed",
            [],
            AttachedManagedPolicies=[{"PolicyName": "was", "PolicyArn": f"arn:aws:iam::{MEMBER}:policy/was"}],
        ),
        user("lost", [], AttachedManagedPolicies=[{"PolicyName": "Gone", "PolicyArn": "arn:aws:iam::aws:policy/Gone"}]),
    ]
    groups = [
        group("readers", [], [allow("s3:Get*")]),
        group("denied", [{"PolicyName": "never", "PolicyArn": f"arn:aws:iam::{MEMBER}:policy/never"}], []),
    ]
    policies = [
        policy("now", [deny()], [allow()]),
        policy("was", [allow()], [allow("ec2:*")]),
        policy("never", [deny("s3:*")]),
    ]
    roles = [
        role(MEMBER, "worker", trust({"AWS": HOME}), [allow()]),
        role(MEMBER, "AWSServiceRoleForX", trust({"Service": "x.amazonaws.com"}), [allow()], "/aws-service-role/x.amazonaws.com/"),
    ]  # fmt: skip
    home = [user("chief", [allow()], HOME)]
    away = [user("away", [allow()], OTHER)]
    return {
        "organization": ORGANIZATION,
        "scps": [
            control_policy("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", HOME, MEMBER, OTHER),
            control_policy("p-ec2only0", [allow("ec2:*")], "ou-acme-00000002"),
            control_policy("p-leaving00", [deny("organizations:LeaveOrganization")], "r-acme"),
            control_policy("p-regions00", [deny("ec2:*", **when("StringNotEquals", REGION, "eu-west-1"))], "ou-acme-00000001"),
            control_policy("p-tagged000", [deny("s3:DeleteBucket", **UNTAGGED)], MEMBER),
        ],
        "accounts": {
            HOME: account(UserDetailList=home),
            MEMBER: account(
                UserDetailList=users, GroupDetailList=groups, RoleDetailList=roles, Policies=[*policies, *bounds.values()]
            ),
            OTHER: account(UserDetailList=away),
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(sample_organization(), tmp_path_factory.mktemp("statements"))


def can(run: Path, principal: str, action: str, resource: str = "*") -> tuple[str, str, str | None]:
    """Return the row of `can`."""
    with reading(run) as con:
        sql = "select verdict, reason, not_considered from can(principal := $p, action := $a, resource := $r)"
        [row] = con.execute(sql, {"p": principal, "a": action, "r": resource}).fetchall()
    return row


def of(name: str, account: str = MEMBER) -> str:
    """Return a user's ARN."""
    return f"arn:aws:iam::{account}:user/{name}"


@pytest.mark.slow
def test_each_form_of_statement(run: Path) -> None:
    evaluation = "iam_principal_evaluation([{'action': 's3:GetObject', 'resource': $r}], null, true, false, null)"
    sql = f"select split_part(principal, '/', 2), verdict from {evaluation}"
    with reading(run) as con:
        verdicts = dict(con.execute(sql, {"r": OBJECT}).fetchall())
    expected = {name: verdict for verdict, names in EXPECTED.items() for name in names.split()}
    assert expected.keys() == STATEMENTS.keys() | BOUND.keys()
    assert {name: verdicts[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("principal", "action", "verdict", "reason"),
    slow_but_every(
        4,
        [
            (of("grouped"), "s3:GetObject", "allowed", "allowed by inline policy own of group readers"),
            (of("group-denied"), "s3:GetObject", "denied", "explicit deny by policy never of group denied"),
            (of("attached"), "s3:GetObject", "allowed", "allowed by policy now"),
            (of("was-allowed"), "s3:GetObject", "denied", "no allow in the principal's policies"),
            (of("bounded-out"), "s3:GetObject", "denied", "no allow in boundary bound-bounded-out"),
            (of("bounded-deny"), "s3:GetObject", "denied", "explicit deny by boundary bound-bounded-deny"),
            (of("everything"), "organizations:LeaveOrganization", "denied", "explicit deny by SCP leaving00 at Root"),
            (of("chief", HOME), "organizations:LeaveOrganization", "allowed", "allowed by inline policy own"),
            (of("away", OTHER), "s3:GetObject", "denied", "no allow in the SCPs at Data"),
            (of("away", OTHER), "ec2:RunInstances", "allowed", "allowed by inline policy own"),
            (of("everything"), "s3:DeleteBucket", "allowed", "allowed by inline policy own"),
            (ROLE, "s3:DeleteBucket", "denied", "explicit deny by SCP tagged000 at the account"),
            (of("everything"), "ec2:RunInstances", "conditional", "depends on aws:RequestedRegion"),
            (of("mfa-never"), "s3:GetObject", "denied", "no request passes, whatever aws:MultiFactorAuthPresent is"),
            (of("nobody"), "s3:GetObject", None, "This run has no such user or role."),
        ],
    ),
)
def test_why(run: Path, principal: str, action: str, verdict: str | None, reason: str) -> None:
    row = can(run, principal, action)
    assert (row[0], row[1][: len(reason)]) == (verdict, reason)


@pytest.mark.slow
def test_region_of_the_resource_determines_the_requested_region(run: Path) -> None:
    for region, verdict in (("eu-west-1", "allowed"), ("us-east-1", "denied")):
        instance = f"arn:aws:ec2:{region}:{MEMBER}:instance/i-1"
        assert can(run, of("everything"), "ec2:StopInstances", instance)[0] == verdict


@pytest.mark.slow
def test_service_control_policies_exclude_service_linked_roles(run: Path) -> None:
    linked = f"arn:aws:iam::{MEMBER}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    assert can(run, linked, "organizations:LeaveOrganization")[0] == "allowed"


@pytest.mark.slow
def test_not_considered_lists_what_is_missing(run: Path, tmp_path: Path) -> None:
    assert can(run, of("lost"), "s3:GetObject")[2] == "not read: policy Gone"
    assert can(run, of("everything"), "s3:GetObject")[2] is None
    run_without_scps = imported(sample_organization() | {"scps": []}, tmp_path)
    assert can(run_without_scps, of("everything"), "s3:GetObject")[2] == "not read: the service control policies"


@pytest.mark.slow
def test_any_resource_is_one_that_statements_distinguish(run: Path) -> None:
    for name, verdict in (
        ("resource-list", "conditional"),
        ("everything", "allowed"),
        ("nothing", "denied"),
        ("deny-not-resource", "conditional"),
    ):
        row = can(run, of(name), "s3:GetObject", "any")
        assert row[0] == verdict and ("resource" in row[1]) == (verdict == "conditional")


@pytest.mark.slow
def test_who_can_leaves_out_blocked_principals(run: Path) -> None:
    with reading(run) as con:
        rows = con.execute(
            "select principal, verdict from who_can(action := 's3:GetObject', resource := $r)", {"r": OBJECT}
        ).fetchall()
    names = {principal.split("/")[-1] for principal, _ in rows}
    expected = {name for verdict in ("allowed", "conditional") for name in EXPECTED[verdict].split()}
    assert names == expected | {"grouped", "attached", "worker", "AWSServiceRoleForX", "chief", "lost"}
    order = ["allowed", "conditional", "unknown"]
    assert [order.index(verdict) for _, verdict in rows] == sorted(order.index(verdict) for _, verdict in rows)
