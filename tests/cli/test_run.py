"""`iamsql run` as a scheduler starts it: a process of its own, against a fake AWS and five targets that listen on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from moto.ses.models import ses_backends

from tests.automation.notify.emulators import ACCOUNT, REGION, Emulator, moto
from tests.automation.pipeline.receiver import Receiver, receiving
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults
from tests.fake_aws.over_http import serving
from tests.trusted import trust_file

NETWORK, FINANCE, GREEN = "012345678901", "555566667777", "131313131313"
MAIL, BUCKET = "audit@example.com", "acme-audit"
SUMMARY = "iamsql-summary.json"
IAMSQL = Path(sys.executable).with_name("iamsql")
CONFIGURATION = """
[sync]
roles = ["iamsql-audit"]
{tables}
[check]
benchmarks = ["root_mfa"]

[notify]
to = ["slack", "sns:{topic}", "ses:{mail}:team@example.com", "securityhub"{further}]
securityhub_role = "iamsql-audit"

[run]
summary = "{summary}"
"""


@dataclass
class Targets:
    """The places that receive notifications: Slack, and moto for SNS, SES, S3 and Security Hub."""

    slack: Receiver
    aws: Emulator
    topic: str
    queue: str

    def mails(self) -> list[str]:
        """Return the bodies of the mails that were sent. moto runs in this process; SES has no operation that returns them."""
        return [message.body for message in ses_backends[ACCOUNT][REGION].sent_messages]

    def published(self) -> list[dict[str, Any]]:
        """Receive and delete the messages of the topic."""
        sqs, bodies = self.aws.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def objects(self) -> set[str]:
        """Return the keys of the bucket."""
        response = self.aws.client("s3").list_objects_v2(Bucket=BUCKET)
        return {item["Key"] for item in response.get("Contents", ())}

    def findings(self) -> dict[str, dict[str, Any]]:
        """Return the findings of Security Hub by the account of their resource."""
        pages = self.aws.client("securityhub").get_paginator("get_findings").paginate()
        return {finding["AwsAccountId"]: finding for page in pages for finding in page["Findings"]}


@pytest.fixture
def targets() -> Iterator[Targets]:
    with receiving() as slack, moto() as aws:
        topic = aws.client("sns").create_topic(Name="iamsql")["TopicArn"]
        queue = aws.client("sqs").create_queue(QueueName="iamsql")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:123456789012:iamsql"
        aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        aws.client("ses").verify_email_identity(EmailAddress=MAIL)
        aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        aws.client("securityhub").enable_security_hub()
        yield Targets(slack, aws, topic, queue)


def organization(*, denied: tuple[str, ...] = (), **mfa: int) -> FakeAws:
    """Return the sample organization; `mfa` has whether the root user of an account has MFA, by `a` and the account's ID."""
    faults = Faults(deny=tuple((account, "AssumeRole") for account in denied))
    aws = FakeAws(datetime.now(UTC).date(), faults=faults)
    for account, enabled in mfa.items():
        aws.organization.by_id[account.removeprefix("a")].iam["SummaryMap"]["AccountMFAEnabled"] = enabled
    return aws


