"""A Deny cancels an Allow only if it includes all of it; services, identity providers and other organizations count too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates
from tests.tables.permissions.caller_policies import FOREIGN
from tests.tables.permissions.policy_builders import HOME, MEMBER, ORGANIZATION, OTHER, account, allow, role, trust
from tests.tables.permissions.resource_estates import resource

QUEUE, ROLE = f"arn:aws:sqs:us-east-1:{MEMBER}:", f"arn:aws:iam::{MEMBER}:role/"
SEND = "sqs:SendMessage"
NOT_OURS = {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION["id"]}}}
NO_SERVICE = {"Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}
SNS, PROVIDER = {"Service": "sns.amazonaws.com"}, {"Federated": "cognito-identity.amazonaws.com"}
ROOT = {"AWS": f"arn:aws:iam::{FOREIGN}:root"}
EVERYTHING = {"Action": "sqs:*"}


def may(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """Return a statement that lets everyone send; `more` replaces elements, such as by NotPrincipal, NotAction and NotResource."""
    base = {"Effect": effect, "Principal": "*", "Action": SEND, "Resource": "*"}
    replaced = {name.removeprefix("Not") for name in more if name.startswith("Not")}
    return {name: value for name, value in base.items() if name not in replaced} | more


# Policies of queues that admit everyone, or what is named.
OPEN: dict[str, tuple[list[dict[str, Any]], str]] = {
    "all-but-send": ([may(**EVERYTHING), may("Deny", NotAction=SEND)], "public"),
    "all-but-send-outside": ([may(**EVERYTHING), may("Deny", NotAction=[SEND, "sqs:ReceiveMessage"], **NOT_OURS)], "public"),
    "all-but-a-part": ([may(Action="sqs:Send*"), may("Deny", NotAction=SEND, **NOT_OURS)], "public"),
    "all-but-the-service": ([may(Action="*"), may("Deny", NotAction="sqs:*")], "public"),
    "one-character": ([may(**EVERYTHING), may("Deny", Action="sqs:?")], "public"),
    "one-character-outside": ([may(Action="sqs:Send*"), may("Deny", Action="sqs:Send?", **NOT_OURS)], "public"),
    "one-character-of-resources": ([may(), may("Deny", Resource="?")], "public"),
    "a-variable": ([may(Resource=QUEUE + "${aws:PrincipalTag/q, 'x'}"), may("Deny", Resource=QUEUE + "$*")], "public"),
    "named-outsider": ([may(Principal=ROOT, **EVERYTHING), may("Deny", NotAction="sqs:ReceiveMessage")], "external account"),
    "all-but-a-service": ([may(NotPrincipal=SNS)], "public"),
    "all-but-a-provider": ([may(NotPrincipal=PROVIDER)], "public"),
    "service": ([may(Principal=SNS), may("Deny", NotPrincipal=SNS)], "service"),
    "service-in-a-condition": ([may(Principal=SNS), may("Deny", **NO_SERVICE)], "service"),
}  # fmt: skip
CLOSED: dict[str, list[dict[str, Any]]] = {
    "denied": [may(**EVERYTHING), may("Deny", Action="sqs:*")],
    "denied-by-patterns": [may(Action=["sqs:Send*", "sqs:Receive?essage"]), may("Deny", Action=["sqs:S*", "sqs:R*"])],
    "denied-others": [may(), may("Deny", NotAction="sqs:ReceiveMessage")],
    "denied-outside": [may(**EVERYTHING), may("Deny", Action="*", **NOT_OURS)],
    "service-denied": [may(Principal=SNS), may("Deny")],
}  # fmt: skip
OIDC = {"Federated": f"arn:aws:iam::{MEMBER}:oidc-provider/token.actions.githubusercontent.com"}
WEB = {"Action": "sts:AssumeRoleWithWebIdentity"}
SESSION = f"arn:aws:sts::{FOREIGN}:assumed-role/y/s"
ROLES: dict[str, list[dict[str, Any]]] = {
    "provider": [trust(OIDC) | WEB, {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}],
    "all-but-a-service": [{"Effect": "Allow", "NotPrincipal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    "lower-case": [trust({"aws": "*"})],
    "session": [trust({"AWS": SESSION})],
}  # fmt: skip
ELSEWHERE = "777766665555"  # an account that was read and is not in the organization


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    policies = {name: statements for name, (statements, _) in OPEN.items()} | CLOSED
    queues = [
        resource(f"{QUEUE}{name}", "sqs_queue", MEMBER, {"Version": "2012-10-17", "Statement": statements})
        for name, statements in policies.items()
    ]
    roles = [role(MEMBER, name, statements, [allow()]) for name, statements in ROLES.items()]
    ours = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION["id"]}}}
    other = [role(ELSEWHERE, "ours", trust("*", **ours)), role(ELSEWHERE, "home", trust({"AWS": HOME}))]
    accounts = {
        HOME: account(), MEMBER: account(RoleDetailList=roles), OTHER: account(), ELSEWHERE: account(RoleDetailList=other),
    }  # fmt: skip
    organization = {"organization": ORGANIZATION, "scps": [], "rcps": [], "accounts": accounts}
    return resource_estates.run_with_resources(organization, queues, tmp_path_factory.mktemp("parts"))


def rows(run: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of a run."""
    with reading(run) as con:
        return con.execute(sql).fetchall()


