"""A pipeline that cannot succeed ends before it collects, with all reasons at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.notify.request import NotifyRequest
from iamsql.automation.pipeline import CheckRequest, PipelineRequest, run_pipeline
from iamsql.model import IamsqlError
from iamsql.report.build import ReportRequest
from iamsql.sync import Options, Progress
from tests.fake_aws import FakeAws

CONTROLS = ("root_mfa",)
WITHOUT_CREDENTIALS = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_CONFIG_FILE": "/nonexistent",
}


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have neither credentials nor secrets."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "IAMSQL_SLACK_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in WITHOUT_CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def request(folder: Path, *targets: str, **changes: Any) -> PipelineRequest:
    """Return a request over the sample organization."""
    sync = Options(runs=folder / "runs", demo=True)
    notify_request = NotifyRequest(targets, benchmarks=CONTROLS) if targets else None
    return replace(PipelineRequest(sync, CheckRequest(CONTROLS, "none"), notify=notify_request), **changes)


def error_of(folder: Path, pipeline_request: PipelineRequest) -> str:
    """Return the error of a pipeline, which wrote nothing."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(IamsqlError) as raised:
        run_pipeline(pipeline_request, Progress())
    assert sorted(folder.rglob("*")) == before
    return str(raised.value)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("slac", "unknown target 'slac'; did you mean slack?"),
        ("slack", "slack: The environment variable IAMSQL_SLACK_WEBHOOK is not set."),
        ("slack:env:EMPTY", "slack:env:EMPTY: env:EMPTY is empty."),
        ("teams:env:RETIRED", "which Teams no longer supports"),
        ("webhook:env:NOT_A_URL", "webhook:env:NOT_A_URL: "),
        ("slack:ssm:/hook", "slack:ssm:/hook: No AWS credentials found."),
        ("securityhub", "securityhub: No AWS credentials found."),
        ("s3://audit-bucket/x", "s3://audit-bucket/x: No AWS credentials found."),
        ("s3://Bad_Bucket", "Bad_Bucket"),
    ],
)
def test_an_unusable_target_or_secret_is_named_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, message: str
) -> None:
    monkeypatch.setenv("EMPTY", " ")
    monkeypatch.setenv("RETIRED", "https://acme.webhook.office.com/x")
    monkeypatch.setenv("NOT_A_URL", "secret-word")
    error = error_of(tmp_path, request(tmp_path, target))
    assert message in error and "secret-word" not in error


def test_names_files_and_suppressions(tmp_path: Path) -> None:
    mutes = tmp_path / "mutes.csv"
    mutes.write_text("control,account\n")
    (tmp_path / "folder.csv").mkdir()
    exports = (tmp_path / "x.pdf", tmp_path / "no" / "x.csv", tmp_path / "folder.csv")
    pipeline_request = request(
        tmp_path,
        check=CheckRequest(("root_mfaa", "cis_v9"), "none", exports),
        report=ReportRequest(("user_mfaa",)),
        report_file=tmp_path / "nowhere" / "report.html",
        summary_file=tmp_path / "none" / "summary.json",
        mutes=(mutes,),
    )
    lines = error_of(tmp_path, pipeline_request).splitlines()
    expected = (
        "9 problems must be resolved first:", "'root_mfaa'", "'cis_v9'", "'user_mfaa'", "mutes.csv:1: ", "format of ",
        "no/x.csv: the folder ", "folder.csv: it is not a file", "report.html: the folder ", "summary.json: the folder ",
    )  # fmt: skip
    assert len(lines) == len(expected)
    assert [part for part, line in zip(expected, lines, strict=True) if part not in line] == []


def test_the_credentials_of_the_sync_and_of_the_archive(tmp_path: Path) -> None:
    real = request(tmp_path, sync=Options(runs=tmp_path / "runs"))
    assert error_of(tmp_path, real).startswith("No AWS credentials found.\nSet AWS_PROFILE")
    archived = replace(real, archive="s3://BUCKET")
    assert error_of(tmp_path, archived).startswith("2 problems must be resolved first:\n  --archive: ")
    unknown = replace(real, sync=Options(runs=tmp_path / "runs", profile="nobody"))
    assert "The config profile (nobody) could not be found." in error_of(tmp_path, unknown)


def test_a_request_without_problems_is_run(tmp_path: Path) -> None:
    pipeline_request = request(tmp_path, sync=Options(runs=tmp_path / "runs", demo=True, accounts=("000000000000",)))
    assert [step.status for step in run_pipeline(pipeline_request, Progress(), FakeAws()).steps][1] == "failed"
