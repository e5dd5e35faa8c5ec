"""The targets against a second emulator, which was written independently of moto. It has no Security Hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from iamsql.automation.notify.model import Notice
from iamsql.automation.notify.targets import eventbridge, s3, ses, sns
from tests.automation.notify.emulators import REGION, Emulator, deliver, ministack
from tests.automation.notify.notices import RUN, hostile, usual

pytestmark = pytest.mark.slow
NOTICES = pytest.mark.parametrize("about", [usual(), hostile()], ids=["usual", "hostile"])


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with ministack(tmp_path_factory.mktemp("ministack")) as emulator:
        emulator.client("sesv2").create_email_identity(EmailIdentity="a@example.com")
        emulator.client("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
        emulator.client("events").create_event_bus(Name="security")
        yield emulator


def queue(aws: Emulator, name: str) -> tuple[str, str]:
    """Create a queue, and return its URL and ARN."""
    queues = aws.client("sqs")
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    return url, queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(aws: Emulator, url: str) -> list[Any]:
    messages: list[Any] = []
    while batch := aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        messages += [json.loads(message["Body"]) for message in batch]
        for message in batch:
            aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


@NOTICES
def test_sns(aws: Emulator, about: Notice) -> None:
    topics = aws.client("sns")
    topic = topics.create_topic(Name="iam-changes")["TopicArn"]
    url, arn = queue(aws, "sns")
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert deliver(sns.open_target(topic, aws.context()), about)[0].startswith("message ")
    [message] = received(aws, url)
    assert message["Message"].startswith(message["Subject"])
    assert message["MessageAttributes"]["opened"]["Value"] == str(about.counts["opened"])


@NOTICES
def test_ses(aws: Emulator, about: Notice) -> None:
    target = ses.open_target("a@example.com:b@example.com", aws.context())
    assert deliver(target, about)[0].startswith("message ")


@NOTICES
def test_eventbridge(aws: Emulator, about: Notice) -> None:
    events = aws.client("events")
    url, arn = queue(aws, "events")
    events.put_rule(Name="changes", EventBusName="security", EventPattern=json.dumps({"source": ["iamsql"]}))
    events.put_targets(Rule="changes", EventBusName="security", Targets=[{"Id": "queue", "Arn": arn}])
    deliver(eventbridge.open_target("security", aws.context()), about)
    messages = received(aws, url)
    fingerprints = {event["detail"].get("fingerprint") for event in messages}
    assert {change.fingerprint for change in about.changes} <= fingerprints and len(messages) == len(about.changes) + 1


@NOTICES
def test_s3(aws: Emulator, about: Notice) -> None:
    def attachments(folder: Path) -> list[Path]:
        (folder / "report.html").write_bytes(b"report")
        (folder / "run.duckdb").write_bytes(b"x" * 20_000_000)
        return [folder / "report.html", folder / "run.duckdb"]

    target = s3.open_target("s3://reports/audit", aws.context(attachments=attachments))
    deliver(target, about)
    objects = aws.client("s3").list_objects_v2(Bucket="reports")["Contents"]
    assert {item["Key"]: item["Size"] for item in objects} == {
        f"audit/{RUN.run_id}/report.html": 6,
        f"audit/{RUN.run_id}/run.duckdb": 20_000_000,
    }
    with urlopen(target.link) as response:
        assert response.read() == b"report"
