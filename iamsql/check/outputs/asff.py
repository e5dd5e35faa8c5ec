"""Results in the AWS Security Finding Format, for Security Hub: a JSON array with a finding on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from ipaddress import IPv4Address, ip_address
from itertools import chain
from typing import Any, TextIO

from iamsql.aws.partitions import home_region
from iamsql.check.controls import ControlRun
from iamsql.check.detection_record import TACTICS, DetectionRecord, detection_records
from iamsql.check.detections import DetectionResult
from iamsql.check.finding_record import FindingOrigin, FindingRecord, build_origin, failed_records, records
from iamsql.check.outputs.asff_fields import (
    MAX_API,
    MAX_DESCRIPTION,
    MAX_ID,
    MAX_ORIGINAL,
    MAX_TITLE,
    classification_fields,
    identity_fields,
    product_fields,
    remediation_fields,
    resource_fields,
    shorten_text,
    timestamp,
)
from iamsql.check.outputs.field_values import SEVERITIES, STATUSES, result_severity, result_workflow
from iamsql.check.resource_types import find_resources, parse_resource
from iamsql.escaping import escape_json
from iamsql.version import __version__

MAX_REQUIREMENTS = 32
CHECKS_TYPE = "Software and Configuration Checks"
BEST_PRACTICES_TYPE = f"{CHECKS_TYPE}/AWS Security Best Practices"
CIS_TYPE = f"{CHECKS_TYPE}/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"
EFFECT_TYPES = {
    "exfiltration": "Effects/Data Exfiltration",
    "impact": "Effects",
}  # tactics that are not a category of TTPs


def write(control_run: ControlRun, stream: TextIO) -> None:
    """Write the results of controls, to import in the region of IAM. A control that several benchmarks select is written once."""
    origin = build_origin(control_run.reader.metadata)
    region = home_region(origin.partition)
    all_records = chain(records(control_run), failed_records(control_run, origin))
    _write_array(stream, (control_finding(record, origin, region=region) for record in all_records))


def write_detections(result: DetectionResult, stream: TextIO) -> None:
    """Write the findings of detections, to import in the region of IAM."""
    origin = build_origin(result.metadata)
    region = home_region(origin.partition)
    _write_array(
        stream, (detection_finding(record, origin, region=region) for record in detection_records(result, origin))
    )


def _write_array(stream: TextIO, findings: Iterable[dict[str, Any]]) -> None:
    separator = "["
    for finding_json in findings:
        stream.write(f"{separator}\n{escape_json(json.dumps(finding_json, ensure_ascii=False))}")
        separator = ","
    stream.write("[]\n" if separator == "[" else "\n]\n")


# -- controls --------------------------------------------------------------------------------------------------------------


def control_finding(
    record: FindingRecord, origin: FindingOrigin, *, region: str, product_account: str = ""
) -> dict[str, Any]:
    """Return a result of a control as a finding to import in a region.

    Security Hub accepts a finding of the default product only from the account in its AwsAccountId: the account of the result, or
    `product_account`, an account that imports the findings of all accounts. The resources have the account of the result.
    """
    time = timestamp(origin.started_at)
    label = SEVERITIES[result_severity(record)].asff
    is_cis = any(number.startswith("cis_") for number in record.rule.requirements)
    resources = find_resources(record)
    return {
        **identity_fields(
            record.fingerprint, (record.account_id, record.account_name), origin, region, product_account
        ),
        "GeneratorId": shorten_text(record.rule.id, MAX_ID),
        "FirstObservedAt": time,
        "LastObservedAt": time,
        "CreatedAt": time,
        "UpdatedAt": time,
        **classification_fields(record.rule.severity, label, [CIS_TYPE if is_cis else BEST_PRACTICES_TYPE]),
        "Title": shorten_text(record.rule.query.title, MAX_TITLE),
        "Description": shorten_text(record.reason.strip() or record.rule.query.title, MAX_DESCRIPTION),
        **remediation_fields(record.fixes),
        "ProductFields": _control_product_fields(record, origin),
        "Resources": [resource_fields(item, record.account_id, record.region, origin) for item in resources],
        "Compliance": _compliance_fields(record),
        "RecordState": "ACTIVE",
        "Workflow": {"Status": result_workflow(record)},
    }


def _compliance_fields(record: FindingRecord) -> dict[str, Any]:
    numbers = list(record.rule.requirements)
    if len(numbers) > MAX_REQUIREMENTS:
        numbers = [*numbers[: MAX_REQUIREMENTS - 1], f"… {len(numbers) - MAX_REQUIREMENTS + 1} more"]
    status = STATUSES[record.status]
    compliance: dict[str, Any] = {"Status": status.asff_compliance}
    if numbers:
        compliance["RelatedRequirements"] = [shorten_text(number, MAX_ORIGINAL) for number in numbers]
    if status.asff_reason:
        compliance["StatusReasons"] = [_status_reason(status.asff_reason, record.reason)]
    return compliance


def _status_reason(code: str, reason: str) -> dict[str, str]:
    return {"ReasonCode": code, "Description": shorten_text(reason.strip() or code, MAX_DESCRIPTION)}


def _control_product_fields(record: FindingRecord, origin: FindingOrigin) -> dict[str, str]:
    """Return the product fields: the values that ASFF has no field for."""
    values = {
        "control": record.rule.query.name,
        "control_version": str(record.rule.query.version),
        "status": "muted" if record.muted else record.status,
        "muted": record.muted,
        "resource": record.resource,
    }
    return product_fields({**_run_product_fields(record, origin), **values}, record.dimensions)


def _run_product_fields(record: FindingRecord | DetectionRecord, origin: FindingOrigin) -> dict[str, str]:
    return {
        "fingerprint": record.fingerprint,
        "run": origin.run_id,
        "version": __version__,
        "organization": origin.organization_id,
        "account": record.account_id,
    }


# -- detections ------------------------------------------------------------------------------------------------------------


def detection_finding(
    record: DetectionRecord, origin: FindingOrigin, *, region: str, product_account: str = ""
) -> dict[str, Any]:
    """Return a finding of a detection, or a detection that could not be evaluated, as a finding to import in a region."""
    time = timestamp(origin.started_at)
    observed = timestamp(record.event_time) if record.event_time else time
    error = STATUSES["error"]
    unknown = {"Status": error.asff_compliance, "StatusReasons": [_status_reason(error.asff_reason, record.unknown)]}
    return {
        **identity_fields(
            record.fingerprint, (record.account_id, record.account_name), origin, region, product_account
        ),
        "GeneratorId": shorten_text(record.query.name, MAX_ID),
        "FirstObservedAt": observed,
        "LastObservedAt": observed,
        "CreatedAt": observed,
        "UpdatedAt": time,
        **classification_fields(record.severity, SEVERITIES[record.severity].asff, _finding_types(record)),
        "Title": shorten_text(record.query.title, MAX_TITLE),
        "Description": shorten_text(record.message, MAX_DESCRIPTION),
        "ProductFields": _event_product_fields(record, origin),
        "Resources": _event_resources(record, origin),
        **({"Compliance": unknown} if record.unknown else {}),
        **({"Action": _api_call_action(record)} if record.event_name.strip() else {}),
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
    }


def _finding_types(record: DetectionRecord) -> list[str]:
    """Return the finding types: the categories of TTPs are tactics of MITRE ATT&CK."""
    tactics = [tactic for tactic in record.tactics if tactic in TACTICS]
    return [EFFECT_TYPES.get(tactic, f"TTPs/{TACTICS[tactic][1]}") for tactic in tactics] or ["TTPs"]


def _event_product_fields(record: DetectionRecord, origin: FindingOrigin) -> dict[str, str]:
    values = {
        "detection": record.query.name,
        "detection_version": str(record.query.version),
        "techniques": ", ".join(record.techniques),
        "event_id": record.event_id,
        "event_name": record.event_name,
        "event_region": record.region,
        "actor": record.actor,
        "source_ip_address": record.source_ip_address,
        "target": record.target,
        "detail": record.detail,
    }
    return product_fields({**_run_product_fields(record, origin), **values}, {})


def _event_resources(record: DetectionRecord, origin: FindingOrigin) -> list[dict[str, Any]]:
    """Return the target and the actor of the event, or the account if both are empty."""
    roles = {"Target": record.target, "Actor": record.actor}
    names_by_role = {role: name for role, name in roles.items() if name.strip()}
    if not names_by_role:
        names_by_role = {"Target": f"arn:{origin.partition}:::{record.account_id or origin.account_id}"}
    return [
        resource_fields(parse_resource(name), record.account_id, record.region, origin, role)
        for role, name in names_by_role.items()
    ]


def _api_call_action(record: DetectionRecord) -> dict[str, Any]:
    """Return the API call. Security Hub has a field for IPv4 addresses, and a domain for AWS services."""
    call: dict[str, Any] = {"Api": shorten_text(record.event_name, MAX_API)}
    try:
        address = ip_address(record.source_ip_address)
    except ValueError:
        if record.source_ip_address.strip():
            call |= {
                "CallerType": "domain",
                "DomainDetails": {"Domain": shorten_text(record.source_ip_address, MAX_API)},
            }
    else:
        call["CallerType"] = "remoteIp"
        if isinstance(address, IPv4Address):
            call["RemoteIpDetails"] = {"IpAddressV4": str(address)}
    return {"ActionType": "AWS_API_CALL", "AwsApiCallAction": call}
