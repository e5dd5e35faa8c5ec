"""Events of OCSF: every result of the sample organization validates with the published schemas, and says what the result says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema, get_packaged_versions

from iamsql.check.finding_record import FindingRecord
from iamsql.check.outputs import ocsf
from iamsql.check.outputs.ocsf_fields import DEFAULT_VERSION, MAX_STRING_CHARACTERS, VERSIONS
from iamsql.escaping import escape_json
from iamsql.runs.store.metadata import RunMetadata
from tests.check.demo_records import all_records, demo_records, once_per_status
from tests.hostile.names import NAMES, UNSEEN

CLASSES = {2003: "compliance_finding", 2004: "detection_finding"}
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]


@cache
def _validator(version: str, class_uid: int) -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    names = ["cloud", "datetime"]
    return Draft202012Validator(schema.get_class_schema(class_name=CLASSES[class_uid], profiles=names))


def violations(event: dict[str, Any], version: str) -> list[str]:
    """Return what the schema of a version refuses in an event."""
    assert event["metadata"]["version"] == version
    return [error.message for error in _validator(version, event["class_uid"]).iter_errors(event)]


def finding(record: FindingRecord, version: str = DEFAULT_VERSION) -> dict[str, Any]:
    """Return a Compliance Finding as a parser reads it."""
    event: dict[str, Any] = ocsf.compliance_finding(record, demo_records().origin, version)
    return dict(json.loads(json.dumps(event)))


def of_status(status: str) -> FindingRecord:
    """Return a record of a status, with a requirement and commands where there are any."""
    every = [record for record in demo_records().controls if record.status == status]
    return next((record for record in every if record.rule.requirements and record.fixes), every[0])


def test_each_version_has_both_classes() -> None:
    assert {version for version in get_packaged_versions() if not version.startswith("1.0.0")} == set(VERSIONS)
    assert not set(CLASSES.values()) & set(get_ocsf_schema(version="1.0.0")["classes"])
    assert DEFAULT_VERSION in VERSIONS and list(VERSIONS) == sorted(VERSIONS)


@pytest.mark.slow
@pytest.mark.parametrize("version", [OLDEST, DEFAULT_VERSION, NEWEST])
def test_results_of_each_control_and_status_are_valid(version: str) -> None:
    problem_list = [violations(finding(record, version), version) for record in once_per_status(all_records().controls)]
    assert len(problem_list) > 400 and [problems for problems in problem_list if problems] == []


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_all_results_are_valid_and_have_uids_of_their_own(version: str) -> None:
    events = [finding(record, version) for record in all_records().controls]
    assert [problems for event in events if (problems := violations(event, version))] == []
    assert len({event["finding_info"]["uid"] for event in events}) == len(events) > 4000


@pytest.mark.parametrize("version", VERSIONS)
def test_findings_of_detections_are_valid(version: str) -> None:
    origin, _, detections = demo_records()
    selected = detections if version in (DEFAULT_VERSION, NEWEST) else detections[::4]
    events = [ocsf.detection_finding(record, origin, version) for record in selected]
    assert [problems for event in events if (problems := violations(event, version))] == []
    assert len({event["finding_info"]["uid"] for event in events}) == len(events) > 10


@pytest.mark.parametrize("version", [DEFAULT_VERSION, NEWEST])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"severity_id": "4"}, "is not"),
        ({"severity_id": 7}, "is not one of"),
        ({"status_id": 7}, "is not one of"),
        ({"iamsql": 1}, "Additional properties are not allowed"),
        ({"time": "2026-03-02"}, "is not of type 'integer'"),
        ({"time_dt": "yesterday"}, "does not match"),
        ({"cloud": {}}, "'provider' is a required property"),
        ({"compliance": {"status_id": 4, "standards": []}}, "is not one of"),
        ({"resources": [{"region": "us-east-1"}]}, "is not valid under any of the given schemas"),
    ],
)
def test_the_schemas_find_mistakes(version: str, change: dict[str, Any], problem: str) -> None:
    good = finding(of_status("alarm"), version)
    assert violations(good, version) == []
    assert any(problem in line for line in violations({**good, **change}, version))
    for name in ("severity_id", "finding_info", "cloud", "compliance", "type_uid"):
        assert violations({key: value for key, value in good.items() if key != name}, version)


@pytest.mark.parametrize(
    ("status", "outcome", "state"),
    [
        ("ok", (1, "Pass"), (4, "Resolved")),
        ("alarm", (3, "Fail"), (1, "New")),
        ("error", (0, "Unknown"), (0, "Unknown")),
        ("skip", (99, "Skipped"), (99, "Skipped")),
        ("info", (2, "Warning"), (1, "New")),
    ],
)
def test_the_status(status: str, outcome: tuple[int, str], state: tuple[int, str]) -> None:
    record = of_status(status)
    event = finding(record)
    compliance = event["compliance"]
    assert (compliance["status_id"], compliance["status"], compliance["status_code"]) == (*outcome, status)
    assert compliance["status_detail"] == record.reason == event["message"]
    assert (event["status_id"], event["status"]) == state
    activity = (3, "Close") if status == "ok" else (1, "Create")
    assert (event["activity_id"], event["activity_name"]) == activity
    assert (event["type_uid"], event["type_name"]) == (200300 + activity[0], f"Compliance Finding: {activity[1]}")
    levels = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
    assert event["severity_id"] == levels[record.rule.severity if status in ("alarm", "error") else "info"]
    muted = finding(replace(record, muted="ops until 2026-09-30: Known."))
    assert (muted["status"], muted["compliance"]["status_id"]) == ("Suppressed", outcome[0])
    assert (muted["comment"], muted["compliance"]["status_code"]) == ("ops until 2026-09-30: Known.", "muted")


def test_a_compliance_finding() -> None:
    record = of_status("alarm")
    event = finding(record)
    assert (event["class_uid"], event["type_uid"], event["category_uid"], event["activity_id"]) == (2003, 200301, 2, 1)
    assert (event["time"], event["time_dt"]) == (1772452800000, "2026-03-02T12:00:00.000Z")
    assert event["finding_info"]["uid"] == record.fingerprint
    assert event["finding_info"]["title"] == record.rule.query.title
    account = {"uid": record.account_id, "type": "AWS Account", "type_id": 10, "name": record.account_name}
    assert event["cloud"] == {
        "provider": "AWS", "region": "us-east-1", "account": account, "org": {"uid": "o-demo123456"},
    }  # fmt: skip
    assert event["resources"][0]["uid"] == f"arn:aws:iam::{record.account_id}:root"  # the result is about the account
    assert event["remediation"]["desc"].splitlines() == list(record.fixes)
    assert event["compliance"]["requirements"] == list(record.rule.requirements)
    assert event["metadata"]["profiles"] == ["cloud", "datetime"]
    assert event["metadata"]["correlation_uid"] == demo_records().origin.run_id
    assert event.get("unmapped", {}).get("dimensions", {}) == record.dimensions
    old = finding(record, OLDEST)
    assert old["resource"] == event["resources"][0] and "resources" not in old


def test_the_standards_of_a_control() -> None:
    rule = next(record.rule for record in demo_records().controls if record.rule.query.name == "access_key_rotated")
    standards = ocsf.find_standards(rule)
    assert {"CIS AWS Foundations Benchmark v7.0.0", "AWS Foundational Security Best Practices"} <= set(standards)
    assert "cis_v7.0:2.12" in rule.requirements and "mitre" not in str(rule.requirements)
    own_rule = replace(rule, numbers=("mine:1",), query=replace(rule.query, tags=("team:x", "mfa")))
    assert ocsf.find_standards(own_rule) == ["mine"] and ocsf.find_standards(replace(own_rule, numbers=())) == [
        "iamsql"
    ]


def test_a_detection_finding() -> None:
    records = demo_records().detections
    record = next(record for record in records if record.query.name == "root_access_key_created" and record.event_id)
    event = ocsf.detection_finding(record, demo_records().origin)
    assert (event["class_uid"], event["type_uid"], event["status"]) == (2004, 200401, "New")
    assert record.event_time and event["time"] == int(record.event_time.timestamp() * 1000)
    assert event["finding_info"]["attacks"] == [
        {
            "technique": {"uid": "T1098"},
            "sub_technique": {"uid": "T1098.001"},
            "tactic": {"uid": "TA0003", "name": "Persistence"},
        }
    ]
    [evidence] = event["evidences"]
    assert evidence["actor"]["user"]["uid"] == record.actor and evidence["api"] == {"operation": "CreateAccessKey"}
    assert (
        evidence["src_endpoint"] == {"ip": record.source_ip_address} and evidence["data"]["event_id"] == record.event_id
    )
    service = ocsf.detection_finding(replace(record, source_ip_address="lambda.amazonaws.com"), demo_records().origin)
    assert service["evidences"][0]["src_endpoint"] == {"svc_name": "lambda.amazonaws.com"}


def test_a_detection_that_could_not_be_evaluated_is_unknown() -> None:
    record = next(record for record in demo_records().detections if record.unknown)
    event = ocsf.detection_finding(record, demo_records().origin)
    assert (event["status_id"], event["status"], event["status_code"]) == (0, "Unknown", "error")
    assert event["message"] == event["status_detail"] == record.unknown and record.unknown.startswith("Unknown: ")
    assert event["time"] == event["finding_info"]["created_time"] and "evidences" not in event


@pytest.mark.parametrize("name", [*NAMES, *UNSEEN, "x" * 70_000])
def test_hostile_names_are_exact_and_invisible_characters_are_escaped(name: str) -> None:
    record = replace(
        of_status("alarm"),
        resource=name,
        reason=name,
        account_name=name,
        muted=name,
        fixes=[name],
        dimensions={"user_name": name, name: [name]},
    )
    for version in (DEFAULT_VERSION, NEWEST):
        event = ocsf.compliance_finding(record, demo_records().origin, version)
        line = escape_json(json.dumps(event, ensure_ascii=False))
        assert line.isprintable() and violations(json.loads(line), version) == []
        assert json.loads(line)["message"] == (
            f"{name[: MAX_STRING_CHARACTERS - 1]}…" if len(name) > MAX_STRING_CHARACTERS else name or event["message"]
        )
    record_of_event = replace(
        demo_records().detections[0], actor=name, target=name, source_ip_address=name, event_name=name, detail=name
    )
    assert violations(ocsf.detection_finding(record_of_event, demo_records().origin), DEFAULT_VERSION) == []


def test_events_are_written_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, lines = io.StringIO(), []
    record = of_status("alarm")

    def many(*_: Any) -> Iterator[FindingRecord]:
        for _number in range(3):
            lines.append(stream.getvalue().count("\n"))
            yield record

    monkeypatch.setattr(ocsf, "records", many)
    monkeypatch.setattr(ocsf, "failed_records", lambda *_: [record])
    metadata = RunMetadata("run", demo_records().origin.started_at)
    ocsf.write(SimpleNamespace(reader=SimpleNamespace(metadata=metadata)), stream)  # type: ignore[arg-type]
    assert lines == [0, 1, 2] and len([json.loads(line) for line in stream.getvalue().splitlines()]) == 4
