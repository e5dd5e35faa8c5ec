"""The services that a CloudTrail event source stands for, where its first label is not the prefix of the service's IAM actions.

CloudTrail names an event source after the endpoint or the signing name of a service. The sources that are only in
AWS's documentation, and what they stand for, are in iam_event_actions.csv: a row without the name of an event.
"""

from __future__ import annotations

from aws_facts.action_list import actions
from aws_facts.service_models import service_models
from iamsql.tables.compiler.facts import DATA, read_facts

FILE = DATA / "iam_event_sources.csv"
ABOUT = "The service prefixes of IAM actions that an event source of CloudTrail stands for, if it does not begin with the prefix."
SOURCE = "botocore's service models, and the list of IAM actions"
HEADER = ("event_source", "services[]")


def rows() -> list[tuple[str, ...]]:
    """Return each event source with the prefixes."""
    listed = documented_sources()
    prefixes = {action.partition(":")[0] for action in actions()}
    services: dict[str, set[str]] = {}
    for model in service_models():
        for label in model.prefixes:
            services.setdefault(label, set()).update(prefixes.intersection(model.prefixes))
    return sorted(
        (f"{label}.amazonaws.com", " ".join(sorted(found)))
        for label, found in services.items()
        if found - {label} and f"{label}.amazonaws.com" not in listed
    )


def documented_sources() -> dict[str, list[str]]:
    """Map each event source that iam_event_actions.csv describes to its prefixes."""
    records = read_facts(DATA / "iam_event_actions.csv").records()
    return {
        row["event_source"]: [pattern.partition(":")[0] for pattern in row["actions[]"].split()]
        for row in records
        if not row["event_name"]
    }
