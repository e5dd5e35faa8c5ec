"""Trust in role sessions and in users with a boundary, organization paths without SCPs, RCPs and service-linked roles."""

from __future__ import annotations

import re
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

UNITS = ("ou-acme-00000001", "ou-acme-00000002")
FULL = control_policy("p-FullAWSAccess", [allow()], "r-acme", *UNITS, HOME, MEMBER, OTHER)
LAMBDA = trust({"Service": "lambda.amazonaws.com"})
ORG_PATHS = "aws:PrincipalOrgPaths"


def of(kind: str, name: str, owner: str = MEMBER) -> str:
    """Return an ARN."""
    return f"arn:aws:iam::{owner}:{kind}/{name}"


def session(name: str, owner: str = MEMBER) -> str:
    """Return the ARN of a role session."""
    return f"arn:aws:sts::{owner}:assumed-role/{name}"


def bounded(name: str) -> Document:
    """Return a permissions boundary."""
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": of("policy", name)}}


def below(unit: str) -> Document:
    """Return a condition on the path in the organization."""
    return when("ForAnyValue:StringLike", ORG_PATHS, f"o-acme123456/r-acme/{unit}/*")


# For each role its trust policy, and for each caller the verdict and a regular expression for `why`.
ROLES: dict[str, tuple[Any, dict[str, tuple[str, str]]]] = {
    "by-session": (
        trust({"AWS": session("caller/one")}),
        {"role/caller": ("conditional", "session"), "role/bystander": ("denied", ""), "user/plain": ("denied", "")},
    ),
    "by-session-of-a-path": (trust({"AWS": session("pathed/one")}), {"role/ops/pathed": ("conditional", "session")}),
    "by-session-elsewhere": (trust({"AWS": session("caller/one", OTHER)}), {"role/caller": ("denied", "")}),
    "by-session-across": (
        trust({"AWS": session("theirs/one", OTHER)}),
        {of("role", "theirs", OTHER): ("conditional", "session"), of("role", "theirs-not", OTHER): ("denied", "")},
    ),
    "by-session-without-policy": (
        trust({"AWS": session("theirs-not/one", OTHER)}), {of("role", "theirs-not", OTHER): ("denied", "no allow")},
    ),
    "by-session-and-role": (
        trust({"AWS": [session("caller/one"), of("role", "caller")]}), {"role/caller": ("allowed", "")},
    ),
    "by-session-denied": (trust({"AWS": session("denied/one")}), {"role/denied": ("denied", "deny")}),
    "session-is-denied": (
        [trust({"AWS": of("role", "caller")}), trust({"AWS": session("caller/one")}) | {"Effect": "Deny"}],
        {"role/caller": ("conditional", "session")},
    ),
    "by-bounded-user": (
        trust({"AWS": [of("user", "capped"), of("user", "capped-wide"), of("user", "capped-deny")]}),
        {
            "user/capped": ("conditional", "boundary"), "user/capped-wide": ("allowed", ""),
            "user/capped-deny": ("denied", "explicit deny by boundary"),
        },
    ),
    "by-bounded-role": (trust({"AWS": of("role", "capped-role")}), {"role/capped-role": ("denied", "boundary")}),
    "by-account-of-bounded-user": (trust({"AWS": MEMBER}), {"user/capped-may": ("denied", "boundary cap")}),
    "of-the-unit": (trust({"AWS": MEMBER}, **below(UNITS[0])), {"user/plain": ("allowed", "")}),
    "of-another-unit": (trust({"AWS": MEMBER}, **below(UNITS[1])), {"user/plain": ("denied", "")}),
}  # fmt: skip
MAY, NOTHING = [allow("sts:AssumeRole")], [allow("s3:*")]


