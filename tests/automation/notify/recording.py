"""A target that records what it receives, and fails when a test says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation import notify as notifying
from iamsql.automation.notify.message.text import has_news
from iamsql.automation.notify.model import DeliveryError, Message, Notice, TargetContext
from iamsql.automation.notify.request import NotifyRequest, NotifyResult

CONTROL = "user_mfa"


class RecordingTarget:
    """Sends a message for each change, and one for each open finding if it takes all of them."""

    def __init__(self, label: str = "recording", takes_all: bool = False, link: str = "") -> None:
        """Begin without messages. `fails_at` are the numbers of requests that fail, counted from 0."""
        self.label, self.takes_all, self.link = label, takes_all, link
        self.notices: list[Notice] = []
        self.sent: list[Any] = []
        self.requests = 0
        self.fails_at: set[int] = set()
        self.error: type[DeliveryError] = DeliveryError

    def check(self) -> None:
        """Lack nothing."""

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield a message without changes for the first run, and one for each change and open finding."""
        self.notices.append(notice)
        if has_news(notice) and not notice.changes:
            yield Message("POST", "numbers")
        for change in notice.changes:
            yield Message("POST", (change.change_type, change.account_id, change.resource), [change.fingerprint])
        for record in notice.open_findings():
            yield Message("POST", ("open", record.account_id, record.resource), [record.fingerprint])

    def send(self, message: Message) -> str:
        """Record the message, or fail."""
        self.requests += 1
        if self.requests - 1 in self.fails_at:
            raise self.error("the channel is closed\nOpen it.")
        self.sent.append(message.body)
        return "ok"

    def told(self) -> list[Any]:
        """Return the messages since the last call, in order of their text."""
        messages, self.sent = sorted(self.sent, key=str), []
        return messages


def use(monkeypatch: pytest.MonkeyPatch, targets: Mapping[str, RecordingTarget]) -> None:
    """Let the names of these targets open them."""

    def open_target(text: str, context: TargetContext) -> RecordingTarget:
        return targets[text]

    monkeypatch.setattr(notifying, "open_target", open_target)
    monkeypatch.setattr(notifying, "parse_target_name", lambda text: text.partition(":")[0])


def send(
    runs: Path, *targets: str, kinds: Sequence[str] = ("opened", "resolved", "unknown"), **options: Any
) -> NotifyResult:
    """Notify about the users without MFA, without a comparison of resources."""
    values: dict[str, Any] = {"benchmarks": (CONTROL,), "kinds": tuple(kinds)} | options
    preview = values.pop("preview", None)
    request = NotifyRequest(targets or ("recording",), **values)
    return notifying.notify(request, runs_dir=runs, preview=preview)
