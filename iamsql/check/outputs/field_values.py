"""The values of severities and statuses in the two formats of findings that other products import.

OCSF is the Open Cybersecurity Schema Framework, whose values are an ID with a caption. ASFF is the AWS Security Finding Format.
"""

from __future__ import annotations

from typing import NamedTuple

from iamsql.check.finding_record import FindingRecord

OcsfValue = tuple[int, str]  # ID and caption


class SeverityValues(NamedTuple):
    """A severity: `severity_id` and `severity` in OCSF, `Severity.Label` in ASFF."""

    ocsf: OcsfValue
    asff: str


class StatusValues(NamedTuple):
    """A status of a result.

    `ocsf_outcome` is the outcome of the check (`compliance.status_id`), `ocsf_state` the state of the finding (`status_id`).
    `asff_compliance` is `Compliance.Status`, `asff_workflow` is `Workflow.Status`, `asff_reason` is the code in
    `Compliance.StatusReasons` of a result that is neither passed nor failed. Security Hub has codes for its own controls alone.
    """

    ocsf_outcome: OcsfValue
    ocsf_state: OcsfValue
    asff_compliance: str
    asff_workflow: str
    asff_reason: str = ""


SEVERITIES = {
    "critical": SeverityValues((5, "Critical"), "CRITICAL"),
    "high": SeverityValues((4, "High"), "HIGH"),
    "medium": SeverityValues((3, "Medium"), "MEDIUM"),
    "low": SeverityValues((2, "Low"), "LOW"),
    "info": SeverityValues((1, "Informational"), "INFORMATIONAL"),
    "none": SeverityValues((1, "Informational"), "INFORMATIONAL"),
}
UNKNOWN_STATE, NEW_STATE = (0, "Unknown"), (1, "New")
SUPPRESSED_STATE, RESOLVED_STATE = (3, "Suppressed"), (4, "Resolved")
STATUSES = {
    "ok": StatusValues((1, "Pass"), RESOLVED_STATE, "PASSED", "RESOLVED"),
    "info": StatusValues((2, "Warning"), NEW_STATE, "WARNING", "NEW", "IAMSQL_REQUIRES_DECISION"),
    "alarm": StatusValues((3, "Fail"), NEW_STATE, "FAILED", "NEW"),
    "error": StatusValues((0, "Unknown"), UNKNOWN_STATE, "NOT_AVAILABLE", "NEW", "IAMSQL_NOT_READ"),
    "skip": StatusValues((99, "Skipped"), (99, "Skipped"), "NOT_AVAILABLE", "NEW", "IAMSQL_SKIPPED"),
}
STATUSES_WITH_SEVERITY = ("alarm", "error")


def result_severity(record: FindingRecord) -> str:
    """Return the severity of the control, or `info` for a result that is not a problem: Security Hub labels it INFORMATIONAL."""
    return record.rule.severity if record.status in STATUSES_WITH_SEVERITY else "info"


def result_state(record: FindingRecord) -> OcsfValue:
    """Return the state of a result in OCSF."""
    return SUPPRESSED_STATE if record.muted else STATUSES[record.status].ocsf_state


def result_workflow(record: FindingRecord) -> str:
    """Return the status of the investigation in ASFF, which Security Hub sets for its own findings in the same way."""
    return "SUPPRESSED" if record.muted else STATUSES[record.status].asff_workflow
