"""The tables that take policies apart hold, row by row, what plain calls tell, or what was written into dumps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.schema.registry import all_tables
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.permissions import pieces
from tests.permissions.pieces import HOME, MEMBER, OTHER, allow, deny, guard, when
from tests.schema.tables import oracle_policies as things
from tests.schema.tables import oracle_statements as words
from tests.schema.tables.boto3_oracle import Row, derived, rows_of, same, sessions
from tests.schema.tables.oracle_iam_principals import Asked
from tests.sync.syncs import MANAGEMENT

TABLES = {
    "aws_iam_principal": ("principal_arn",),
    "aws_iam_document": ("account_id", "source", "owner_arn", "policy_name"),
    "aws_iam_group_policy": ("group_arn", "policy_arn", "policy_name"),
    "aws_iam_principal_policy": ("principal_arn", "layer", "via", "group_name", "policy_arn", "policy_name"),
    "aws_iam_statement": ("document_id", "number"),
    "aws_organizations_account_policy": ("account_id", "type", "level", "policy_id"),
}


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    """Enter every account that a sync enters, in an organization like that which was synced."""
    return [Asked(account_id, one) for account_id, one in sessions(FakeAws(DAY)).items()]


@pytest.fixture(scope="module")
def management(asked: list[Asked]) -> Any:
    """Give the session in the management account."""
    return next(one.session for one in asked if one.account_id == MANAGEMENT)


def alike(run: Path, table: str, expected: list[Row], *untold: str) -> None:
    """Assert that a table holds the expected rows, and that these tell every column but those `untold`."""
    same(run, table, TABLES[table], expected)
    assert set(rows_of(run, table)[0]) == {*expected[0], *untold}


def test_each_such_table_is_compared() -> None:
    assert derived() == set(TABLES)
    assert {name: all_tables()[name].key for name in TABLES} == TABLES


def test_documents(demo_run: Path, asked: list[Asked]) -> None:
    expected = [row for one in asked for row in things.documents(one)]
    alike(demo_run, "aws_iam_document", expected)
    shared = [row["account_id"] for row in expected if row["policy_name"] == "bucket-writers"]
    assert len(shared) > 5 and len({row["document_id"] for row in expected}) < len(expected) / 2


def test_policies_that_reach_principals(demo_run: Path, asked: list[Asked]) -> None:
    expected = [row for one in asked for row in things.principal_policies(one)]
    alike(demo_run, "aws_iam_principal_policy", expected)
    assert {row["via"] for row in expected} == {"attached", "inline", "group attached", "group inline", "boundary"}


def test_policies_of_groups(demo_run: Path, asked: list[Asked]) -> None:
    expected = [row for one in asked for row in things.group_policies(one)]
    alike(demo_run, "aws_iam_group_policy", expected)
    assert {row["via"] for row in expected} == {"attached", "inline"}
    joined = {(row["account_id"], row["group_name"]) for one in asked for row in things.principal_policies(one)}
    assert {(row["account_id"], row["group_name"]) for row in expected} - joined  # groups without members are here too


def test_principals(demo_run: Path, asked: list[Asked], management: Any) -> None:
    chains = things.chains(management)
    expected = [row for one in asked for row in things.facts(one, "o-demo123456", MANAGEMENT, chains)]
    alike(demo_run, "aws_iam_principal", expected, "guard_id")
    guards = {row["principal_arn"]: row["guard_id"] for row in rows_of(demo_run, "aws_iam_principal")}
    assert {row["principal_arn"] for row in expected if row["is_guarded"]} == {
        arn for arn, one in guards.items() if one
    }


def test_policies_that_reach_accounts(demo_run: Path, management: Any) -> None:
    expected = list(things.account_policies(management))
    alike(demo_run, "aws_organizations_account_policy", expected)
    assert {row["level"] for row in expected} == {0, 1, 2, 3, 4}


def test_statements(demo_run: Path, asked: list[Asked], management: Any) -> None:
    found = [document for one in asked for _, document in things.papers(one)]
    expected = list(words.statements([*found, *things.guardrails(management)]))
    alike(demo_run, "aws_iam_statement", expected)


# -- what the demo organization has not --------------------------------------------------------------------------------------

OUTSIDE = "999988887777"
ODD: dict[str, Any] = {
    "one-that-is-no-list": {"Version": "2012-10-17", "Statement": allow("S3:GetObject", "arn:aws:s3:::A_b%c\\d?/*")},
    "no-version": {"Statement": [allow("s3:*", "arn:aws:s3:::${aws:username}/*")]},
    "variables": [allow("s3:*", "arn:aws:s3:::${aws:username}/*"), allow("s3:Put_?", Sid="Two")],
    "not-action": [{"Effect": "Allow", "NotAction": ["iam:*", "STS:*"], "NotResource": "arn:aws:s3:::no/*"}],
    "one-value": [allow(**when("StringEquals", "aws:RequestedRegion", "eu-west-1"))],
    "several-values": [deny(**when("StringNotLikeIfExists", "aws:RequestedRegion", "eu-*", "us-*"))],
    "no-values": [allow(Condition={"StringEquals": {"aws:RequestedRegion": []}})],
    "two-operators": [
        allow(
            Condition={
                "ForAllValues:StringLike": {"aws:TagKeys": ["owner", "team"]},
                "ForAnyValue:StringEqualsIfExists": {"aws:CalledVia": "athena.amazonaws.com"},
                "Bool": {"aws:MultiFactorAuthPresent": True, "aws:SecureTransport": "true"},
                "NumericLessThan": {"s3:max-keys": 10},
                "Null": {"aws:TokenIssueTime": [False]},
            }
        )
    ],
    "strange-keys": [allow(Condition={"StringEquals": {"aws:ResourceTag/a/b~c": "x", 'aws:ResourceTag/"$.q': "y"}})],
    "nothing": [],
    "the-same": [allow("s3:*", "arn:aws:s3:::same")],
    "the-same-again": [{"Resource": "arn:aws:s3:::same", "Action": "s3:*", "Effect": "Allow"}],
}
TRUSTS: dict[str, Any] = {
    "anyone": [pieces.trust("*")],
    "anyone-of-aws": [pieces.trust({"AWS": "*"})],
    "several": [
        pieces.trust(
            {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"], "AWS": OUTSIDE, "Federated": "accounts.google.com"}
        )
    ],
    "all-but": [
        {
            "Effect": "Deny",
            "NotPrincipal": {"AWS": [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{HOME}:user/x"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
GUARDS = [
    guard("p-FullAWSAccess", [allow()], "r-acme", HOME, MEMBER),
    guard(
        "p-regions", [deny(**when("StringNotEquals", "aws:RequestedRegion", "eu-west-1"))], "ou-acme-00000001", MEMBER
    ),
    guard("p-unused", [deny("ec2:*")]),
]


def odd_estate() -> Row:
    """Make up an organization with every way of writing, and levels without policies: both units, and one account."""
    people = [pieces.user(name, said) for name, said in ODD.items()]
    roles = [pieces.role(MEMBER, name, said) for name, said in TRUSTS.items()]
    twins = [pieces.user("twin", ODD["the-same"], OTHER)]
    accounts = {
        HOME: pieces.account(),
        MEMBER: pieces.account(UserDetailList=people, RoleDetailList=roles),
        OTHER: pieces.account(UserDetailList=twins),
    }
    return {"organization": pieces.ORGANIZATION, "scps": GUARDS, "accounts": accounts}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the run that it was imported into."""
    return pieces.imported(odd_estate(), tmp_path_factory.mktemp("odd"))


