"""Each of 76 published techniques of attacks on identities is a finding of the detections that techniques.json names.

`weight` says how important a technique is; `seen` marks the techniques of the first detections. `setup` are earlier records that a
technique needs, such as the policy that is detached.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.detections.harness import DETECTIONS, detection_rows, load_events

TECHNIQUES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "techniques.json").read_text())
# Detections of the unusual that all attackers of the file together set off with any technique.
UNUSUAL = {"access_denied_burst", "discovery_burst", "whoami_from_new_address"}


@pytest.fixture(scope="module")
def findings(con: duckdb.DuckDBPyConnection) -> Mapping[str, set[str]]:
    """Return the detections that have a finding for each event ID, over the records of all techniques."""
    records = [record for technique in TECHNIQUES for key in ("setup", "events") for record in technique.get(key, ())]
    load_events(con, records)
    names: dict[str, set[str]] = defaultdict(set)
    for name, query in DETECTIONS.items():
        for row in detection_rows(con, query):
            names[row["event_id"]].add(name)
    return names


def test_the_file_has_each_technique_once() -> None:
    assert len({technique["technique"] for technique in TECHNIQUES}) == len(TECHNIQUES) == 76
    weights = Counter(technique["weight"] for technique in TECHNIQUES)
    assert weights == {"seen": 26, "high": 27, "medium": 16, "low": 7}


@pytest.mark.slow
def test_each_technique_is_a_finding(findings: Mapping[str, set[str]]) -> None:
    detections = {
        technique["technique"]: set().union(*(findings[event["eventID"]] for event in technique["events"])) - UNUSUAL
        for technique in TECHNIQUES
    }
    assert detections == {technique["technique"]: set(technique["detections"]) for technique in TECHNIQUES}
