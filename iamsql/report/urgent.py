"""Select the controls to resolve first: the most severe controls, of several families, with the most alarms."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from iamsql.catalog.remediation import commands, is_comment
from iamsql.check.selection import LEVELS
from iamsql.model import Result
from iamsql.report.contents import Control, UrgentControl

MAX_CONTROLS = 5
PRINCIPAL_ARN_PREFIX_PATTERN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(?=(?:user|role)/)")
STEP_PATTERN = re.compile(r" -\[(\w+)\]-> ")
# A command that resolves a finding, and does not only show data.
CHANGE_COMMAND_PATTERN = re.compile(r"aws \S+ (?!get-|list-|describe-|generate-|simulate-)")
URGENT_SEVERITIES = LEVELS[: LEVELS.index("medium")]  # severities


def urgent_controls(
    controls: Sequence[Control], findings: Result, parameters: Mapping[str, Mapping[str, object]]
) -> list[UrgentControl]:
    """Return at most MAX_CONTROLS controls of critical and high severity with alarms, most urgent first."""
    alarms = _urgent_alarms(findings)
    ordered_controls = _order_controls(
        [control for control in {item.name: item for item in controls}.values() if alarms.get(control.name)]
    )
    return [
        _urgent_control(control, alarms[control.name], parameters.get(control.name, {}))
        for control in ordered_controls[:MAX_CONTROLS]
    ]


def _urgent_alarms(findings: Result) -> dict[str, list[dict[str, Any]]]:
    """Return the alarms of critical and high severity by control, as rows of FINDING_COLUMNS."""
    severity, status, name = (findings.columns.index(column) for column in ("severity", "status", "control"))
    alarms_by_control: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in findings.rows:
        if row[status] == "alarm" and row[severity] in URGENT_SEVERITIES:
            alarms_by_control[row[name]].append(dict(zip(findings.columns, row, strict=True)))
    return alarms_by_control


def _order_controls(controls: Sequence[Control]) -> list[Control]:
    """Return controls by severity; of one severity, first a control of each family, the control with the most alarms."""
    family_counts: Counter[tuple[str, str]] = Counter()
    ranks = {}
    for control in sorted(controls, key=lambda item: -item.counts.get("alarm", 0)):
        key = control.severity, control.family
        ranks[control.name] = LEVELS.index(control.severity), family_counts[key], -control.counts.get("alarm", 0)
        family_counts[key] += 1
    return sorted(controls, key=lambda item: ranks[item.name])


def _shorten_reason(reason: str) -> str:
    """Return a reason with names of users and roles instead of ARNs, and arrows instead of the syntax of paths."""
    return STEP_PATTERN.sub(
        lambda step: f" \N{RIGHTWARDS ARROW} {step[1].replace('_', ' ')} \N{RIGHTWARDS ARROW} ",
        PRINCIPAL_ARN_PREFIX_PATTERN.sub("", reason),
    )


def _urgent_control(
    control: Control, alarms: Sequence[dict[str, Any]], parameters: Mapping[str, object]
) -> UrgentControl:
    first_alarm = alarms[0]
    values = {**parameters, **json.loads(first_alarm["dimensions"] or "{}"), **first_alarm}
    fixes = commands(control.fixes, values)
    advice = next((line.removeprefix("#").strip() for line in fixes if is_comment(line)), "")
    command = next((line for line in fixes if CHANGE_COMMAND_PATTERN.match(line)), "")
    if not command and not advice:
        command = fixes[0] if fixes else ""
    return UrgentControl(
        control.name, control.title, control.severity, len(alarms), len({alarm["account_id"] for alarm in alarms}),
        first_alarm["account_id"] or "", first_alarm["account_name"] or "", first_alarm["resource"],
        _shorten_reason(first_alarm["reason"]), command,
        "" if command else advice,
    )  # fmt: skip
