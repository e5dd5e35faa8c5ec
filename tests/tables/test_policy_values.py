"""Each table of policy documents and statements has the rows that plain calls return, or that were written into dumps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.tables.registry import all_tables
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import MANAGEMENT
from tests.tables import oracle_policies as things
from tests.tables import oracle_statements as words
from tests.tables.boto3_oracle import Row, assert_same_rows, assume_roles, derived_tables, rows_of
from tests.tables.oracle_iam_principals import IamAccount
from tests.tables.permissions import policy_builders
from tests.tables.permissions.policy_builders import HOME, MEMBER, OTHER, allow, control_policy, deny, when

TABLES = {
    "aws_iam_principal": ("principal_arn",),
    "aws_iam_document": ("account_id", "source", "owner_arn", "policy_name"),
    "aws_iam_group_policy": ("group_arn", "policy_arn", "policy_name"),
    "aws_iam_principal_policy": ("principal_arn", "layer", "via", "group_name", "policy_arn", "policy_name"),
    "aws_iam_statement": ("document_id", "number"),
    "aws_organizations_account_policy": ("account_id", "type", "level", "policy_id"),
}


@pytest.fixture(scope="module")
def accounts() -> list[IamAccount]:
    """Assume a role in each account that a sync reads, in an organization like the synced one."""
    return [IamAccount(account_id, session) for account_id, session in assume_roles(FakeAws(DAY)).items()]


@pytest.fixture(scope="module")
def management(accounts: list[IamAccount]) -> Any:
    """Return the session of the management account."""
    return next(account.session for account in accounts if account.account_id == MANAGEMENT)


def compare_table(run: Path, table: str, expected: list[Row], *not_compared: str, condition: str = "true") -> None:
    """Assert that a table has the expected rows, with values for each column except those in `untold`."""
    assert_same_rows(run, table, TABLES[table], expected, condition)
    assert set(rows_of(run, table)[0]) == {*expected[0], *not_compared}


def test_each_table_of_policies_is_compared() -> None:
    assert derived_tables() == {*TABLES, "aws_iam_action_use"}  # tests/permissions compares the use of actions
    assert {name: all_tables()[name].key for name in TABLES} == TABLES


@pytest.mark.slow
def test_documents_equal_plain_calls(demo_run: Path, accounts: list[IamAccount]) -> None:
    expected = [row for account in accounts for row in things.documents(account)]
    compare_table(demo_run, "aws_iam_document", expected, condition="source <> 'resource'")
    shared = [row["account_id"] for row in expected if row["policy_name"] == "bucket-writers"]
    assert len(shared) > 5 and len({row["document_id"] for row in expected}) < len(expected) / 2


@pytest.mark.slow
def test_policies_of_principals_equal_plain_calls(demo_run: Path, accounts: list[IamAccount]) -> None:
    expected = [row for account in accounts for row in things.principal_policies(account)]
    compare_table(demo_run, "aws_iam_principal_policy", expected)
    assert {row["via"] for row in expected} == {"attached", "inline", "group attached", "group inline", "boundary"}


@pytest.mark.slow
def test_policies_of_groups_equal_plain_calls(demo_run: Path, accounts: list[IamAccount]) -> None:
    expected = [row for account in accounts for row in things.group_policies(account)]
    compare_table(demo_run, "aws_iam_group_policy", expected)
    assert {row["via"] for row in expected} == {"attached", "inline"}
    joined = {
        (row["account_id"], row["group_name"]) for account in accounts for row in things.principal_policies(account)
    }
    assert {(row["account_id"], row["group_name"]) for row in expected} - joined  # groups without members are here too


@pytest.mark.slow
def test_principals_equal_plain_calls(demo_run: Path, accounts: list[IamAccount], management: Any) -> None:
    chains = things.chains(management)
    expected = [
        row for account in accounts for row in things.principal_rows(account, "o-demo123456", MANAGEMENT, chains)
    ]
    compare_table(demo_run, "aws_iam_principal", expected, "guardrail_id")
    guards = {row["principal_arn"]: row["guardrail_id"] for row in rows_of(demo_run, "aws_iam_principal")}
    assert {row["principal_arn"] for row in expected if row["has_guardrails"]} == {
        arn for arn, account in guards.items() if account
    }


@pytest.mark.slow
def test_policies_of_accounts_equal_plain_calls(demo_run: Path, management: Any) -> None:
    expected = list(things.account_policies(management))
    compare_table(demo_run, "aws_organizations_account_policy", expected)
    assert {row["level"] for row in expected} == {0, 1, 2, 3, 4}


@pytest.mark.slow
def test_statements_equal_plain_calls(demo_run: Path, accounts: list[IamAccount], management: Any) -> None:
    documents = [document for account in accounts for _, document in things.owned_documents(account)]
    expected = list(words.statements([*documents, *things.organization_policies(management)]))
    of_resources = "select document_id from aws_iam_document where source = 'resource'"
    compare_table(demo_run, "aws_iam_statement", expected, condition=f"document_id not in ({of_resources})")


# -- policies that the sample organization lacks ---------------------------------------------------------------------------

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
    "anyone": [policy_builders.trust("*")],
    "anyone-of-aws": [policy_builders.trust({"AWS": "*"})],
    "several": [
        policy_builders.trust(
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
    control_policy("p-FullAWSAccess", [allow()], "r-acme", HOME, MEMBER),
    control_policy(
        "p-regions", [deny(**when("StringNotEquals", "aws:RequestedRegion", "eu-west-1"))], "ou-acme-00000001", MEMBER
    ),
    control_policy("p-unused", [deny("ec2:*")]),
]


def unusual_organization() -> Row:
    """Return an organization with each form of policy, and levels without policies."""
    people = [policy_builders.user(name, document) for name, document in ODD.items()]
    roles = [policy_builders.role(MEMBER, name, document) for name, document in TRUSTS.items()]
    twins = [policy_builders.user("twin", ODD["the-same"], OTHER)]
    accounts = {
        HOME: policy_builders.account(),
        MEMBER: policy_builders.account(UserDetailList=people, RoleDetailList=roles),
        OTHER: policy_builders.account(UserDetailList=twins),
    }
    return {"organization": policy_builders.ORGANIZATION, "scps": GUARDS, "accounts": accounts}


@pytest.fixture(scope="module")
def unusual_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run that the unusual organization was imported into."""
    return policy_builders.imported(unusual_organization(), tmp_path_factory.mktemp("odd"))


