"""A result of a control with the fields that the formats of other tools need, and the same fingerprint for all formats.

SARIF, OCSF, ASFF and notifications identify a result by its fingerprint, so one run updates what an earlier run sent.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from iamsql.check.controls import STATUSES, ControlResults, ControlRun, Row
from iamsql.check.fixes import commands_for_row
from iamsql.check.selection import ControlRef, Job
from iamsql.model import IamsqlError, Query
from iamsql.runs.store.metadata import RunMetadata

COLUMNS = tuple("status resource reason account_id account_name region dimensions ident was muted".split())
PROBLEM_STATUSES = ("alarm", "error", "muted")
# Tags of controls with their number in a benchmark.
_BENCHMARK_TAG = re.compile(r"(cis_v[0-9.]+|fsbp|security_hub|config):.")


@dataclass(frozen=True)
class Rule:
    """A control with the values of its parameters.

    `id` is the name of the control, with the values that are not defaults if the run has several sets of values. `numbers` has
    the control's number in each benchmark, such as cis_v7.0:2.5.
    """

    id: str
    query: Query
    severity: str
    numbers: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """Return the numbers of the control in the benchmarks that were run, and in the benchmarks of its tags."""
        return tuple(dict.fromkeys((*self.numbers, *filter(_BENCHMARK_TAG.match, self.query.tags))))


@dataclass(frozen=True)
class FindingRecord:
    """A result of a control. `status` is ok, alarm, info, skip or error, even for a muted result; `muted` is the reason.

    `fixes` are the commands for an alarm, or the commands that collect the missing data of an unknown result.
    """

    rule: Rule
    fingerprint: str
    status: str
    resource: str
    reason: str
    account_id: str
    account_name: str = ""
    region: str = "global"
    dimensions: Mapping[str, Any] = field(default_factory=dict)
    subresource: str = ""
    muted: str = ""
    fixes: Sequence[str] = ()


@dataclass(frozen=True)
class FindingOrigin:
    """The run of results. `started_at` is the time when the results were true.

    `account_id` is the management account, or the account of the caller; results without an account have it.
    """

    run_id: str
    started_at: datetime
    organization_id: str = ""
    partition: str = "aws"
    account_id: str = ""


def build_origin(metadata: RunMetadata) -> FindingOrigin:
    """Return the origin of the results of a run. Raise IamsqlError for a file that is not a run, which has no time."""
    if not metadata.run_id or metadata.started_at is None:
        raise IamsqlError(
            "This format requires a run file, because its findings have a time.\nList the runs with: iamsql runs"
        )
    caller = [*metadata.caller_arn.split(":"), *[""] * 5][4]
    account = metadata.management_account_id or caller
    return FindingOrigin(
        metadata.run_id, metadata.started_at, metadata.organization_id, metadata.partition or "aws", account
    )


def make_rules(control_run: ControlRun) -> dict[Job, Rule]:
    """Return a rule for each control and set of values."""
    controls: dict[Job, list[ControlRef]] = {}
    for control in control_run.selection.all_controls:
        controls.setdefault(control.job, []).append(control)
    counts = Counter(name for name, *_ in controls)
    return {job: _make_rule(references, with_values=counts[job[0]] > 1) for job, references in controls.items()}


def records(control_run: ControlRun, statuses: Sequence[str] = STATUSES) -> Iterator[FindingRecord]:
    """Yield the results of a run with some statuses. A control that several benchmarks select is read once."""
    remaining_rules = make_rules(control_run)
    for results in control_run.run():
        if rule := remaining_rules.pop(results.control.job, None):
            yield from build_records(results, rule, statuses)


def build_records(
    results: ControlResults, rule: Rule, statuses: Sequence[str] = STATUSES, selected: Container[str] | None = None
) -> Iterator[FindingRecord]:
    """Yield the results of a control with some statuses. `selected` limits them to these fingerprints."""
    for identity, row in fingerprinted_rows(results, rule, statuses):
        if selected is None or identity in selected:
            yield _make_record(results, rule, identity, row)


def fingerprinted_rows(
    results: ControlResults, rule: Rule, statuses: Sequence[str] = STATUSES
) -> Iterator[tuple[str, Row]]:
    """Yield the fingerprints of the results with some statuses, and their values of COLUMNS."""
    # Results with the same key are numbered. A result keeps its fingerprint when it is resolved, and other results do not
    # change the numbers of problems.
    seen_keys: Counter[tuple[bool, str]] = Counter()
    for row in results.rows(COLUMNS, statuses):
        status, resource, _, account, _, region, _, subresource, *_ = row
        key = (status in PROBLEM_STATUSES, _fingerprint_key(rule.id, account, region, resource, subresource))
        seen_keys[key] += 1
        yield _build_fingerprint(key[1], seen_keys[key]), row


def _make_record(results: ControlResults, rule: Rule, identity: str, row: Row) -> FindingRecord:
    status, resource, reason, account, name, region, dimensions, subresource, unmuted_status, muted = row
    return FindingRecord(
        rule=rule,
        fingerprint=identity,
        status=unmuted_status if status == "muted" else status,
        resource=resource or "",
        reason=reason or "",
        account_id=account or "",
        account_name=name or "",
        region=region,
        dimensions=json.loads(dimensions) if dimensions else {},
        subresource=subresource or "",
        muted=muted or "",
        fixes=commands_for_row(results, COLUMNS, row),
    )


def failed_records(control_run: ControlRun, origin: FindingOrigin) -> Iterator[FindingRecord]:
    """Yield an unknown result for each control that failed, so it is not missing. Call this after the last result."""
    rules_by_job = make_rules(control_run)
    for job, message in control_run.failures.items():
        resource = f"arn:{origin.partition}:::{origin.account_id}"
        yield FindingRecord(
            rule=rules_by_job[job],
            fingerprint=fingerprint(rules_by_job[job].id, origin.account_id, "global", resource, "failed"),
            status="error",
            resource=resource,
            reason=f"Unknown: the control failed: {message}",
            account_id=origin.account_id,
        )


def fingerprint(
    rule_id: str, account_id: str, region: str, resource: str, subresource: str | None, number: int = 1
) -> str:
    """Return the fingerprint of a result, 64 hexadecimal digits; `number` counts the results with the same key from 1."""
    return _build_fingerprint(_fingerprint_key(rule_id, account_id, region, resource, subresource), number)


def _fingerprint_key(*parts: str | None) -> str:
    return "\x1f".join(part or "" for part in parts)


def _build_fingerprint(key: str, number: int) -> str:
    return sha256(f"{key}\x1f{number}".encode(errors="replace")).hexdigest()


def _make_rule(controls: list[ControlRef], with_values: bool) -> Rule:
    query, severity, values = controls[0].query, controls[0].severity, controls[0].values
    changed_values = [
        f"{param.name}={values[param.name]}" for param in query.params if values[param.name] != param.default
    ]
    numbers = tuple(f"{control.benchmark}:{control.id}" for control in controls if control.benchmark and control.id)
    return Rule("/".join([query.name, *changed_values]) if with_values else query.name, query, severity, numbers)