def run(folder: Path, aws: FakeAws, targets: Targets, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `iamsql run` in a folder, and return its end."""
    services = ("SNS", "SESV2", "S3", "SECURITYHUB")
    elsewhere = {f"AWS_ENDPOINT_URL_{service}": targets.aws.url for service in services}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_"))}
    with serving(aws) as served:
        environment = {
            **inherited,
            **served.environment,
            **elsewhere,
            "AWS_DEFAULT_REGION": REGION,
            "IAMSQL_RUNS": str(folder / "runs"),
            "IAMSQL_SLACK_WEBHOOK": targets.slack.url,
        }
        command = [str(IAMSQL), "run", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def summary(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the summary on standard output, which is one line."""
    assert done.stdout.count("\n") == 1, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def configure(folder: Path, targets: Targets, tables: str = "", further: str = "") -> int:
    """Write iamsql.toml, and return the number of its targets."""
    values = {"topic": targets.topic, "mail": MAIL, "summary": SUMMARY, "tables": tables, "further": further}
    (folder / "iamsql.toml").write_text(CONFIGURATION.format(**values))
    trust_file(folder / "iamsql.toml")
    return 5 if further else 4


def check_two_runs(folder: Path, targets: Targets, number: int, *arguments: str) -> FakeAws:
    """Run twice over a changing organization, and compare what each target received with what changed; return the last state."""
    result = run(folder, organization(), targets, *arguments)
    first = summary(result)
    assert (result.returncode, first["status"]) == (0, "succeeded"), result.stderr
    assert json.loads((folder / SUMMARY).read_text()) == first
    assert {step["name"]: step["status"] for step in first["steps"]}["notify"] == "ok"
    assert {notification["status"] for notification in first["notifications"]} == {"sent"} and len(
        first["notifications"]
    ) == number
    alarms = set(targets.findings())
    assert NETWORK in alarms and FINANCE not in alarms and len(alarms) == first["results"]["alarm"]
    assert len(targets.slack.bodies) == len(targets.mails()) == len(targets.published()) == 1
    assert FINANCE not in json.dumps(targets.slack.bodies)
    before = targets.findings()
    keys = targets.objects()
    assert {key.split("/")[1] for key in keys} == ({first["run"]["run_id"]} if number == 5 else set())

    changed = organization(denied=(GREEN,), **{f"a{NETWORK}": 1, f"a{FINANCE}": 0})
    result = run(folder, changed, targets, *arguments)
    second = summary(result)
    assert (result.returncode, second["status"]) == (0, "succeeded"), result.stderr
    assert second["changes"] == {"opened": 1, "resolved": 1, "unknown": 1}
    texts = [json.dumps(targets.slack.bodies[-1]), targets.mails()[-1], targets.published()[0]["Message"]]
    for text in texts:
        assert all(account in text for account in (NETWORK, FINANCE, GREEN))
        assert not [account for account in alarms - {NETWORK, GREEN} if account in text]
    assert len(targets.slack.bodies) == len(targets.mails()) == 2 and targets.published() == []
    uploaded = {key.split("/")[1] for key in targets.objects() - keys}
    assert uploaded == ({second["run"]["run_id"]} if number == 5 else set())
    after = targets.findings()
    states = {account: (finding["Compliance"]["Status"], finding["RecordState"]) for account, finding in after.items()}
    assert states[FINANCE] == ("FAILED", "ACTIVE") and states[NETWORK] == ("PASSED", "ARCHIVED")
    assert {account for account in after if before.get(account) != after[account]} == {NETWORK, FINANCE}

    return changed


@pytest.mark.slow
def test_two_runs_over_a_changing_organization_tell_the_targets_what_changed(tmp_path: Path, targets: Targets) -> None:
    check_two_runs(tmp_path, targets, configure(tmp_path, targets, 'tables = ["aws_iam_account_summary"]'))


@pytest.mark.slow
def test_runs_over_every_table_with_a_report_in_a_bucket(tmp_path: Path, targets: Targets) -> None:
    arguments = ("--report", "report.html", "--export", "results.sarif", "--keep", "2")
    number = configure(tmp_path, targets, further=f', "s3://{BUCKET}/audit"')
    unchanged = check_two_runs(tmp_path, targets, number, *arguments)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o600
    assert any(key.endswith("/report.html") for key in targets.objects())

    result = run(tmp_path, unchanged, targets, *arguments)
    told = {notification["target"]: notification["status"] for notification in summary(result)["notifications"]}
    assert {status for target, status in told.items() if not target.startswith("s3:")} == {"nothing new"}, result.stderr
    assert len(targets.slack.bodies) == len(targets.mails()) == 2 and targets.published() == []
    assert len(list((tmp_path / "runs").glob("*.duckdb"))) == 2
