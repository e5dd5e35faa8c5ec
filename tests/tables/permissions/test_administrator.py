"""An administrator is allowed every action on every resource, however policies write it, in each query and control."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import reading
from tests.tables.permissions.escalation.answers import control
from tests.tables.permissions.escalation.case import ADMINISTRATOR_ACCESS, attached
from tests.tables.permissions.policy_builders import (
    HOME,
    MEMBER,
    ORGANIZATION,
    Document,
    account,
    allow,
    control_policy,
    deny,
    imported,
    policy,
    user,
)


def but(key: str, *values: str, **more: Any) -> Document:
    """Return a statement that allows all but some actions or resources."""
    return {"Effect": "Allow", key: list(values)} | more


EVERY_RESOURCE, EVERY_ACTION = {"Resource": "*"}, {"Action": "*"}
ADMINS: dict[str, list[Document]] = {
    "star": [allow()],
    "star-colon-star": [allow("*:*")],
    "stars": [allow("**", "**")],
    "every-arn": [allow("*", "arn:aws:*:*:*:*")],
    "every-arn-short": [allow("*", "arn:aws:*")],
    "every-arn-any-partition": [allow("*", "arn:*:*:*:*:*")],
    "star-among-others": [allow(["s3:*", "*"], ["arn:aws:s3:::x", "*"])],
    "every-arn-among-others": [allow("*:*", ["arn:aws:s3:::x", "arn:aws:*:*:*:*"])],
    "not-action-of-no-weight": [but("NotAction", "aws-portal:ViewBilling", **EVERY_RESOURCE)],
    "not-resource-of-no-weight": [but("NotResource", "arn:aws:s3:::acme-nothing", **EVERY_ACTION)],
    "two-statements": [allow("iam:*"), but("NotAction", "iam:*", **EVERY_RESOURCE)],
}
OTHERS: dict[str, list[Document]] = {
    "reads": [allow("s3:Get*")],
    "one-service": [allow("*", "arn:aws:s3:::*")],
    "one-service-of-every-account": [allow("*", "arn:aws:ec2:*:*:*")],
    "power-user": [but("NotAction", "iam:*", "organizations:*", **EVERY_RESOURCE)],
    "every-resource-but-iam": [but("NotResource", "arn:aws:iam::*:*", **EVERY_ACTION)],
    "denied": [allow(), deny()],
    "denied-by-arn": [allow("*", "arn:aws:*:*:*:*"), deny("*", "*")],
    "denied-iam": [allow("*", "arn:aws:*:*:*:*"), deny("iam:*")],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with a user for each statement, by an inline policy and by a customer managed policy."""
    users = [user(name, statements) for name, statements in (ADMINS | OTHERS).items()]
    users += [user(f"{name}-managed", [], **attached(name)) for name in ADMINS | OTHERS]
    users.append(user("by-arn", [], AttachedManagedPolicies=[ADMINISTRATOR_ACCESS]))
    policies = [policy(name, statements) for name, statements in (ADMINS | OTHERS).items()]
    organization = {
        "organization": ORGANIZATION,
        "scps": [
            control_policy("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", HOME, MEMBER)
        ],
        "accounts": {HOME: account(), MEMBER: account(UserDetailList=users, Policies=policies)},
    }
    return imported(organization, tmp_path_factory.mktemp("administrators"))


@pytest.fixture(scope="module")
def direct(run: Path) -> dict[str, str]:
    """Map the names of direct administrators to their verdicts."""
    with reading(run) as con:
        rows = con.execute("select principal, verdict from admins(by_path := false)").fetchall()
    return {arn.split("/")[-1]: verdict for arn, verdict in rows}


@pytest.fixture(scope="module")
def escalation(run: Path) -> dict[str, tuple[str, str]]:
    """Return the results of the control principal_escalation."""
    return control(run)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ADMINS, *(f"{name}-managed" for name in ADMINS), "by-arn"])
def test_is_an_administrator(direct: dict[str, str], escalation: dict[str, tuple[str, str]], name: str) -> None:
    assert direct.get(name) == "certain"
    assert escalation[f"arn:aws:iam::{MEMBER}:user/{name}"][0] == "skip"


@pytest.mark.parametrize("name", [*OTHERS, *(f"{name}-managed" for name in OTHERS)])
def test_is_no_administrator(direct: dict[str, str], name: str) -> None:
    assert name not in direct


@pytest.mark.slow
def test_policy_controls_agree(run: Path, direct: dict[str, str]) -> None:
    """Compare with the evaluation of single statements that the controls over policies use."""
    with reading(run) as con:
        sql = """
            select distinct l.principal_name
            from aws_iam_principal_policy as l join aws_iam_statement as s using (document_id)
            where s.effect = 'Allow' and iam_every_action(s.actions) and iam_every_resource(s.resources)
        """
        wide = {name for (name,) in con.execute(sql).fetchall()}
    assert {"star", "every-arn", "every-arn-managed", "star-among-others"} <= wide
    assert {name for name in wide if "denied" not in name} <= direct.keys()
