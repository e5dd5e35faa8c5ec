"""Findings of detections in OCSF and ASFF: their identity, and detections without an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.check.detection_record import TACTICS
from iamsql.check.selection import load_catalog
from tests.check.test_detections import SELECT, USERS, A, B, run, three, write
from tests.check.test_detections import folder as folder


def ocsf(*args: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*args, "-o", "ocsf").stdout.splitlines()]


def test_every_shipped_tactic_has_an_id() -> None:
    tags = {tag for query in load_catalog(()).detections.values() for tag in query.tags if tag.startswith("tactic:")}
    assert len(tags) > 5 and {tag.removeprefix("tactic:") for tag in tags} <= set(TACTICS)


@pytest.mark.slow
def test_a_finding_has_the_same_identity_in_both_formats(folder: Path) -> None:
    three(folder)
    uids = [event["finding_info"]["uid"] for event in ocsf()]
    findings = json.loads(run("-o", "asff").stdout)
    assert [finding["Id"].rpartition("/")[2] for finding in findings] == uids and len(set(uids)) == len(uids)
    assert uids == [event["finding_info"]["uid"] for event in ocsf()]
    names = [event["cloud"]["account"].get("name") for event in ocsf()]
    assert names[:3] == ["app", "app", "main"]


@pytest.mark.slow
def test_equal_findings_have_identities_of_their_own(folder: Path) -> None:
    write(folder, "twice", f"{SELECT} = 'StopLogging' union all {SELECT} = 'StopLogging'")
    uids = [event["finding_info"]["uid"] for event in ocsf("twice") if event["status"] == "New"]
    assert len(uids) == len(set(uids)) == 2


@pytest.mark.slow
def test_techniques_and_times(folder: Path) -> None:
    three(folder)
    [stopped, *created, strange] = [event for event in ocsf() if event["status"] == "New"]
    assert stopped["time_dt"] == "2026-03-01T09:00:00.000Z"
    assert stopped["finding_info"]["attacks"] == [
        {"technique": {"uid": "T1562"}, "sub_technique": {"uid": "T1562.008"}}
    ]
    assert created[0]["finding_info"]["attacks"][0] == {"technique": {"uid": "T1136"}}
    assert strange["time"] == strange["finding_info"]["created_time"]  # the event has no time


@pytest.mark.slow
def test_a_detection_without_an_answer_is_a_finding(folder: Path) -> None:
    write(folder, "users", USERS)
    write(folder, "bad", "select nonsense")
    events = ocsf("users", "bad")
    unknown = {
        (event["metadata"]["event_code"], event["cloud"].get("account", {}).get("uid")): event["message"]
        for event in events
    }
    assert unknown["users", B] == "Unknown: iam:GetAccountAuthorizationDetails denied (AccessDenied)."
    assert {event["status"] for event in events} == {"Unknown"} and len(unknown) == len(events) > 2
    [message] = [message for (name, _), message in unknown.items() if name == "bad"]
    assert message.startswith("Unknown: the detection failed: ") and "nonsense" in message
    findings = json.loads(run("users", "bad", "-o", "asff").stdout)
    assert {finding["Compliance"]["Status"] for finding in findings} == {"NOT_AVAILABLE"}
    assert len(findings) == len(events)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.ocsf.json", "x.ocsf.jsonl", "x.asff.json"])
def test_the_suffix_of_a_file_selects_the_format(folder: Path, name: str) -> None:
    three(folder)
    result = run("users_made", "--export", name)
    assert (result.exit_code, result.stdout) == (1, "") and A in Path(name).read_text()
    assert ("finding_info" if "ocsf" in name else "ProductArn") in Path(name).read_text()
    assert Path(name).stat().st_mode & 0o777 == 0o600


def test_other_formats_of_controls_are_refused(folder: Path) -> None:
    three(folder)
    assert "unknown output format 'sarif' (formats are table" in run("-o", "sarif").stderr
    assert "cannot determine the format of x.sarif" in run("--export", "x.sarif").stderr