def test_external_access_has_what_a_deny_leaves(run: Path) -> None:
    access_rows = rows(
        run, f"select replace(resource, '{QUEUE}', ''), access from external_access() where resource_type = 'sqs_queue'"
    )
    assert sorted(access_rows) == sorted((name, access) for name, (_, access) in OPEN.items())


def test_controls_agree(run: Path) -> None:
    status = dict(rows(run, f"select replace(resource, '{QUEUE}', ''), status from resource_policy_not_public()"))
    expected = {name: "alarm" if access == "public" else "ok" for name, (_, access) in OPEN.items()}
    assert status == expected | dict.fromkeys(CLOSED, "ok")
    shared = dict(rows(run, f"select replace(resource, '{QUEUE}', ''), status from queue_not_shared()"))
    assert {name: shared[name] for name, (_, access) in OPEN.items() if access != "service"} == {
        name: "alarm" for name, (_, access) in OPEN.items() if access != "service"
    }


def test_a_known_account_does_not_hide_everyone_else(run: Path) -> None:
    sql = f"select status from queue_not_shared(trusted := '{FOREIGN}') where resource like '%:all-but-a-service'"
    assert rows(run, sql) == [("alarm",)]


def test_roles_that_providers_and_everyone_may_assume(run: Path) -> None:
    access_by_role = dict(
        rows(
            run,
            f"select replace(resource, '{ROLE}', ''), access from external_access() where starts_with(resource, '{ROLE}')",
        )
    )
    assert access_by_role == {
        "provider": "federated", "all-but-a-service": "public", "lower-case": "public", "session": "external account",
    }  # fmt: skip
    statuses = dict(rows(run, f"select replace(resource, '{ROLE}', ''), status from trust_no_wildcard_principal()"))
    assert (statuses["all-but-a-service"], statuses["lower-case"]) == ("alarm", "alarm")


def test_a_session_outside_the_run_may_assume_a_role_that_trusts_it(run: Path) -> None:
    argument = f"role := '{ROLE}session'"
    assert rows(run, f"select principal, verdict from who_can_assume({argument}) where principal = '{SESSION}'") == [
        (SESSION, "allowed")
    ]


def test_the_zone_of_trust_is_that_of_the_account_of_the_resource(run: Path) -> None:
    sql = f"select role_name, side from trust_edges() where account_id = '{ELSEWHERE}'"
    assert sorted(rows(run, sql)) == [("home", "unknown"), ("ours", "unknown")]
