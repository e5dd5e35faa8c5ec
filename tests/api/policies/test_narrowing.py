"""Allow statements lose the removed actions; resources, conditions and Deny statements stay."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.api.policies import narrow
from tests.tables.permissions.policy_builders import allow, deny, when

NAMES = ("s3:GetObject", "s3:GetBucketPolicy", "s3:PutObject", "iam:PassRole", "iam:GetUser", "ec2:RunInstances")
OUTSIDE_S3 = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}


def narrowed(removed: tuple[str, ...], *statements: Any, version: str = "2012-10-17") -> list[Any]:
    """Return the statements of the single document."""
    new_policy = narrow([{"Version": version, "Statement": list(statements)}], NAMES, removed)
    [document] = new_policy.documents
    return list(document["Statement"])


@pytest.mark.parametrize(
    ("statement", "removed", "actions"),
    [
        (allow("s3:*"), ("s3:PutObject",), ["s3:GetBucketPolicy", "s3:GetObject"]),
        (allow(["s3:Get*", "s3:Put*"]), ("s3:PutObject",), ["s3:Get*"]),  # a pattern whose actions are all kept
        (allow(["s3:getobject", "s3:PUTOBJECT"]), ("s3:PutObject",), ["s3:getobject"]),
        (allow(["s3:*", "s3:GetObject"]), ("s3:PutObject",), ["s3:GetObject", "s3:GetBucketPolicy"]),
        (allow("*"), NAMES[:3] + NAMES[4:], ["iam:PassRole"]),
        (allow(["s3:PutObject", "new:Action"]), ("s3:PutObject",), ["new:Action"]),  # not in the list of actions
    ],
)
def test_actions_are_removed(statement: dict[str, Any], removed: tuple[str, ...], actions: list[str]) -> None:
    more = {"Resource": ["arn:aws:s3:::a/*"], "Sid": "Own"} | when("Bool", "aws:SecureTransport", "true")
    assert narrowed(removed, statement | more) == [statement | more | {"Action": actions}]


@pytest.mark.parametrize(
    ("patterns", "removed", "remaining"),
    [
        ("s3:*", (), "s3:*"),
        (["s3:Put*", "s3:GetObject"], (), ["s3:Put*", "s3:GetObject"]),
        (["s3:PutObject", "s3:GetObject"], (), ["s3:GetObject"]),
        ("s3:*", ("s3:GetObject",), ["s3:GetBucketPolicy"]),
    ],
)
def test_ineffective_actions_stay_only_in_patterns_with_wildcards(
    patterns: Any, removed: tuple[str, ...], remaining: Any
) -> None:
    document = {"Version": "2012-10-17", "Statement": [allow(patterns)]}
    new_policy = narrow([document], NAMES, removed, ("s3:PutObject",))
    [statement] = new_policy.documents[0]["Statement"]
    assert statement["Action"] == remaining
    assert ("s3:PutObject" in new_policy.removed) == ("s3:PutObject" in patterns or bool(removed))


def test_ineffective_actions_do_not_replace_not_action() -> None:
    document = {"Version": "2012-10-17", "Statement": [OUTSIDE_S3]}
    assert narrow([document], NAMES, (), ("iam:PassRole",)).documents == [document]
    changed = narrow([document], NAMES, ("iam:GetUser",), ("iam:PassRole",))
    assert changed.documents[0]["Statement"] == [allow(["ec2:RunInstances"])]
    assert {"iam:GetUser", "iam:PassRole"} <= changed.removed


def test_not_action_becomes_the_list_of_kept_actions() -> None:
    removed = ("iam:GetUser",)
    assert narrowed(removed, OUTSIDE_S3) == [
        {"Effect": "Allow", "Action": ["ec2:RunInstances", "iam:PassRole"], "Resource": "*"}
    ]
    assert narrowed(("s3:GetObject",), OUTSIDE_S3) == [OUTSIDE_S3]


def test_a_deny_stays_and_comes_first_and_an_empty_statement_is_left_out() -> None:
    assert narrowed(("s3:PutObject",), allow("s3:PutObject"), allow("iam:*"), deny("s3:*")) == [
        deny("s3:*"),
        allow("iam:*"),
    ]


def test_a_statement_without_removed_actions_stays_as_it_is() -> None:
    assert narrowed((), allow("s3:*"), OUTSIDE_S3) == [allow("s3:*"), OUTSIDE_S3]


def test_a_policy_whose_statement_is_not_a_list() -> None:
    new_policy = narrow([{"Version": "2012-10-17", "Statement": allow("s3:*")}], NAMES, ())
    assert new_policy.documents == [{"Version": "2012-10-17", "Statement": [allow("s3:*")]}]


def test_actions_that_are_not_in_the_list_are_named() -> None:
    new_policy = narrow([{"Statement": [allow(["s3:*", "new:*"]), deny("newer:*")]}], NAMES, ())
    assert new_policy.unknown_patterns == ["new:*"]


def test_the_old_policy_language_stays_where_it_matters() -> None:
    plain, variable = allow("s3:*"), allow("s3:*", "arn:aws:s3:::${aws:username}/*")
    new_policy = narrow([{"Version": "2008-10-17", "Statement": [plain, variable]}], NAMES, ())
    assert [(document["Version"], document["Statement"]) for document in new_policy.documents] == [
        ("2012-10-17", [plain]),
        ("2008-10-17", [variable]),
    ]


def test_wildcards_replace_actions_only_where_one_document_is_too_small() -> None:
    names = [f"s3:GetLongNameOfAnAction{number:04}" for number in range(400)] + ["s3:PutObject"]
    everything = {"Version": "2012-10-17", "Statement": [allow("*")]}
    assert narrow([everything], names, ("s3:PutObject",)).documents == [
        {"Version": "2012-10-17", "Statement": [allow(["s3:Get*"])]}
    ]
    few = narrow([everything], [*names[:100], "s3:PutObject"], ("s3:PutObject",))
    assert few.documents[0]["Statement"][0]["Action"] == names[:100]


@pytest.mark.parametrize(
    ("statement", "actions"),
    [
        (allow("*"), ["novel:*", "s3:*", "iam:PassRole"]),
        (allow("*:Get*"), ["novel:Get*", "s3:Get*"]),
        (allow("s3:Get*"), "s3:Get*"),
        (allow(["s3:GetObject", "i*"]), ["s3:GetObject", "iam:PassRole"]),
        ({**allow("x"), "Action": None, "NotAction": "ec2:*"}, ["novel:*", "s3:*", "iam:PassRole"]),
        ({**allow("x"), "Action": None, "NotAction": ["s3:*", "ec2:*"]}, ["novel:*", "iam:PassRole"]),
    ],
)
def test_wildcards_stay_for_open_services(statement: dict[str, Any], actions: Any) -> None:
    """Actions that the list of actions does not have may be in use."""
    statement = {name: value for name, value in statement.items() if value is not None}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    new_policy = narrow([document], NAMES, ("iam:GetUser", "ec2:RunInstances"), (), ("novel", "s3"))
    assert new_policy.documents[0]["Statement"] == [allow(actions)]
    assert new_policy.removed.isdisjoint(name for name in NAMES if name.startswith("s3:") and "s3:*" in actions)


def test_not_action_with_a_part_of_an_open_service_stays() -> None:
    statement = {"Effect": "Allow", "NotAction": ["s3:Put*", "ec2:*"], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    new_policy = narrow([document], NAMES, ("iam:GetUser",), (), ("s3",))
    assert new_policy.documents == [document] and new_policy.removed == {"s3:PutObject", "ec2:RunInstances"}
