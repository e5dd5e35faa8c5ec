"""Documents have at most the size of a managed policy, unique Sids, and one version of the policy language."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.api.policies.documents import MANAGED_POLICY_SIZE, POLICY_LANGUAGE_VERSION, build_documents, size
from tests.tables.permissions.policy_builders import allow, deny


def test_statements_share_documents_until_the_limit() -> None:
    statements = [allow("s3:GetObject", f"arn:aws:s3:::{'b' * 50}{number}/*") for number in range(120)]
    result = build_documents((POLICY_LANGUAGE_VERSION, statement) for statement in statements)
    assert [statement for document in result for statement in document["Statement"]] == statements
    assert len(result) == 3 and all(size(document) <= MANAGED_POLICY_SIZE for document in result)


@pytest.mark.slow
def test_a_large_statement_is_divided_by_actions_and_then_by_resources() -> None:
    actions = [f"s3:Action{number}" for number in range(1_000)]
    resources = [f"arn:aws:s3:::{'b' * 60}{number}/*" for number in range(200)]
    statement_of_all = allow(actions, resources, Sid="Many", Condition={"Bool": {"aws:SecureTransport": "true"}})
    result = build_documents([(POLICY_LANGUAGE_VERSION, statement_of_all)])
    pairs: list[tuple[str, str]] = []
    for document in result:
        assert size(document) <= MANAGED_POLICY_SIZE
        for statement in document["Statement"]:
            assert (statement["Effect"], statement["Condition"]) == ("Allow", statement_of_all["Condition"])
            pairs += [
                (action, resource) for action in _list(statement["Action"]) for resource in _list(statement["Resource"])
            ]
    assert sorted(pairs) == sorted((action, resource) for action in actions for resource in resources)


def test_a_deny_and_what_cannot_be_divided_stay_as_they_are() -> None:
    large = deny([f"s3:Action{number}" for number in range(1_000)])
    condition = allow("s3:GetObject", Condition={"StringLike": {"s3:prefix": ["x" * 7_000]}})
    result = build_documents(
        [
            (POLICY_LANGUAGE_VERSION, large),
            (POLICY_LANGUAGE_VERSION, condition),
            (POLICY_LANGUAGE_VERSION, allow("ec2:*")),
        ]
    )
    assert [document["Statement"] for document in result] == [[large], [condition], [allow("ec2:*")]]


def test_equal_sids_get_numbers_and_equal_statements_are_one() -> None:
    statements_in = [
        allow("s3:*", Sid="A"),
        allow("ec2:*", Sid="A"),
        allow("s3:*", Sid="A"),
        allow("kms:*", Sid="A2"),
        allow("sns:*", Sid="A"),
    ]
    [document] = build_documents((POLICY_LANGUAGE_VERSION, statement) for statement in statements_in)
    assert [statement["Sid"] for statement in document["Statement"]] == ["A", "A2", "A22", "A3"]


def test_statements_of_another_version_have_their_own_document() -> None:
    result = build_documents([(POLICY_LANGUAGE_VERSION, allow("s3:*")), ("2008-10-17", allow("ec2:*"))])
    assert [document["Version"] for document in result] == [POLICY_LANGUAGE_VERSION, "2008-10-17"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
