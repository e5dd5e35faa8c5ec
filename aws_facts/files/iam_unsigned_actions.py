"""The calls of Amazon Cognito that need no AWS credentials. Calls of AWS STS with tokens are in iam_call_rules.csv."""

from __future__ import annotations

from aws_facts.action_list import actions
from aws_facts.service_models import service_models
from iamsql.tables.compiler.facts import DATA

FILE = DATA / "iam_unsigned_actions.csv"
ABOUT = "The calls that need no AWS credentials: IAM does not evaluate policies for them."
SOURCE = "botocore's service models, the operations of Amazon Cognito without authentication"
HEADER = ("action",)
SERVICES = ("cognito-identity", "cognito-idp")


def rows() -> list[tuple[str, ...]]:
    """Return each action in the spelling of AWS."""
    names = (
        f"{model.name}:{operation}"
        for model in service_models()
        if model.name in SERVICES
        for operation in sorted(model.unsigned)
    )
    return [(name,) for name in names if name.lower() in actions()]
