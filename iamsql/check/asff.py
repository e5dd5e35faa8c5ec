"""Results in the AWS Security Finding Format, for Security Hub. Texts that are longer than Security Hub accepts end with `…`.

The limits are those of the API reference of Security Hub. It does not say how it counts characters: here they are code points.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from iamsql import __version__
from iamsql.check.finding_record import FindingOrigin, FindingRecord
from iamsql.check.resource_types import ACCESS_KEY, Resource, resources_of
from iamsql.escaping import printable
from iamsql.partitions import home_region

SCHEMA_VERSION = "2018-10-08"  # the only version of the format
TITLE, DESCRIPTION, ID, TEXT, KEY, VALUE, NAME, ORIGINAL = 256, 1024, 512, 512, 128, 2048, 50, 64
REQUIREMENTS, FIELDS = 32, 50  # elements
FIELD_BYTES = 100_000  # of all product fields, so that no finding has more than 240 KB
LABELS = {
    "critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFORMATIONAL", "none": "INFORMATIONAL",
}  # fmt: skip
COMPLIANCE = {
    "ok": "PASSED", "alarm": "FAILED", "info": "WARNING", "skip": "NOT_AVAILABLE", "error": "NOT_AVAILABLE",
}  # fmt: skip
# Why a result is neither passed nor failed. Security Hub has no codes for other products.
REASON_CODES = {"error": "IAMSQL_NOT_READ", "skip": "IAMSQL_SKIPPED", "info": "IAMSQL_REQUIRES_DECISION"}
WITH_SEVERITY = ("alarm", "error")  # Security Hub gives findings without a problem the label INFORMATIONAL
BEST_PRACTICES = "Software and Configuration Checks/AWS Security Best Practices"
CIS = "Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b")  # values that Security Hub accepts


def finding(record: FindingRecord, origin: FindingOrigin, *, region: str, product_account: str = "") -> dict[str, Any]:
    """Return a result as a finding to import in a region.

    Security Hub accepts a finding of the default product only from the account in its AwsAccountId: the account of the result, or
    `product_account`, an account that imports the findings of all accounts. The resources have the account of the result.
    """
    time = timestamp(origin.started_at)
    severity, types = _severity(record), [CIS if _is_cis(record) else BEST_PRACTICES]
    return {
        **_head(record.fingerprint, record.account_id, origin, region, product_account),
        "GeneratorId": text(record.rule.id, ID),
        **({"AwsAccountName": text(record.account_name, NAME)} if record.account_name.strip() else {}),
        "Types": types,
        "FirstObservedAt": time,
        "LastObservedAt": time,
        "CreatedAt": time,
        "UpdatedAt": time,
        "Severity": severity,
        # Security Hub updates the severity and types of an earlier finding by these fields alone.
        "FindingProviderFields": {"Severity": severity, "Types": types},
        "Title": text(record.rule.query.title, TITLE),
        "Description": text(record.reason or record.rule.query.title, DESCRIPTION),
        **_remediation(record.fixes),
        "ProductFields": _fields(record, origin),
        "Resources": [
            _resource(resource, record.account_id, record.region, origin) for resource in resources_of(record)
        ],
        "Compliance": _compliance(record),
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "SUPPRESSED" if record.muted else "NEW"},
    }


def timestamp(time: datetime) -> str:
    """Return a time in UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(value: str, limit: int) -> str:
    """Return a text without invisible characters, shortened with `…` to a number of characters."""
    visible = printable(value)
    return visible if len(visible) <= limit else f"{visible[: limit - 1]}…"


def _head(
    fingerprint: str, account_id: str, origin: FindingOrigin, region: str, product_account: str
) -> dict[str, Any]:
    """Return the fields that identify a finding. The ID contains the product, as those of AWS services do."""
    importer = product_account or account_id
    product = f"arn:{origin.partition}:securityhub:{region}:{importer}:product/{importer}/default"
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "Id": f"{product}/iamsql/{fingerprint}",
        "ProductArn": product,
        "ProductName": "iamsql",
        "CompanyName": "iamsql",
        "AwsAccountId": importer,
    }


def _is_cis(record: FindingRecord) -> bool:
    return any(number.startswith("cis_") for number in record.rule.numbers)


