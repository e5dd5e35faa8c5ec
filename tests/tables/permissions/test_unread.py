"""The verdict is `unknown` where a document that can change it was not read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import reading
from tests.tables.permissions.escalation.answers import Answers, answers
from tests.tables.permissions.escalation.case import ADMINISTRATOR_ACCESS, attached, bounded, of
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
)
from tests.tiers import slow_but_every

UNITS = ("ou-acme-00000001", "ou-acme-00000002")
GONE, BY_ARN = attached("gone"), {"AttachedManagedPolicies": [ADMINISTRATOR_ACCESS]}
AWS_BOUNDARY = {
    "PermissionsBoundary": {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess",
    }
}
S3, ALL = [allow("s3:*")], [allow()]
# For each user its statements and policies, the verdict of can(iam:CreateUser), and the missing document in the answer.
USERS: dict[str, tuple[list[Document], Document, str, str | None]] = {
    "admin-by-arn": (S3, BY_ARN, "allowed", None),
    "admin-by-arn-denied": ([deny("iam:*")], BY_ARN, "denied", None),
    "admin-by-arn-capped": (S3, BY_ARN | bounded("cap"), "denied", None),
    "admin-by-arn-of-group": (S3, {"GroupList": ["chiefs"]}, "allowed", None),
    "lacking": (S3, GONE, "unknown", "gone"),
    "lacking-denied": ([deny("iam:*")], GONE, "denied", None),
    "lacking-capped": (S3, GONE | bounded("cap"), "denied", None),
    "lacking-of-group": (S3, {"GroupList": ["lost"]}, "unknown", "gone"),
    "lacking-boundary": (ALL, bounded("gone"), "unknown", "gone"),
    "lacking-aws-boundary": (ALL, AWS_BOUNDARY, "unknown", "PowerUserAccess"),
    "lacking-boundary-denied": ([*ALL, deny("iam:Create*")], bounded("gone"), "denied", None),
    "lacking-boundary-not-allowed": (S3, bounded("gone"), "denied", None),
    "complete": (ALL, {}, "allowed", None),
    "nothing": (S3, {}, "denied", None),
}
SQL = "select verdict, reason, not_considered from can(principal := $p, action := $a, resource := $r)"
VERDICTS = "select principal, verdict from {}"


def sample_organization() -> Document:
    """Return the organization; the policy `gone` is attached, and its document is missing."""
    users = [user(name, statements, **more) for name, (statements, more, *_) in USERS.items()]
    root = trust({"AWS": f"arn:aws:iam::{MEMBER}:root"})
    roles = [role(MEMBER, "target", root), role(MEMBER, "aws-admin", root) | BY_ARN]
    groups = [group("chiefs", [ADMINISTRATOR_ACCESS], []), group("lost", [], []) | GONE]
    return {
        "organization": ORGANIZATION,
        "scps": [
            control_policy("p-FullAWSAccess", ALL, "r-acme", *UNITS, HOME, MEMBER, OTHER),
            control_policy("p-region00", [deny("s3:DeleteBucket")], UNITS[1]),
        ],
        "accounts": {
            HOME: account(UserDetailList=[user("home", ALL, HOME), user("home-not", S3, HOME)]),
            MEMBER: account(
                UserDetailList=users, RoleDetailList=roles, GroupDetailList=groups, Policies=[policy("cap", S3)]
            ),
            OTHER: account(UserDetailList=[
                user("other", ALL, OTHER), user("other-not", S3, OTHER), user("other-denied", [*ALL, deny("iam:*")], OTHER),
                user("other-puts", [allow("iam:PutUserPolicy")], OTHER),
            ]),
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(sample_organization(), tmp_path_factory.mktemp("unread"))


@pytest.fixture(scope="module")
def without_scp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with the targets of an SCP, but not its document."""
    return imported(sample_organization(), tmp_path_factory.mktemp("scp"), ("describe-policy-p-region00*",))


def can(run: Path, arn: str, action: str = "iam:CreateUser", resource: str = "*") -> tuple[str, str, str | None]:
    """Return the row of `can`."""
    with reading(run) as con:
        [row] = con.execute(SQL, {"p": arn, "a": action, "r": resource}).fetchall()
    return row


def listed(run: Path, call: str) -> dict[str, str]:
    """Map the names of principals to the verdicts of a query."""
    with reading(run) as con:
        return {arn.split("/")[-1]: verdict for arn, verdict in con.execute(VERDICTS.format(call)).fetchall()}


