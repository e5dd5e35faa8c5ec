"""A finding of a detection with the fields that OCSF and ASFF need, and the same fingerprint for both.

A detection that could not be evaluated in an account is also a record, so nothing is silently missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from iamsql.check.detection_gaps import join_reasons
from iamsql.check.detections import COLUMNS, TECHNIQUE_TAG_PREFIX, DetectionResult
from iamsql.check.finding_record import FindingOrigin, fingerprint
from iamsql.check.selection import LEVELS
from iamsql.model import Query

TACTIC_TAG_PREFIX = "tactic:"
# The tactics of MITRE ATT&CK for cloud platforms: ID and name by the tag.
TACTICS = {
    "reconnaissance": ("TA0043", "Reconnaissance"),
    "resource_development": ("TA0042", "Resource Development"),
    "initial_access": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilege_escalation": ("TA0004", "Privilege Escalation"),
    "defense_evasion": ("TA0005", "Defense Evasion"),
    "credential_access": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateral_movement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "impact": ("TA0040", "Impact"),
}
UNEVALUATED_EVENT_ID = "unevaluated"  # instead of an event ID


@dataclass(frozen=True)
class DetectionRecord:
    """A finding of a detection. `unknown` is the reason why the detection could not be evaluated in the account, or ''.

    `event_time` is in UTC; None if the event has no time, or if there is no event.
    """

    query: Query
    fingerprint: str
    account_id: str
    account_name: str = ""
    region: str = "global"
    event_time: datetime | None = None
    actor: str = ""
    source_ip_address: str = ""
    event_name: str = ""
    target: str = ""
    detail: str = ""
    event_id: str = ""
    unknown: str = ""

    @property
    def severity(self) -> str:
        """Return the severity of the detection."""
        return self.query.severity or LEVELS[-1]

    @property
    def techniques(self) -> list[str]:
        """Return the IDs of the MITRE ATT&CK techniques of the detection, such as T1098.001."""
        return self._tags(TECHNIQUE_TAG_PREFIX)

    @property
    def tactics(self) -> list[str]:
        """Return the tactics of the detection, such as defense_evasion."""
        return self._tags(TACTIC_TAG_PREFIX)

    @property
    def message(self) -> str:
        """Return the text of the finding, or why the detection could not be evaluated."""
        return self.unknown or self.detail.strip() or self.query.title

    def _tags(self, prefix: str) -> list[str]:
        return [tag.removeprefix(prefix) for tag in self.query.tags if tag.startswith(prefix)]


def detection_records(result: DetectionResult, origin: FindingOrigin) -> Iterator[DetectionRecord]:
    """Yield the findings of detections, and then a record for each detection and account without an answer.

    The record of a detection that failed is in the account of the organization.
    """
    seen_keys: Counter[str] = Counter()
    for row in result.findings.rows:
        _, name, _, time, *texts = row[: len(COLUMNS)]  # columns of Sigma rules can follow
        account, region, actor, address, event, target, detail, event_id = (_text_or_empty(value) for value in texts)
        key = fingerprint(name, account, region, event_id, target)
        seen_keys[key] += 1
        yield DetectionRecord(
            query=result.queries[name],
            fingerprint=fingerprint(name, account, region, event_id, target, seen_keys[key]),
            account_id=account,
            account_name=result.account_names.get(account, ""),
            region=region or "global",
            event_time=time.replace(tzinfo=UTC) if time else None,
            actor=actor,
            source_ip_address=address,
            event_name=event,
            target=target,
            detail=detail,
            event_id=event_id,
        )
    for name, accounts in result.unevaluated.items():
        for account, reasons in accounts.items():
            yield _unevaluated_record(result, name, account, join_reasons(reasons))
    for name, error in result.errors.items():
        yield _unevaluated_record(result, name, origin.account_id, f"Unknown: the detection failed: {error}")


def _unevaluated_record(result: DetectionResult, name: str, account: str, reason: str) -> DetectionRecord:
    """Return the record of a detection that has no answer in an account."""
    return DetectionRecord(
        query=result.queries[name],
        fingerprint=fingerprint(name, account, "global", UNEVALUATED_EVENT_ID, None),
        account_id=account,
        account_name=result.account_names.get(account, ""),
        unknown=reason,
    )


def _text_or_empty(value: object) -> str:
    return "" if value is None else str(value)
