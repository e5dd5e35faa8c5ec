"""What Security Hub accepts: botocore's model of BatchImportFindings, and the limits that its documentation states in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import Shape
from botocore.validate import ParamValidator

# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html and the pages of its members.
LENGTHS = {
    "Id": 512, "ProductArn": 2048, "ProductName": 128, "CompanyName": 128, "AwsAccountName": 50, "GeneratorId": 512,
    "Title": 256, "Description": 1024, "AwsAccountId": 12,
}  # fmt: skip
RESOURCE_LENGTHS = {"Id": 512, "Type": 256, "Region": 16}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@cache
def _model() -> Shape:
    service = botocore.session.get_session().get_service_model("securityhub")
    model: Shape = service.operation_model("BatchImportFindings").input_shape
    return model


def violations(finding: dict[str, Any]) -> list[str]:
    """Return what Security Hub would refuse in a finding."""
    request = {"Findings": [finding]}
    report = ParamValidator().validate(request, _model()).generate_report()
    return [*filter(None, report.splitlines()), *_of_model(request, _model(), ""), *_of_limits(finding)]


def _of_model(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Yield the strings that are empty, or not one of the values of an enumeration: ParamValidator ignores both."""
    if shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from _of_model(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _of_model(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from _of_model(name, shape.key, f"{path} key")
            yield from _of_model(item, shape.value, f"{path}.{name}")
    elif shape.type_name == "string" and isinstance(value, str):
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield f"{path}: {value!r} does not match {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"{path}: {value!r} is not one of {shape.enum}"


def _of_limits(finding: dict[str, Any]) -> Iterator[str]:
    """Yield the limits that the model does not contain."""
    checks = {f"{name} is too long": len(finding.get(name, "")) <= limit for name, limit in LENGTHS.items()}
    fields = finding.get("ProductFields", {})
    compliance = finding.get("Compliance", {})
    advice = finding.get("Remediation", {}).get("Recommendation", {}).get("Text", "")
    checks |= {
        "AwsAccountId has not 12 digits": re.fullmatch(r"\d{12}", finding.get("AwsAccountId", "")) is not None,
        "too many ProductFields": len(fields) <= 50,
        "ProductFields are too long": all(len(key) <= 128 and len(str(value)) <= 2048 for key, value in fields.items()),
        "not 1 to 32 resources": 1 <= len(finding.get("Resources", [])) <= 32,
        "too many types": len(finding.get("Types", [])) <= 50,
        "too many requirements": len(compliance.get("RelatedRequirements", [])) <= 32,
        "Recommendation is too long": len(advice) <= 512,
        "Severity.Original is too long": len(finding.get("Severity", {}).get("Original", "")) <= 64,
        "more than 240 KB": len(json.dumps(finding)) <= 240_000,
    }
    for resource in finding.get("Resources", []):
        checks |= {
            f"{name} of a resource": len(resource.get(name, "")) <= limit for name, limit in RESOURCE_LENGTHS.items()
        }
    for name in ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"):
        checks[f"{name} is not a time"] = TIME.fullmatch(finding.get(name, "")) is not None
    yield from (problem for problem, holds in checks.items() if not holds)
