"""`iamsql check sigma:PATH`: rows, formats, exit codes and messages."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.check.detections import COLUMNS
from iamsql.cli import main
from iamsql.query.sigma import is_installed
from tests.conftest import query

pytestmark = pytest.mark.skipif(not is_installed(), reason="the extra `sigma` is not installed")

KEYS = """
title: Access key created
id: 3f2f0b1c-5c59-4f0e-9d3c-0d9f0c5a7f11
tags: [attack.persistence, attack.t1098.001]
level: high
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: createaccesskey
    condition: selection
"""
LOGINS = """
title: "=cmd|' /C calc'!A1 <script>"
level: low
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: ConsoleLogin}
    condition: selection
"""


@pytest.fixture
def folder(tmp_path: Path, demo_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working folder with two rules, and select the run of the sample organization."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(demo_run.parent))
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "key_created.yml").write_text(KEYS)
    (rules / "logins.yml").write_text(LOGINS)
    return tmp_path


def check(*args: str) -> Result:
    return CliRunner().invoke(main, ["check", *args])


def rows(done: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.slow
def test_findings_have_the_columns_of_detections_and_of_the_rule(folder: Path, demo_run: Path) -> None:
    result = check("sigma:rules", "-o", "csv")
    findings = rows(result)
    events = query(
        demo_run,
        "select event_id, event_name, actor_arn from aws_cloudtrail_event where event_name = 'CreateAccessKey'",
    )
    keys = [row for row in findings if row["detection"] == "sigma:key_created"]
    assert result.exit_code == 1 and events
    assert sorted((row["event_id"], row["event_name"], row["actor"]) for row in keys) == sorted(events)
    assert list(findings[0]) == [*COLUMNS, "title", "rule_id", "tags"]
    assert {(row["severity"], row["technique"], row["title"], row["rule_id"], row["tags"]) for row in keys} == {
        (
            "high",
            "T1098.001",
            "Access key created",
            "3f2f0b1c-5c59-4f0e-9d3c-0d9f0c5a7f11",
            "attack.persistence, attack.t1098.001",
        )
    }
    assert "2 detections ran, 0 without findings." in result.stderr
    assert "could not be evaluated" in result.stderr  # in the accounts that were not read


@pytest.mark.slow
def test_options_of_detections_apply(folder: Path) -> None:
    every = rows(check("sigma:rules", "-o", "csv"))
    newest = max(every, key=lambda row: row["event_time"])
    some = rows(check("sigma:rules", "-o", "csv", "--account", newest["account_id"], "--days", "30"))
    assert newest in some and len(some) < len(every)
    assert {row["account_id"] for row in some} == {newest["account_id"]} and min(
        row["event_time"] for row in some
    ) > "2026-01-31"
    high = check("sigma:rules", "-o", "csv", "--severity", "high", "--fail-on", "none")
    assert {row["severity"] for row in rows(high)} == {"high"} and high.exit_code == 0
    explained = rows(check("sigma:rules", "--explain", "-o", "csv"))
    assert {row["detection"] for row in explained} == {"sigma:key_created", "sigma:logins"}
    assert check("sigma:rules", "--where", "1 = 1").stderr.startswith("Error: --where is for controls")
    assert "none of the detections has a parameter" in check("sigma:rules", "--arg", "days=1").stderr


@pytest.mark.slow
def test_the_formats_of_findings_have_the_rule(folder: Path) -> None:
    ocsf = json.loads(check("sigma:rules", "-o", "ocsf", "--severity", "high").stdout.splitlines()[0])
    assert ocsf["finding_info"]["title"] == "Access key created" and ocsf["severity"] == "High"
    assert ocsf["finding_info"]["attacks"][0]["sub_technique"]["uid"] == "T1098.001"
    (asff, *_) = json.loads(check("sigma:rules", "-o", "asff", "--severity", "high").stdout)
    assert (asff["GeneratorId"], asff["Types"]) == ("sigma:key_created", ["TTPs/Persistence"])
    (folder / "safe.toml").write_text("csv_safe = true\n")
    safe = check("sigma:rules", "-o", "csv", "--config", "safe.toml").stdout
    assert "'=cmd" in safe and ",=cmd" not in safe
    assert check("sigma:rules", "--export", "out.ocsf.json").exit_code == 1 and (folder / "out.ocsf.json").exists()


@pytest.mark.slow
def test_a_refused_rule_is_an_error_and_the_others_run(folder: Path) -> None:
    (folder / "rules" / "bad.yml").write_text(
        KEYS.replace("eventName:", "eventName|re:").replace("createaccesskey", "'(?=a)'")
    )
    (folder / "rules" / "other.yml").write_text(KEYS.replace("cloudtrail", "s3"))
    result = check("sigma:rules", "-o", "csv")
    assert result.exit_code == 2 and len(rows(result)) == len(
        rows(check("sigma:rules/key_created.yml", "sigma:rules/logins.yml", "-o", "csv"))
    )
    assert (
        "Error: rules/bad.yml: the rule 'Access key created' was not run: Regular expression '(?=a)' is invalid"
        in result.stderr
    )
    assert "1 Sigma rule was not run, because the log source is not product aws, service cloudtrail" in result.stderr
    assert check("sigma:rules", "--explain").exit_code == 2


@pytest.mark.slow
def test_names_of_queries_and_rules_do_not_run_together(folder: Path) -> None:
    for other in ("cis_v7.0", "detections", "root_login"):
        result = check("sigma:rules", other)
        assert (result.exit_code, result.stdout) == (2, "")
        assert (
            result.stderr
            == f"Error: Sigma rules and {other} cannot run together: their columns differ. Run them separately.\n"
        )


def test_without_the_extra_the_error_says_how_to_install_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [
        name for name in sys.modules if name.partition(".")[0] == "sigma" or name == "iamsql.query.sigma.rules"
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "sigma", None)
    result = check("sigma:rules")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "Error: Sigma rules need the package pysigma, which is not installed.",
        "Install it with: pip install '.[sigma]' in a checkout of iamsql",
    ]


@pytest.mark.slow
def test_a_rule_whose_event_name_is_hostile_runs_nothing_else(folder: Path, demo_run: Path) -> None:
    copy = folder / "runs" / demo_run.name
    copy.parent.mkdir()
    shutil.copy(demo_run, copy)
    value = "'; copy (select 1) to 'out.csv'; --"
    (folder / "rules" / "hostile.yml").write_text(KEYS.replace("createaccesskey", json.dumps(value)))
    result = check("sigma:rules/hostile.yml", "--run", str(copy), "-o", "csv")
    assert result.exit_code in (0, 4) and rows(result) == [] and not (folder / "out.csv").exists()


@pytest.mark.slow
def test_pysigma_is_loaded_only_for_rules(folder: Path) -> None:
    code = "import sys, iamsql.cli.check; sys.exit(any(name.split('.')[0] == 'sigma' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