def documents_written() -> list[Row]:
    """Return the documents of the unusual organization."""
    accounts = unusual_organization()["accounts"].values()
    users = [item["UserPolicyList"][0]["PolicyDocument"] for part in accounts for item in part["UserDetailList"]]
    roles = [item for part in accounts for item in part["RoleDetailList"]]
    inline_documents = [item["RolePolicyList"][0]["PolicyDocument"] for item in roles]
    return [
        *users,
        *inline_documents,
        *(item["AssumeRolePolicyDocument"] for item in roles),
        *(item["document"] for item in GUARDS),
    ]


@pytest.mark.slow
def test_statements_in_each_form_have_the_expected_rows(unusual_run: Path) -> None:
    compare_table(unusual_run, "aws_iam_statement", list(words.statements(documents_written())))


@pytest.mark.slow
def test_equal_documents_of_different_owners_are_one_document(unusual_run: Path) -> None:
    ids = {row["owner_arn"].rpartition("/")[2]: row["document_id"] for row in rows_of(unusual_run, "aws_iam_document")}
    assert ids["the-same"] == ids["the-same-again"] == ids["twin"] != ids["variables"]


def test_a_level_without_policies_has_a_row(unusual_run: Path) -> None:
    rows = [row for row in rows_of(unusual_run, "aws_organizations_account_policy") if row["account_id"] != HOME]
    levels = sorted((row["account_id"], row["level"], row["target_name"], row["policy_id"] or "") for row in rows)
    assert levels == [
        (MEMBER, 0, "Root", "p-FullAWSAccess"),
        (MEMBER, 1, "Workloads", "p-regions"),
        (MEMBER, 2, "member", "p-FullAWSAccess"),
        (MEMBER, 2, "member", "p-regions"),
        (OTHER, 0, "Root", "p-FullAWSAccess"),
        (OTHER, 1, "Data", ""),
        (OTHER, 2, "other", ""),
    ]
    assert {row["document_id"] for row in rows if not row["policy_id"]} == {None}
