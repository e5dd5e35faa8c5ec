"""Check a template with cfn-lint, in this process and without a network."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from iamsql.automation.deploy import Deployment, template_text
from iamsql.automation.deploy.policies import source_statements
from iamsql.automation.notify.permissions import statements

REGIONS = ["eu-west-1"]
EXTERNAL_ID, SLACK = (
    "arn:aws:ssm:eu-west-1:111122223333:parameter/iamsql/external-id",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:iamsql/slack-AbCdEf",
)
TOPIC = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:111122223333:findings"}
TARGETS = (
    "sns:arn:aws:sns:eu-west-1:111122223333:changes", "ses:iamsql@example.com:security@example.com", "s3://acme-reports/iamsql",
    "securityhub", "eventbridge:security", "slack:ssm:/iamsql/slack", "teams:secretsmanager:iamsql/teams#url",
    "webhook:https://example.com/hook",
)  # fmt: skip
FULL: dict[str, Any] = {
    "tables": ("aws_iam_user", "aws_iam_access_key"),
    "is_minimal": True,
    "principal": "arn:aws:iam::111122223333:role/iamsql-runner",
    "external_id": "acme-7f3a",
    "organization": "o-ab12cd34ef",
    "has_securityhub": True,
    "secrets": {"IAMSQL_EXTERNAL_ID": EXTERNAL_ID, "IAMSQL_SLACK_WEBHOOK": SLACK},
    "configuration": '[sync]\nroles = ["iamsql-audit"]\n',
    "statements": (TOPIC,),
}
EVERY_TARGET: dict[str, Any] = {**FULL, "statements": (*statements(TARGETS), *source_statements(TARGETS))}


def problems(kind: str, deployment: Deployment, language: str = "yaml") -> list[str]:
    """Return what cfn-lint reports about a template, warnings too."""
    return problems_of(template_text(kind, deployment, language))


def problems_of(text: str) -> list[str]:
    """Return what cfn-lint reports about the text of a template.

    The package is imported when it is used: it imports SymPy, which takes seconds the first time.
    """
    lint, arguments = import_module("cfnlint.api").lint, import_module("cfnlint.config").ManualArgs
    return [str(match) for match in lint(text, config=arguments(regions=REGIONS))]