def sample_organization() -> Document:
    """Return the organization."""
    users = [
        user("plain", MAY), user("capped", NOTHING, **bounded("cap")), user("capped-may", MAY, **bounded("cap")),
        user("capped-wide", NOTHING, **bounded("wide")), user("capped-deny", NOTHING, **bounded("shut")),
    ]  # fmt: skip
    roles = [
        role(MEMBER, "caller", LAMBDA, MAY), role(MEMBER, "bystander", LAMBDA, MAY),
        role(MEMBER, "pathed", LAMBDA, MAY, "/ops/"), role(MEMBER, "denied", LAMBDA, [*MAY, deny("sts:*")]),
        role(MEMBER, "capped-role", LAMBDA, NOTHING) | bounded("cap"),
        role(MEMBER, "linked", trust({"Service": "x.amazonaws.com"}), [allow()], "/aws-service-role/x.amazonaws.com/"),
        *(role(MEMBER, name, statements) for name, (statements, _) in ROLES.items()),
    ]  # fmt: skip
    policies = [policy("cap", NOTHING), policy("wide", [allow()]), policy("shut", [allow(), deny("sts:*")])]
    theirs = [role(OTHER, "theirs", LAMBDA, MAY), role(OTHER, "theirs-not", LAMBDA, NOTHING)]
    return {
        "organization": ORGANIZATION,
        "scps": [FULL],
        "rcps": [
            control_policy("p-FullRCP", [allow()], "r-acme"),
            control_policy("p-nosecrets", [deny("secretsmanager:*")], MEMBER),
        ],
        "accounts": {
            HOME: account(),
            MEMBER: account(UserDetailList=users, RoleDetailList=roles, Policies=policies),
            OTHER: account(RoleDetailList=theirs),
        },
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(sample_organization(), tmp_path_factory.mktemp("trusts"))


def assuming_principals(run: Path, name: str) -> dict[str, tuple[str, str]]:
    """Return the rows of who_can_assume for a role."""
    with reading(run) as con:
        sql = "select principal, verdict, reason from who_can_assume(role := $role, include_denied := true)"
        return {arn: (verdict, why) for arn, verdict, why in con.execute(sql, {"role": of("role", name)}).fetchall()}


@pytest.mark.parametrize("name", slow_but_every(6, ROLES))
def test_who_can_assume(run: Path, name: str) -> None:
    principals = assuming_principals(run, name)
    for short, (verdict, pattern) in ROLES[name][1].items():
        arn = short if short.startswith("arn:") else f"arn:aws:iam::{MEMBER}:{short}"
        assert principals[arn][0] == verdict, (arn, principals[arn])
        assert re.search(pattern, principals[arn][1]), (arn, principals[arn])


@pytest.mark.slow
def test_organization_paths_without_service_control_policies(tmp_path: Path) -> None:
    """Without the policies, the path comes from the organizational units, or the condition is not evaluated."""
    run = imported(sample_organization(), tmp_path, ("list-policies-*", "list-targets-*", "describe-policy-*"))
    plain = of("user", "plain")
    inside, outside = assuming_principals(run, "of-the-unit")[plain], assuming_principals(run, "of-another-unit")[plain]
    assert inside[0] != "denied", inside
    assert outside[0] != "allowed", outside
    with reading(run) as con:
        sql = "select distinct organization_path from aws_iam_principal where account_id = $member"
        paths = con.execute(sql, {"member": MEMBER}).fetchall()
    assert paths in ([(f"o-acme123456/r-acme/{UNITS[0]}/",)], [(None,)])


@pytest.mark.slow
def test_organization_paths_without_organizational_units(tmp_path: Path) -> None:
    files = (
        "list-policies-*",
        "list-targets-*",
        "describe-policy-*",
        "list-organizational-units-*",
        "list-accounts-for-*",
    )
    run = imported(sample_organization(), tmp_path, files)
    for name in ("of-the-unit", "of-another-unit"):
        assert assuming_principals(run, name)[of("user", "plain")][0] in ("conditional", "unknown")


@pytest.mark.slow
@pytest.mark.parametrize(("principal", "verdict"), [("user/any", "denied"), ("linked", "allowed")])
def test_resource_control_policies_exclude_service_linked_roles(tmp_path: Path, principal: str, verdict: str) -> None:
    organization = sample_organization()
    organization["accounts"][MEMBER]["UserDetailList"].append(user("any", [allow()]))
    run = imported(organization, tmp_path)
    linked = of("role", "aws-service-role/x.amazonaws.com/linked")
    with reading(run) as con:
        sql = "select verdict, reason from can(principal := $p, action := 'secretsmanager:GetSecretValue', resource := $r)"
        secret = f"arn:aws:secretsmanager:us-east-1:{MEMBER}:secret:x"
        values = {"p": linked if principal == "linked" else of("user", "any"), "r": secret}
        [(actual_verdict, why)] = con.execute(sql, values).fetchall()
    assert actual_verdict == verdict, why
    assert verdict == "allowed" or "RCP nosecrets" in why
