"""Each detection finds the records of its examples, ignores the near misses, and has the columns that an analyst needs."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import duckdb
import pytest

from iamsql.model import Query
from tests.detections.harness import (
    DETECTIONS,
    EXAMPLES,
    FOREIGN,
    OTHER_OWN,
    OWN,
    Example,
    Record,
    detection_rows,
    load_records,
    macro_rows,
)
from tests.tiers import slow_but_every

COLUMNS = "event_time account_id region actor source_ip_address event_name target detail event_id".split()
TACTICS = (
    "initial_access persistence privilege_escalation defense_evasion credential_access discovery lateral_movement "
    "exfiltration impact"
).split()
WRITTEN = "eventTime eventSource eventName awsRegion sourceIPAddress userAgent eventID recipientAccountId".split()
# These read the parameters, the response or the identity of a call; without those they find nothing.
NEEDS_DETAILS = set(
    """
    access_key_created_for_another_user access_key_quarantined access_key_reactivated added_to_admin_group
    admin_policy_attached bucket_acl_opened bucket_policy_opened bulk_object_reads command_to_many_instances
    console_login_without_mfa console_password_guessed cross_account_role_first_use database_snapshot_shared
    deny_removed ec2_user_data_changed guest_credentials_issued identity_pool_opened image_repository_opened
    image_shared inline_policy_wildcard instance_metadata_v1_allowed kms_key_opened lambda_function_shared
    lambda_function_url_public log_bucket_changed login_profile_for_another_user managed_policy_wildcard
    mfa_device_for_another_user objects_encrypted_with_foreign_key parameters_read_in_bulk policy_version_rolled_back
    principal_tag_changed quarantine_policy_removed resource_policy_opened resource_shared role_assumption_burst
    role_chained role_created_for_external_account role_passed_to_service role_trust_opened root_console_login
    root_console_login_failed security_group_opened snapshot_shared trail_selectors_narrowed
    """.split()
)
MADE_UP = [ipaddress.ip_network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
KNOWN = [name for name in sorted(DETECTIONS) if (EXAMPLES / f"{name}.json").exists()]
each_detection = pytest.mark.parametrize("name", sorted(DETECTIONS))
each_example = pytest.mark.parametrize("name", KNOWN)
half = pytest.mark.parametrize("name", slow_but_every(2, KNOWN))
some_examples = pytest.mark.parametrize("name", slow_but_every(4, KNOWN))


@pytest.fixture(scope="module")
def found(con: duckdb.DuckDBPyConnection) -> Callable[[str], list[dict[str, Any]]]:
    """Return the function that gives a detection's rows over the records of its example; each is evaluated once."""

    @cache
    def rows(name: str) -> list[dict[str, Any]]:
        example = Example(name)
        load_records(con, example, example.found)
        answered = detection_rows(con, DETECTIONS[name])
        assert macro_rows(con, DETECTIONS[name]) == answered, "the macro gives other rows than the query"
        return answered

    return rows


