"""Any service with a webhook: a POST request with JSON of a versioned schema, signed with HMAC if there is a key.

The schema is described in docs/guide/notify-targets.md; a member is added without a new version, and none is renamed.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from time import time
from typing import Any

from iamsql.automation.notify.connection import parse_webhook_url
from iamsql.automation.notify.http import Client
from iamsql.automation.notify.message.listing import listings
from iamsql.automation.notify.message.text import has_news, subject
from iamsql.automation.notify.model import Change, Message, Notice, RunSummary, TargetContext
from iamsql.automation.notify.secrets import (
    SOURCE_PATTERN,
    SOURCE_SYNTAX,
    Secret,
    check_source,
    read_local_secret,
    read_secret,
)
from iamsql.model import IamsqlError

SCHEMA = "iamsql.notification/1"
KEY_VARIABLE = "IAMSQL_WEBHOOK_SECRET"
MAX_TEXT_CHARACTERS = 4096  # characters of a name or reason


class WebhookTarget:
    """A URL that receives notifications as JSON."""

    takes_all = False

    def __init__(self, text: str, context: TargetContext) -> None:
        """Check the URL, or the source of the URL, which is read when a message is sent."""
        self._context = context
        self._url = Secret(text) if _is_url(text) else None
        self._url_source = "" if self._url else _url_source(text)
        self.label = f"webhook:{_url_label(self._url) if self._url else self._url_source}"
        self._key_source = _key_source(context)
        self._client: Client | None = None
        self._key: Secret | None = None

    def check(self) -> None:
        """Raise IamsqlError if the URL, the key, or the credentials to read them are missing, or if the URL is not valid."""
        if self._key_source:
            read_local_secret(self._key_source, self._context)
        if url := self._url or read_local_secret(self._url_source, self._context):
            Client(url, self._context.environment)

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield one message."""
        if has_news(notice):
            body = build_payload(notice, self._context.limit)
            yield Message("POST", body, notice.fingerprints, body["subject"])

    def send(self, message: Message) -> str:
        """Send a message, and return the status. Raise DeliveryError if the answer is not a status from 200 to 299."""
        if self._client is None:
            self._key = read_secret(self._key_source, self._context) if self._key_source else None
            self._client = Client(self._url or read_secret(self._url_source, self._context), self._context.environment)
        body = json.dumps(message.body).encode()
        response = self._client.post(body, lambda: signed_headers(body, message.body["id"], self._key, int(time())))
        return f"answered {response.status}"


def open_target(text: str, context: TargetContext) -> WebhookTarget:
    """Return the target `webhook:URL` or `webhook:SOURCE`. Raise IamsqlError for an invalid URL or source."""
    return WebhookTarget(text, context)


def signed_headers(body: bytes, message_id: str, key: Secret | None, timestamp: int) -> dict[str, str]:
    """Return the headers of a request: the time in seconds since 1970, the message's ID, and the signature if there is a key."""
    request_headers = {"X-Iamsql-Timestamp": str(timestamp), "Idempotency-Key": message_id}
    if key is None:
        return request_headers
    digest = hmac.new(key.reveal().encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return request_headers | {"X-Iamsql-Signature": f"sha256={digest}"}


def build_payload(notice: Notice, limit: int) -> dict[str, Any]:
    """Return a notification with at most `limit` changes, by kind and severity, and as many accounts that were not read."""
    max_items = max(limit, 0)
    return {
        "schema": SCHEMA,
        "id": message_id(notice),
        "subject": subject(notice),
        "organization_id": notice.run.organization_id,
        "partition": notice.run.partition,
        "run": _run_object(notice.run),
        "earlier_run": _run_object(notice.earlier) if notice.earlier else None,
        "counts": dict(sorted(notice.counts.items())),
        "open_alarms": dict(notice.open_alarms),
        "unknown_results": notice.unknown_results,
        "benchmarks": list(notice.benchmarks),
        "changes_total": len(notice.changes),
        "changes": [
            _change_object(change) for listing in listings(notice.changes, max_items) for change in listing.changes
        ],
        "unread_accounts_total": len(notice.unread_accounts),
        "unread_accounts": [_bound_texts(asdict(account)) for account in notice.unread_accounts[:max_items]],
        "notes": [_bound_text(note) for note in notice.notes],
        "link": notice.link or None,
    }


def message_id(notice: Notice) -> str:
    """Return the ID of a message, 64 hexadecimal digits: equal for the same changes of the same run."""
    parts = [notice.run.run_id, *sorted(notice.fingerprints)]
    return sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()


def _is_url(text: str) -> bool:
    return text.lower().startswith(("https://", "http://"))


def _url_source(text: str) -> str:
    if not SOURCE_PATTERN.fullmatch(text):
        raise IamsqlError(
            f"The target webhook has no valid URL.\nWrite webhook:https://HOST/PATH, or webhook: and {SOURCE_SYNTAX}"
        )
    return check_source(text, "webhook")


def _url_label(url: Secret) -> str:
    """Return the host of a URL and a digest of the URL, which distinguishes webhooks and reveals nothing."""
    return f"{parse_webhook_url(url).netloc}#{sha256(url.reveal().encode()).hexdigest()[:8]}"


def _key_source(context: TargetContext) -> str:
    source = str(context.settings.get("webhook_secret") or "")
    if source:
        return check_source(source, "webhook_secret")
    return f"env:{KEY_VARIABLE}" if context.environment.get(KEY_VARIABLE) else ""


def _run_object(run: RunSummary) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "started_at": _format_time(run.started_at),
        "accounts": run.accounts,
        "accounts_read": run.accounts_read,
    }


def _change_object(change: Change) -> dict[str, Any]:
    names = ("fingerprint", "severity", "title", "account_id", "account_name", "region", "resource", "reason")
    finding = change.finding
    return {
        "kind": change.change_type,
        **_bound_texts({name: getattr(change, name) for name in names}),
        "first_seen": _format_time(change.first_seen) if change.first_seen else None,
        "control": finding.rule.id if finding else None,
        "finding_id": finding.fingerprint if finding else None,
    }


def _bound_texts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _bound_text(value) if isinstance(value, str) else value for name, value in values.items()}


def _bound_text(text: str) -> str:
    """Return text of at most MAX_TEXT_CHARACTERS characters that every parser of JSON accepts, without half of a surrogate pair."""
    return text[:MAX_TEXT_CHARACTERS].encode(errors="replace").decode()


def _format_time(timestamp: datetime) -> str:
    utc = timestamp.replace(tzinfo=UTC) if timestamp.tzinfo is None else timestamp.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%SZ}"
