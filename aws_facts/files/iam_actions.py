"""The IAM actions without an API operation of their name. CloudTrail names events after operations: these have no event."""

from __future__ import annotations

from collections import Counter

from aws_facts.action_list import actions
from aws_facts.service_models import operations_by_prefix
from iamsql.tables.iam_actions import WITHOUT_OPERATION

FILE = WITHOUT_OPERATION
ABOUT = "The IAM actions without an API operation of their name; * is every action of the service."
SOURCE = "botocore's service models, and the list of IAM actions"
HEADER = ("prefix", "actions")


def rows() -> list[tuple[str, ...]]:
    """Return each service prefix with the names of the actions. For a prefix without a model, operations of all services count."""
    operations = operations_by_prefix()
    every = frozenset[str]().union(*operations.values())
    names: dict[str, list[str]] = {}
    for action, name in actions().items():
        prefix, _, operation = action.partition(":")
        if operation not in operations.get(prefix, every):
            names.setdefault(prefix, []).append(name.partition(":")[2])
    listed = Counter(action.partition(":")[0] for action in actions())
    return [
        (prefix, "*" if len(found) == listed[prefix] else " ".join(sorted(found)))
        for prefix, found in sorted(names.items())
    ]
