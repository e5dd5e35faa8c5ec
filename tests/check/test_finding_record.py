"""The identity of a result, which is the same in each format, and results that are missing elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.check.example_controls import MFA, A, B, control, run

DELETE = "aws iam delete-login-profile --user-name {user_name}"
pytestmark = pytest.mark.usefixtures("folder")


def ocsf(*args: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(*args, "-o", "ocsf").stdout.splitlines()]


def asff(*args: str) -> list[dict[str, Any]]:
    asff_findings: list[dict[str, Any]] = json.loads(run(*args, "-o", "asff").stdout)
    return asff_findings


def uids(*args: str) -> dict[tuple[str, ...], str]:
    """Return the fingerprint of each result in OCSF by its control, resource and text."""
    return {
        (event["compliance"]["control"], event["resources"][0]["uid"], event["message"]): event["finding_info"]["uid"]
        for event in ocsf(*args)
    }


@pytest.mark.slow
def test_a_result_has_the_same_identity_in_every_format() -> None:
    [document] = json.loads(run("first_v1.0", "-o", "sarif").stdout)["runs"]
    of_sarif = {}
    for result in document["results"]:
        resource = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        key = (result["ruleId"], resource, result["message"]["text"])
        of_sarif[key] = result["partialFingerprints"]["iamsql/v1"]
    of_ocsf = uids("first_v1.0")
    of_asff = [finding["ProductFields"]["iamsql/fingerprint"] for finding in asff("first_v1.0")]
    assert len(of_sarif) == 8 and of_sarif.items() <= of_ocsf.items()
    assert sorted(of_asff) == sorted(of_ocsf.values()) and len(set(of_asff)) == 11
    assert [finding["Id"].rpartition("/")[2] for finding in asff("first_v1.0")] == of_asff


@pytest.mark.slow
def test_a_result_keeps_its_identity_when_it_is_resolved(folder: Path) -> None:
    before = uids("mfa")
    control(folder, "mfa", MFA.replace("when p.mfa then", "when p.mfa or p.name = 'bo' then"), severity="high")
    user = f"arn:aws:iam::{A}:user/bo"
    assert uids("mfa")["mfa", user, "MFA is on."] == before["mfa", user, "No MFA."]


@pytest.mark.slow
def test_every_status_is_written(folder: Path) -> None:
    mutes = f"control,account,resource,owner,reason,expires\nmfa,{B},*eve,ops,Known,2026-03-30\n"
    Path("mutes.csv").write_text(mutes)
    states = {event["resources"][0]["name"]: event["status"] for event in ocsf("mfa", "--mutes", "mutes.csv")}
    assert states == {
        "ana": "Resolved", "bo": "New", "cy": "Unknown", "eve": "Suppressed", B: "Unknown", "333333333333": "Unknown",
        "444444444444": "Skipped",
    }  # fmt: skip
    flows = {
        finding["Resources"][0]["Id"].rpartition("/")[2]: finding["Workflow"]["Status"]
        for finding in asff("mfa", "--mutes", "mutes.csv")
    }
    assert (flows["ana"], flows["bo"], flows["cy"], flows["eve"]) == ("RESOLVED", "NEW", "NEW", "SUPPRESSED")


@pytest.mark.slow
def test_findings_have_remediation_commands_with_and_without_fix(folder: Path) -> None:
    control(folder, "mfa", MFA, remediation=DELETE)
    for option in ((), ("--fix",)):
        event = next(event for event in ocsf("mfa", *option) if event["status"] == "New")
        assert event["remediation"] == {"desc": "aws iam delete-login-profile --user-name bo"}
        finding = next(item for item in asff("mfa", *option) if item["Compliance"]["Status"] == "FAILED")
        assert finding["Remediation"]["Recommendation"]["Text"] == "aws iam delete-login-profile --user-name bo"


@pytest.mark.slow
def test_a_control_that_failed_is_an_unknown_finding(folder: Path) -> None:
    control(folder, "bad", "select nonsense from people")
    assert run("bad", "mfa", "-o", "ocsf").exit_code == 2
    [event] = [event for event in ocsf("bad", "mfa") if event["compliance"]["control"] == "bad"]
    assert event["compliance"]["status_id"] == 0 and "nonsense" in event["message"]
    [finding] = [finding for finding in asff("bad") if finding["GeneratorId"] == "bad"]
    assert finding["Compliance"]["Status"] == "NOT_AVAILABLE" and "nonsense" in finding["Description"]
    assert finding["Id"].endswith(event["finding_info"]["uid"])


@pytest.mark.parametrize("output", ["ocsf", "asff"])
def test_a_file_that_is_not_a_run_is_refused(folder: Path, output: str) -> None:
    with duckdb.connect("other.duckdb") as connection:
        connection.execute(f"create table people as select '{A}' as account_id, 'ana' as name, true as mfa")
    result = run("mfa", "--run", "other.duckdb", "-o", output)
    assert (result.exit_code, result.stdout) == (2, "") and "requires a run file" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("name", "begins"), [("x.ocsf.json", "{"), ("X.OCSF.JSONL", "{"), ("x.asff.json", "[\n{")])
def test_the_suffix_of_a_file_selects_the_format(name: str, begins: str) -> None:
    result = run("first_v1.0", "--export", name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert Path(name).read_text().startswith(begins) and Path(name).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_the_version_of_ocsf() -> None:
    assert {event["metadata"]["version"] for event in ocsf("mfa")} == {"1.3.0"}
    file = Path("version.toml")
    file.write_text("[check]\nocsf_version = '1.8.0'\n")
    assert {event["metadata"]["version"] for event in ocsf("mfa", "--config", str(file))} == {"1.8.0"}
    file.write_text("[check]\nocsf_version = '1.0.0'\n")
    result = run("mfa", "-o", "ocsf", "--config", str(file))
    assert result.exit_code == 2 and "'1.1.0', '1.2.0', '1.3.0'" in result.stderr
