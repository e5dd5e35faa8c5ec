"""A policy document with a duplicate key is unknown, with the key as the reason: AWS does not say which of the values counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.sync.importer.write import import_files
from tests.conftest import reading
from tests.detections.harness import empty_run
from tests.tables.permissions import resource_estates
from tests.tables.permissions.policy_builders import (
    HOME,
    MEMBER,
    ORGANIZATION,
    OTHER,
    account,
    allow,
    group,
    imported,
    policy,
    role,
    trust,
    user,
)

ALLOW_OR_DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}'
TWO_STATEMENTS = '{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}],"Statement":[]}'
TWO_CONDITIONS = json.dumps(
    {"Statement": [trust("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-acme123456"}})]}
)
TWO_CONDITIONS = TWO_CONDITIONS.replace(
    '"aws:PrincipalOrgID"', '"aws:PrincipalOrgID": "o-evil567890", "aws:PrincipalOrgID"'
)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (ALLOW_OR_DENY, "Effect"),
        (TWO_STATEMENTS, "Statement"),
        (TWO_CONDITIONS, "aws:PrincipalOrgID"),
        ('{"Statement":{"Effect":"Allow","Principal":{"AWS":"*","AWS":"1"}}}', "AWS"),
        ('{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a":"1"},"Bool":{"b":"1"}}}}', "Bool"),
        ('{"Statement":[{"Effect":"Allow"},{"Effect":"Deny"}],"Version":"2012-10-17"}', None),
        ('{"Statement":[{"Condition":{"Bool":{"a":"1"},"Null":{"a":"1"}}}]}', None),
        ('"text"', None),
        ("null", None),
    ],
)
def test_the_first_duplicate_key(document: str, key: str | None) -> None:
    with empty_run() as con:
        row = con.execute("select duplicate_key($1::json), policy_document_id($1::json) is null", [document]).fetchone()
    assert row == (key, key is not None)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (ALLOW_OR_DENY, "Effect"),
        (ALLOW_OR_DENY.replace("Statement", r"\u0053tatement"), "Effect"),
        ('{"team":"a","team":"b"}', "team"),
        ('{"team":"a","Team":"b"}', "team"),  # AWS STS: the keys of session tags have no case
    ],
)
def test_an_argument_with_a_duplicate_key_is_refused(text: str, key: str) -> None:
    with empty_run() as con, pytest.raises(duckdb.InvalidInputException, match=f"session_x has the key {key} twice"):
        con.execute("select iam_given_json($1, 'session_x')", [text])


def with_documents(item: dict[str, Any], document: str) -> dict[str, Any]:
    """Return a user or role whose inline policy is a text, as IAM returns it."""
    name = "UserPolicyList" if "UserName" in item else "RolePolicyList"
    return item | {name: [{"PolicyName": "own", "PolicyDocument": document}]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    inline = {"PolicyName": "own", "PolicyDocument": ALLOW_OR_DENY}
    managed = policy("both", [allow("s3:*")])
    managed["PolicyVersionList"][0]["Document"] = TWO_STATEMENTS
    details = account(
        UserDetailList=[with_documents(user("ana", []), ALLOW_OR_DENY), user("bob", [allow("s3:*")])],
        RoleDetailList=[
            role(MEMBER, "opened", []) | {"AssumeRolePolicyDocument": TWO_CONDITIONS},
            role(MEMBER, "closed", trust({"AWS": MEMBER})),
            with_documents(role(MEMBER, "vendor", trust({"AWS": "666666666666"})), ALLOW_OR_DENY),
            role(MEMBER, "CloudWatch-CrossAccountSharingRole", []) | {"AssumeRolePolicyDocument": TWO_CONDITIONS},
        ],
        GroupDetailList=[group("staff", [], [allow("s3:*")]) | {"GroupPolicyList": [inline]}],
        Policies=[managed],
    )
    organization = {
        "organization": ORGANIZATION, "scps": [], "rcps": [], "accounts": {HOME: account(), MEMBER: details, OTHER: account()},
    }  # fmt: skip
    return imported(organization, tmp_path_factory.mktemp("duplicates"))


def rows(run: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of a run."""
    with reading(run) as con:
        return con.execute(sql).fetchall()


@pytest.mark.slow
def test_documents_are_kept_and_named(run: Path) -> None:
    document_rows = rows(
        run,
        "select owner_arn, duplicate_key, document_id is null from aws_iam_document where duplicate_key is not null",
    )
    assert sorted((arn.rpartition("/")[2], key, is_null) for arn, key, is_null in document_rows) == [
        ("CloudWatch-CrossAccountSharingRole", "aws:PrincipalOrgID", True), ("ana", "Effect", True), ("both", "Statement", True),
        ("opened", "aws:PrincipalOrgID", True), ("staff", "Effect", True), ("vendor", "Effect", True),
    ]  # fmt: skip
    assert rows(run, "select count(*) from aws_iam_role where assume_role_policy is null") == [(0,)]


