"""The files of a run that a bucket receives."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.automation.notify.attachments import DELIVERED_RUN, Attachments
from iamsql.automation.notify.earlier_runs import run_with_status
from iamsql.automation.notify.request import NotifyRequest
from iamsql.check.diff.request import FindingRequest, resolve_request


@pytest.mark.slow
def test_the_report_the_csv_files_and_the_run_are_files_of_their_user(demo_run: Path, tmp_path: Path) -> None:
    controls = resolve_request(FindingRequest(controls=("user_mfa",))).controls
    assert controls is not None
    attachments = Attachments(NotifyRequest((), benchmarks=("user_mfa",)), demo_run.parent, controls)
    DELIVERED_RUN.set(run_with_status(demo_run, demo_run.parent))
    paths = attachments.write(tmp_path)
    assert [path.name for path in paths] == [
        "report.html", "findings.csv", "audit_report.csv", "root_report.csv", "cloudtrail_events.csv", demo_run.name,
    ]  # fmt: skip
    assert paths[-1] == demo_run.resolve(), "the run file is not copied"
    assert all(path.stat().st_size and path.stat().st_mode & 0o777 == 0o600 for path in paths)
    assert (tmp_path / "findings.csv").read_text("utf-8").count("user_mfa") > 3
