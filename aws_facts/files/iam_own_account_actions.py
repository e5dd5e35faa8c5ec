"""The IAM actions that no resource policy can allow to a principal of another account, from the texts of the operations.

Each service says so in words of its own. A new wording needs a pattern here: search the texts for "cross-account", "owner" and
"account that owns".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_facts.action_list import actions
from aws_facts.api_reference import page
from aws_facts.service_models import ServiceModel, service_models
from iamsql.tables.compiler.facts import DATA

FILE = DATA / "iam_own_account_actions.csv"
ABOUT = "The IAM actions that no resource policy can allow to a principal of another account."
SOURCE = "botocore's service models: the texts of the operations"
HEADER = ("action", "document")
# The group `action` is the action that the text names. Without it, the action has the name of the operation.
PATTERNS = (
    # KMS, CloudHSM, Payment Cryptography
    r"Cross-account use ?: (?:No\b|This operation can't be used across)",
    # SQS
    r"Cross-account permissions don't apply to this action",
    # buckets and streams
    r"belong to the (?:Outposts bucket |bucket )?owner's account",
    # directory buckets
    r"(?P<action>s3express:\w+) permission in an IAM identity-based policy [^.]*\. "
    r"Cross-account access to this API operation isn't supported",
    # S3 Access Grants, Systems Manager
    r"is not supported for cross-account access|doesn't support cross-account calls",
    # Identity Center
    r"Only the account that owns the \w+ can call",
    # Refactor Spaces
    r"caller account must be the same as the resource.s OwnerAccountId",
    # WAF
    r"(?:You|The user making the request) must be the owner of the [Rr]ule ?[Gg]roup",
)
# The prefix of actions on Outposts buckets, which the model does not contain.
OTHER_PREFIXES = {"s3control": ("s3-outposts",)}


def rows() -> list[tuple[str, ...]]:
    """Return each action, in lower case, with the page of its operation, or of the first of several operations."""
    documents: dict[str, str] = {}
    for model in service_models():
        for action, document in _rows_of(model):
            documents.setdefault(action, document)
    return sorted(documents.items())


def _rows_of(model: ServiceModel) -> Iterator[tuple[str, str]]:
    for operation, text in model.operations.items():
        for pattern in PATTERNS:
            if match := re.search(pattern, text):
                named = match.groupdict().get("action") or _action(model, operation)
                yield named.lower(), page(model.name, operation)


def _action(model: ServiceModel, operation: str) -> str:
    """Return the action with the name of an operation; raise LookupError if the service has none."""
    for prefix in (*OTHER_PREFIXES.get(model.name, ()), *model.prefixes):
        if (action := f"{prefix}:{operation}".lower()) in actions():
            return action
    raise LookupError(f"{model.name}:{operation} is not an IAM action")
