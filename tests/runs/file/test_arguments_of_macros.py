"""Query macros refuse wrong arguments in any client of DuckDB: no macro answers a question about a misspelled name."""

from __future__ import annotations

import duckdb
import pytest

from tests.conftest import query, sample_run

CALLER = "arn:aws:iam::666677778888:user/ci/deploy"
WRONG = (
    (f"can('{CALLER}', 'CreateUser')", "action CreateUser is not an action"),
    (f"can('{CALLER}', 'iam:CreateUsr')", "action iam:CreateUsr is not an action"),
    (f"can('{CALLER}', 'iam:Remowe*')", "action iam:Remowe* is not an action"),
    (f"can('{CALLER}', 'nosuchservice:GetItem')", "is not an action"),
    (f"can('{CALLER}', 'iam:a|b')", "is not an action"),
    (f"can('{CALLER}', '')", "is not an action"),
    (f"can('{CALLER}', 'iam:CreateUser', 'mybucket')", "resource mybucket is not an ARN"),
    (f"can('{CALLER}', 'iam:CreateUser', source_account := '12')", "source_account 12 is not the ID of an account"),
    ("can('deploy', 'iam:CreateUser')", "principal deploy is not the ARN"),
    ("can('arn:aws:iam::666677778888:group/admins', 'iam:CreateUser')", "is not the ARN of a user"),
    ("who_can('iam:PasRole')", "action iam:PasRole is not an action"),
    ("who_can_assume('operations')", "role operations is not the ARN of a role"),
    ("principal_report('deploy')", "principal deploy is not the ARN"),
    ("principal_actions('deploy')", "principal deploy is not the ARN"),
    ("principal_statements(principal := 'deploy')", "principal deploy is not the ARN"),
    ("key_timeline('akia')", "access_key_id akia is not the ID of an access key"),
    ("key_history('''; drop table aws_iam_user; --')", "is not the ID of an access key"),
    (
        f'can_all(\'[{{"principal": "{CALLER}", "action": "iam:CreateUsr"}}]\')',
        "is not a list of questions with a valid",
    ),
    ('can_all(\'[{"principal": "deploy", "action": "iam:CreateUser"}]\')', "is not a list of questions with a valid"),
    ('can_all(\'[{"action": "iam:CreateUser"}]\')', "is not a list of questions with a valid"),
    (
        f'can_all(\'{{"principal": "{CALLER}", "action": "iam:CreateUser"}}\')',
        "is not a list of questions with a valid",
    ),
    ('who_can_all(\'{"action": "iam:CreateUser"}\')', "is not a list of requests with a valid"),
    ("who_can_all([{'action': 'iam:CreateUsr'}])", "is not a list of requests with a valid"),
    ("who_can_all([{'action': null}])", "is not a list of requests with a valid"),
    ("who_can_assume_all('\"role/x\"')", "is not a list of the ARNs of roles"),
    ("who_can_assume_all(['role/x'])", "is not a list of the ARNs of roles"),
    ("who_can_assume_all([null])", "is not a list of the ARNs of roles"),
)
RIGHT = (
    (f"can('{CALLER}', 'iam:createuser')", "iam:createuser"),
    (f"can('{CALLER}', 's3:NewerThanTheList!')", "s3:NewerThanTheList"),
    (f"can('{CALLER}', 'iam:Pass????')", "iam:Pass????"),
    (f"can('{CALLER}', '*')", "*"),
    ("can('lambda.amazonaws.com', 'sts:AssumeRole')", "sts:AssumeRole"),
    ("can('*', 's3:GetObject', 'arn:aws:s3:::a/b')", "s3:GetObject"),
    ("can('arn:aws:sts::666677778888:assumed-role/build/session\nname', 's3:GetObject')", "s3:GetObject"),
)


@pytest.mark.slow
@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_argument_is_an_error(call: str, message: str) -> None:
    with pytest.raises(duckdb.InvalidInputException) as refused:
        query(sample_run(), f"select * from {call}")
    assert message in str(refused.value)
    assert call.split("(")[0] in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize(("call", "action"), RIGHT)
def test_a_right_argument_is_answered(call: str, action: str) -> None:
    assert {row[0] for row in query(sample_run(), f"select action from {call}")} <= {action}


def test_the_arguments_of_cheap_queries_are_checked() -> None:
    for call in ("key_timeline('akia')", "principal_statements(principal := 'deploy')"):
        with pytest.raises(duckdb.InvalidInputException, match="is not the"):
            query(sample_run(), f"select * from {call}")
    assert query(sample_run(), "select count(*) > 0 from principal_statements()") == [(True,)]


def test_a_long_argument_is_shortened_in_the_error() -> None:
    with pytest.raises(duckdb.InvalidInputException) as refused:
        query(sample_run(), f"select * from key_timeline('{'a' * 10_000}')")
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("iam:CreateUser", True), ("IAM:createuser", True), ("iam:Create", False), ("iam:*", True), ("iam:?reateUser", True),
        ("iam:Nothing*", False), ("s3:GetObject,iam:CreateUser", False), ("createuser", False), ("new:Thing!", True),
        ("*:*", False), ("iam,:CreateUser", False), ("a.*:CreateUser", False), ("iam:CreateUser\n", False),
    ],
)  # fmt: skip
def test_actions(text: str, is_known: bool) -> None:
    assert query(sample_run(), "select iam_is_action(?)", text) == [(is_known,)]
