"""The lists of escalation methods and risky actions have actions that exist, and columns that agree with each other."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import duckdb
import pytest

from iamsql.tables.compiler import run_macros
from iamsql.tables.compiler.facts import DATA, read_facts
from iamsql.tables.iam_actions import ActionCatalog, is_installed

TARGETS = {"policy", "user", "group", "role", "passed role", "*"}
PASS = "iam:PassRole"


@pytest.fixture(scope="module")
def methods() -> list[dict[str, Any]]:
    """Return the list, as a run file has it."""
    with duckdb.connect() as con:
        for statement in run_macros.scalar_macros():
            con.execute(statement)
        cursor = con.execute("from iam_privesc_methods()")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_each_method_has_a_unique_name(methods: list[dict[str, Any]]) -> None:
    assert [name for name, count in Counter(method["method"] for method in methods).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", method["method"]) for method in methods)
    assert len(methods) >= 60


def test_no_two_methods_need_the_same_actions(methods: list[dict[str, Any]]) -> None:
    needs = Counter(frozenset(method["actions"]) for method in methods)
    assert [sorted(actions) for actions, count in needs.items() if count > 1] == []
    assert all(len(method["actions"]) == len(set(method["actions"])) > 0 for method in methods)


def test_the_columns_of_a_method_agree(methods: list[dict[str, Any]]) -> None:
    for method in methods:
        passes, about_service = PASS in method["actions"], method["kind"] in ("pass", "take")
        assert passes == (method["kind"] == "pass") == (method["target"] == "passed role"), method["method"]
        assert about_service or method["kind"] in ("self", "credentials", "assume"), method["method"]
        assert method["target"] in TARGETS and method["source"] in ("rhino", "pmapper", "pathfinding", "iamsql")
        assert not about_service or re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com", method["service"]), method["method"]
        assert method["title"] and re.fullmatch(r"[A-Z].*\.", method["about"]), method["method"]


def test_the_list_has_all_methods_of_the_first_publication(methods: list[dict[str, Any]]) -> None:
    """Three more require AWS CodeStar, which AWS has closed."""
    assert sum(method["source"] == "rhino" for method in methods) == 25


@pytest.fixture(scope="module")
def existing_actions() -> set[str]:
    """Return the actions of all services."""
    services = [(json.loads(service.bound)["service"], service.items) for service in ActionCatalog().services()]
    return {f"{name}:{json.loads(item)['name']}" for name, items in services for item in items}


@pytest.mark.skipif(not is_installed(), reason="the catalogue of actions is not installed")
@pytest.mark.parametrize("name", ["iam_privesc_methods", "iam_risky_actions", "iam_published_escalation_paths"])
def test_each_action_exists(existing_actions: set[str], name: str) -> None:
    rows = read_facts(DATA / f"{name}.csv").records()
    actions = {action for row in rows for action in (row.get("actions[]") or row["action"]).split()}
    assert actions and sorted(actions - existing_actions) == []


def test_each_published_path_has_a_method_or_a_reason(methods: list[dict[str, Any]]) -> None:
    published = {
        row["path"]: row["difference"] for row in read_facts(DATA / "iam_published_escalation_paths.csv").records()
    }
    covered = Counter(path for method in methods for path in method["pathfinding"] or ())
    assert max(covered.values()) == 1 and set(covered) <= set(published)
    assert all(reason for path, reason in published.items() if path not in covered)
