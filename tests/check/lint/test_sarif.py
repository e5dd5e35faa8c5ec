"""Findings as SARIF."""

from __future__ import annotations

import io
import json

import pytest

from iamsql.check.lint.findings import Finding
from iamsql.check.lint.sarif import RULE_DESCRIPTIONS, WARNING_RULES, write_sarif


def test_a_finding_has_its_rule_and_its_location() -> None:
    stream = io.StringIO()
    write_sarif(
        [Finding("a b/ü.sql", 3, 7, "clock", "now() \x1b\u202e"), Finding("x.sql", 1, 1, "table", "no")], stream
    )
    (run,) = json.loads(stream.getvalue())["runs"]
    first, second = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in (first, second)] == ["clock", "table"]
    assert (first["level"], second["level"], first["message"]["text"]) == ("warning", "error", "now() \x1b\u202e")
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%20b/%C3%BC.sql"
    assert location["region"] == {"startLine": 3, "startColumn": 7}
    assert "\u202e" not in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_without_findings_there_are_rules_and_no_results() -> None:
    stream = io.StringIO()
    write_sarif([], stream)
    (run,) = json.loads(stream.getvalue())["runs"]
    assert run["results"] == [] and len(run["tool"]["driver"]["rules"]) == len(RULE_DESCRIPTIONS)
    assert {*WARNING_RULES} < RULE_DESCRIPTIONS.keys()


def test_a_rule_that_is_not_declared_is_an_error() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        write_sarif([Finding("x", 1, 1, "nonsense", "x")], io.StringIO())
