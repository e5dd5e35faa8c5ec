"""escalation_paths evaluates one role for a group of roles, and gives the answer of an evaluation of each role.

Random trust policies, resource control policies, and policies of the callers: a caller reaches an administrator exactly if it may
assume a role that is one.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

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
    role,
    trust,
    user,
    when,
)

ACCOUNTS = (HOME, MEMBER, OTHER)
ORGANIZATION_ID = ORGANIZATION["id"]
NOBODY = trust({"Service": "lambda.amazonaws.com"})
RANK = {"allowed": 0, "conditional": 1, "unknown": 2}
VERDICTS = ["certain", "conditional", "unknown"]
# The verdict of sts:AssumeRole for each caller and role, evaluated one by one.
EVALUATED = """
select j.principal, j.resource, j.verdict
from iam_evaluation(
    (
        select list(iam_subject_question(p, 'sts:AssumeRole', r, iam_no_context()))
        from unnest($callers) as c(p), unnest($roles) as t(r)
    ),
    (select list(iam_subject(p)) from unnest($callers) as c(p)), true, null
) as j
"""
PATHS = "select principal, min(verdict), count(distinct verdict), max(steps) from escalation_paths() group by principal"


def random_trust(random: Random) -> list[Document]:
    """Return the statements of a trust policy that lets everyone or an account assume the role, under some conditions."""
    principal = random.choice(["*", "*", *({"AWS": f"arn:aws:iam::{owner}:root"} for owner in ACCOUNTS)])
    condition = random.choice(
        [
            *({}, {}, {}, when("StringEquals", "aws:PrincipalOrgID", ORGANIZATION_ID)),
            when("StringEquals", "aws:PrincipalOrgID", "o-another1234"),
            when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", f"{ORGANIZATION_ID}/r-acme/ou-acme-00000001/*"),
            when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{random.choice(ACCOUNTS)}:user/*1"),
            when("StringEquals", "aws:PrincipalAccount", random.choice(ACCOUNTS)),
            when("StringEquals", "aws:ResourceAccount", random.choice(ACCOUNTS)),
            when("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}"),
            when("Bool", "aws:MultiFactorAuthPresent", "true"),
        ]
    )
    statements = [trust(principal, **condition)]
    if random.random() < 0.25:
        denied = random.choice(["*", {"AWS": f"arn:aws:iam::{random.choice(ACCOUNTS)}:user/u1"}])
        limit = random.choice(
            [
                {},
                when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/u2"),
                when("StringEquals", "aws:ResourceAccount", OTHER),
            ]
        )
        statements.append(trust(denied, **limit) | {"Effect": "Deny"})
    return statements


def random_policy(random: Random) -> list[Document]:
    """Return the statements of a caller about sts:AssumeRole."""
    owner = random.choice(ACCOUNTS)
    resource = random.choice(
        ["*", "*", f"arn:aws:iam::{owner}:role/*", "arn:aws:iam::*:role/adm1", f"arn:aws:iam::{owner}:role/adm0"]
    )
    condition = random.choice(
        [
            *({}, {}, {}, when("StringEquals", "aws:ResourceOrgID", ORGANIZATION_ID)),
            when("StringEquals", "aws:ResourceAccount", owner),
            when("Bool", "aws:MultiFactorAuthPresent", "true"),
        ]
    )
    statements = [allow("sts:AssumeRole", resource, **condition)]
    if random.random() < 0.3:
        statements.append(
            deny("sts:AssumeRole", random.choice(["*", f"arn:aws:iam::{owner}:role/*", "arn:aws:iam::*:role/adm2"]))
        )
    return statements


def random_organization(random: Random) -> Document:
    """Return three accounts, each with three administrator roles and four callers."""
    trusts = [random_trust(random) for _ in range(4)]
    accounts = {}
    for owner in ACCOUNTS:
        users = [user(f"u{number}", random_policy(random), owner) for number in range(3)]
        roles = [role(owner, "caller", [NOBODY], random_policy(random))]
        roles += [role(owner, f"adm{number}", random.choice(trusts), [allow()]) for number in range(3)]
        accounts[owner] = account(UserDetailList=users, RoleDetailList=roles)
    full = control_policy("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", *ACCOUNTS)
    scps, rcps = [full], []
    if random.random() < 0.4:
        perimeter = when("StringNotEqualsIfExists", "aws:ResourceOrgID", ORGANIZATION_ID)
        scps.append(control_policy("p-perimeter", [deny("sts:*", **perimeter)], "r-acme"))
    if random.random() < 0.5:
        limit = random.choice(
            [
                when("StringNotEqualsIfExists", "aws:PrincipalOrgID", ORGANIZATION_ID),
                when("StringNotEquals", "aws:PrincipalAccount", HOME),
                when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/u1"),
                when("StringEquals", "aws:ResourceAccount", MEMBER),
            ]
        )
        resource = random.choice(["*", "*", "arn:aws:iam::*:role/adm0"])
        statement = deny(random.choice(["sts:*", "s3:*"]), resource, **limit) | {"Principal": "*"}
        rcps = [
            control_policy("p-RCPFullAWSAccess", [allow() | {"Principal": "*"}], "r-acme", *ACCOUNTS),
            control_policy("p-rcp", [statement], random.choice(["r-acme", "ou-acme-00000001", OTHER])),
        ]
    return {"organization": ORGANIZATION, "scps": scps, "rcps": rcps, "accounts": accounts}


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 60))])
def test_a_caller_reaches_an_administrator_exactly_if_it_may_assume_one(tmp_path: Path, seed: int) -> None:
    run = imported(random_organization(Random(seed)), tmp_path)
    callers = [
        f"arn:aws:iam::{owner}:{name}"
        for owner in ACCOUNTS
        for name in ("user/u0", "user/u1", "user/u2", "role/caller")
    ]
    roles = [f"arn:aws:iam::{owner}:role/adm{number}" for owner in ACCOUNTS for number in range(3)]
    with reading(run) as con:
        evaluated = con.execute(EVALUATED, {"callers": callers, "roles": roles}).fetchall()
        found = con.execute(PATHS).fetchall()
    best: dict[str, int] = {}
    for caller, _, verdict in evaluated:
        if verdict in RANK:
            best[caller] = min(best.get(caller, 9), RANK[verdict])
    expected = {caller: VERDICTS[rank] for caller, rank in best.items()}
    assert len(evaluated) == len(callers) * len(roles)
    assert {caller: verdict for caller, verdict, *_ in found if caller in callers} == expected
    assert all(verdicts == 1 and steps == 1 for _, _, verdicts, steps in found)


@pytest.mark.parametrize(
    "condition", [{}, when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*")], ids=["class", "member"]
)
def test_a_role_of_a_group_does_not_assume_itself(tmp_path: Path, condition: Document) -> None:
    """Two roles trust the account. Each could make itself an administrator, so each could also assume the other first."""
    trusts = [trust({"AWS": f"arn:aws:iam::{MEMBER}:root"}, **condition)]
    roles = [
        role(
            MEMBER,
            name,
            trusts,
            [allow("sts:AssumeRole"), allow("iam:PutRolePolicy", f"arn:aws:iam::{MEMBER}:role/{name}")],
        )
        for name in ("first", "second")
    ]
    full = control_policy("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", *ACCOUNTS)
    accounts = {HOME: account(), OTHER: account(), MEMBER: account(RoleDetailList=roles)}
    run = imported({"organization": ORGANIZATION, "scps": [full], "accounts": accounts}, tmp_path)
    with reading(run) as con:
        rows = con.execute("select principal, method, path from escalation_paths()").fetchall()
    first, second = (f"arn:aws:iam::{MEMBER}:role/{name}" for name in ("first", "second"))
    assert {(principal, method) for principal, method, _ in rows} == {
        (caller, method) for caller in (first, second) for method in ("assume_role", "put_role_policy")
    }
    targets = {principal: path for principal, method, path in rows if method == "assume_role"}
    assert f"-[assume_role]-> {second}" in targets[first] and f"-[assume_role]-> {first}" in targets[second]