@pytest.mark.parametrize("name", slow_but_every(5, USERS))
def test_can(run: Path, name: str) -> None:
    *_, expected, missing = USERS[name]
    verdict, why, lacks = can(run, of("user", name))
    assert verdict == expected, (why, lacks)
    assert missing is None or re.search(rf"\b{missing}\b", f"{why}; {lacks}"), (why, lacks)


@pytest.mark.slow
def test_who_can(run: Path) -> None:
    verdicts = listed(run, "who_can(action := 'iam:CreateUser', resource := '*')")
    expected = {name: verdict for name, (*_, verdict, _) in USERS.items() if verdict != "denied"}
    assert {name: verdicts.get(name) for name in expected} == expected
    assert not verdicts.keys() & (USERS.keys() - expected.keys())


@pytest.mark.slow
def test_who_can_assume(run: Path) -> None:
    verdicts = listed(run, f"who_can_assume(role := '{of('role', 'target')}')")
    expected = {
        "admin-by-arn": "allowed", "admin-by-arn-denied": "allowed", "admin-by-arn-of-group": "allowed", "complete": "allowed",
        "lacking": "unknown", "lacking-of-group": "unknown", "lacking-denied": "unknown",
        "lacking-boundary": "unknown", "lacking-aws-boundary": "unknown", "lacking-boundary-denied": "unknown",
    }  # fmt: skip
    assert {name: verdicts.get(name) for name in expected} == expected
    assert not {"nothing", "lacking-capped", "admin-by-arn-capped", "lacking-boundary-not-allowed"} & verdicts.keys()


@pytest.mark.slow
def test_each_principal_has_one_best_path(run: Path, without_scp: Path) -> None:
    for path in (run, without_scp):
        with reading(path) as con:
            principals = [arn for (arn,) in con.execute("select principal from iam_escalation_paths(false)").fetchall()]
        assert of("user", "lacking") in principals
        assert len(principals) == len(set(principals))


@pytest.mark.slow
def test_admins(run: Path) -> None:
    with reading(run) as con:
        rows = con.execute("select principal, access_type, verdict, reason, not_considered from admins()").fetchall()
    admins = {arn.split("/")[-1]: tuple(row) for arn, *row in rows}
    direct = {name for name, (how, verdict, *_) in admins.items() if (how, verdict) == ("direct", "certain")}
    assert {"admin-by-arn", "admin-by-arn-of-group", "aws-admin", "complete", "home", "other"} <= direct
    for name in ("lacking", "lacking-of-group", "lacking-boundary", "lacking-aws-boundary"):
        _, verdict, why, lacks = admins[name]
        assert verdict == "unknown" and re.search(USERS[name][3] or "", f"{why}; {lacks}"), (name, admins[name])
    assert not {"lacking-capped", "admin-by-arn-capped", "nothing", "lacking-boundary-not-allowed"} & admins.keys()
    direct_only = listed(run, "admins(by_path := false)")
    assert direct_only["admin-by-arn"] == "certain"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arn", "action", "verdict"),
    [
        (of("user", "other", OTHER), "iam:CreateUser", "unknown"),
        (of("user", "other", OTHER), "s3:GetObject", "unknown"),
        (of("user", "other-not", OTHER), "iam:CreateUser", "denied"),
        (of("user", "other-denied", OTHER), "iam:CreateUser", "denied"),
        (of("user", "complete"), "iam:CreateUser", "allowed"),
        (of("user", "home", HOME), "iam:CreateUser", "allowed"),
        (of("user", "home-not", HOME), "iam:CreateUser", "denied"),
    ],
)
def test_a_service_control_policy(without_scp: Path, run: Path, arn: str, action: str, verdict: str) -> None:
    actual_verdict, why, lacks = can(without_scp, arn, action)
    assert actual_verdict == verdict, (why, lacks)
    assert verdict != "unknown" or "region00" in f"{why}; {lacks}", (why, lacks)
    assert can(run, arn, action)[0] == verdict.replace("unknown", "allowed")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unread", "missing", "status"),
    [
        ("list-targets-for-policy-p-FullAWSAccess*", "the SCPs at Root", "error"),
        ("list-targets-for-policy*", "the service control policies", "alarm"),
    ],
)
def test_level_without_policies_was_not_read(tmp_path: Path, unread: str, missing: str, status: str) -> None:
    organization = sample_organization()
    organization["accounts"][MEMBER]["UserDetailList"].append(user("puts", [allow("iam:PutUserPolicy")]))
    run = imported(organization, tmp_path, (unread,))
    for arn, verdict in (
        (of("user", "complete"), "unknown"),
        (of("user", "nothing"), "denied"),
        (of("user", "home", HOME), "allowed"),
    ):
        actual_verdict, why, lacks = can(run, arn)
        assert actual_verdict == verdict, (arn, why, lacks)
        assert verdict != "unknown" or missing in str(lacks), (arn, why, lacks)
    assert answers(run).control[of("user", "puts")][0] == status