def written() -> list[Row]:
    """List the documents of the made-up organization."""
    accounts = odd_estate()["accounts"].values()
    users = [one["UserPolicyList"][0]["PolicyDocument"] for part in accounts for one in part["UserDetailList"]]
    roles = [one for part in accounts for one in part["RoleDetailList"]]
    own = [one["RolePolicyList"][0]["PolicyDocument"] for one in roles]
    return [*users, *own, *(one["AssumeRolePolicyDocument"] for one in roles), *(one["document"] for one in GUARDS)]


def test_statements_however_they_are_written(odd: Path) -> None:
    alike(odd, "aws_iam_statement", list(words.statements(written())))


def test_equal_documents_are_one_whosever_they_are(odd: Path) -> None:
    found = {row["owner_arn"].rpartition("/")[2]: row["document_id"] for row in rows_of(odd, "aws_iam_document")}
    assert found["the-same"] == found["the-same-again"] == found["twin"] != found["variables"]


def test_a_level_without_policies_has_a_row_that_says_so(odd: Path) -> None:
    found = [row for row in rows_of(odd, "aws_organizations_account_policy") if row["account_id"] != HOME]
    told = sorted((row["account_id"], row["level"], row["target_name"], row["policy_id"] or "") for row in found)
    assert told == [
        (MEMBER, 0, "Root", "p-FullAWSAccess"),
        (MEMBER, 1, "Workloads", "p-regions"),
        (MEMBER, 2, "member", "p-FullAWSAccess"),
        (MEMBER, 2, "member", "p-regions"),
        (OTHER, 0, "Root", "p-FullAWSAccess"),
        (OTHER, 1, "Data", ""),
        (OTHER, 2, "other", ""),
    ]
    assert {row["document_id"] for row in found if not row["policy_id"]} == {None}
