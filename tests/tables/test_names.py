"""Names and patterns select tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from iamsql.tables.names import match_tables


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["aws_iam_us*"], ["aws_iam_user"]),
        (["AWS_IAM_ROLE", "aws_iam_role"], ["aws_iam_role"]),
        (["all", "aws_region"], ["all", "aws_region"]),
        (["aws_organizations_r?ot", "aws_sts_*"], ["aws_organizations_root", "aws_sts_caller_identity"]),
        ([], []),
    ],
)
def test_a_pattern_selects_tables(patterns: list[str], expected: list[str]) -> None:
    assert list(match_tables(patterns)) == expected


@pytest.mark.parametrize(
    ("pattern", "message"), [("aws_zz*", "matches aws_zz"), ("aws_iam_usr", "aws_iam_user"), ("", "no table")]
)
def test_a_pattern_without_a_match_is_an_error_before_any_request(pattern: str, message: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["sync", "--demo", "--table", pattern, "--runs", str(tmp_path / "runs")])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, []) and message in result.stderr
