"""Findings of Security Hub: every result of the sample organization obeys its model and its limits."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.check.finding_record import FindingOrigin, FindingRecord
from iamsql.check.outputs import asff
from iamsql.check.outputs.field_values import SEVERITIES
from iamsql.runs.store.metadata import RunMetadata
from tests.check.asff_rules import violations
from tests.check.demo_records import all_records, demo_records, once_per_status
from tests.hostile.names import NAMES, UNSEEN
from tests.tiers import slow_but_every

REGION = "us-east-1"
ADMINISTRATOR = "999999999999"


def finding(record: FindingRecord, **options: Any) -> dict[str, Any]:
    return asff.control_finding(record, demo_records().origin, region=REGION, **options)


def of_status(status: str) -> FindingRecord:
    """Return a record of a status, with a requirement and commands where there are any."""
    every = [record for record in demo_records().controls if record.status == status]
    return next((record for record in every if record.rule.requirements and record.fixes), every[0])


@pytest.mark.slow
def test_results_of_each_status_are_valid() -> None:
    records = list(once_per_status(all_records().controls))[::4]  # a slow test validates all
    problems_by_rule = [(record.rule.id, violations(finding(record))) for record in records]
    assert len(problems_by_rule) > 100 and [problem for problem in problems_by_rule if problem[1]] == []


@pytest.mark.slow
def test_all_results_are_valid_and_have_ids_of_their_own() -> None:
    findings = [finding(record) for record in all_records().controls]
    assert [item["Id"] for item in findings if violations(item)] == []
    assert len({item["Id"] for item in findings}) == len(findings) > 4000


@pytest.mark.slow
def test_all_findings_of_detections_are_valid() -> None:
    origin = all_records().origin
    findings = [asff.detection_finding(record, origin, region=REGION) for record in all_records().detections]
    assert [problem for item in findings for problem in violations(item)] == []
    assert len({item["Id"] for item in findings}) == len(findings) > 200


@pytest.mark.parametrize(
    ("change", "problem"),
    slow_but_every(
        5,
        [
            ({"Title": "x" * 257}, "Title is too long"),
            ({"Severity": {"Label": "URGENT"}}, "'URGENT' is not one of"),
            ({"Compliance": {"Status": "FAIL"}}, "'FAIL' is not one of"),
            ({"GeneratorId": "a\nb"}, "does not match"),
            ({"AwsAccountId": "1"}, "AwsAccountId has not 12 digits"),
            ({"Resources": [{"Id": "x", "Type": "Other"}] * 33}, "not 1 to 32 resources"),
            ({"ProductFields": {"x": 1}}, "Invalid type for parameter"),
            ({"Unknown": 1}, "Unknown parameter"),
            (
                {"ProductFields": {f"{number}": "x" * 2048 for number in range(50)}, "Title": "\U0001f600" * 20_000},
                "240 KB",
            ),
        ],
    ),
)
def test_the_rules_find_mistakes(change: dict[str, Any], problem: str) -> None:
    good = finding(of_status("alarm"))
    assert violations(good) == []
    assert any(problem in line for line in violations({**good, **change}))


@pytest.mark.parametrize(
    ("status", "compliance", "workflow", "code"),
    [
        ("ok", "PASSED", "RESOLVED", None),
        ("alarm", "FAILED", "NEW", None),
        ("error", "NOT_AVAILABLE", "NEW", "IAMSQL_NOT_READ"),
        ("skip", "NOT_AVAILABLE", "NEW", "IAMSQL_SKIPPED"),
        ("info", "WARNING", "NEW", "IAMSQL_REQUIRES_DECISION"),
    ],
)
def test_the_status(status: str, compliance: str, workflow: str, code: str | None) -> None:
    record = of_status(status)
    asff_finding = finding(record)
    assert asff_finding["Compliance"]["Status"] == compliance and asff_finding["Workflow"] == {"Status": workflow}
    reasons = [{"ReasonCode": code, "Description": record.reason}] if code else None
    assert asff_finding["Compliance"].get("StatusReasons") == reasons
    severity = SEVERITIES[record.rule.severity].asff if status in ("alarm", "error") else "INFORMATIONAL"
    assert asff_finding["Severity"] == asff_finding["FindingProviderFields"]["Severity"]
    assert asff_finding["Severity"] == {"Label": severity, "Original": record.rule.severity}
    assert asff_finding["ProductFields"]["iamsql/status"] == status
    assert bool(asff_finding.get("Remediation")) == bool(record.fixes)
    muted = finding(replace(record, muted="ops until 2026-09-30: Known."))
    assert muted["Workflow"] == {"Status": "SUPPRESSED"} and muted["Compliance"] == asff_finding["Compliance"]
    assert muted["ProductFields"]["iamsql/muted"] == "ops until 2026-09-30: Known."


def test_a_finding_names_its_user_and_access_key() -> None:
    record = next(record for record in demo_records().controls if record.dimensions.get("access_key_id"))
    asff_finding = finding(record)
    assert [(resource["Type"], resource["Id"]) for resource in asff_finding["Resources"]] == [
        ("AwsIamUser", record.resource),
        ("AwsIamAccessKey", f"AWS::IAM::AccessKey:{record.dimensions['access_key_id']}"),
    ]
    assert {(resource["Region"], resource["Partition"]) for resource in asff_finding["Resources"]} == {(REGION, "aws")}
    product = f"arn:aws:securityhub:{REGION}:{record.account_id}:product/{record.account_id}/default"
    assert (asff_finding["ProductArn"], asff_finding["Id"]) == (product, f"{product}/iamsql/{record.fingerprint}")
    assert asff_finding["GeneratorId"] == record.rule.id and asff_finding["AwsAccountId"] == record.account_id


def test_an_administrator_imports_the_findings_of_all_accounts() -> None:
    record = of_status("alarm")
    asff_finding = finding(record, product_account=ADMINISTRATOR)
    assert violations(asff_finding) == [] and asff_finding["AwsAccountId"] == ADMINISTRATOR
    assert asff_finding["ProductArn"] == f"arn:aws:securityhub:{REGION}:{ADMINISTRATOR}:product/{ADMINISTRATOR}/default"
    assert asff_finding["ProductFields"]["iamsql/account"] == record.account_id and record.account_id in json.dumps(
        asff_finding["Resources"]
    )


def test_global_resources_of_other_partitions_are_in_the_region_of_their_iam() -> None:
    china = FindingOrigin("run", demo_records().origin.started_at, partition="aws-cn")
    record = replace(of_status("error"), resource="arn:aws-cn:iam::111122223333:user/a")
    asff_finding = asff.control_finding(record, china, region="cn-north-1")
    assert violations(asff_finding) == []
    assert [(item["Region"], item["Partition"]) for item in asff_finding["Resources"]] == [("cn-north-1", "aws-cn")]
    other = asff.control_finding(record, replace(china, partition="aws-eusc"), region="eusc-de-east-1")
    assert violations(other) == [] and "Partition" not in other["Resources"][0]


@pytest.mark.parametrize("name", [*NAMES, *UNSEEN, "\U0001f600" * 3000, "\x1b" * 3000, "\ud800" * 3000])
def test_hostile_names_are_shortened_and_visible(name: str) -> None:
    record = replace(
        of_status("alarm"),
        resource=f"arn:aws:iam::111122223333:user/{name}",
        reason=name,
        account_name=name,
        muted=name,
        region=name,
        fixes=[name, name],
        dimensions={"access_key_id": name, name: name, **{f"{name}{number}": name for number in range(60)}},
    )
    asff_finding = finding(record)
    assert violations(asff_finding) == []
    text = json.dumps(asff_finding, ensure_ascii=False)
    assert not any(char in text for char in "\x1b\u202e\u200b\x9b\ud800")
    event = replace(
        demo_records().detections[0], actor=name, target=name, source_ip_address=name, event_name=name, detail=name
    )
    assert violations(asff.detection_finding(event, demo_records().origin, region=REGION)) == []


def test_a_result_of_no_account_is_valid() -> None:
    record = replace(of_status("alarm"), account_id="", resource="", account_name="", region="")
    origin = replace(demo_records().origin, account_id="")
    asff_finding = asff.control_finding(record, origin, region=REGION)
    assert violations(asff_finding) == [] and asff_finding["AwsAccountId"] == "000000000000"


def test_what_is_too_long_ends_visibly() -> None:
    record = replace(of_status("alarm"), reason="r" * 2000, fixes=["aws iam x" * 20] * 5)
    asff_finding = finding(record)
    assert len(asff_finding["Description"]) == 1024 and asff_finding["Description"].endswith("r…")
    text = asff_finding["Remediation"]["Recommendation"]["Text"]
    assert len(text) <= 512 and text.endswith("… 3 more: iamsql check --fix") and text.count(". aws") == 2
    numbers = tuple(f"mine_{number}:1" for number in range(40))
    rule = replace(record.rule, numbers=numbers, query=replace(record.rule.query, tags=()))
    related = finding(replace(record, rule=rule))["Compliance"]["RelatedRequirements"]
    assert related == [*numbers[:31], "… 9 more"]
    many = finding(replace(record, dimensions={f"d{number}": "x" for number in range(60)}))["ProductFields"]
    assert len(many) == 50 and many["iamsql/more"].endswith(" more")
    resources = ["a" * 600, "a" * 599 + "b"]
    ids = {finding(replace(record, resource=resource))["Resources"][0]["Id"] for resource in resources}
    assert len(ids) == 2 and {len(name) for name in ids} == {512}


def test_a_finding_of_a_detection() -> None:
    record = next(
        record for record in demo_records().detections if record.event_id and record.source_ip_address[:1].isdigit()
    )
    asff_finding = asff.detection_finding(record, demo_records().origin, region=REGION)
    assert record.event_time and asff_finding["CreatedAt"].startswith(f"{record.event_time:%Y-%m-%dT%H:%M:%S}")
    assert asff_finding["UpdatedAt"] == "2026-03-02T12:00:00.000Z" and "Compliance" not in asff_finding
    assert asff_finding["Types"][0].startswith(("TTPs/", "Effects/"))
    call = asff_finding["Action"]["AwsApiCallAction"]
    assert (call["Api"], call["RemoteIpDetails"]) == (record.event_name, {"IpAddressV4": record.source_ip_address})
    assert [resource["ResourceRole"] for resource in asff_finding["Resources"]] == ["Target", "Actor"]
    service = asff.detection_finding(
        replace(record, source_ip_address="lambda.amazonaws.com"), demo_records().origin, region=REGION
    )
    assert service["Action"]["AwsApiCallAction"]["DomainDetails"] == {"Domain": "lambda.amazonaws.com"}
    assert (
        violations(
            asff.detection_finding(
                replace(record, source_ip_address="2001:db8::1"), demo_records().origin, region=REGION
            )
        )
        == []
    )


def test_a_detection_that_could_not_be_evaluated_is_a_finding() -> None:
    record = next(record for record in demo_records().detections if record.unknown)
    asff_finding = asff.detection_finding(record, demo_records().origin, region=REGION)
    assert asff_finding["Compliance"]["Status"] == "NOT_AVAILABLE" and "Action" not in asff_finding
    assert (
        asff_finding["Compliance"]["StatusReasons"][0]["Description"] == record.unknown == asff_finding["Description"]
    )
    assert [resource["Id"] for resource in asff_finding["Resources"]] == [f"AWS::::Account:{record.account_id}"]


def test_findings_are_written_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, lines = io.StringIO(), []
    record = of_status("alarm")

    def many(*_: Any) -> Iterator[FindingRecord]:
        for _number in range(3):
            lines.append(len(stream.getvalue().splitlines()))
            yield record

    monkeypatch.setattr(asff, "records", many)
    monkeypatch.setattr(asff, "failed_records", lambda *_: [record])
    asff.write(SimpleNamespace(reader=SimpleNamespace(metadata=_facts())), stream)  # type: ignore[arg-type]
    assert lines == [0, 2, 3] and len(json.loads(stream.getvalue())) == 4


def _facts() -> RunMetadata:
    origin = demo_records().origin
    return RunMetadata(origin.run_id, origin.started_at, partition=origin.partition)
