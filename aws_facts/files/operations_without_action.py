"""The API operations without a known IAM action that may need one.

A call of such an operation leaves all actions of its service open. A new operation in the file is a decision: read its text, and
add a row to iam_event_actions.csv or iam_events_without_permission.csv if it says which permission the call needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from aws_facts.action_list import actions
from aws_facts.files.iam_event_sources import documented_sources
from aws_facts.service_models import ServiceModel, service_models
from iamsql.tables.compiler.facts import DATA, read_facts

FILE = Path(__file__).parents[2] / "tests" / "tables" / "permissions" / "operations_without_action.csv"
ABOUT = "The API operations without an IAM action in the list of actions or in the facts about events; * is every operation."
SOURCE = "botocore's service models, the list of IAM actions, and the facts about events"
HEADER = ("service", "operations[]")


def rows() -> list[tuple[str, ...]]:
    """Return each service with the names of the operations."""
    found = ((model.name, len(model.operations), list(_without_action(model))) for model in service_models())
    return [
        (service, "*" if len(operations) == count else " ".join(sorted(operations)))
        for service, count, operations in found
        if operations
    ]


def _without_action(model: ServiceModel) -> Iterator[str]:
    sources = {f"{label}.amazonaws.com" for label in model.prefixes}
    listed = documented_sources()
    prefixes = {*model.prefixes, *(prefix for source in sources for prefix in listed.get(source, ()))}
    is_listed = _events_of(sources | _sources_of(prefixes))
    for operation in model.operations:
        name = re.sub(r"(\d{4}_\d{2}_\d{2}|\d{8}(v\d+)?)$", "", operation)
        if not is_listed(name) and not any(f"{prefix}:{name}".lower() in actions() for prefix in prefixes):
            yield operation


def _sources_of(prefixes: set[str]) -> set[str]:
    """Return the documented event sources of services: lexv2.amazonaws.com for lex."""
    return {source for source, named in documented_sources().items() if prefixes.intersection(named)}


def _events_of(sources: set[str]) -> Callable[[str], bool]:
    """Return a function that returns whether the facts about events have the name of an operation."""
    patterns = {
        row["event_name"]
        for name in ("iam_event_actions", "iam_events_without_permission")
        for row in read_facts(DATA / f"{name}.csv").records()
        if row["event_source"] in sources and row["event_name"]
    }
    return lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)
