"""Write results as SARIF 2.1.0: a rule for each control, a result for each alarm and each unknown result."""

from __future__ import annotations

import json
from typing import Any, TextIO
from urllib.parse import quote

from iamsql.check.controls import ControlRun
from iamsql.check.finding_record import PROBLEM_STATUSES, FindingRecord, Rule, make_rules, records
from iamsql.check.resource_types import parse_resource
from iamsql.escaping import escape_json
from iamsql.model import Query
from iamsql.version import HOMEPAGE, __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FIX_HELP = "The property `remediation` of each result has these commands with its own values:"
LEVELS_BY_SEVERITY = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
    "none": "none",
}
# GitHub code scanning derives the severity from the score: above 9.0 critical, from 7.0 high, from 4.0 medium.
SCORES_BY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "1.0", "none": "0.0"}


def write(control_run: ControlRun, stream: TextIO) -> None:
    """Write one SARIF run. A control that several benchmarks select is written once."""
    all_rules = list(make_rules(control_run).values())
    driver = {
        "name": "iamsql",
        "semanticVersion": __version__,
        "informationUri": HOMEPAGE,
        "rules": [_sarif_rule(rule) for rule in all_rules],
    }
    stream.write(
        f'{{"$schema": {_dump_json(SCHEMA)}, "version": "2.1.0", "runs": [{{"tool": {_dump_json({"driver": driver})},\n'
    )
    # GitHub compares results only with results of the same ID, so two organizations do not close each other's alerts.
    automation = {"id": f"iamsql/{control_run.reader.metadata.organization_id or 'run'}/"}
    stream.write(f'"automationDetails": {_dump_json(automation)},\n"results": [')
    separator = ""
    positions = {rule.id: index for index, rule in enumerate(all_rules)}
    for record in records(control_run, PROBLEM_STATUSES):
        stream.write(f"{separator}\n{_dump_json(_sarif_result(record, positions[record.rule.id]))}")
        separator = ","
    stream.write(f'\n],\n"invocations": [{_dump_json(_sarif_invocation(control_run))}]}}]}}\n')


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    query = rule.query
    return {
        "id": rule.id,
        "name": query.name,
        "shortDescription": {"text": query.title},
        "fullDescription": {"text": query.about or query.title},
        **({"help": _rule_help(query)} if query.fixes else {}),
        "defaultConfiguration": {"level": LEVELS_BY_SEVERITY[rule.severity]},
        "properties": {
            "tags": list(dict.fromkeys(("security", *query.tags, *rule.numbers))),
            "security-severity": SCORES_BY_SEVERITY[rule.severity],
            "version": query.version,
        },
    }


def _rule_help(query: Query) -> dict[str, str]:
    """Return the commands of a control, as text and as Markdown; each result fills in the placeholders."""
    head, commands = "\n\n".join(filter(None, (query.about, FIX_HELP))), "\n".join(query.fixes)
    return {"text": f"{head}\n\n{commands}", "markdown": f"{head}\n\n```sh\n{commands}\n```"}


def _sarif_result(record: FindingRecord, position: int) -> dict[str, Any]:
    """Return a SARIF result of the rule at `position`. The kind of an unknown result is `open`, which has the level none."""
    unknown, resource = record.status == "error", parse_resource(record.resource).uid
    properties: dict[str, Any] = {
        "account_id": record.account_id,
        "account_name": record.account_name or None,
        "region": record.region,
    }
    if record.fixes:
        properties["remediation"] = record.fixes
    result = {
        "ruleId": record.rule.id,
        "ruleIndex": position,
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else LEVELS_BY_SEVERITY[record.rule.severity],
        "message": {"text": record.reason or record.rule.id},
        "locations": [  # GitHub requires a physical location, which must be a URI
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(resource, safe=":/", errors="replace")}},
                "logicalLocations": [{"fullyQualifiedName": resource, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"iamsql/v1": record.fingerprint},
        "properties": {**properties, "dimensions": record.dimensions},
    }
    if record.muted:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": record.muted}]
    return result


def _sarif_invocation(control_run: ControlRun) -> dict[str, Any]:
    """Return the SARIF invocation, with the errors of the controls that failed to run."""
    failure_messages = list(control_run.failures.values())
    notes = [{"level": "error", "message": {"text": message}} for message in failure_messages]
    return {"executionSuccessful": not failure_messages, "toolExecutionNotifications": notes}


def _dump_json(value: Any) -> str:
    return escape_json(json.dumps(value, ensure_ascii=False, default=str))
