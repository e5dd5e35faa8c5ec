"""Send notifications as e-mail with SES, as plain text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamsql.automation.notify.aws_requests import AwsTarget, convert_aws_errors, fit_text
from iamsql.automation.notify.message.html_mail import html_mail
from iamsql.automation.notify.message.text import has_news, plain_text, subject
from iamsql.automation.notify.model import DeliveryError, Message, Notice, TargetContext
from iamsql.escaping import printable

# ASCII, because SES accepts no other local parts, and domains as Punycode (API reference, Destination). No character ends a
# header or separates addresses.
ADDRESS_PATTERN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
MAX_RECIPIENTS = 50  # of a message (SES quotas)
MAX_BODY_BYTES = 4_000_000  # bytes of each body; SES accepts 40 MB, and many mail servers 10 MB, after MIME encoding
HINTS_BY_CODE = {
    "MessageRejected": "Verify the sender in SES, and the recipients too while the account is in the sandbox.",
    "MailFromDomainNotVerifiedException": "Verify the domain of the sender in SES.",
    "NotFoundException": "Verify the sender in SES, in the region of the session or of ses_region.",
    "AccountSuspendedException": "Ask AWS Support to enable sending for the account.",
    "SendingPausedException": "Enable sending for the account in SES.",
}


@dataclass
class SesTarget(AwsTarget):
    """A sender and its recipients, who are in one message and see each other."""

    label: str
    sender: str
    recipients: Sequence[str]
    context: TargetContext
    takes_all: bool = False

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield a message about all changes, or none without changes."""
        if has_news(notice):
            limit = self.context.limit
            bodies = {
                "Text": fit_text(lambda number: plain_text(notice, number), limit, MAX_BODY_BYTES),
                "Html": fit_text(lambda number: html_mail(notice, number), limit, MAX_BODY_BYTES),
            }
            content = {
                "Subject": {"Data": subject(notice), "Charset": "UTF-8"},
                "Body": {name: {"Data": text, "Charset": "UTF-8"} for name, text in bodies.items()},
            }
            body = {
                "FromEmailAddress": self.sender,
                "Destination": {"ToAddresses": list(self.recipients)},
                "Content": {"Simple": content},
            }
            yield Message("SendEmail", body, notice.fingerprints, f"mail to {len(self.recipients)} addresses")

    def send(self, message: Message) -> str:
        """Send a message and return its ID. Raise DeliveryError if SES does not accept it."""
        region = str(self.context.settings.get("ses_region") or "")
        with convert_aws_errors("ses:SendEmail", f"the identity of {self.sender}", HINTS_BY_CODE):
            response = self.clients.client("sesv2", region).send_email(**message.body)
        return f"message {response['MessageId']}"


def open_target(text: str, context: TargetContext) -> SesTarget:
    """Return the target of FROM:TO[,TO…]. Raise DeliveryError if an address is not valid or there are too many."""
    sender, recipients = parse_addresses(text)
    return SesTarget(f"ses:{sender}:{','.join(recipients)}", sender, recipients, context)


def parse_addresses(text: str) -> tuple[str, list[str]]:
    """Return the sender and the recipients of FROM:TO[,TO…]. Raise DeliveryError for another text."""
    sender, _, recipient_list = text.partition(":")
    recipients = list(dict.fromkeys(recipient_list.split(","))) if recipient_list else []
    example = "Example: ses:iamsql@example.com:security@example.com,audit@example.com"
    for address in (sender, *recipients):
        if not ADDRESS_PATTERN.fullmatch(address):
            raise DeliveryError(f"ses: {printable(address)!r} is not an e-mail address.\n{example}")
    if not 0 < len(recipients) <= MAX_RECIPIENTS:
        raise DeliveryError(f"ses: a message has 1 to {MAX_RECIPIENTS} recipients, not {len(recipients)}.\n{example}")
    return sender, recipients
