"""Parts of findings in the AWS Security Finding Format that do not exceed the limits of Security Hub.

The limits are from the API reference of Security Hub. It does not state how it counts characters: here, they are code points.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from iamsql.aws.partitions import resource_region
from iamsql.check.finding_record import FindingOrigin
from iamsql.check.resource_types import ACCESS_KEY_TYPE, Resource
from iamsql.escaping import printable

SCHEMA_VERSION = "2018-10-08"  # the only version of the format
# Characters of the fields (API reference of Security Hub: AwsSecurityFinding).
MAX_TITLE, MAX_DESCRIPTION, MAX_ID, MAX_RECOMMENDATION = 256, 1024, 512, 512
MAX_ACCOUNT_NAME, MAX_ORIGINAL, MAX_API = 50, 64, 128
MAX_REGION = 16
MAX_KEY, MAX_VALUE, MAX_FIELDS = 128, 2048, 50  # product fields
MAX_FIELD_BYTES = 100_000  # of all product fields, so no finding has more than 240 KB
NO_ACCOUNT_ID = "000000000000"  # Security Hub requires an account; a run of imported files may have results of none
# about: The partitions that Security Hub accepts in a resource.
# source: AWS Security Hub User Guide, "AWS Security Finding Format (ASFF)", Resources
# date: 2026-11-28
# rebuild: read the values of Partition in the page
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b")  # values that Security Hub accepts


def timestamp(time: datetime) -> str:
    """Return a time in UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shorten_text(value: str, limit: int) -> str:
    """Return a text without invisible characters, shortened with `…` to a number of characters."""
    visible = printable(value)
    return visible if len(visible) <= limit else f"{visible[: limit - 1]}…"


def shorten_id(value: str) -> str:
    """Return an ID of at most 512 characters. A longer one keeps its beginning, and a digest that keeps IDs distinct."""
    visible = printable(value)
    if len(visible) <= MAX_ID:
        return visible
    digest = sha256(value.encode(errors="replace")).hexdigest()[:16]
    return f"{visible[: MAX_ID - 17]}…{digest}"


def identity_fields(
    fingerprint: str, account: tuple[str, str], origin: FindingOrigin, region: str, product_account: str
) -> dict[str, Any]:
    """Return the fields that identify a finding. The ID contains the product, as the IDs of AWS services do.

    `account` is the ID and the name of an account.
    """
    account_id, account_name = account
    importer = product_account or account_id or origin.account_id or NO_ACCOUNT_ID
    product = f"arn:{origin.partition}:securityhub:{region}:{importer}:product/{importer}/default"
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "Id": f"{product}/iamsql/{fingerprint}",
        "ProductArn": product,
        "ProductName": "iamsql",
        "CompanyName": "iamsql",
        "AwsAccountId": importer,
        **({"AwsAccountName": shorten_text(account_name, MAX_ACCOUNT_NAME)} if account_name.strip() else {}),
    }


def classification_fields(severity: str, label: str, types: Sequence[str]) -> dict[str, Any]:
    """Return the severity and types. FindingProviderFields alone updates the values of an earlier finding in Security Hub."""
    fields = {"Severity": {"Label": label, "Original": shorten_text(severity, MAX_ORIGINAL)}, "Types": list(types)}
    return {**fields, "FindingProviderFields": fields}


def remediation_fields(commands: Sequence[str]) -> dict[str, Any]:
    """Return the commands, numbered; the last line has the number of commands that do not fit. Return {} without any."""
    # In one line: the pattern of every text, .*\S.*, excludes line breaks, unless Security Hub reads it in another way.
    lines = [printable(command) for command in commands]
    numbered_lines = lines if len(lines) == 1 else [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    joined, count = " ".join(numbered_lines), len(lines)
    while count > 1 and len(joined) > MAX_RECOMMENDATION:
        count -= 1
        joined = " ".join((*numbered_lines[:count], f"… {len(lines) - count} more: iamsql check --fix"))
    if len(joined) > MAX_RECOMMENDATION:
        joined = f"{joined[: MAX_RECOMMENDATION - 1]}…"
    return {"Remediation": {"Recommendation": {"Text": joined}}} if joined.strip() else {}


def product_fields(values: Mapping[str, str], dimensions: Mapping[str, Any]) -> dict[str, str]:
    """Return product fields of at most 50 pairs and `MAX_FIELD_BYTES`; empty values are left out, and dimensions come last."""
    of_dimensions = {
        f"dimension/{name}": value if isinstance(value, str) else json.dumps(value, default=str)
        for name, value in dimensions.items()
        if value is not None
    }
    all_fields = {name: value for name, value in {**values, **of_dimensions}.items() if value.strip()}
    fields_in_limit = dict(list(all_fields.items())[: MAX_FIELDS - 1 if len(all_fields) > MAX_FIELDS else MAX_FIELDS])
    if len(all_fields) > len(fields_in_limit):
        fields_in_limit["more"] = f"… {len(all_fields) - len(fields_in_limit)} more"
    fields = {
        shorten_text(f"iamsql/{name}", MAX_KEY): shorten_text(value, MAX_VALUE)
        for name, value in fields_in_limit.items()
    }
    if len(json.dumps(fields)) > MAX_FIELD_BYTES:
        fields = {name: shorten_text(value, MAX_ORIGINAL) for name, value in fields.items()}
    return fields


def resource_fields(
    item: Resource, account_id: str, region: str, origin: FindingOrigin, role: str = ""
) -> dict[str, Any]:
    """Return a resource. An account has the ID that Security Hub's own findings about accounts have."""
    name = item.uid
    if item.is_account or not name.strip():
        name = f"AWS::::Account:{account_id or origin.account_id or NO_ACCOUNT_ID}"
    elif item.type is ACCESS_KEY_TYPE:
        name = f"AWS::IAM::AccessKey:{item.uid}"
    fields: dict[str, Any] = {
        "Type": item.type.security_hub,
        "Id": shorten_id(name),
        "Region": shorten_text(resource_region(region, origin.partition), MAX_REGION),
    }
    if origin.partition in PARTITIONS:
        fields["Partition"] = origin.partition
    if role:
        fields["ResourceRole"] = role
    return fields
