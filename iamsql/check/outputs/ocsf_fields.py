"""Parts of events of the Open Cybersecurity Schema Framework (OCSF) that its finding classes share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from iamsql.aws.partitions import resource_region
from iamsql.catalog.settings.option_types import OCSF_VERSIONS
from iamsql.check.finding_record import FindingOrigin
from iamsql.check.outputs.field_values import RESOLVED_STATE, SEVERITIES, OcsfValue
from iamsql.check.resource_types import Resource
from iamsql.version import __version__

VERSIONS = OCSF_VERSIONS
DEFAULT_VERSION = "1.3.0"
SINGLE_RESOURCE_VERSIONS = ("1.1.0", "1.2.0")  # a Compliance Finding of these versions has one resource
PROFILES = ("cloud", "datetime")
MAX_STRING_CHARACTERS = 65_535  # characters of a string, until version 1.7
FINDINGS_CATEGORY = 2
AWS_ACCOUNT_TYPE_ID = 10  # type_id of an account
# The activity of a finding, by status_id. A run does not know what earlier runs found, so a finding is never updated.
CREATE_ACTIVITY, CLOSE_ACTIVITY = (1, "Create"), (3, "Close")


class EventClass(NamedTuple):
    """A class of events."""

    uid: int
    name: str


def shorten_text(value: str) -> str:
    """Return a text with at most as many characters as a string may have; a longer one ends with `…`."""
    return value if len(value) <= MAX_STRING_CHARACTERS else f"{value[: MAX_STRING_CHARACTERS - 1]}…"


def milliseconds(time: datetime) -> int:
    """Return the milliseconds since 1970."""
    return round(time.timestamp() * 1000)


def time_fields(name: str, time: datetime) -> dict[str, Any]:
    """Return a time as milliseconds, and as text in the field of the profile datetime."""
    plain = time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {name: milliseconds(time), f"{name}_dt": plain}


def class_fields(event_class: EventClass, severity: str, state: OcsfValue) -> dict[str, Any]:
    """Return the class, activity, severity and status of an event. `state` is the state of the finding."""
    severity_id, caption = SEVERITIES[severity].ocsf
    activity_id, activity = CLOSE_ACTIVITY if state == RESOLVED_STATE else CREATE_ACTIVITY
    return {
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": FINDINGS_CATEGORY,
        "category_name": "Findings",
        "class_uid": event_class.uid,
        "class_name": event_class.name,
        "type_uid": event_class.uid * 100 + activity_id,
        "type_name": f"{event_class.name}: {activity}",
        "severity_id": severity_id,
        "severity": caption,
        "status_id": state[0],
        "status": state[1],
    }


def metadata_object(origin: FindingOrigin, version: str, code: str) -> dict[str, Any]:
    """Return the metadata of an event. `code` is the name of the control or detection."""
    return {
        "version": version,
        "product": {"name": "iamsql", "vendor_name": "iamsql", "uid": "iamsql", "version": __version__},
        "profiles": list(PROFILES),
        "event_code": code,
        "correlation_uid": origin.run_id,
        **({"tenant_uid": origin.organization_id} if origin.organization_id else {}),
    }


def cloud_object(origin: FindingOrigin, account_id: str, account_name: str, region: str) -> dict[str, Any]:
    """Return the account, organization and region of an event."""
    fields: dict[str, Any] = {"provider": "AWS", "region": resource_region(region, origin.partition)}
    if account_id:
        account = {"uid": account_id, "type": "AWS Account", "type_id": AWS_ACCOUNT_TYPE_ID}
        fields["account"] = {**account, **({"name": shorten_text(account_name)} if account_name else {})}
    if origin.organization_id:
        fields["org"] = {"uid": origin.organization_id}
    return fields


def resource_object(item: Resource, region: str, origin: FindingOrigin) -> dict[str, Any]:
    """Return a resource, with its type in CloudFormation."""
    return {
        "uid": shorten_text(item.uid),
        "name": shorten_text(item.name),
        "type": item.type.cloudformation,
        "region": resource_region(region, origin.partition),
        "cloud_partition": origin.partition,
    }


def analytic_object(uid: str, name: str, version: int) -> dict[str, Any]:
    """Return the control or detection that led to a finding."""
    return {"type_id": 1, "type": "Rule", "uid": shorten_text(uid), "name": name, "version": str(version)}


def unmapped_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that OCSF has no field for; {} without any."""
    present_values = {name: value for name, value in values.items() if value not in ("", None, {})}
    return {"unmapped": present_values} if present_values else {}
