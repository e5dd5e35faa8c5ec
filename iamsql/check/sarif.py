"""Verdicts as SARIF 2.1.0: a rule for each control, a result for each alarm and each thing that could not be judged."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TextIO
from urllib.parse import quote

from iamsql import __version__
from iamsql.check.judging import Judged, Judging, Row
from iamsql.check.selection import Place
from iamsql.escaping import escape_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
COLUMNS = (
    "status",
    "resource",
    "reason",
    "account_id",
    "account_name",
    "region",
    "dimensions",
    "ident",
    "was",
    "muted",
)
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note", "none": "none"}
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "1.0", "none": "0.0"}


def write(judging: Judging, stream: TextIO) -> None:
    """Write one SARIF run; results come as they are judged."""
    rules = _rules(judging)
    driver = {
        "name": "iamsql",
        "semanticVersion": __version__,
        "informationUri": "https://pypi.org/project/iamsql/",
        "rules": [rule.told for rule in rules.values()],
    }
    stream.write(f'{{"$schema": {_json(SCHEMA)}, "version": "2.1.0", "runs": [{{"tool": {_json({"driver": driver})},\n')
    whose = {"id": f"iamsql/{judging.facts.organization_id or 'run'}/"}
    stream.write(f'"automationDetails": {_json(whose)},\n"results": [')
    lead = ""
    done = set()
    for judged in judging.run():
        if judged.place.job not in done:
            done.add(judged.place.job)
            seen: Counter[str] = Counter()
            for row in judged.rows(COLUMNS, ("alarm", "error", "muted")):
                stream.write(f"{lead}\n{_json(_result(judged, rules[judged.place.job], row, seen))}")
                lead = ","
    stream.write(f'\n],\n"invocations": [{_json(_invocation(judging))}]}}]}}\n')


@dataclass(frozen=True)
class _Rule:
    """A control with its values: the place in the list, the name, and what SARIF is told of it."""

    index: int
    id: str
    told: dict[str, Any]


def _rules(judging: Judging) -> dict[Any, _Rule]:
    """Give a rule for each control; one that runs with several values has them in its names but for the defaults."""
    places: dict[Any, list[Place]] = {}
    for place in judging.chosen.every:
        places.setdefault(place.job, []).append(place)
    often = Counter(job[0] for job in places)
    rules = {}
    for index, (job, mine) in enumerate(places.items()):
        query, values = mine[0].query, mine[0].values
        odd = [f"{param.name}={values[param.name]}" for param in query.params if values[param.name] != param.default]
        name = "/".join([query.name, *odd]) if often[query.name] > 1 else query.name
        rules[job] = _Rule(index, name, _rule(name, mine))
    return rules


def _rule(name: str, places: list[Place]) -> dict[str, Any]:
    query, severity = places[0].query, places[0].severity
    numbers = [f"{one.benchmark}:{one.id}" for one in places if one.benchmark and one.id]
    return {
        "id": name,
        "name": query.name,
        "shortDescription": {"text": query.title},
        "fullDescription": {"text": query.about or query.title},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "tags": list(dict.fromkeys(("security", *query.tags, *numbers))),
            "security-severity": SCORES[severity],
            "version": query.version,
        },
    }


def _result(judged: Judged, rule: _Rule, row: Row, seen: Counter[str]) -> dict[str, Any]:
    """Give a result; what could not be judged is `open` in SARIF's words, which has no level."""
    status, resource, reason, account, name, region, dimensions, ident, was, muted = row
    unknown = "error" in (status, was)
    key = "\x1f".join((rule.id, account, region, resource, ident or ""))
    seen[key] += 1
    mark = sha256(f"{key}\x1f{seen[key]}".encode(errors="replace")).hexdigest()
    told = {"account_id": account, "account_name": name, "region": region}
    result = {
        "ruleId": rule.id,
        "ruleIndex": rule.index,
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else LEVELS[judged.place.severity],
        "message": {"text": reason or rule.id},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(resource, safe=":/", errors="replace")}},
                "logicalLocations": [{"fullyQualifiedName": resource, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"iamsql/v1": mark},
        "properties": {**told, "dimensions": json.loads(dimensions) if dimensions else {}},
    }
    if muted:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": muted}]
    return result


def _invocation(judging: Judging) -> dict[str, Any]:
    """Say whether every control ran, and which did not."""
    failed = list(judging.failures.values())
    notes = [{"level": "error", "message": {"text": words}} for words in failed]
    return {"executionSuccessful": not failed, "toolExecutionNotifications": notes}


def _json(value: Any) -> str:
    return escape_json(json.dumps(value, ensure_ascii=False, default=str))
