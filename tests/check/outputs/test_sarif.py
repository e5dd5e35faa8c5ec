"""SARIF: a rule for each control, and results with fingerprints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.example_controls import MFA, control, run
from tests.check.outputs.hostile_results import hostile
from tests.check.outputs.sarif_documents import sarif

pytestmark = pytest.mark.usefixtures("folder")


def test_sarif(folder: Path) -> None:
    hostile(folder)
    document = sarif("first_v1.0")
    assert document["version"] == "2.1.0" and document["$schema"].endswith("sarif-2.1.0.json")
    [sarif_run] = document["runs"]
    rules = sarif_run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("mfa", "error"),
        ("alias", "note"),
    ]
    assert "first_v1.0:1.1" in rules[0]["properties"]["tags"]
    assert {(result["kind"], result["level"]) for result in sarif_run["results"]} == {
        ("fail", "error"), ("open", "none"), ("fail", "note"),
    }  # fmt: skip
    for result in sarif_run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] and result["message"]["text"]
        [location] = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith("arn:") and uri.isascii() and not set(uri) & set(' <>"|`\x1b\n')
    marks = [result["partialFingerprints"]["iamsql/v1"] for result in sarif_run["results"]]
    assert len(set(marks)) == len(marks) == 9
    assert sarif_run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    raw = run("first_v1.0", "-o", "sarif").stdout
    assert "\u202e" not in raw and "\x1b" not in raw


@pytest.mark.slow
def test_a_result_keeps_its_sarif_fingerprint_when_figures_in_it_change(folder: Path) -> None:
    before = {result["partialFingerprints"]["iamsql/v1"] for result in sarif("mfa")["runs"][0]["results"]}
    control(folder, "mfa", MFA.replace("7 as days", "8 as days").replace("'No MFA.'", "'None.'"), severity="high")
    assert {result["partialFingerprints"]["iamsql/v1"] for result in sarif("mfa")["runs"][0]["results"]} == before


@pytest.mark.slow
def test_a_control_with_two_parameter_values_is_two_rules() -> None:
    rules = sarif("first_v1.0", "alias")["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["mfa", "alias/want=y", "alias"]
