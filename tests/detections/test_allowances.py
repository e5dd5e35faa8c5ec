"""Parameters of detections that allow known accounts, users and numbers: the allowed records are not found, and all others are."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from tests.detections.harness import DETECTIONS, FOREIGN, OWN, Example, detection_rows, load_records

# What leaves nothing of an example's findings.
ALLOWED: list[tuple[str, dict[str, Any]]] = [
    ("access_denied_burst", {"actions": 100}),
    ("added_to_admin_group", {"admin_like": "no such name"}),
    ("admin_policy_attached", {"policies": ["other"], "excluded": ["team", "grown", "read-wide"]}),
    ("bulk_object_reads", {"megabytes": 5000}),
    ("bulk_object_reads", {"excluded": "mallory"}),
    ("command_to_many_instances", {"documents": ["AWS-RunShellScript", "team-script"]}),
    ("cross_account_role_first_use", {"days": 30}),
    ("discovery_burst", {"operations": 100}),
    ("discovery_burst", {"excluded": "user/mallory"}),
    ("instance_profile_replaced", {"profiles": ["admin"]}),
    ("lambda_code_changed", {"deployers": ["alice", "support"]}),
    ("model_invoked_with_access_key", {"excluded": "user/"}),
    ("objects_encrypted_with_foreign_key", {"excluded": OWN}),
    ("role_assumption_burst", {"roles": 7}),
    ("role_assumption_burst", {"tools": ["r0", "r1"]}),
    ("role_chained", {"tools": ["admin", "dev"]}),
    ("service_quotas_queried", {"operations": 4}),
    ("instance_connected", {"excluded": OWN}),
    ("snapshot_blocks_read", {"excluded": "mallory"}),
]
# What makes near misses count.
STRICT: list[tuple[str, dict[str, Any]]] = [
    ("access_denied_burst", {"actions": 1}),
    ("bulk_object_reads", {"objects": 1}),
    ("command_to_many_instances", {"documents": []}),
    ("deny_removed", {"deny_like": "unknown"}),
    ("discovery_burst", {"operations": 5}),
    ("instance_profile_replaced", {"hours": 0}),
    ("role_assumption_burst", {"roles": 2}),
    ("service_quotas_queried", {"operations": 1}),
    ("whoami_from_new_address", {"unused_days": 0}),
]
TRUSTING = sorted(name for name, query in DETECTIONS.items() if any(param.name == "trusted" for param in query.params))


@pytest.mark.parametrize(("name", "values"), ALLOWED)
def test_an_allowed_record_is_not_found(con: duckdb.DuckDBPyConnection, name: str, values: dict[str, Any]) -> None:
    example = Example(name)
    load_records(con, example, example.found)
    # Who joins a group by himself counts whatever the group's name, and so does one whose policies make administrators.
    itself = 5 if name == "added_to_admin_group" else 0
    assert len(detection_rows(con, DETECTIONS[name])) > itself
    assert len(detection_rows(con, DETECTIONS[name], **values)) == itself


@pytest.mark.parametrize(("name", "values"), STRICT)
def test_a_lower_limit_finds_more(con: duckdb.DuckDBPyConnection, name: str, values: dict[str, Any]) -> None:
    example = Example(name)
    load_records(con, example, example.not_found)
    assert detection_rows(con, DETECTIONS[name], **values) and not detection_rows(con, DETECTIONS[name])


@pytest.mark.parametrize("name", TRUSTING)
def test_a_trusted_account_is_not_found(con: duckdb.DuckDBPyConnection, name: str) -> None:
    example = Example(name)
    load_records(con, example, example.found)
    before = {row["event_id"] for row in detection_rows(con, DETECTIONS[name])}
    after = {row["event_id"] for row in detection_rows(con, DETECTIONS[name], trusted=[FOREIGN])}
    assert after < before


def test_each_shell_is_found_when_no_user_is_allowed(con: duckdb.DuckDBPyConnection) -> None:
    example = Example("systems_manager_shell")
    load_records(con, example, example.found)
    assert len(detection_rows(con, DETECTIONS["systems_manager_shell"], days=0)) == len(example.found) == 5


def test_a_bucket_of_a_trail_of_the_run_is_a_log_bucket(con: duckdb.DuckDBPyConnection) -> None:
    example = Example("log_bucket_changed")
    load_records(con, example, example.not_found)
    quiet = detection_rows(con, DETECTIONS["log_bucket_changed"])
    con.execute(
        "insert into iamsql.event_coverage by name "
        "select 'trail' as source, 's3://holiday-photos/AWSLogs' as look_up, 'ok' as status"
    )
    try:
        rows = detection_rows(con, DETECTIONS["log_bucket_changed"])
    finally:
        con.execute("delete from iamsql.event_coverage")
    assert quiet == []
    assert [(row["target"], row["detail"]) for row in rows] == [("holiday-photos", "log bucket of a trail")]
