"""`can` follows the AWS documentation for condition keys with known values, missing keys, and policies of other accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
from tests.tiers import slow_but_every

NOW, EPOCH, REGION, ADDRESS = "aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:SourceIp"
PAST, FUTURE, PAST_SECONDS = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "1577836800"
EVERY_ADDRESS = ("0.0.0.0/0", "::/0")
QUEUE, THEIR_QUEUE = f"arn:aws:sqs:us-east-1:{MEMBER}:jobs", f"arn:aws:sqs:us-east-1:{OTHER}:jobs"
KEY, THEIR_KEY = f"arn:aws:kms:us-east-1:{MEMBER}:key/1", f"arn:aws:kms:us-east-1:{OTHER}:key/1"
RESOURCE_POLICY, KEY_POLICY, SESSION_TAGS = "resource(-based)? policy", "key policy", "session tags"


@dataclass(frozen=True)
class Question:
    """A question about a user or role with these statements, and the answer; `reason` and `lacks` are regular expressions."""

    statements: tuple[Document, ...]
    verdict: str
    action: str = "s3:GetObject"
    resource: str = "arn:aws:s3:::acme-data/report"
    reason: str = ""
    lacks: str | None = None
    is_role: bool = False


def ask(
    verdict: str, action: str, resource: str, *statements: Document, reason: str = "", lacks: str | None = None
) -> Question:
    """Return a question about a resource."""
    return Question(statements, verdict, action, resource, reason, lacks)


def plain(verdict: str, *statements: Document, action: str = "s3:GetObject", reason: str = "") -> Question:
    """Return a question about an action."""
    return Question(statements, verdict, action, reason=reason)


def of_role(verdict: str, *statements: Document, lacks: str | None = None) -> Question:
    """Return a question about a role."""
    return Question(statements, verdict, lacks=lacks, is_role=True)


def region(verdict: str, action: str, requested_region: str, resource: str = "*") -> Question:
    """Return a question about a user who is allowed a single Region."""
    return ask(verdict, action, resource, allow(**when("StringEquals", REGION, requested_region)))


TAGGED = when("StringEquals", "aws:PrincipalTag/team", "data")
CASES: dict[str, Question] = {
    # A10: another account's resource, and keys
    "a queue of another account": ask("conditional", "sqs:SendMessage", THEIR_QUEUE, allow("sqs:*"), reason=RESOURCE_POLICY),
    "a queue of another account, named": ask(
        "conditional", "sqs:SendMessage", THEIR_QUEUE, allow("sqs:*", THEIR_QUEUE), reason=OTHER
    ),
    "a queue of the own account": ask("allowed", "sqs:SendMessage", QUEUE, allow("sqs:*"), reason="allowed by"),
    "a denied queue of another account": ask("denied", "sqs:SendMessage", THEIR_QUEUE, allow("sqs:*"), deny("sqs:Send*")),
    "a queue of another account, without an allow": ask("denied", "sqs:SendMessage", THEIR_QUEUE, allow("s3:*")),
    "a queue of another account, with MFA": ask(
        "conditional", "sqs:SendMessage", THEIR_QUEUE, allow("sqs:*", **when("Bool", "aws:MultiFactorAuthPresent", "true")),
        reason="aws:MultiFactorAuthPresent",
    ),
    "an object, whose ARN names no account": ask("allowed", "s3:GetObject", "arn:aws:s3:::acme-data/x", allow("s3:*")),
    "a policy of AWS": ask("allowed", "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", allow("iam:Get*")),
    "a key": ask("conditional", "kms:Decrypt", KEY, allow("kms:*"), reason=KEY_POLICY),
    "a key of another account": ask("conditional", "kms:Decrypt", THEIR_KEY, allow("kms:*"), reason="policy"),
    "a denied key": ask("denied", "kms:Decrypt", KEY, allow("kms:*"), deny("kms:Decrypt")),
    "the list of keys": ask("allowed", "kms:ListKeys", "*", allow("kms:*")),
    # A13: times
    "until 2020": plain("denied", allow(**when("DateLessThan", NOW, PAST))),
    "since 2020": plain("allowed", allow(**when("DateGreaterThan", NOW, PAST))),
    "until a year to come": plain("conditional", allow(**when("DateLessThan", NOW, FUTURE)), reason=NOW),
    "denied since 2020": plain("denied", allow(), deny(**when("DateGreaterThanEquals", NOW, PAST)), reason="deny"),
    "denied until 2020": plain("allowed", allow(), deny(**when("DateLessThan", NOW, PAST))),
    "until 2020, by seconds": plain("denied", allow(**when("DateLessThan", EPOCH, PAST_SECONDS))),
    "since 2020, by seconds": plain("allowed", allow(**when("DateGreaterThan", EPOCH, PAST_SECONDS))),
    "until 2020, by number": plain("denied", allow(**when("NumericLessThan", EPOCH, PAST_SECONDS))),
    "since 2020, by number": plain("allowed", allow(**when("NumericGreaterThan", EPOCH, PAST_SECONDS))),
    "denied since 2020, by seconds": plain("denied", allow(), deny(**when("DateGreaterThan", EPOCH, PAST_SECONDS))),
    "a time that is always there": plain("denied", allow(**when("Null", NOW, "true"))),
    "a window in 2019 and 2020": plain(
        "denied",
        allow(Condition={"DateGreaterThan": {NOW: "2019-01-01T00:00:00Z"}, "DateLessThan": {NOW: PAST}}),
    ),
    # A13: services with one endpoint
    "iam in us-east-1": region("allowed", "iam:CreateUser", "us-east-1"),
    "iam in eu-west-1": region("denied", "iam:CreateUser", "eu-west-1"),
    "iam in a region, by ARN": region("denied", "iam:DeleteUser", "eu-west-1", f"arn:aws:iam::{MEMBER}:user/x"),
    "organizations in us-east-1": region("allowed", "organizations:ListAccounts", "us-east-1"),
    "organizations in eu-west-1": region("denied", "organizations:ListAccounts", "eu-west-1"),
    "cloudfront in us-east-1": region("allowed", "cloudfront:CreateDistribution", "us-east-1"),
    "cloudfront in eu-west-1": region("denied", "cloudfront:CreateDistribution", "eu-west-1"),
    "route53 in us-east-1": region("allowed", "route53:CreateHostedZone", "us-east-1"),
    "route53 in eu-west-1": region("denied", "route53:CreateHostedZone", "eu-west-1"),
    "capitals in the action": region("allowed", "IAM:createuser", "us-east-1"),
    "ec2 in us-east-1": region("conditional", "ec2:RunInstances", "us-east-1"),
    "iam, denied outside eu-west-1": ask(
        "denied", "iam:CreateUser", "*", allow(), deny(**when("StringNotEquals", REGION, "eu-west-1")), reason="deny"
    ),
    "ec2, denied outside eu-west-1": ask(
        "conditional", "ec2:RunInstances", "*", allow(), deny(**when("StringNotEquals", REGION, "eu-west-1"))
    ),
    # A13: a request through a VPC endpoint has no source address
    "no address": plain("conditional", allow(**when("Null", ADDRESS, "true")), reason=ADDRESS),
    "an address": plain("conditional", allow(**when("Null", ADDRESS, "false")), reason=ADDRESS),
    "every address": plain("conditional", allow(**when("IpAddress", ADDRESS, *EVERY_ADDRESS))),
    "every address, or none": plain("allowed", allow(**when("IpAddressIfExists", ADDRESS, *EVERY_ADDRESS))),
    "every address of IPv4, or none": plain("conditional", allow(**when("IpAddressIfExists", ADDRESS, EVERY_ADDRESS[0]))),
    "two halves of a network": plain(
        "denied",
        allow(**when("IpAddress", ADDRESS, "10.0.0.0/8")),
        deny(**when("IpAddress", ADDRESS, "10.0.0.0/9", "10.128.0.0/9")),
    ),
    "two quarters of a network": plain(
        "conditional",
        allow(**when("IpAddress", ADDRESS, "10.0.0.0/8")),
        deny(**when("IpAddress", ADDRESS, "10.0.0.0/10", "10.64.0.0/10")),
    ),
    "a network of IPv6 but for its last half": plain(
        "conditional",
        allow(**when("IpAddress", ADDRESS, "2001:db8::/32")),
        deny(**when("IpAddress", ADDRESS, "2001:db8::/33")),
    ),
    "with or without an address": plain(
        "allowed", allow(**when("Null", ADDRESS, "true")), allow(**when("Null", ADDRESS, "false"))
    ),
    "denied outside a network": plain(
        "conditional", allow(), deny(**when("NotIpAddress", ADDRESS, "10.0.0.0/8")), reason=ADDRESS
    ),
    # A13: session tags
    "a role whose tag decides": of_role("denied", allow(**TAGGED), lacks=SESSION_TAGS),
    "a role, and a deny by tag": of_role(
        "allowed", allow(), deny(**when("StringEquals", "aws:PrincipalTag/team", "none")), lacks=SESSION_TAGS
    ),
    "a role and a tag in the resource": of_role(
        "denied", allow(resource="arn:aws:s3:::${aws:PrincipalTag/team}/*"), lacks=SESSION_TAGS
    ),
    "a role without tags in its policies": of_role("allowed", allow("s3:*")),
    "a role whose tags stand in another action's statement": of_role("allowed", allow("s3:*"), allow("ec2:*", **TAGGED)),
    "a user whose tag decides": plain("denied", allow(**TAGGED)),
}  # fmt: skip


def arn(name: str) -> str:
    """Return the ARN of a case's user or role."""
    index = list(CASES).index(name)
    return f"arn:aws:iam::{MEMBER}:{'role/r' if CASES[name].is_role else 'user/u'}{index}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with a user or role for each case."""
    ec2 = trust({"Service": "ec2.amazonaws.com"})
    questions = {arn(name).split("/")[-1]: question for name, question in CASES.items()}
    users = [user(name, list(question.statements)) for name, question in questions.items() if not question.is_role]
    roles = [role(MEMBER, name, ec2, question.statements) for name, question in questions.items() if question.is_role]
    units = ("ou-acme-00000001", "ou-acme-00000002")
    organization = {
        "organization": ORGANIZATION,
        "scps": [control_policy("p-FullAWSAccess", [allow()], "r-acme", *units, HOME, MEMBER, OTHER)],
        "accounts": {
            HOME: account(),
            MEMBER: account(UserDetailList=users, RoleDetailList=roles),
            OTHER: account(UserDetailList=[user("theirs", [allow("sqs:*")], OTHER)]),
        },
    }
    return imported(organization, tmp_path_factory.mktemp("evaluation"))


