"""ARNs without the account of their row, and escalation paths as steps. Names stay complete."""

from __future__ import annotations

import pytest

from iamsql.render.terminal.spelling import steps_of_paths, with_account, within_account

HERE, THERE = "111122223333", "444455556666"
USER, ROLE = f"arn:aws:iam::{HERE}:user/ci/deploy", f"arn:aws:iam::{THERE}:role/build"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (USER, "user/ci/deploy"),
        (f"arn:aws:iam::{HERE}:root", "root"),
        (f"arn:aws-cn:sts::{HERE}:assumed-role/ops/ana", "assumed-role/ops/ana"),
        (f"arn:aws:sqs:us-east-1:{HERE}:orders", "sqs:us-east-1:orders"),
        (ROLE, ROLE),  # another account
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
        (f"{USER}\n{USER}", f"{USER}\n{USER}"),
        (f"by {USER}", f"by {USER}"),
        ("ana", "ana"),
    ],
)
def test_an_arn_of_the_account_of_its_row(arn: str, expected: str) -> None:
    assert within_account(arn, HERE) == expected


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (USER, "user/ci/deploy"),
        (ROLE, f"role/build ({THERE})"),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
        (f"arn:aws:sqs:us-east-1:{HERE}:orders", f"arn:aws:sqs:us-east-1:{HERE}:orders"),
    ],
)
def test_an_arn_with_its_account(arn: str, expected: str) -> None:
    assert with_account(arn, HERE) == expected


@pytest.mark.parametrize(
    ("text", "principals", "expected"),
    [
        (f"{USER} -[assume_role]-> {ROLE}", [USER], f"assume role → role/build ({THERE}) = administrator"),
        (f"{USER} -[assume_role]-> {ROLE}", [], f"user/ci/deploy → assume role → role/build ({THERE}) = administrator"),
        (f"{USER} -[assume_root]-> administrator", [USER], "assume root = administrator"),
        (
            f"{USER} -[create_policy_version {USER}]-> {USER} -[x]-> {ROLE}; depends on aws:SourceIp",
            [USER],
            f"create policy version of user/ci/deploy → user/ci/deploy → x → role/build ({THERE}) = administrator; "
            "depends on aws:SourceIp",
        ),
        (f"{USER} -[x]-> arn:aws:iam::{THERE}:role/a;b", [USER], f"x → role/a;b ({THERE}) = administrator"),
        ("a -[b]-> c", [], "a -[b]-> c"),  # not a path from an ARN
        ("no path", [], "no path"),
    ],
)
def test_the_steps_of_a_path(text: str, principals: list[str], expected: str) -> None:
    assert steps_of_paths(text, HERE, principals) == expected


def test_a_path_begins_a_word() -> None:
    text = f"x{USER} -[create_access_key]-> {ROLE}"
    assert steps_of_paths(text, HERE, ()) == text
    assert steps_of_paths("arn:" * 100_000 + " ]-> ", HERE, ()) == "arn:" * 100_000 + " ]-> "
