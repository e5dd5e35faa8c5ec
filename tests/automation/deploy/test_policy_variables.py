"""No policy of a template has a policy variable before the fifth colon of an ARN, where IAM does not replace it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.automation.deploy import TEMPLATES, Deployment, template_text, terraform_files
from iamsql.automation.deploy.policies import source_statements
from iamsql.automation.notify.permissions import member_statements, statements
from iamsql.automation.notify.targets import target_names
from tests.automation.deploy.lint import FULL, TARGETS

GUIDES = Path(__file__).parents[3] / "docs/guide"
# A value that CloudFormation or Terraform fills in: ${Bucket.Arn}, ${data.…}, not escaped by ! or $; and ${AWS::AccountId}, which
# is escaped where Terraform has the text of a stack set's template.
FILLED_IN = re.compile(r"\$+\{AWS::\w+\}|(?<!\$)\$\{(?!!|aws:|iam:|saml:|sts:)[^}]*\}")
ARN = re.compile(r"""arn:[^"'\s]*""")
ACCOUNTS = ("member", "administrator", "444455556666")


def early_variables(text: str) -> Iterator[str]:
    """Yield the ARNs of a template or a document with a policy variable before the fifth colon."""
    for arn in ARN.findall(FILLED_IN.sub("x", text)):
        if any("${" in part for part in arn.split(":")[:5]):
            yield arn


@pytest.mark.parametrize(
    ("text", "is_early"),
    [
        ("arn:*:securityhub:*:${aws:PrincipalAccount}:product/x", True),
        ("arn:aws:iam::${!aws:PrincipalAccount}:role/x", True),
        ("arn:aws:iam::$${aws:PrincipalAccount}:role/x", True),
        ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/${!aws:username}", False),
        ("arn:${data.aws_partition.current.partition}:iam::1:user/$${aws:username}", False),
        ("arn:*:iam::*:user/${aws:username}", False),
    ],
)
def test_the_test_finds_them(text: str, is_early: bool) -> None:
    assert bool(list(early_variables(text))) == is_early


def test_each_type_of_target_is_tested() -> None:
    assert {target.partition(":")[0] for target in TARGETS} == set(target_names())


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("kind", [*TEMPLATES, "terraform"])
def test_every_template_with_every_target(kind: str, account: str) -> None:
    settings = {"securityhub_account": account, "sse_kms_key": "alias/reports"}
    allowed = (*statements(TARGETS, settings), *source_statements(TARGETS))
    deployment = Deployment(**{**FULL, "statements": allowed})
    text = "".join(terraform_files(deployment).values()) if kind == "terraform" else template_text(kind, deployment)
    assert list(early_variables(text)) == [] and "<Account>" not in text
    if kind not in ("stackset", "member"):
        assert "securityhub:BatchImportFindings" in text


def test_the_statements_and_the_guides() -> None:
    assert list(early_variables(str([statements(TARGETS), member_statements(TARGETS)]))) == []
    pages = {page.name: list(early_variables(page.read_text())) for page in GUIDES.glob("*.md")}
    assert {name: names for name, names in pages.items() if names} == {}