@pytest.mark.slow
def test_policy_without_targets_may_be_attached_anywhere(tmp_path: Path) -> None:
    run = imported(sample_organization(), tmp_path, ("list-targets-for-policy-p-region00*",))
    missing = "not read: the targets of the SCP region00"
    for arn, verdict in (
        (of("user", "complete"), "unknown"),
        (of("user", "other", OTHER), "unknown"),
        (of("user", "nothing"), "denied"),
        (of("user", "other-denied", OTHER), "denied"),
        (of("user", "home", HOME), "allowed"),
    ):
        actual_verdict, why, lacks = can(run, arn)
        assert actual_verdict == verdict, (arn, why, lacks)
        assert (missing in f"{why}; {lacks}") == (HOME not in arn), (arn, why, lacks)
    with reading(run) as con:
        sql = "select account_id, level, target_id from aws_organizations_account_policy where policy_id = 'p-region00'"
        assert sorted(con.execute(sql).fetchall()) == [
            (account_id, None, None) for account_id in sorted((HOME, MEMBER, OTHER))
        ]
        statements = con.execute("select policy_name from principal_statements() where layer = 'scp'").fetchall()
        assert {name for (name,) in statements} == {"FullAWSAccess"}


@pytest.mark.slow
@pytest.mark.parametrize(("unread", "verdict"), [(("list-targets-for-policy-p-wide*",), "unknown"), ((), "allowed")])
def test_policy_without_targets_may_allow(tmp_path: Path, unread: tuple[str, ...], verdict: str) -> None:
    organization = sample_organization()
    organization["scps"] = [
        control_policy("p-FullAWSAccess", ALL, "r-acme", *UNITS, HOME, OTHER),
        control_policy("p-narrow", S3, MEMBER),
        control_policy("p-wide", ALL, MEMBER),
    ]
    run = imported(organization, tmp_path, unread)
    assert can(run, of("user", "complete"))[0] == verdict
    assert can(run, of("user", "lacking-capped"))[0] == "denied"
    assert can(run, of("user", "home", HOME))[0] == "allowed"


@pytest.mark.parametrize(("target", "verdict"), [(OTHER, "unknown"), (MEMBER, "allowed")])
def test_unread_resource_control_policy_of_the_account_of_the_role(tmp_path: Path, target: str, verdict: str) -> None:
    organization = sample_organization()
    caller, name, trusting = of("user", "assumes"), "p-limits", f"arn:aws:iam::{OTHER}:role/trusting"
    organization["accounts"][MEMBER]["UserDetailList"].append(user("assumes", [allow("sts:AssumeRole", trusting)]))
    organization["accounts"][OTHER]["RoleDetailList"].append(role(OTHER, "trusting", [trust({"AWS": caller})], ALL))
    organization["rcps"] = [control_policy(name, [deny("sts:AssumeRole")], target)]
    run = imported(organization, tmp_path, (f"describe-policy-{name}*",))
    actual_verdict, why, lacks = can(run, caller, "sts:AssumeRole", trusting)
    assert actual_verdict == verdict, (why, lacks)
    assert ("not read: RCP limits at " in str(why)) == (verdict == "unknown")
    with reading(run) as con:
        paths = con.execute(
            "select verdict from escalation_paths() where principal = $1 and contains(path, $2)", [caller, "trusting"]
        ).fetchall()
    assert paths == [("unknown" if verdict == "unknown" else "certain",)]


@pytest.mark.slow
def test_paths_under_a_service_control_policy(without_scp: Path, run: Path) -> None:
    read, unread = answers(run), answers(without_scp)
    arn, complete = of("user", "other-puts", OTHER), of("user", "complete")

    def verdicts_and_status(answers: Answers) -> tuple[set[str], str]:
        return {row.verdict for row in answers.paths.get(arn, [])}, answers.control[arn][0]

    assert verdicts_and_status(read) == ({"certain"}, "alarm")
    assert verdicts_and_status(unread) == ({"unknown"}, "error")
    assert "region00" in (unread.paths[arn][0].conditions or "")
    assert unread.control[of("user", "other", OTHER)][0] in ("error", "skip")
    assert unread.control[of("user", "other-not", OTHER)][0] == "ok"
    assert unread.control[complete] == read.control[complete]
    assert unread.admins[of("user", "other", OTHER)][1] == "unknown"
