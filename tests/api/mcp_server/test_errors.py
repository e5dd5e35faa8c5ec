"""Errors name tools and arguments, and say if only a person can act."""

from __future__ import annotations

import pytest

from iamsql.api.mcp_server.errors import COMMAND_HINT, rewrite_for_assistants


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "can needs principal and action: iamsql query can PRINCIPAL ACTION [RESOURCE]\n"
            "For example: iamsql query can user/ana iam:CreateUser --arg session_tags='{\"a\": 1}'",
            'can needs arguments {"principal": "user/ana", "action": "iam:CreateUser", "session_tags": "{\\"a\\": 1}"}',
        ),
        ("key_history needs --arg key=… (text)", 'key_history needs arguments {"key": …} (text)'),
        ("can needs --arg principal=… --arg action=… (text)", 'can needs arguments {"principal": …, "action": …} (text)'),
        ("no query named 'x' (list the queries with: iamsql queries)", "no query named 'x' (list the queries with: list_queries)"),
        (
            "no control (see: iamsql check --list, iamsql queries --kind control, iamsql queries --kind detection)",
            "no control (see: list_queries)",
        ),
        ("See: iamsql queries --kind detection", "See: list_queries with kind detection"),
        ("See: iamsql query skipped_accounts", "See: explain_missing"),
        ('List with: iamsql query "select 1"', 'List with: run_sql "select 1"'),
        ("Run it with: iamsql query stale_keys", "Run it with: run_query with the name stale_keys"),
        ("There is no column x.", "There is no column x."),
        ("Collect it with: iamsql sync --for x", f"Collect it with: iamsql sync --for x\n{COMMAND_HINT}"),
    ],
)  # fmt: skip
def test_commands_become_tools(message: str, expected: str) -> None:
    assert rewrite_for_assistants(message) == expected
