"""The results of controls that a benchmark lists, also twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.check.controls import run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import load_catalog
from iamsql.report.controls import ControlData, count_results, read_controls

TWICE = """
title = "Twice"
[[section]]
id = "1"
title = "Keys"
[[section.control]]
id = "1.1"
control = "root_no_access_key"
[[section.control]]
id = "1.2"
control = "root_no_access_key"
title = "The same again"
[[section.control]]
id = "1.3"
control = "password_length"
[[section.control]]
id = "1.4"
control = "password_length"
args = { length = 200 }
[[section.control]]
id = "1.5"
control = "broken"
"""
BROKEN = """-- title: A control that fails
-- kind: control
-- severity: low
select no_column from aws_iam_user
"""


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a benchmark and a control."""
    folder = tmp_path_factory.mktemp("queries")
    for name, text in (("benchmarks/twice.toml", TWICE), ("own_family/broken.sql", BROKEN)):
        path = folder / name
        path.parent.mkdir()
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def data(queries: Path, demo_run: Path) -> ControlData:
    """Return the results of the benchmark over the sample organization."""
    checks = load_catalog([str(queries)])
    with run_controls(checks, ["twice"], Evaluation(str(demo_run), demo_run.parent)) as control_run:
        data = read_controls(control_run)
        counts = count_results(control_run)
    assert (counts.by_severity, counts.failures) == (data.by_severity, data.failures)
    return data


@pytest.mark.slow
def test_a_control_that_stands_twice_names_the_first(data: ControlData) -> None:
    assert [(control.id, control.same_as) for control in data.controls] == [
        ("1.1", ""), ("1.2", "1.1"), ("1.3", ""), ("1.4", ""), ("1.5", ""),
    ]  # fmt: skip
    first, second, *_ = data.controls
    assert first.counts == second.counts
    assert (second.title, second.sections) == ("The same again", ["1 Keys"])


@pytest.mark.slow
def test_the_findings_of_a_control_that_stands_twice_are_listed_once(data: ControlData) -> None:
    root_key_findings = [row for row in data.findings.rows if row[0] == "root_no_access_key"]
    counts = data.controls[0].counts
    assert len(root_key_findings) == sum(counts.get(status, 0) for status in ("alarm", "error")) > 0
    assert data.by_severity["critical"]["alarm"] == counts["alarm"]


def test_a_control_that_fails_has_the_error_and_no_results(data: ControlData) -> None:
    broken = data.controls[-1]
    assert broken.failure.startswith("There is no column no_column; aws_iam_user has name, ")
    assert "LINE" not in broken.failure
    assert (broken.counts, broken.family, dict(data.failures)["low"]) == ({}, "own_family", 1)


def test_a_family_is_the_folder_of_the_control(data: ControlData) -> None:
    assert data.families == ["root", "password_policy", "own_family"]
    families = data.by_account["555566667777"]
    assert families["root"] == {"alarm": 1}
    assert families["password_policy"].total() == 2