QUESTIONS = {
    **{
        name: {"principal": arn(name), "action": question.action, "resource": question.resource}
        for name, question in CASES.items()
    },
    "nobody": {"principal": f"arn:aws:iam::{MEMBER}:user/nobody", "action": "s3:GetObject", "resource": "*"},
}
COLUMNS = "principal, action, resource, verdict, reason, not_considered"


@cache
def answer(run: Path, name: str) -> tuple[str, ...]:
    """Return the row of `can` for a question."""
    sql = f"select {COLUMNS} from can(principal := $principal, action := $action, resource := $resource)"
    with reading(run) as con:
        [row] = con.execute(sql, QUESTIONS[name]).fetchall()
    return tuple(row)


@pytest.mark.parametrize("name", slow_but_every(18, CASES))
def test_can(run: Path, name: str) -> None:
    question = CASES[name]
    *_, verdict, reason, lacks = answer(run, name)
    assert verdict == question.verdict, reason
    assert re.search(question.reason, reason, re.IGNORECASE), reason
    assert (lacks is None) if question.lacks is None else re.search(question.lacks, lacks or ""), lacks


@pytest.mark.slow
def test_who_can_distinguishes_the_resource_account(run: Path) -> None:
    with reading(run) as con:
        sql = "select principal, verdict, reason from who_can(action := 'sqs:SendMessage', resource := $r)"
        rows = con.execute(sql, {"r": THEIR_QUEUE}).fetchall()
    assert (f"arn:aws:iam::{OTHER}:user/theirs", "allowed") in {row[:2] for row in rows}
    others = [row for row in rows if f"::{MEMBER}:" in row[0]]
    assert others and {verdict for _, verdict, _ in others} == {"conditional"}


