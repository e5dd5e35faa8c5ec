"""The API operations that no IAM action is named after. CloudTrail names events after operations."""

from __future__ import annotations

from aws_facts.action_list import actions
from aws_facts.service_models import service_models
from iamsql.query.arguments.known_events import API_OPERATIONS_FILE

FILE = API_OPERATIONS_FILE
ABOUT = "The API operations of AWS without an IAM action of their name: with the actions, the names of events in CloudTrail."
SOURCE = "botocore's service models, and the list of IAM actions"
HEADER = ("operation",)


def rows() -> list[tuple[str, ...]]:
    """Return the name of each operation."""
    names = {action.partition(":")[2] for action in actions()}
    operations = {operation for model in service_models() for operation in model.operations}
    return [(operation,) for operation in sorted(operations) if operation.lower() not in names]
