"""Results as events of the Open Cybersecurity Schema Framework (OCSF): JSON Lines with an event on each line.

A control's result is a Compliance Finding (class 2003), a finding of a detection a Detection Finding (class 2004). The uid of a
finding stays the same from run to run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from ipaddress import ip_address
from itertools import chain
from typing import Any, TextIO

from iamsql.catalog import standards
from iamsql.check.controls import ControlRun
from iamsql.check.detection_record import TACTICS, DetectionRecord, detection_records
from iamsql.check.detections import DetectionResult
from iamsql.check.finding_record import FindingOrigin, FindingRecord, Rule, build_origin, failed_records, records
from iamsql.check.outputs.field_values import NEW_STATE, STATUSES, UNKNOWN_STATE, result_severity, result_state
from iamsql.check.outputs.ocsf_fields import (
    DEFAULT_VERSION,
    SINGLE_RESOURCE_VERSIONS,
    EventClass,
    analytic_object,
    class_fields,
    cloud_object,
    metadata_object,
    resource_object,
    shorten_text,
    time_fields,
    unmapped_fields,
)
from iamsql.check.resource_types import find_resources, parse_resource
from iamsql.escaping import escape_json

COMPLIANCE_FINDING, DETECTION_FINDING = EventClass(2003, "Compliance Finding"), EventClass(2004, "Detection Finding")
STANDARDS = {
    "fsbp": "AWS Foundational Security Best Practices",
    "security_hub": "AWS Security Hub",
    "config": "AWS Config",
    **standards.STANDARD_TITLES,
}


def write(control_run: ControlRun, stream: TextIO, version: str = DEFAULT_VERSION) -> None:
    """Write the results of controls. A control that several benchmarks select is written once."""
    origin = build_origin(control_run.reader.metadata)
    all_records = chain(records(control_run), failed_records(control_run, origin))
    _write_lines(stream, (compliance_finding(record, origin, version) for record in all_records))


def write_detections(result: DetectionResult, stream: TextIO, version: str = DEFAULT_VERSION) -> None:
    """Write the findings of detections."""
    origin = build_origin(result.metadata)
    _write_lines(stream, (detection_finding(record, origin, version) for record in detection_records(result, origin)))


def _write_lines(stream: TextIO, events: Iterable[dict[str, Any]]) -> None:
    for event in events:
        stream.write(f"{escape_json(json.dumps(event, ensure_ascii=False, default=str))}\n")


# -- controls --------------------------------------------------------------------------------------------------------------


def compliance_finding(record: FindingRecord, origin: FindingOrigin, version: str = DEFAULT_VERSION) -> dict[str, Any]:
    """Return a result of a control as a Compliance Finding."""
    rule, query = record.rule, record.rule.query
    event = {
        **class_fields(COMPLIANCE_FINDING, result_severity(record), result_state(record)),
        **time_fields("time", origin.started_at),
        "message": shorten_text(record.reason or query.title),
        "metadata": metadata_object(origin, version, shorten_text(rule.id)),
        "cloud": cloud_object(origin, record.account_id, record.account_name, record.region),
        "compliance": _compliance_object(record),
        "finding_info": {
            "uid": record.fingerprint,
            "title": shorten_text(query.title),
            "desc": shorten_text(query.about or query.title),
            "types": ["Software and Configuration Checks"],
            "product_uid": "iamsql",
            **time_fields("created_time", origin.started_at),
            "analytic": analytic_object(rule.id, query.name, query.version),
        },
        **_resource_objects(record, origin, version),
        **unmapped_fields({"dimensions": record.dimensions}),
    }
    if record.fixes:
        event["remediation"] = {"desc": shorten_text("\n".join(record.fixes))}
    if record.muted:
        event["comment"] = shorten_text(record.muted)
    return event


def _compliance_object(record: FindingRecord) -> dict[str, Any]:
    status_id, status = STATUSES[record.status].ocsf_outcome
    return {
        "control": shorten_text(record.rule.id),
        "standards": find_standards(record.rule),
        **({"requirements": list(record.rule.requirements)} if record.rule.requirements else {}),
        "status_id": status_id,
        "status": status,
        "status_code": "muted" if record.muted else record.status,
        "status_detail": shorten_text(record.reason or status),
    }


def find_standards(rule: Rule) -> list[str]:
    """Return the names of the standards of a control; `iamsql` for a control without a standard."""
    benchmarks = dict.fromkeys(number.partition(":")[0] for number in rule.requirements)
    return [_standard_name(benchmark) for benchmark in benchmarks] or ["iamsql"]


def _standard_name(benchmark: str) -> str:
    if benchmark.startswith("cis_v"):
        return f"CIS AWS Foundations Benchmark v{benchmark.removeprefix('cis_v')}.0"
    return STANDARDS.get(benchmark, benchmark)


def _resource_objects(record: FindingRecord, origin: FindingOrigin, version: str) -> dict[str, Any]:
    resources = [resource_object(item, record.region, origin) for item in find_resources(record)]
    return {"resource": resources[0]} if version in SINGLE_RESOURCE_VERSIONS else {"resources": resources}


# -- detections ------------------------------------------------------------------------------------------------------------


def detection_finding(record: DetectionRecord, origin: FindingOrigin, version: str = DEFAULT_VERSION) -> dict[str, Any]:
    """Return a finding of a detection, or a detection that could not be evaluated in an account, as a Detection Finding."""
    query, observed = record.query, record.event_time
    return {
        **class_fields(DETECTION_FINDING, record.severity, UNKNOWN_STATE if record.unknown else NEW_STATE),
        **time_fields("time", observed or origin.started_at),
        "message": shorten_text(record.message),
        "metadata": metadata_object(origin, version, query.name),
        "cloud": cloud_object(origin, record.account_id, record.account_name, record.region),
        "finding_info": {
            "uid": record.fingerprint,
            "title": shorten_text(query.title),
            "desc": shorten_text(query.about or query.title),
            "types": ["TTPs"],
            "product_uid": "iamsql",
            **time_fields("created_time", origin.started_at),
            **(time_fields("first_seen_time", observed) if observed else {}),
            "analytic": analytic_object(query.name, query.name, query.version),
            **({"attacks": attacks} if (attacks := _attack_objects(record)) else {}),
        },
        **({"status_code": "error", "status_detail": shorten_text(record.unknown)} if record.unknown else {}),
        **({"evidences": evidences} if (evidences := _evidence_objects(record)) else {}),
        **_target_resource(record, origin),
    }


def _attack_objects(record: DetectionRecord) -> list[dict[str, Any]]:
    """Return an attack for each technique, with the first tactic; each other tactic is a separate attack."""
    tactics = [_tactic_object(name) for name in record.tactics]
    first = {"tactic": tactics[0]} if tactics else {}
    techniques = [{**_technique_object(uid), **first} for uid in record.techniques]
    return [*techniques, *({"tactic": tactic} for tactic in tactics[1 if techniques else 0 :])]


def _tactic_object(name: str) -> dict[str, str]:
    uid, caption = TACTICS.get(name, ("", name))
    return {**({"uid": uid} if uid else {}), "name": caption}


def _technique_object(uid: str) -> dict[str, Any]:
    parent, is_sub, _ = uid.partition(".")
    return {"technique": {"uid": parent}, **({"sub_technique": {"uid": uid}} if is_sub else {})}


def _evidence_objects(record: DetectionRecord) -> list[dict[str, Any]]:
    """Return who made the call, from where, and the call."""
    evidence: dict[str, Any] = {}
    if record.actor:
        evidence["actor"] = {
            "user": {"uid": shorten_text(record.actor), "name": shorten_text(parse_resource(record.actor).name)}
        }
    if record.event_name:
        evidence["api"] = {"operation": shorten_text(record.event_name)}
    if record.source_ip_address:
        evidence["src_endpoint"] = _source_endpoint(record.source_ip_address)
    if record.detail or record.event_id:
        evidence["data"] = {"event_id": record.event_id, "detail": shorten_text(record.detail)}
    return [evidence] if evidence else []


def _source_endpoint(source: str) -> dict[str, str]:
    """Return the source of a call: an address, or the AWS service that CloudTrail has instead."""
    try:
        return {"ip": str(ip_address(source))}
    except ValueError:
        return {"svc_name": shorten_text(source)}


def _target_resource(record: DetectionRecord, origin: FindingOrigin) -> dict[str, Any]:
    if not record.target:
        return {}
    return {"resources": [resource_object(parse_resource(record.target), record.region, origin)]}
