"""SNS: messages arrive in a queue, within the limits of Publish, and errors say what to allow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.automation.notify.targets.sns import MAX_ATTRIBUTES, open_target
from tests.automation.notify.emulators import ACCOUNT, REGION, Emulator, bodies, deliver, moto
from tests.automation.notify.notices import change, hostile, large, notice, usual

ARN = f"arn:aws:sns:us-west-2:{ACCOUNT}:iam-changes"


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    with moto() as emulator:
        yield emulator


def subscribed(aws: Emulator, name: str, **attributes: str) -> tuple[str, str]:
    """Create a topic with a queue, and return the topic's ARN and the queue's URL."""
    topics, queues = aws.client("sns", "us-west-2"), aws.client("sqs", "us-west-2")
    topic = topics.create_topic(Name=name, Attributes=attributes)["TopicArn"]
    queue = queues.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if attributes else {})["QueueUrl"]
    queue_arn = f"arn:aws:sqs:us-west-2:{ACCOUNT}:{name}"
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "false"})
    return topic, queue


def received(aws: Emulator, queue: str) -> list[dict[str, Any]]:
    response = aws.client("sqs", "us-west-2").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in response.get("Messages", [])]


def test_a_subscriber_receives_the_text_and_attributes_in_the_region_of_the_topic(aws: Emulator) -> None:
    topic, queue = subscribed(aws, "plain")
    [answer] = deliver(open_target(topic, aws.context()), usual())
    [message] = received(aws, queue)
    assert answer.startswith("message ") and message["Subject"].startswith("iamsql o-demo123456: 2 findings opened")
    assert "deployer became an administrator" in message["Message"] and "closed-1 (000000000001)" in message["Message"]
    attributes = {name: value["Value"] for name, value in message["MessageAttributes"].items()}
    assert attributes == {
        "organization": "o-demo123456", "run": "20260302T120000Z-o-demo123456", "severity": "critical", "unread": "2",
        "opened": "2", "administrator": "1", "key": "1", "unknown": "0", "account": "0", "resolved": "1",
    }  # fmt: skip


def test_a_fifo_topic_discards_the_second_of_two_equal_messages(aws: Emulator) -> None:
    topic, _ = subscribed(aws, "ordered.fifo", FifoTopic="true")
    target = open_target(topic, aws.context())
    [first], [again] = bodies(target, usual()), bodies(target, usual())
    [other] = bodies(target, notice([change(9)]))
    assert first["MessageGroupId"] == "o-demo123456"
    assert first["MessageDeduplicationId"] == again["MessageDeduplicationId"] != other["MessageDeduplicationId"]
    assert len(deliver(target, usual())) == 1


def test_no_message_without_changes_but_one_for_the_first_run() -> None:
    target = open_target(ARN, TargetContext(dict))
    assert bodies(target, notice()) == []
    assert "first run" in bodies(target, notice(earlier=None))[0]["Subject"]


@pytest.mark.parametrize("about", [usual(), hostile(), large()], ids=["usual", "hostile", "large"])
def test_messages_keep_the_limits_of_publish(about: Any) -> None:
    check(bodies(open_target(ARN, TargetContext(dict, limit=100_000)), about)[0])


@given(st.text(), st.text())
@settings(max_examples=50, deadline=None)
def test_any_name_gives_a_valid_message(name: str, other: str) -> None:
    about = notice([change(title=name, resource=other, account_name=name, severity=other)])
    check(bodies(open_target(ARN, TargetContext(dict)), about)[0])


def check(body: dict[str, Any]) -> None:
    """Assert the documented limits: of the subject, of message and attributes together, and of raw delivery to SQS."""
    attributes = body["MessageAttributes"]
    size = len(body["Message"].encode()) + sum(
        len(name) + len(value["DataType"]) + len(value["StringValue"].encode()) for name, value in attributes.items()
    )
    assert size <= 262_144 and len(attributes) <= MAX_ATTRIBUTES
    assert len(body["Subject"]) < 100 and body["Subject"].isascii() and body["Subject"].isprintable()
    assert all(value["StringValue"] for value in attributes.values())


@pytest.mark.slow
def test_a_large_notice_says_how_much_is_left_out() -> None:
    [body] = bodies(open_target(ARN, TargetContext(dict, limit=100_000)), large(20_000))
    assert len(body["Message"].encode()) > 100_000 and "more" in body["Message"]


def test_a_missing_topic_is_an_error_with_the_next_step(aws: Emulator) -> None:
    with pytest.raises(
        DeliveryError, match=r"Publish: NotFound.*\(request .*\)\nCreate the topic, or correct its ARN\."
    ):
        deliver(open_target(f"arn:aws:sns:{REGION}:{ACCOUNT}:missing", aws.context()), usual())


@pytest.mark.parametrize(
    "text",
    ["", "iam-changes", "arn:aws:sqs:eu-west-1:111122223333:q", "arn:aws:sns:eu-west-1:111122223333:topic:subscription",
     "arn:aws:sns::111122223333:t", "arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:111122223333:a\nb"],
)  # fmt: skip
def test_another_text_is_not_a_topic(text: str) -> None:
    with pytest.raises(DeliveryError, match=r"is not the ARN of a topic\.\nExample: sns:arn:"):
        open_target(text, TargetContext(dict))
