"""Publish notifications to an SNS topic, with attributes that subscriptions can filter by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iamsql.automation.notify.aws_requests import Arn, AwsTarget, convert_aws_errors, digest, fit_text, parse_arn
from iamsql.automation.notify.message.formatting import severity_order
from iamsql.automation.notify.message.text import has_news, plain_text, subject
from iamsql.automation.notify.model import KINDS, DeliveryError, Message, Notice, TargetContext
from iamsql.escaping import printable

# Of the message and its attributes together, by default (API reference of Publish). Attributes have less than a kilobyte.
MAX_MESSAGE_BYTES = 262_144 - 2_048
# A subscription of SQS with raw message delivery discards messages with more than ten attributes (SNS Developer Guide).
MAX_ATTRIBUTES = 10
HINTS_BY_CODE = {
    "NotFound": "Create the topic, or correct its ARN.",
    "NotFoundException": "Create the topic, or correct its ARN.",
    "KMSAccessDenied": "Allow kms:GenerateDataKey and kms:Decrypt on the key that encrypts the topic.",
    "KMSAccessDeniedException": "Allow kms:GenerateDataKey and kms:Decrypt on the key that encrypts the topic.",
}


@dataclass
class SnsTarget(AwsTarget):
    """A topic. FIFO topics get a message group, and an ID that makes a repeated message a duplicate."""

    label: str
    arn: str
    topic: Arn
    context: TargetContext
    takes_all: bool = False

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield a message about all changes, or none without changes."""
        if has_news(notice):
            body = {
                "TopicArn": self.arn,
                "Subject": subject(notice),
                "Message": fit_text(lambda limit: plain_text(notice, limit), self.context.limit, MAX_MESSAGE_BYTES),
                "MessageAttributes": _message_attributes(notice),
            }
            if self.arn.endswith(".fifo"):
                group = notice.run.organization_id or "iamsql"
                identity = digest(notice.run.run_id, *notice.fingerprints)
                body |= {"MessageGroupId": group[:128], "MessageDeduplicationId": identity}
            yield Message("Publish", body, notice.fingerprints, f"message to {self.topic.name}")

    def send(self, message: Message) -> str:
        """Publish a message and return its ID. Raise DeliveryError if SNS does not accept it."""
        with convert_aws_errors("sns:Publish", self.arn, HINTS_BY_CODE):
            response = self.clients.client("sns", self.topic.region).publish(**message.body)
        return f"message {response['MessageId']}"


def open_target(text: str, context: TargetContext) -> SnsTarget:
    """Return the target of a topic ARN. Raise DeliveryError for another text."""
    topic = parse_arn(text)
    if topic is None or topic.service != "sns" or not topic.region or not topic.account or ":" in topic.name:
        raise DeliveryError(
            f"sns:{printable(text)} is not the ARN of a topic.\nExample: sns:arn:aws:sns:eu-west-1:111122223333:iam-changes"
        )
    return SnsTarget(f"sns:{text}", text, topic, context)


def _message_attributes(notice: Notice) -> dict[str, Any]:
    """Return the attributes: organization and run, the worst severity, and the number of changes of each kind."""
    severities = sorted(
        (change.severity for change in notice.changes if change.change_type == "opened"), key=severity_order
    )
    texts = {
        "organization": notice.run.organization_id,
        "run": notice.run.run_id,
        "severity": severities[0] if severities else "none",
    }
    numbers = {"unread": len(notice.unread_accounts)} | {
        change_type: notice.counts[change_type] for change_type in KINDS
    }
    return {
        **{name: {"DataType": "String", "StringValue": printable(text)} for name, text in texts.items() if text},
        **{name: {"DataType": "Number", "StringValue": str(number)} for name, number in numbers.items()},
    }