@pytest.mark.slow
def test_can_all_returns_the_same_rows_as_can(run: Path) -> None:
    questions = [*QUESTIONS.values()]
    with reading(run) as con:
        rows = con.execute(
            f"select {COLUMNS} from can_all(questions := $questions)", {"questions": questions}
        ).fetchall()
        literal = f"[{{'principal': '{questions[0]['principal']}', 'action': 'iam:GetUser', 'resource': '*'}}]"
        assert len(con.execute(f"from can_all(questions := {literal})").fetchall()) == 1
    assert sorted(rows, key=str) == sorted((answer(run, name) for name in QUESTIONS), key=str)


def test_a_list_of_questions_can_be_structs_texts_or_the_rows_of_a_table(run: Path) -> None:
    with reading(run) as con:
        users = con.execute("select count(*) from aws_iam_user").fetchall()
        for call in (
            "can_all(questions := (select list({'principal': arn, 'action': 'iam:CreateUser'}) from aws_iam_user))",
            "can_all(questions := (select to_json(list({'principal': arn, 'action': 'iam:CreateUser'})) from aws_iam_user))",
        ):
            assert con.execute(f"select count(*) from {call}").fetchall() == users
        assert con.execute(
            "select count(*) > 0 from who_can_all(requests := [{'action': 's3:GetObject'}])"
        ).fetchall() == [(True,)]


def test_who_can_all_returns_the_same_rows_as_who_can(run: Path) -> None:
    requests = [("s3:GetObject", "*"), ("iam:CreateUser", "*"), ("sqs:SendMessage", THEIR_QUEUE)]
    listed = [{"action": action, "resource": resource} for action, resource in requests]
    with reading(run) as con:
        rows = con.execute("from who_can_all(requests := $requests)", {"requests": listed}).fetchall()
        one_by_one = [
            row
            for action, resource in requests
            for row in con.execute(
                "from who_can(action := $action, resource := $resource)", {"action": action, "resource": resource}
            ).fetchall()
        ]
    assert one_by_one and rows == one_by_one


@pytest.mark.slow
def test_who_can_assume_all_returns_the_same_rows_as_who_can_assume(run: Path) -> None:
    with reading(run) as con:
        roles = [arn for (arn,) in con.execute("select arn from aws_iam_role order by arn").fetchall()]
        rows = con.execute("from who_can_assume_all(roles := $roles)", {"roles": roles}).fetchall()
        one_by_one = [
            row
            for role in roles
            for row in con.execute("from who_can_assume(role := $role)", {"role": role}).fetchall()
        ]
    assert roles and rows == one_by_one
