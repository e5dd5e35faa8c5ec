"""Microsoft Teams: an Adaptive Card to a webhook of the Workflows app (Power Automate).

The connectors of Microsoft 365 (their hosts end in webhook.office.com) are retired. Names from AWS are text runs, which Teams
shows as they are: text blocks would read them as Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from iamsql.automation.notify.http import Client, RefusedError
from iamsql.automation.notify.message.text import Group, Grouped, has_news, largest_payload
from iamsql.automation.notify.model import DeliveryError, Message, Notice, TargetContext
from iamsql.automation.notify.secrets import Secret, check_source, read_local_secret, read_secret

DEFAULT_SOURCE = "env:IAMSQL_TEAMS_WEBHOOK"
# learn.microsoft.com, "Create Incoming Webhooks": a message has at most 28 KB. The bytes below it are a reserve, because the
# page does not say which parts of a message are counted.
MAX_BODY_BYTES = 26_000
RETIRED_HOSTS = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")
SEVERITY_COLORS = {"critical": "Attention", "high": "Attention", "medium": "Warning"}
# Error codes of Azure Logic Apps, which runs the workflows; the documentation of Teams lists none.
STEPS_BY_CODE = {
    "DirectApiAuthorizationRequired": "Let Anyone trigger the workflow, in the settings of its trigger, and copy the new URL.",
    "WorkflowTriggerIsNotEnabled": "Turn the workflow on in the Workflows app.",
    "WorkflowNotFound": "The workflow was deleted: create one in the Workflows app, and store its URL.",
    "AuthorizationFailed": "Copy the complete URL of the workflow again, with its signature.",
}


class TeamsTarget:
    """A channel or chat of Microsoft Teams."""

    takes_all = False

    def __init__(self, source: str, context: TargetContext) -> None:
        """Check the source of the webhook's URL; it is read when a message is sent."""
        self.label = "teams" if source == DEFAULT_SOURCE else f"teams:{source}"
        self._source, self._context = check_source(source, "teams"), context
        self._client: Client | None = None

    def check(self) -> None:
        """Raise IamsqlError if the URL, or the credentials to read it, are missing, or if it is not valid."""
        if url := read_local_secret(self._source, self._context):
            _open_client(url, self._context)

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield one message."""
        if has_news(notice):
            body = largest_payload(notice, self._context.limit, build_payload, _fits)
            about = body["attachments"][0]["content"]["fallbackText"]
            yield Message("POST", body, notice.fingerprints, about)

    def send(self, message: Message) -> str:
        """Send a message, and return the status. Raise DeliveryError if the workflow does not accept it."""
        if self._client is None:
            self._client = _open_client(read_secret(self._source, self._context), self._context)
        try:
            response = self._client.post(_encode(message.body))
        except RefusedError as error:
            code = _error_code(error.response.text)
            raise error.with_step(STEPS_BY_CODE[code]) if code in STEPS_BY_CODE else error from None
        return f"accepted ({response.status})"


def open_target(text: str, context: TargetContext) -> TeamsTarget:
    """Return the target `teams` or `teams:SOURCE`. Raise IamsqlError for an invalid source."""
    return TeamsTarget(DEFAULT_SOURCE if text in ("", "teams") else text, context)


def build_payload(content: Grouped) -> dict[str, Any]:
    """Return a message with one Adaptive Card."""
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": content.subject,
        "msteams": {"width": "Full"},
        "body": list(_card_body(content)),
    }
    if content.link.startswith(("https://", "http://")):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the report", "url": content.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _open_client(url: Secret, context: TargetContext) -> Client:
    client = Client(url, context.environment)
    if client.host.endswith(RETIRED_HOSTS):
        raise DeliveryError(
            f"{client.origin} is a connector of Microsoft 365, which Teams no longer supports.\n"
            "Create a webhook in the Workflows app of Teams, and store its URL."
        )
    return client


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _fits(body: dict[str, Any]) -> bool:
    return len(_encode(body)) <= MAX_BODY_BYTES


def _error_code(text: str) -> str:
    try:
        return str(json.loads(text)["error"]["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _card_body(content: Grouped) -> Iterator[dict[str, Any]]:
    yield _text_block(_text_run(content.subject, size="Large", weight="Bolder"))
    for number, sentence in enumerate(content.numbers):
        yield _text_block(_text_run(sentence), spacing="None" if number else "Default")
    for group in content.groups:
        yield from _group_elements(group)
    for number, sentence in enumerate(content.closing):
        yield _text_block(_text_run(sentence, isSubtle=True, size="Small"), spacing="None" if number else "Medium")


def _group_elements(group: Group) -> Iterator[dict[str, Any]]:
    yield _text_block(_text_run(group.title, weight="Bolder"), spacing="Medium")
    for item in group.items:
        color = SEVERITY_COLORS.get(item.label, "Default")
        label = [_text_run(f"{item.label} ", weight="Bolder", color=color)] if item.label else []
        yield _text_block(*label, _text_run(item.title), spacing="Small")
        if item.details:
            yield _text_block(_text_run(" · ".join(item.details), isSubtle=True, size="Small"), spacing="None")
    if group.rest:
        yield _text_block(_text_run(group.rest), spacing="Small")


def _text_block(*runs: dict[str, Any], spacing: str = "Default") -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": list(runs)}


def _text_run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
