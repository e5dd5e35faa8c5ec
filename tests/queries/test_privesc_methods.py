"""The list of ways to more rights is made of actions that there are, and says the same of each method in every column."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import duckdb
import pytest

from iamsql.iam_actions import ActionCatalog, is_installed
from iamsql.schema import run_macros

CLOSED = {"codestar"}  # services that AWS has closed since: no reference names their actions any more
TARGETS = {"policy", "user", "group", "role", "passed role", "*"}
PASS = "iam:PassRole"


@pytest.fixture(scope="module")
def methods() -> list[dict[str, Any]]:
    """The list, as a run file has it."""
    with duckdb.connect() as con:
        for statement in run_macros.scalar_macros():
            con.execute(statement)
        cursor = con.execute("from iam_privesc_methods()")
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_each_method_has_a_name_of_its_own(methods: list[dict[str, Any]]) -> None:
    assert [name for name, count in Counter(one["method"] for one in methods).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", one["method"]) for one in methods)
    assert len(methods) >= 60


def test_no_two_methods_need_the_same(methods: list[dict[str, Any]]) -> None:
    needs = Counter(frozenset(one["actions"]) for one in methods)
    assert [sorted(actions) for actions, count in needs.items() if count > 1] == []
    assert all(len(one["actions"]) == len(set(one["actions"])) > 0 for one in methods)


def test_the_columns_agree_with_each_other(methods: list[dict[str, Any]]) -> None:
    for one in methods:
        passes, about_service = PASS in one["actions"], one["kind"] in ("pass", "take")
        assert passes == (one["kind"] == "pass") == (one["target"] == "passed role"), one["method"]
        assert about_service or one["kind"] in ("self", "credentials", "assume"), one["method"]
        assert one["target"] in TARGETS and one["source"] in ("rhino", "pmapper", "pathfinding", "iamsql")
        assert not about_service or re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com", one["service"]), one["method"]
        assert one["title"] and re.fullmatch(r"[A-Z].*\.", one["about"]), one["method"]


def test_the_first_list_is_whole(methods: list[dict[str, Any]]) -> None:
    assert sum(one["source"] == "rhino" for one in methods) == 28


@pytest.mark.skipif(not is_installed(), reason="the catalogue of actions is not installed")
def test_every_action_is_one_that_policies_can_name(methods: list[dict[str, Any]]) -> None:
    by_service = {
        json.loads(service.bound)["service"]: {json.loads(item)["name"] for item in service.items}
        for service in ActionCatalog().services()
    }
    named = sorted({action for one in methods for action in one["actions"]})
    parts = [action.partition(":") for action in named]
    assert [f"{head}:{name}" for head, _, name in parts if head not in CLOSED and name not in by_service[head]] == []