def _severity(record: FindingRecord) -> dict[str, str]:
    label = LABELS[record.rule.severity] if record.status in WITH_SEVERITY else "INFORMATIONAL"
    return {"Label": label, "Original": text(record.rule.severity, ORIGINAL)}


def _remediation(commands: Sequence[str]) -> dict[str, Any]:
    """Return the commands, one after another; those that do not fit are left out, with a number."""
    lines = [printable(command) for command in commands]
    if not lines:
        return {}
    joined = "\n".join(lines)
    shown = len(lines)
    while shown > 1 and len(joined) > TEXT:
        shown -= 1
        joined = "\n".join((*lines[:shown], f"… {len(lines) - shown} more: iamsql check --fix"))
    return {"Remediation": {"Recommendation": {"Text": joined if len(joined) <= TEXT else f"{joined[: TEXT - 1]}…"}}}


def _compliance(record: FindingRecord) -> dict[str, Any]:
    numbers = list(record.rule.numbers)
    if len(numbers) > REQUIREMENTS:
        numbers = [*numbers[: REQUIREMENTS - 1], f"… {len(numbers) - REQUIREMENTS + 1} more"]
    found: dict[str, Any] = {"Status": COMPLIANCE[record.status]}
    if numbers:
        found["RelatedRequirements"] = [text(number, ORIGINAL) for number in numbers]
    if code := REASON_CODES.get(record.status):
        found["StatusReasons"] = [{"ReasonCode": code, "Description": text(record.reason or code, DESCRIPTION)}]
    return found


def _fields(record: FindingRecord, origin: FindingOrigin) -> dict[str, str]:
    """Return what has no other place in a finding, by names that begin with iamsql/."""
    own = {
        "fingerprint": record.fingerprint,
        "run": origin.run_id,
        "organization": origin.organization_id,
        "account": record.account_id,
        "control": record.rule.query.name,
        "control_version": str(record.rule.query.version),
        "status": "muted" if record.muted else record.status,
        "muted": record.muted,
        "resource": record.resource,
        "iamsql_version": __version__,
    }
    return product_fields(own, record.dimensions)


def product_fields(own: Mapping[str, str], dimensions: Mapping[str, Any]) -> dict[str, str]:
    """Return product fields of at most 50 pairs and `FIELD_BYTES`; empty values are left out, and dimensions come last."""
    of_dimensions = {
        f"dimension/{name}": value if isinstance(value, str) else json.dumps(value, default=str)
        for name, value in dimensions.items()
        if value is not None
    }
    every = {name: value for name, value in {**own, **of_dimensions}.items() if value.strip()}
    shown = dict(list(every.items())[: FIELDS - 1 if len(every) > FIELDS else FIELDS])
    if len(every) > len(shown):
        shown["more"] = f"… {len(every) - len(shown)} more"
    fields = {text(f"iamsql/{name}", KEY): text(value, VALUE) for name, value in shown.items()}
    if len(json.dumps(fields)) > FIELD_BYTES:
        fields = {name: text(value, ORIGINAL) for name, value in fields.items()}
    return fields


def _resource(resource: Resource, account_id: str, region: str, origin: FindingOrigin) -> dict[str, Any]:
    """Return a resource. An account has the ID that Security Hub's own findings about accounts have."""
    name = resource.uid
    if resource.is_account:
        name = f"AWS::::Account:{account_id}"
    elif resource.type is ACCESS_KEY:
        name = f"AWS::IAM::AccessKey:{resource.uid}"
    found: dict[str, Any] = {
        "Type": resource.type.security_hub,
        "Id": _identifier(name),
        "Region": home_region(origin.partition) if region == "global" else region,
    }
    if origin.partition in PARTITIONS:
        found["Partition"] = origin.partition
    return found


def _identifier(value: str) -> str:
    """Return an ID of at most 512 characters. A longer one keeps its beginning, and a digest that keeps IDs distinct."""
    visible = printable(value)
    if len(visible) <= ID:
        return visible
    digest = sha256(value.encode(errors="replace")).hexdigest()[:16]
    return f"{visible[: ID - 17]}…{digest}"
