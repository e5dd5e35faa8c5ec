"""who_can_assume for each form of trust policy, within an account and across accounts, with the policies of the caller."""

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
    imported,
    policy,
    role,
    trust,
    user,
    when,
)
from tests.tiers import slow_but_every

MFA = when("Bool", "aws:MultiFactorAuthPresent", "true")
EXTERNAL = when("StringEquals", "sts:ExternalId", "acme")
MAY, NOTHING = [allow("sts:AssumeRole")], [allow("s3:*")]
CALLERS = {HOME: ("h-may", "h-not"), MEMBER: ("m-may", "m-not", "m-denied"), OTHER: ("o-may", "o-not", "o-capped")}


def of(kind: str, name: str, owner: str = MEMBER) -> str:
    """Return an ARN."""
    return f"arn:aws:iam::{owner}:{kind}/{name}"


# For each role of the member account its trust policy, and the principals with the verdicts certain and conditional.
ROLES: dict[str, tuple[Any, str, str]] = {
    "by-account": (trust({"AWS": f"arn:aws:iam::{MEMBER}:root"}), "m-may r-may", ""),
    "by-digits": (trust({"AWS": MEMBER}), "m-may r-may", ""),
    "by-user": (trust({"AWS": of("user", "m-not")}), "m-not", ""),
    "by-user-id": (trust({"AWS": "AIDAMNOT"}), "m-not", ""),
    "by-role": (trust({"AWS": [of("role", "r-not"), of("role", "r-may")]}), "r-not r-may", ""),
    "by-denied-user": (trust({"AWS": of("user", "m-denied")}), "", ""),
    "across": (trust({"AWS": [HOME, f"arn:aws:iam::{OTHER}:root"]}), "h-may o-may", ""),
    "across-user": (trust({"AWS": [of("user", "o-not", OTHER), of("user", "o-may", OTHER)]}), "o-may", ""),
    "everyone": (trust({"AWS": "*"}), "* h-may m-may m-not r-may r-not o-may", ""),
    "everyone-plain": (trust("*", **when("StringEquals", "aws:PrincipalAccount", OTHER)), "o-may", ""),
    "everyone-of-us": (
        trust("*", **when("StringEquals", "aws:PrincipalOrgID", "o-acme123456")),
        "h-may m-may m-not r-may r-not o-may",
        "",
    ),
    "others": (trust("*", **when("StringEquals", "aws:PrincipalOrgID", "o-other")), "", "*"),
    "of-a-unit": (
        trust("*", **when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-acme123456/*/ou-acme-00000002/*")),
        "o-may",
        "",
    ),
    "mfa": (trust({"AWS": [HOME, MEMBER]}, **MFA), "", "h-may m-may r-may"),
    "external-id": (trust({"AWS": OTHER}, **EXTERNAL), "", "o-may"),
    "denied": ([trust({"AWS": MEMBER}), trust({"AWS": of("user", "m-may")}) | {"Effect": "Deny"}], "r-may", ""),
    "not-principal": (
        [trust({"AWS": [HOME, MEMBER]}), {"Effect": "Deny", "NotPrincipal": {"AWS": [of("user", "m-may"), MEMBER]}, "Action": "*"}],
        "m-may r-may",
        "",
    ),
    "not-service": (
        [trust({"AWS": [HOME, MEMBER]}), {"Effect": "Deny", "NotPrincipal": {"Service": "ec2.amazonaws.com"}, "Action": "*"}],
        "",
        "",
    ),
    "service": (trust({"Service": "ec2.amazonaws.com"}), "ec2.amazonaws.com", ""),
    "saml": (
        trust({"Federated": of("saml-provider", "Corp")}) | {"Action": "sts:AssumeRoleWithSAML"},
        "Corp",
        "",
    ),
    "gone": (trust({"AWS": "AROAGONEGONEGONEGONE"}), "", ""),
    "star-action": (trust({"AWS": MEMBER}) | {"Action": ["sts:Assume*", "sts:TagSession"]}, "m-may r-may", ""),
    "other-action": (trust({"AWS": MEMBER}) | {"Action": "sts:TagSession"}, "", ""),
    "by-other-role": (trust({"AWS": of("role", "r-may")}, **when("ArnNotLike", "aws:PrincipalArn", of("role", "r-may"))), "", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with these roles and callers in three accounts."""
    cap = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"arn:aws:iam::{MEMBER}:policy/cap"}
    services = trust({"Service": "lambda.amazonaws.com"})
    users: dict[str, list[Document]] = {owner: [] for owner in CALLERS}
    for owner, names in CALLERS.items():
        users[owner] += [user(name, NOTHING if name.endswith("not") else MAY, owner) for name in names]
    users[MEMBER][-1] = user("m-denied", [*MAY, deny("sts:*")])
    users[OTHER][-1] = user("o-capped", MAY, OTHER, PermissionsBoundary=cap)
    roles = [role(MEMBER, name, statements) for name, (statements, _, _) in ROLES.items()]
    roles += [role(MEMBER, "r-may", services, MAY), role(MEMBER, "r-not", services, NOTHING)]
    organization = {
        "organization": ORGANIZATION,
        "scps": [
            control_policy("p-FullAWSAccess", [allow()], "r-acme", *("ou-acme-00000001", "ou-acme-00000002", *CALLERS))
        ],
        "accounts": {
            HOME: account(UserDetailList=users[HOME]),
            MEMBER: account(UserDetailList=users[MEMBER], RoleDetailList=roles, Policies=[policy("cap", NOTHING)]),
            OTHER: account(UserDetailList=users[OTHER]),
        },
    }
    return imported(organization, tmp_path_factory.mktemp("trust"))


@pytest.mark.parametrize("name", slow_but_every(10, ROLES))
def test_who_can_assume(run: Path, name: str) -> None:
    with reading(run) as con:
        sql = "select principal, verdict from who_can_assume(role := $role)"
        rows = con.execute(sql, {"role": of("role", name)}).fetchall()
    principals = {
        verdict: {arn.split("/")[-1] for arn, actual_verdict in rows if actual_verdict == verdict} - ROLES.keys()
        for verdict in ("allowed", "conditional")
    }
    assert principals == {"allowed": set(ROLES[name][1].split()), "conditional": set(ROLES[name][2].split())}


@pytest.mark.parametrize(
    ("name", "principal", "reason"),
    slow_but_every(
        4,
        [
            ("by-account", "m-not", "no allow in the principal's policies"),
            ("by-account", "h-may", "no allow in the trust policy"),
            ("by-denied-user", "m-denied", "explicit deny by inline policy own"),
            ("across", "o-capped", "not read: boundary cap; without it: no allow in boundary cap"),
            ("denied", "m-may", "explicit deny by the trust policy"),
            ("external-id", "o-may", "depends on sts:ExternalId"),
            ("by-user", "m-not", "allowed by the trust policy"),
            ("across", "o-may", "allowed by inline policy own"),
        ],
    ),
)
def test_why(run: Path, name: str, principal: str, reason: str) -> None:
    with reading(run) as con:
        sql = (
            "select reason from who_can_assume(role := $role, include_denied := true) where principal like '%/' || $who"
        )
        assert con.execute(sql, {"role": of("role", name), "who": principal}).fetchall() == [(reason,)]


@pytest.mark.slow
def test_role_does_not_assume_itself(run: Path) -> None:
    with reading(run) as con:
        sql = "select count(*) from who_can_assume(role := $role, include_denied := true) where principal = role"
        assert con.execute(sql, {"role": of("role", "everyone")}).fetchall() == [(0,)]
