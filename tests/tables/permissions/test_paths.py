"""Escalation paths: each kind of step, several steps, across policies and accounts, and what prevents them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.model import Result
from iamsql.render.csv_rows import write_csv
from iamsql.sync.importer.write import import_files
from tests.conftest import reading, third_party
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

EXPECTED = Path(__file__).parent / "expected"
BOSS = f"arn:aws:iam::{MEMBER}:user/boss"
LAMBDA, EC2 = trust({"Service": "lambda.amazonaws.com"}), trust({"Service": "ec2.amazonaws.com"})
PROFILE = {"InstanceProfileName": "p", "Arn": f"arn:aws:iam::{MEMBER}:instance-profile/p", "Path": "/"}
PASS = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]


def of(kind: str, name: str, owner: str = MEMBER) -> str:
    """Return an ARN."""
    return f"arn:aws:iam::{owner}:{kind}/{name}"


# For each user its statements, and its path, if any: method of the first step, number of steps, verdict.
USERS: dict[str, tuple[list[Document], tuple[str, int, str] | None]] = {
    "boss": ([allow()], None),
    "reader": ([allow("s3:Get*")], None),
    "puts-own-policy": ([allow("iam:PutUserPolicy")], ("put_user_policy", 1, "certain")),
    "puts-own-policy-named": (
        [allow("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}")],
        ("put_user_policy", 1, "certain"),
    ),
    "puts-others-policy": (
        [allow("iam:PutUserPolicy", of("user", "reader"))],
        ("put_user_policy", 2, "conditional"),
    ),
    "makes-key-of-boss": ([allow("iam:CreateAccessKey", BOSS)], ("create_access_key", 1, "certain")),
    "makes-key-of-reader": ([allow("iam:CreateAccessKey", of("user", "reader"))], None),
    "with-mfa": (
        [allow("iam:CreateAccessKey", **when("Bool", "aws:MultiFactorAuthPresent", "true"))],
        ("create_access_key", 1, "conditional"),
    ),
    "denied": ([allow("iam:CreateAccessKey"), deny("iam:*")], None),
    "denied-boss": ([allow("iam:CreateAccessKey"), deny("iam:*", BOSS)], ("create_access_key", 2, "certain")),
    "passes": ([allow(PASS)], ("lambda_create_invoke", 1, "certain")),
    "passes-weak": ([allow(PASS[1:]), allow("iam:PassRole", of("role", "weak"))], None),
    "passes-half": ([allow(PASS[:2])], None),
    "passes-to-another": ([allow(["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"])], None),
    "takes": ([allow("lambda:UpdateFunctionCode")], ("lambda_update_code", 1, "conditional")),
    "rewrites-trust": (
        [allow("iam:UpdateAssumeRolePolicy", of("role", "lambda-admin"))],
        ("update_assume_role_policy", 1, "certain"),
    ),
    "two-steps": ([allow("iam:CreateLoginProfile", of("user", "makes-key-of-boss"))], ("create_login_profile", 2, "certain")),
    "assumes": ([allow("sts:AssumeRole")], ("assume_role", 1, "certain")),
    "assumes-then": ([allow("sts:AssumeRole", of("role", "stepping"))], ("assume_role", 2, "certain")),
    "new-user": (
        [allow(["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"], "arn:aws:iam::*:user/new/*")],
        ("create_user_with_policy", 1, "certain"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of the member account with these users, and of a caller in another account."""
    cap: Document = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": of("policy", "cap")}
    attachment = {"PolicyName": "versions", "PolicyArn": of("policy", "versions")}
    users = [user(name, statements) for name, (statements, _) in USERS.items()]
    users += [
        user("capped", [allow("iam:PutUserPolicy")], PermissionsBoundary=cap),
        user("uncaps", [allow("iam:DeleteUserPermissionsBoundary"), *USERS["boss"][0]], PermissionsBoundary=cap),
        user("joined", [allow("lambda:*")], GroupList=["passers"]),
        user("joins", [allow("iam:AddUserToGroup", of("group", "chiefs"))]),
        user("versions", [], AttachedManagedPolicies=[attachment]),
        user("versions-of-others", [allow("iam:CreatePolicyVersion", of("policy", "other"))]),
    ]
    roles = [
        role(MEMBER, "lambda-admin", LAMBDA, [allow()]),
        role(MEMBER, "weak", LAMBDA, [allow("s3:*")]),
        role(MEMBER, "open", trust({"AWS": [MEMBER, OTHER]}), [allow()]),
        role(MEMBER, "stepping", trust({"AWS": MEMBER}), [allow("iam:PassRole"), allow("ec2:RunInstances")]),
        role(MEMBER, "ec2-admin", EC2, [allow()]) | {"InstanceProfileList": [PROFILE]},
    ]
    admin = {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    groups = [group("passers", [], [allow("iam:PassRole")]), group("chiefs", [admin], [])]
    policies = [policy("cap", [allow("s3:*"), allow("iam:Delete*")]), policy("other", [allow("s3:*")])]
    policies += [policy("versions", [allow("iam:CreatePolicyVersion", of("policy", "versions"))])]
    organization: Document = {
        "organization": ORGANIZATION,
        "scps": [
            control_policy(
                "p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", HOME, MEMBER, OTHER
            ),
            control_policy("p-nokeys000", [deny("iam:CreateAccessKey")], OTHER),
        ],
        "accounts": {
            HOME: account(),
            MEMBER: account(UserDetailList=users, RoleDetailList=roles, GroupDetailList=groups, Policies=policies),
            OTHER: account(
                UserDetailList=[
                    user("from-afar", [allow("sts:AssumeRole")], OTHER),
                    user("guarded", [allow("iam:CreateAccessKey")], OTHER),
                    user("their-boss", [allow()], OTHER),
                ]
            ),
        },
    }
    return imported(organization, tmp_path_factory.mktemp("paths"))


def paths_by_method(run: Path) -> dict[str, dict[str, tuple[int, str, str]]]:
    """Map each principal to its paths by the method of the first step."""
    paths: dict[str, dict[str, tuple[int, str, str]]] = {}
    with reading(run) as con:
        sql = "select principal, method, steps, verdict, path from escalation_paths()"
        for principal, method, *path in con.execute(sql).fetchall():
            paths.setdefault(principal.split("/")[-1], {})[method] = tuple(path)
    return paths


@pytest.fixture(scope="module")
def found(run: Path) -> dict[str, dict[str, tuple[int, str, str]]]:
    return paths_by_method(run)


def test_the_number_of_steps_is_the_number_of_arrows(found: dict[str, Any]) -> None:
    assert [path for paths in found.values() for path in paths.values() if path[0] != path[2].count("]-> ")] == []


@pytest.mark.parametrize("name", USERS)
def test_each_kind_of_step(found: dict[str, Any], name: str) -> None:
    expected = USERS[name][1]
    if expected is None:
        assert name not in found
    else:
        method, steps, verdict = expected
        assert found[name][method][:2] == (steps, verdict)


def test_groups_boundaries_and_versions(found: dict[str, Any]) -> None:
    assert "capped" not in found and "versions-of-others" not in found
    assert found["joined"]["lambda_create_invoke"][:2] == (1, "certain")
    assert found["joins"]["add_user_to_group"][:2] == (1, "certain")
    assert found["versions"]["create_policy_version"][:2] == (1, "certain")
    assert found["uncaps"]["delete_user_boundary"][:2] == (1, "certain")


def test_across_accounts_and_organization_policies(found: dict[str, Any]) -> None:
    assert found["from-afar"]["assume_role"] == (
        1, "certain", f"{of('user', 'from-afar', OTHER)} -[assume_role]-> {of('role', 'open')}",
    )  # fmt: skip
    assert "guarded" not in found


def test_path_has_each_step(found: dict[str, Any]) -> None:
    assert found["assumes-then"]["assume_role"][2] == (
        f"{of('user', 'assumes-then')} -[assume_role]-> {of('role', 'stepping')} -[run_instances]-> {of('role', 'ec2-admin')}"
    )
    assert found["puts-own-policy"]["put_user_policy"][2] == (
        f"{of('user', 'puts-own-policy')} -[put_user_policy]-> administrator"
    )


@pytest.mark.slow
def test_administrators(run: Path) -> None:
    with reading(run) as con:
        rows = con.execute("select principal, access_type, verdict from admins()").fetchall()
        direct = con.execute("select principal from admins(by_path := false)").fetchall()
    assert {arn.split("/")[-1] for arn, how, _ in rows if how == "direct"} == {
        "boss", "lambda-admin", "open", "ec2-admin", "their-boss",
    }  # fmt: skip
    assert len(direct) == 5 and ("takes", "path", "conditional") in {(arn.split("/")[-1], *row) for arn, *row in rows}


@pytest.mark.slow
def test_a_role_without_policies_assumes_a_role_that_trusts_everyone(tmp_path: Path) -> None:
    caller = user("caller", [allow("sts:AssumeRole", of("role", "mid"))], OTHER)
    mid = role(MEMBER, "mid", trust({"AWS": of("user", "caller", OTHER)}), [])
    accounts: Document = {
        HOME: account(),
        MEMBER: account(RoleDetailList=[mid, role(MEMBER, "adm", trust({"AWS": "*"}), [allow()])]),
        OTHER: account(UserDetailList=[caller]),
    }
    scp = control_policy("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", *accounts)
    with reading(imported({"organization": ORGANIZATION, "scps": [scp], "accounts": accounts}, tmp_path)) as con:
        rows = con.execute("select principal, steps, verdict from escalation_paths() order by steps").fetchall()
    assert rows == [(of("role", "mid"), 1, "certain"), (of("user", "caller", OTHER), 2, "certain")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "owner"),
    [("cloudsplaining", "012345678901"), ("cloudmapper-demo", None)],
    ids=["cloudsplaining", "cloudmapper"],
)
def test_published_dumps(name: str, owner: str | None, tmp_path: Path) -> None:
    """The expected files contain the paths that a review of the policy documents found."""
    files = sorted(third_party(name).rglob("*.json")) if owner else [third_party(name)]
    path = import_files(files, owner, tmp_path).path
    with reading(path) as con:
        sql = "select principal, access_type, verdict, reason from admins() order by all"
        direct = con.execute(sql).fetchall()
        sql = "select principal, method, steps, verdict, path, conditions from escalation_paths() order by all"
        steps = con.execute(sql).fetchall()
    with (tmp_path / "found.csv").open("w", newline="") as stream:
        write_csv(Result(("principal", "access_type", "verdict", "reason"), direct), stream)
        write_csv(Result(("principal", "method", "steps", "verdict", "path", "conditions"), steps), stream)
    assert (tmp_path / "found.csv").read_text() == (EXPECTED / f"{name}.csv").read_text()