def ids(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the event IDs of rows."""
    return sorted(row["event_id"] for row in rows)


def test_each_detection_has_an_example_and_each_example_a_detection() -> None:
    assert DETECTIONS
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(DETECTIONS)
    assert set(DETECTIONS) >= NEEDS_DETAILS


@half
def test_a_detection_finds_the_records_of_its_example(found: Callable[[str], list[dict[str, Any]]], name: str) -> None:
    assert ids(found(name)) == Example(name).found_ids


@half
def test_a_row_has_the_columns_that_an_analyst_needs(found: Callable[[str], list[dict[str, Any]]], name: str) -> None:
    assert found(name)
    for row in found(name):
        filled = [column for column in ("event_time", "account_id", "actor", "event_name", "detail") if row[column]]
        assert filled == ["event_time", "account_id", "actor", "event_name", "detail"], row


@some_examples
def test_a_detection_does_not_find_near_misses(con: duckdb.DuckDBPyConnection, name: str) -> None:
    example = Example(name)
    load_records(con, example, example.not_found)
    assert ids(detection_rows(con, DETECTIONS[name])) == []


@some_examples
def test_near_misses_do_not_change_what_is_found(con: duckdb.DuckDBPyConnection, name: str) -> None:
    example = Example(name)
    load_records(con, example, [*example.not_found, *example.found])
    assert ids(detection_rows(con, DETECTIONS[name])) == example.found_ids


@each_detection
def test_all_detections_begin_with_the_same_columns(con: duckdb.DuckDBPyConnection, name: str) -> None:
    described = macro_rows(con, DETECTIONS[name], "describe")[: len(COLUMNS)]
    assert [row["column_name"] for row in described] == COLUMNS
    assert [row["column_type"] for row in described] == ["TIMESTAMP"] + ["VARCHAR"] * (len(COLUMNS) - 1)


@some_examples
def test_records_without_details_are_accepted(con: duckdb.DuckDBPyConnection, name: str) -> None:
    example = Example(name)
    load_records(con, example, [*map(_bare, example.found), *map(_odd, example.found)])
    selected_ids = set(ids(detection_rows(con, DETECTIONS[name])))
    assert selected_ids <= {record["eventID"] for record in example.found}
    assert bool(selected_ids) == (name not in NEEDS_DETAILS)


def _bare(record: Record) -> dict[str, Any]:
    """Remove the members that a look-up may lack."""
    removed = ("requestParameters", "responseElements", "additionalEventData", "userIdentity", "sourceIPAddress")
    return {key: value for key, value in record.items() if key not in removed}


def _odd(record: Record) -> dict[str, Any]:
    """Replace objects by text, as CloudTrail does with large ones."""
    return {**record, "requestParameters": "omitted", "responseElements": "omitted", "additionalEventData": []}


@each_detection
def test_the_front_matter_has_tactic_technique_and_severity(name: str) -> None:
    query = DETECTIONS[name]
    folder = query.path.replace("\\", "/").split("/")[-2]
    assert folder in TACTICS
    assert f"tactic:{folder}" in query.tags and "cloudtrail" in query.tags
    techniques = [tag for tag in query.tags if tag.startswith("mitre:")]
    assert techniques and all(re.fullmatch(r"mitre:T1\d{3}(\.\d{3})?", tag) for tag in techniques)
    assert query.severity in ("low", "medium", "high", "critical")
    assert all(param.about and not param.required for param in query.params)


@each_detection
def test_the_description_has_the_reason_and_the_false_positives(name: str) -> None:
    why, mark, harmless = DETECTIONS[name].about.partition("\nFalse positives:")
    assert mark and len(why) > 80 and len(harmless) > 40


@each_detection
def test_a_detection_does_not_read_the_clock(name: str) -> None:
    assert not re.search(r"\b((now|today|random)\s*\(|current_(date|time))", _code(DETECTIONS[name]))


def _code(query: Query) -> str:
    return "\n".join(line.split("--")[0] for line in query.sql.lower().splitlines())


@each_example
def test_examples_have_the_members_of_cloudtrail_records(name: str) -> None:
    example = Example(name)
    assert example.keys <= {"found", "found_ids", "not_found", "tables"}
    records = [*example.found, *example.not_found]
    assert example.found and len(example.not_found) >= 2
    assert len({record["eventID"] for record in records}) == len(records)
    for record in records:
        assert [key for key in WRITTEN if not record.get(key)] == []
        assert record["userIdentity"]["type"]
        assert record["recipientAccountId"] in (OWN, OTHER_OWN)
        assert not set(re.findall(r"(?<![\w-])\d{12}(?![\w-])", str(record))) - {OWN, OTHER_OWN, FOREIGN}
        assert _is_made_up(record["sourceIPAddress"])


def _is_made_up(address: str) -> bool:
    if address.endswith((".amazonaws.com", "Internal")):
        return True
    return any(ipaddress.ip_address(address) in network for network in MADE_UP)