@pytest.mark.slow
def test_verdicts_are_unknown(run: Path) -> None:
    ana = f"arn:aws:iam::{MEMBER}:user/ana"
    ((verdict, reason),) = rows(
        run, f"select verdict, reason from can(principal := '{ana}', action := 's3:GetObject', resource := '*')"
    )
    assert (verdict, "inline policy own, which has the key Effect twice" in reason) == ("unknown", True), reason
    bob, opened = f"arn:aws:iam::{MEMBER}:user/bob", f"arn:aws:iam::{MEMBER}:role/opened"
    ((verdict, reason),) = rows(
        run,
        f"select verdict, reason from can(principal := '{bob}', action := 'sts:AssumeRole', resource := '{opened}')",
    )
    assert (verdict, "which has the key aws:PrincipalOrgID twice" in reason) == ("unknown", True), reason


@pytest.mark.slow
def test_controls_are_unknown_with_the_reason(run: Path) -> None:
    expected = {
        "trust_no_wildcard_principal": ("opened", "trust policy of the role has the key aws:PrincipalOrgID twice"),
        "trust_known_accounts": ("opened", "trust policy of the role has the key aws:PrincipalOrgID twice"),
        "inline_no_full_admin": ("ana", "an inline policy of the user has the key Effect twice"),
        "policy_no_full_admin": ("both", "the document of the policy has the key Statement twice"),
        "policy_empty": ("both", "the document of the policy has the key Statement twice"),
        "role_no_admin_cross_account": ("vendor", "the document of a policy of the role was not read"),
        "group_no_admin_policy": ("staff", "a policy of the group has the key Effect twice"),
    }
    for control, (name, reason) in expected.items():
        ((status, text),) = rows(run, f"select status, reason from {control}() where resource like '%/{name}'")
        assert (status, reason in text) == ("error", True), (control, status, text)
    sharing = f"select status from cloudwatch_not_shared() where account_id = '{MEMBER}'"
    assert rows(run, sharing) == [("error",)]
    assert rows(run, "select status from external_access() where resource like '%/opened'") == [
        ("not evaluated: the policy has the key aws:PrincipalOrgID twice",)
    ]


@pytest.mark.slow
def test_resources_are_unknown(tmp_path: Path) -> None:
    queue = f"arn:aws:sqs:us-east-1:{MEMBER}:jobs"
    item = resource_estates.resource(queue, "sqs_queue", MEMBER) | {"policy": TWO_CONDITIONS, "policy_status": "read"}
    organization = {"organization": ORGANIZATION, "scps": [], "rcps": [], "accounts": {MEMBER: account()}}
    path = resource_estates.run_with_resources(organization, [item], tmp_path)
    with reading(path) as con:
        status, reason = (
            con.execute("select status, reason from queue_not_shared() where resource = $1", [queue]).fetchone() or ()
        )
    assert (status, reason) == ("error", "Unknown: not evaluated: the policy has the key aws:PrincipalOrgID twice.")


def test_another_value_of_a_duplicate_key_is_a_change() -> None:
    with empty_run() as con:
        texts = con.execute(
            "select policy_std($1::json), policy_std($2::json)",
            [ALLOW_OR_DENY, ALLOW_OR_DENY.replace("Allow", "allow")],
        ).fetchone()
    assert texts and texts[0] != texts[1]


def test_keys_of_conditions_that_differ_in_case_are_the_same() -> None:
    conditions = {"StringEquals": {"aws:PrincipalOrgID": "o-acme123456", "aws:principalorgid": "o-evil567890"}}
    document = json.dumps({"Statement": [trust("*", Condition=conditions)]})
    with empty_run() as con:
        assert con.execute("select duplicate_key($1::json)", [document]).fetchone() == ("aws:PrincipalOrgID",)


def test_detections_find_it() -> None:
    with empty_run() as con:
        documents = {"account_id": MEMBER, "event_id": "e", "document": TWO_CONDITIONS}
        callers = con.execute("select side, value from document_callers([$1], true, [])", [documents]).fetchall()
        admin = con.execute("select iam_document_admin_statements($1)", [ALLOW_OR_DENY]).fetchone()
    assert callers == [("unknown", "a document that has the key aws:PrincipalOrgID twice, which is not evaluated")]
    assert admin == (["a document that has the key Effect twice, which is not evaluated"],)


def test_an_imported_file_with_a_duplicate_key_is_refused(tmp_path: Path) -> None:
    text = json.dumps(account(UserDetailList=[user("ana", [allow("s3:*")])]))
    file = tmp_path / "get-account-authorization-details.json"
    file.write_text(text.replace('"Effect": "Allow"', '"Effect": "Deny", "Effect": "Allow"'), encoding="utf-8")
    with pytest.raises(IamsqlError, match="an object has the key 'Effect' twice"):
        import_files([file], MEMBER, tmp_path / "runs")
