"""Patterns of actions: what they match, and which wildcards are safe."""

from __future__ import annotations

import pytest

from iamsql.api.policies.patterns import Actions, covers, matches, may_match

ACTIONS = Actions(
    ("s3:GetObject", "s3:GetBucketPolicy", "s3:GetObjectAcl", "s3:PutObject", "iam:GetUser", "ec2:RunInstances")
)


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("s3:Get*", "s3:getobject", True),
        ("S3:GET?BJECT", "s3:GetObject", True),
        ("*", "iam:GetUser", True),
        ("s3:Get", "s3:GetObject", False),
        ("s3:Get.bject", "s3:GetObject", False),  # a dot is a dot
        ("*:Get*", "s3:PutObject", False),
    ],
)
def test_case_does_not_count_and_wildcards_do(pattern: str, action: str, expected: bool) -> None:
    assert matches(pattern, action) is expected


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        ("*", "s3:", True),
        ("s3:*", "s3:Get", True),
        ("s3:G*", "s3:Get", True),
        ("s?:*", "s3:Get", True),
        ("s3:Get", "s3:Get", False),
        ("s3:Get*Acl", "s3:Get", False),
        ("s3:GetObject*", "s3:Get", False),
        ("ec2:*", "s3:Get", False),
    ],
)
def test_a_pattern_covers_every_text_with_the_start_or_not(pattern: str, start: str, expected: bool) -> None:
    assert covers(pattern, start) is expected


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        ("s3:GetObject", "s3:Get", True),
        ("*Acl", "s3:Get", True),
        ("s3:G*", "s3:Get", True),
        ("s3:Put*", "s3:Get", False),
        ("s3:Ge", "s3:Get", False),
        ("iam:*", "s3:", False),
        ("?3:*", "s3:", True),
    ],
)
def test_a_pattern_may_match_a_text_with_the_start(pattern: str, start: str, expected: bool) -> None:
    assert may_match(pattern, start) is expected


def test_the_actions_of_a_pattern_are_in_lower_case() -> None:
    assert ACTIONS.matching_actions("s3:Get*") == {"s3:getobject", "s3:getbucketpolicy", "s3:getobjectacl"}
    assert ACTIONS.matching_actions("*:get*") == ACTIONS.matching_actions("s3:Get*") | {"iam:getuser"}
    assert ACTIONS.matching_actions("unknown:*") == frozenset()


def test_a_wildcard_replaces_actions_only_where_the_old_pattern_allows_all_that_it_matches() -> None:
    getting = ACTIONS.matching_actions("s3:Get*")
    assert ACTIONS.shorten(getting, ["s3:*"], is_excluding=False) == ["s3:Get*"]
    names = ["s3:GetBucketPolicy", "s3:GetObject", "s3:GetObjectAcl"]
    assert ACTIONS.shorten(getting, ["s3:GetO*", "s3:GetB*"], is_excluding=False) == names
    assert ACTIONS.shorten(getting - {"s3:getobject"}, ["*"], is_excluding=False) == [names[0], names[2]]
    assert ACTIONS.shorten(getting, ["s3:GetObjectTagging"], is_excluding=True) == names
    assert ACTIONS.shorten(getting, ["iam:*"], is_excluding=True) == ["s3:Get*"]
    assert ACTIONS.shorten(ACTIONS.matching_actions("s3:*"), ["*"], is_excluding=False) == ["s3:*"]
