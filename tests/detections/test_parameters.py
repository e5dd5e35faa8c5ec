"""The thresholds of detections are parameters."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from tests.detections.harness import DETECTIONS, Example, detection_rows, load_records

FORGIVING: list[tuple[str, dict[str, Any]]] = [
    ("access_key_from_new_network", {"max_networks": 0}),
    ("access_key_from_new_network", {"days": 80}),
    ("account_details_downloaded", {"usual_days": 1}),
    ("console_login_from_new_network", {"max_networks": 0}),
    ("console_login_from_new_network", {"days": 80}),
    ("console_password_guessed", {"failures": 100}),
    ("console_password_guessed", {"minutes": 1}),
    ("console_password_spraying", {"users": 100, "unknown_names": 100}),
    ("console_user_brute_forced", {"failures": 100}),
    ("instance_credentials_elsewhere", {"own_addresses": ["203.0.113.66"]}),
    ("objects_encrypted_with_foreign_key", {"objects": 100}),
    ("parameters_read_in_bulk", {"parameters": 100}),
    ("principals_guessed", {"attempts": 100}),
    ("role_chained", {"days": 80}),
    ("secrets_read_in_bulk", {"secrets": 100}),
    ("secret_reads_denied", {"secrets": 100}),
    ("windows_passwords_requested", {"instances": 100}),
]
# What the near misses of an example give when less is asked for: at least one row.
STRICT: list[tuple[str, dict[str, Any]]] = [
    ("access_key_from_new_network", {"days": 1}),
    ("account_details_downloaded", {"usual_days": 10}),
    ("console_login_from_new_network", {"days": 1}),
    ("console_password_guessed", {"failures": 1}),
    ("console_password_spraying", {"users": 1}),
    ("console_user_brute_forced", {"failures": 9}),
    ("database_credentials_first_requested", {"days": 0}),
    ("parameters_read_in_bulk", {"parameters": 1}),
    ("password_policy_weakened", {"length": 17}),
    ("principals_guessed", {"attempts": 1}),
    ("role_chained", {"days": 0}),
    ("secrets_read_in_bulk", {"secrets": 1}),
    ("secret_reads_denied", {"secrets": 1}),
    ("windows_passwords_requested", {"instances": 1}),
]


@pytest.mark.parametrize(("name", "values"), FORGIVING)
def test_a_higher_threshold_finds_nothing(con: duckdb.DuckDBPyConnection, name: str, values: dict[str, Any]) -> None:
    example = Example(name)
    load_records(con, example, example.found)
    assert detection_rows(con, DETECTIONS[name]) and not detection_rows(con, DETECTIONS[name], **values)


@pytest.mark.parametrize(("name", "values"), STRICT)
def test_a_lower_threshold_finds_the_near_misses(
    con: duckdb.DuckDBPyConnection, name: str, values: dict[str, Any]
) -> None:
    example = Example(name)
    load_records(con, example, example.not_found)
    assert detection_rows(con, DETECTIONS[name], **values) and not detection_rows(con, DETECTIONS[name])
