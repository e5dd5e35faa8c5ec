"""`iamsql role` prints a policy on stdout and its purpose on stderr."""

from __future__ import annotations

import json

import pytest

from tests.cli.commands import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kind", "trust", "--table", "aws_iam_user"), "--table does not apply to --kind trust."),
        (("--kind", "trust", "--minimal"), "--minimal does not apply to --kind trust."),
        (("--kind", "trail", "--for", "stale_keys"), "--for does not apply to --kind trail."),
        (("--external-id", "acme-7f3a"), "--external-id does not apply to --kind member."),
        (("--table", "aws_iam_usr"), "did you mean aws_iam_user"),
    ],
)
def test_an_option_of_another_kind_is_an_error_of_use(arguments: tuple[str, ...], message: str) -> None:
    result = run("role", *arguments)
    assert (result.exit_code, result.stdout) == (2, "") and message in result.stderr


def actions(text: str) -> set[str]:
    """Return the actions of a policy."""
    return {action for statement in json.loads(text)["Statement"] for action in statement["Action"]}


def test_the_sync_that_a_policy_allows_is_named() -> None:
    result, minimal = run("role", "--table", "aws_region"), run("role", "--table", "aws_region", "--minimal")
    assert actions(result.stdout) == {"account:ListRegions", "ec2:DescribeRegions"}
    assert actions(minimal.stdout) == {"account:ListRegions"}
    assert result.stderr.endswith(" It allows: iamsql sync --table aws_region\n")
    assert "iamsql sync, without `fresh`" in run("role", "--minimal").stderr


def test_a_trust_policy_names_the_organization_or_its_variable() -> None:
    plain, with_id = run("role", "--kind", "trust"), run("role", "--kind", "trust", "--organization", "o-ab12cd34ef")
    assert "${aws:ResourceOrgID}" in plain.stdout and "replace ${aws:ResourceOrgID} with" in plain.stderr
    assert "o-ab12cd34ef" in with_id.stdout and "${aws:ResourceOrgID}" not in with_id.stdout + with_id.stderr
    assert "arn:aws:iam::AUDIT-ACCOUNT:role/AUDIT-ROLE" in plain.stdout
