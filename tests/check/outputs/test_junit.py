"""JUnit: a suite for each control, and a case for each result."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.check.example_controls import run
from tests.check.outputs.hostile_results import hostile

pytestmark = pytest.mark.usefixtures("folder")


def test_junit(folder: Path) -> None:
    hostile(folder)
    root = ET.fromstring(run("first_v1.0", "-o", "junit").stdout)
    assert root.tag == "testsuites"
    suites = {suite.get("name"): suite for suite in root}
    suite = suites["first_v1.0.1.1 mfa: Everyone has MFA"]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8", "failures": "3", "errors": "3", "skipped": "1",
    }  # fmt: skip
    kinds = [[child.tag for child in case] for case in suite]
    assert kinds == [["failure"], [], ["failure"], ["error"], ["error"], ["failure"], ["error"], ["skipped"]]
    names = [case.get("name") or "" for case in suite]
    assert len(set(names)) == 8 and "\\u202e" in names[0] and "\ufffe" not in names[0] and "\x1b" not in names[0]
