"""Write results as SARIF 2.1.0: a rule for each control, a result for each alarm and each unknown result."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import Any, TextIO
from urllib.parse import quote

from iamsql import __version__
from iamsql.check.fixes import commands
from iamsql.check.run import ControlResults, ControlRun, Row
from iamsql.check.selection import ControlRef, Job
from iamsql.escaping import escape_json
from iamsql.model import Query

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
COLUMNS = tuple("status resource reason account_id account_name region dimensions ident was muted".split())
HELP = "The property `fix` of each result has these commands with its own values:"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note", "none": "none"}
# GitHub code scanning derives the severity from the score: above 9.0 critical, from 7.0 high, from 4.0 medium.
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "1.0", "none": "0.0"}


def write(control_run: ControlRun, stream: TextIO) -> None:
    """Write one SARIF run. A control that several benchmarks select is written once."""
    rules = _rules(control_run)
    driver = {
        "name": "iamsql",
        "semanticVersion": __version__,
        "informationUri": "https://pypi.org/project/iamsql/",
        "rules": list(rules.values()),
    }
    stream.write(f'{{"$schema": {_json(SCHEMA)}, "version": "2.1.0", "runs": [{{"tool": {_json({"driver": driver})},\n')
    # GitHub compares results with those of the same ID, so that two organizations do not close each other's alerts.
    automation = {"id": f"iamsql/{control_run.reader.facts.organization_id or 'run'}/"}
    stream.write(f'"automationDetails": {_json(automation)},\n"results": [')
    separator = ""
    unwritten = {job: {"ruleId": rule["id"], "ruleIndex": index} for index, (job, rule) in enumerate(rules.items())}
    for results in control_run.run():
        if rule := unwritten.pop(results.control.job, None):
            seen: Counter[str] = Counter()
            for row in results.rows(COLUMNS, ("alarm", "error", "muted")):
                stream.write(f"{separator}\n{_json(_result(results, rule, row, seen))}")
                separator = ","
    stream.write(f'\n],\n"invocations": [{_json(_invocation(control_run))}]}}]}}\n')


def _rules(control_run: ControlRun) -> dict[Job, dict[str, Any]]:
    """Return a rule for each control and set of values. If a control has several sets, their IDs contain the non-default values."""
    controls: dict[Job, list[ControlRef]] = {}
    for control in control_run.chosen.all_controls:
        controls.setdefault(control.job, []).append(control)
    counts = Counter(name for name, *_ in controls)
    return {job: _rule(same, with_values=counts[job[0]] > 1) for job, same in controls.items()}


def _rule(controls: list[ControlRef], with_values: bool) -> dict[str, Any]:
    query, severity, values = controls[0].query, controls[0].severity, controls[0].values
    changed = [f"{param.name}={values[param.name]}" for param in query.params if values[param.name] != param.default]
    numbers = [f"{control.benchmark}:{control.id}" for control in controls if control.benchmark and control.id]
    return {
        "id": "/".join([query.name, *changed]) if with_values else query.name,
        "name": query.name,
        "shortDescription": {"text": query.title},
        "fullDescription": {"text": query.about or query.title},
        **({"help": _help(query)} if query.fixes else {}),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "tags": list(dict.fromkeys(("security", *query.tags, *numbers))),
            "security-severity": SCORES[severity],
            "version": query.version,
        },
    }


def _help(query: Query) -> dict[str, str]:
    """Return the commands of a control, whose placeholders each result fills in, as text and as Markdown."""
    head, commands = "\n\n".join(filter(None, (query.about, HELP))), "\n".join(query.fixes)
    return {"text": f"{head}\n\n{commands}", "markdown": f"{head}\n\n```sh\n{commands}\n```"}


def _result(results: ControlResults, rule: dict[str, Any], row: Row, seen: Counter[str]) -> dict[str, Any]:
    """Return a SARIF result. The kind of an unknown result is `open`, which has the level none."""
    status, resource, reason, account, name, region, dimensions, ident, was, muted = row
    unknown = "error" in (status, was)
    key = "\x1f".join((rule["ruleId"], account, region, resource, ident or ""))
    seen[key] += 1  # distinguishes rows with the same key, because GitHub merges results with the same fingerprint
    fingerprint = sha256(f"{key}\x1f{seen[key]}".encode(errors="replace")).hexdigest()
    properties = {"account_id": account, "account_name": name, "region": region}
    if fix := commands(results, COLUMNS, row):
        properties["fix"] = fix
    result = {
        **rule,
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else LEVELS[results.control.severity],
        "message": {"text": reason or rule["ruleId"]},
        "locations": [  # GitHub requires a physical location, which must be a URI
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(resource, safe=":/", errors="replace")}},
                "logicalLocations": [{"fullyQualifiedName": resource, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"iamsql/v1": fingerprint},
        "properties": {**properties, "dimensions": json.loads(dimensions) if dimensions else {}},
    }
    if muted:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": muted}]
    return result


def _invocation(control_run: ControlRun) -> dict[str, Any]:
    """Return the SARIF invocation, with the errors of the controls that failed to run."""
    failed = list(control_run.failures.values())
    notes = [{"level": "error", "message": {"text": message}} for message in failed]
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notes}


def _json(value: Any) -> str:
    return escape_json(json.dumps(value, ensure_ascii=False, default=str))
