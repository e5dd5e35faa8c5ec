"""A question in natural words finds its query; the list of all queries is short."""

from __future__ import annotations

import json

import pytest

from iamsql.api.mcp_server.query_search import MAX_QUERIES, names_by_theme, search

QUESTIONS = {
    "who can read bucket X": "who_can",
    "which keys are older than 90 days": "stale_keys",
    "what did key K do": "key_timeline",
    "which administrators have no MFA": "admin_mfa",
    "who can become administrator": "escalation_paths",
    "which roles trust outside accounts": "external_trust",
    "did anybody use a root user": "root_activity",
    "which roles are not used": "unused_roles",
    "who created users or keys": "cloudtrail_events",
    "which addresses are new": "first_seen_addresses",
    "who can": "who_can",
    "who can read": "who_can",
    "WHO_CAN": "who_can",
    "privilege escalation": "escalation_paths",
    "old access keys": "stale_keys",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_in_words_finds_its_query(question: str) -> None:
    names = [row[0] for row in search((), question).rows]
    assert QUESTIONS[question] in names[:6] and len(names) <= MAX_QUERIES


def test_parameters_and_descriptions_are_searched_and_a_kind_limits_the_search() -> None:
    assert "unused_credentials" in [row[0] for row in search((), "console passwords").rows]
    assert {row[1] for row in search((), "root user mfa", "control").rows} == {"control"}
    assert search((), "xyzzy").rows == search((), "the").rows == search((), "…").rows == []


def test_all_queries_are_listed_in_few_characters() -> None:
    themes = names_by_theme(())
    names = [name for row in themes.rows for name in row[2].split(", ")]
    assert {"stale_keys", "root_mfa"} <= set(names) and len(names) == len(set(names)) > 250
    assert len(json.dumps(themes.rows)) < 12_000
    assert {row[0] for row in names_by_theme((), "report").rows} == {"report"}
