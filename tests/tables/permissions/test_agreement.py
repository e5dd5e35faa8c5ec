"""can, can_all, who_can, who_can_assume, external_access and escalation_paths answer the same question alike."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates
from tests.tables.permissions.policy_builders import (
    HOME,
    MEMBER,
    OTHER,
    Document,
    account,
    allow,
    deny,
    role,
    trust,
    user,
    when,
)
from tests.tables.permissions.sample_resources import STRANGER, document, may, of, organization
from tests.tiers import slow_but_every

ROLES, USERS, QUEUES = 6, 5, 2
TRUSTED: tuple[Any, ...] = (
    "*", {"AWS": of("member:root")}, {"AWS": OTHER}, {"AWS": of("other:root")}, {"AWS": of("stranger:root")},
    {"AWS": [of("member:user/u0"), of("other:user/o0")]}, {"AWS": of("stranger:user/s0")},
    {"AWS": [of("unread:user/x"), of("unread:root")]},
    {"AWS": of("member:user/u1")}, {"AWS": of("member:role/r0")}, {"Service": "lambda.amazonaws.com"},
    {"Federated": of("member:oidc-provider/token.example.com")}, {"Federated": of("member:saml-provider/acme")},
    {"Federated": "cognito-identity.amazonaws.com"},
)  # fmt: skip
CALLS = (
    "sts:AssumeRole",
    "sts:AssumeRole",
    "sts:AssumeRole*",
    "sts:*",
    ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
)
CONDITIONS: tuple[Document, ...] = (
    {}, {}, {}, when("StringEquals", "aws:PrincipalOrgID", "o-acme123456"), when("StringEquals", "aws:PrincipalAccount", OTHER),
    when("StringEquals", "sts:ExternalId", "x"), when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*"),
    when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}"),
)  # fmt: skip
OWN: tuple[list[Document], ...] = (
    [allow("sts:*")], [allow("sts:AssumeRole", of("member:role/r?"))], [allow("sts:AssumeRole", "*"), deny("sts:*", "*/r1")], [],
    [allow("sts:AssumeRole", "*", **when("Bool", "aws:MultiFactorAuthPresent", "true"))], [allow("s3:*")],
    [allow("sts:AssumeRole", "*", **when("StringEquals", "iam:ResourceTag/team", "a"))],
)  # fmt: skip
VERDICTS = {"allowed": 0, "conditional": 1, "unknown": 2, "denied": 3}
Key = tuple[str, str, str]


class Estate(NamedTuple):
    """A run with random trust policies and policies of resources, and what to ask about it."""

    run: Path
    roles: list[str]
    queues: list[str]
    callers: list[str]


def estate(seed: int, folder: Path) -> Estate:
    """Return a run of random users and roles in three accounts. Each role is an administrator."""
    choose = random.Random(seed)

    def some(name: str, account_id: str) -> Document:
        return user(name, choose.choice(OWN), account_id, Tags=[{"Key": "team", "Value": choose.choice("ab")}])

    def statement(effect: str) -> Document:
        return trust(choose.choice(TRUSTED), Action=choose.choice(CALLS), **choose.choice(CONDITIONS)) | {
            "Effect": effect
        }

    def trusting(name: str) -> Document:
        statements = [statement("Allow") for _ in range(choose.randint(1, 3))]
        statements += [statement("Deny")] if choose.random() < 0.3 else []
        return role(MEMBER, name, statements, [allow()]) | {"Tags": [{"Key": "team", "Value": choose.choice("ab")}]}

    accounts = organization()["accounts"] | {
        MEMBER: account(
            UserDetailList=[some(f"u{number}", MEMBER) for number in range(USERS)],
            RoleDetailList=[trusting(f"r{number}") for number in range(ROLES)],
        ),
        OTHER: account(UserDetailList=[some(f"o{number}", OTHER) for number in range(2)]),
        STRANGER: account(UserDetailList=[some("s0", STRANGER)]),
    }
    queues = [
        resource_estates.resource(
            f"arn:aws:sqs:us-east-1:{MEMBER}:q{number}", "sqs_queue", MEMBER,
            document(may(choose.choice(TRUSTED[:9]), choose.choice(["sqs:*", "sqs:SendMessage", "sqs:DeleteQueue"]))),
        )
        for number in range(QUEUES)
    ]  # fmt: skip
    run = resource_estates.run_with_resources(organization() | {"accounts": accounts}, queues, folder)
    return Estate(
        run,
        [of(f"member:role/r{number}") for number in range(ROLES)],
        [queue["arn"] for queue in queues],
        [*(of(f"member:user/u{number}") for number in range(USERS)), of("other:user/o0"), of("other:user/o1"),
         of("stranger:user/s0"), *(of(f"member:role/r{number}") for number in range(ROLES))],
    )  # fmt: skip


@pytest.fixture(scope="module", params=slow_but_every(6, range(6)))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return estate(request.param, tmp_path_factory.mktemp("agreement"))


def can_all(con: duckdb.DuckDBPyConnection, keys: list[Key]) -> dict[Key, str]:
    """Return the verdict of can_all for each principal, action and resource."""
    questions = [dict(zip(("principal", "action", "resource"), key, strict=True)) for key in keys]
    verdicts = con.execute("select verdict from can_all(questions := $1)", [json.dumps(questions)]).fetchall()
    return {key: verdict for key, (verdict,) in zip(keys, verdicts, strict=True)}


def rows(con: duckdb.DuckDBPyConnection, sql: str, *values: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    return con.execute(sql, list(values)).fetchall()


def test_who_can_and_can_agree(made: Estate) -> None:
    with reading(made.run) as con:
        keys = [
            (caller, "sts:AssumeRole", target) for caller in made.callers for target in made.roles if caller != target
        ]
        verdicts = can_all(con, keys)
        allowed = {key for key, verdict in verdicts.items() if verdict != "denied"}
        for target in made.roles:
            assuming = rows(
                con,
                "select principal, verdict, action from who_can_assume(role := $1, include_denied := true)",
                target,
            )
            of_run = [row for row in assuming if row[0] in made.callers]
            assert {(who, action, target): verdict for who, verdict, action in of_run} == {
                key: verdict for key, verdict in verdicts.items() if key[2] == target
            }
            principals = rows(con, "select principal, verdict from who_can('sts:AssumeRole', resource := $1)", target)
            inside = {(who, "sts:AssumeRole", target): verdict for who, verdict in principals if who in made.callers}
            inside.pop((target, "sts:AssumeRole", target), None)
            assert inside == {key: verdicts[key] for key in allowed if key[2] == target}
            outside = [
                (who, action, target)
                for who, verdict, action in assuming
                if who not in made.callers and verdict != "denied"
            ]
            assert not [key for key, verdict in can_all(con, outside).items() if verdict == "denied"]
        for key in keys[::17]:
            ((one,),) = rows(con, "select verdict from can(principal := $1, action := $2, resource := $3)", *key)
            assert one == verdicts[key], key


def outsider(principal: str) -> str | None:
    """Return who a principal is outside of the organization: everyone, a provider, or an account; None for members."""
    if principal == "*" or "-provider/" in principal or principal == "cognito-identity.amazonaws.com":
        return principal
    owner = principal.split(":")[4] if principal.startswith("arn:") else principal
    return None if owner in (HOME, MEMBER, OTHER) or owner.endswith(".amazonaws.com") else owner


def test_external_access_agrees(made: Estate) -> None:
    with reading(made.run) as con:
        for target in made.roles:
            assuming = {
                outsider(who) for (who,) in rows(con, "select principal from who_can_assume(role := $1)", target)
            }
            external = {
                outsider(who)
                for (who,) in rows(con, "select principal from external_access() where resource = $1", target)
            }
            # who_can_assume has the principals of an account that the run read, if their own policies allow the call
            assert external - {STRANGER} <= assuming, target
            assert "*" in external or assuming - {None} <= external, target
        for queue in made.queues:
            sending = {
                outsider(who)
                for action in ("sqs:SendMessage", "sqs:DeleteQueue")
                for (who,) in rows(con, "select principal from who_can(action := $1, resource := $2)", action, queue)
            }
            external = {
                outsider(who)
                for (who,) in rows(con, "select principal from external_access() where resource = $1", queue)
            }
            assert external - {STRANGER} <= sending, queue
            assert "*" in external or sending - {None} <= external, queue


def test_escalation_paths_agree(made: Estate) -> None:
    with reading(made.run) as con:
        keys = [
            (caller, "sts:AssumeRole", target) for caller in made.callers for target in made.roles if ":user/" in caller
        ]
        best: dict[str, str] = {}
        for (caller, _, _), verdict in can_all(con, keys).items():
            best[caller] = min(best.get(caller, "denied"), verdict, key=VERDICTS.__getitem__)
        paths = dict(rows(con, "select principal, verdict from escalation_paths() where method = 'assume_role'"))
        paths = {caller: {"certain": "allowed"}.get(verdict, verdict) for caller, verdict in paths.items()}
        assert {caller: verdict for caller, verdict in best.items() if verdict != "denied"} == {
            caller: verdict for caller, verdict in paths.items() if ":user/" in caller
        }
