"""SES: mails arrive with both bodies, and no name can add a header, a recipient or an element."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.automation.notify.targets.ses import MAX_RECIPIENTS, open_target
from tests.automation.notify.emulators import Emulator, bodies, deliver, moto
from tests.automation.notify.notices import hostile, large, notice, usual

ADDRESSES = "iamsql@example.com:security@example.com,audit@example.com"


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    with moto() as emulator:
        emulator.client("sesv2").create_email_identity(EmailIdentity="iamsql@example.com")
        yield emulator


def test_a_mail_is_accepted_with_both_bodies_for_all_recipients(aws: Emulator) -> None:
    target = open_target(ADDRESSES, aws.context())
    [body] = bodies(target, usual())
    simple = body["Content"]["Simple"]
    assert body["Destination"] == {"ToAddresses": ["security@example.com", "audit@example.com"]}
    assert {part["Charset"] for part in (simple["Subject"], *simple["Body"].values())} == {"UTF-8"}
    for part in ("Text", "Html"):
        assert "Root users have no access keys" in simple["Body"][part]["Data"]
        assert "closed-1 (000000000001)" in simple["Body"][part]["Data"]
    [answer] = deliver(target, usual())
    assert answer.startswith("message ") and aws.requests[-1] == ("ses", "SendEmail")


def test_the_region_of_the_settings_is_used(aws: Emulator) -> None:
    """The sender is verified in another region only, so a message to the region of the session would be rejected."""
    aws.client("sesv2", "us-east-2").create_email_identity(EmailIdentity="other@example.com")
    target = open_target("other@example.com:to@example.com", aws.context(settings={"ses_region": "us-east-2"}))
    assert deliver(target, usual())[0].startswith("message ")


def test_a_sender_that_is_not_verified_is_an_error_with_the_next_step(aws: Emulator) -> None:
    with pytest.raises(DeliveryError, match=r"SendEmail: MessageRejected: .*\nVerify the sender in SES"):
        deliver(open_target("stranger@example.org:to@example.com", aws.context()), usual())


def test_no_mail_without_changes() -> None:
    target = open_target(ADDRESSES, TargetContext(dict))
    assert bodies(target, notice()) == []
    assert len(bodies(target, notice(earlier=None))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("about", [hostile(), large(20_000)], ids=["hostile", "large"])
def test_a_subject_is_a_line_and_bodies_are_bounded(about: Any) -> None:
    [body] = bodies(open_target(ADDRESSES, TargetContext(dict, limit=100_000)), about)
    simple = body["Content"]["Simple"]
    assert simple["Subject"]["Data"].isprintable() and len(simple["Subject"]["Data"]) < 100
    assert all(len(part["Data"].encode()) <= 4_000_000 for part in simple["Body"].values())
    json.dumps(body)


@pytest.mark.parametrize(
    "text",
    ["", "a@example.com", "a@example.com:", ":b@example.com", "a@example.com:b", "a@localhost:b@example.com",
     "a@example.com\r\nBcc: x@example.com:b@example.com", "a@example.com:b@example.com\n",
     "a@example.com:b@example.com,,c@example.com",
     "Name <a@example.com>:b@example.com", "a@example.com:b@example.com;c@example.com", "a b@example.com:b@example.com",
     "ä@example.com:b@example.com", "a@exämple.com:b@example.com"],
)  # fmt: skip
def test_a_text_without_valid_addresses_is_an_error(text: str) -> None:
    with pytest.raises(DeliveryError, match=r"\nExample: ses:") as error:
        open_target(text, TargetContext(dict))
    assert str(error.value).count("\n") == 1


def test_a_message_has_fifty_recipients_at_most() -> None:
    recipients = [f"to{number}@example.com" for number in range(MAX_RECIPIENTS + 1)]
    assert len(open_target(f"a@example.com:{','.join(recipients[:-1])}", TargetContext(dict)).recipients) == 50
    with pytest.raises(DeliveryError, match="1 to 50 recipients, not 51"):
        open_target(f"a@example.com:{','.join(recipients)}", TargetContext(dict))
