"""Slack: a message of Block Kit to an incoming webhook.

Names from AWS are text elements of rich_text blocks, where links, mentions and emoji are separate elements: Slack shows
the text as it is. In mrkdwn, which has no escapes for formatting, a name could be more than text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from iamsql.automation.notify.http import Client, RefusedError
from iamsql.automation.notify.message.text import Group, Grouped, Item, has_news, largest_payload
from iamsql.automation.notify.model import DeliveryError, Message, Notice, TargetContext
from iamsql.automation.notify.secrets import check_source, read_local_secret, read_secret
from iamsql.escaping import escape_slack

DEFAULT_SOURCE = "env:IAMSQL_SLACK_WEBHOOK"
# docs.slack.dev, Block Kit: 150 characters of a header, 3,000 of a text. A limit for all blocks of a message is not
# documented; Slack was seen to answer msg_blocks_too_long from about 11,300 characters of rich text.
MAX_HEADER_CHARACTERS = 150
MAX_BLOCKS_CHARACTERS = 10_000  # characters of the JSON of all blocks
MAX_URL_CHARACTERS = 3_000
REPORT_ERROR_STEP = "This is an error of iamsql: report it with the output of --dry-run."
WEBHOOK_REMOVED_STEP = "The webhook was removed: create one in the settings of the Slack app, and store its URL."
STEPS_BY_CODE = {
    "invalid_payload": REPORT_ERROR_STEP,
    "invalid_blocks": REPORT_ERROR_STEP,
    "invalid_blocks_format": REPORT_ERROR_STEP,
    "invalid_attachments": REPORT_ERROR_STEP,
    "msg_blocks_too_long": "List fewer changes with --limit.",
    "no_service": WEBHOOK_REMOVED_STEP,
    "no_team": WEBHOOK_REMOVED_STEP,
    "no_active_hooks": WEBHOOK_REMOVED_STEP,
    "invalid_token": WEBHOOK_REMOVED_STEP,
    "channel_not_found": "The channel does not exist: create a webhook for another one.",
    "channel_is_archived": "The channel is archived: create a webhook for another one.",
    "action_prohibited": "An administrator of the workspace does not allow the webhook to post: ask for permission.",
    "posting_to_general_channel_denied": "The workspace does not allow webhooks in this channel: create one for another channel.",
}


class SlackTarget:
    """A channel of Slack."""

    takes_all = False

    def __init__(self, source: str, context: TargetContext) -> None:
        """Check the source of the webhook's URL; it is read when a message is sent."""
        self.label = "slack" if source == DEFAULT_SOURCE else f"slack:{source}"
        self._source, self._context = check_source(source, "slack"), context
        self._client: Client | None = None

    def check(self) -> None:
        """Raise IamsqlError if the URL, or the credentials to read it, are missing, or if it is not valid."""
        if url := read_local_secret(self._source, self._context):
            Client(url, self._context.environment)

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield one message."""
        if has_news(notice):
            body = largest_payload(notice, self._context.limit, build_payload, _fits)
            yield Message("POST", body, notice.fingerprints, body["text"])

    def send(self, message: Message) -> str:
        """Send a message, and return the answer of Slack. Raise DeliveryError if Slack does not answer ok."""
        if self._client is None:
            self._client = Client(read_secret(self._source, self._context), self._context.environment)
        try:
            response = self._client.post(json.dumps(message.body).encode())
        except RefusedError as error:
            code = error.response.text.strip()
            raise error.with_step(STEPS_BY_CODE[code]) if code in STEPS_BY_CODE else error from None
        if response.text.strip() != "ok":
            raise DeliveryError(
                f"{self._client.origin} answered {response.status}, but not ok, as Slack does.\nCheck the URL of the webhook."
            )
        return "ok"


def open_target(text: str, context: TargetContext) -> SlackTarget:
    """Return the target `slack` or `slack:SOURCE`. Raise IamsqlError for an invalid source."""
    return SlackTarget(DEFAULT_SOURCE if text in ("", "slack") else text, context)


def build_payload(content: Grouped) -> dict[str, Any]:
    """Return a message of Block Kit; `text` is the text of desktop notifications."""
    header = {
        "type": "header",
        "text": {"type": "plain_text", "text": content.subject[:MAX_HEADER_CHARACTERS], "emoji": False},
    }
    blocks = [
        header,
        _rich_text_block(_rich_text_section([_text_element("\n".join(content.numbers))])),
        *(_rich_text_block(*_group_blocks(group)) for group in content.groups),
        _rich_text_block(_rich_text_section(list(_closing_blocks(content)))),
    ]
    return {"text": escape_slack(content.subject), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _fits(body: dict[str, Any]) -> bool:
    return len(json.dumps(body["blocks"], ensure_ascii=False)) <= MAX_BLOCKS_CHARACTERS


def _rich_text_block(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def _rich_text_section(elements: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text_element(text: str, bold: bool = False) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def _group_blocks(group: Group) -> Iterator[dict[str, Any]]:
    yield _rich_text_section([_text_element(group.title, bold=True)])
    rows = [_rich_text_section(_item_elements(item)) for item in group.items]
    if group.rest:
        rows.append(_rich_text_section([_text_element(group.rest)]))
    if rows:
        yield {"type": "rich_text_list", "style": "bullet", "elements": rows}


def _item_elements(item: Item) -> list[dict[str, Any]]:
    label = [_text_element(f"{item.label} ", bold=True)] if item.label else []
    return [*label, _text_element("\n".join([item.title, *([" · ".join(item.details)] if item.details else [])]))]


def _closing_blocks(content: Grouped) -> Iterator[dict[str, Any]]:
    yield _text_element("\n".join(content.closing))
    if content.link.startswith(("https://", "http://")) and len(content.link) <= MAX_URL_CHARACTERS:
        yield _text_element("\n")
        yield {"type": "link", "url": content.link, "text": "Open the report"}
