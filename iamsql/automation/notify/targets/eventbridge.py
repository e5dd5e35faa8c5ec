"""Put an event for each change on an event bus, and one for the run with the accounts that could not be read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from iamsql.automation.notify.aws_requests import RETRY_DELAYS_SECONDS, AwsTarget, convert_aws_errors, digest, parse_arn
from iamsql.automation.notify.message.formatting import shorten
from iamsql.automation.notify.message.text import has_news
from iamsql.automation.notify.model import (
    Change,
    DeliveryError,
    Message,
    Notice,
    RunSummary,
    TargetContext,
    UnreadAccount,
)
from iamsql.escaping import printable

EVENT_SOURCE = "iamsql"
SCHEMA = "iamsql.event/1"
DETAIL_TYPES = {
    "opened": "iamsql Finding Opened",
    "resolved": "iamsql Finding Resolved",
    "administrator": "iamsql Administrator Added",
    "key": "iamsql Access Key Created",
    "unknown": "iamsql Account Not Read",
    "account": "iamsql Account Changed",
}
RUN_DETAIL_TYPE = "iamsql Run Compared"
MAX_ENTRIES = 10  # of a request (API reference of PutEvents)
# Of all entries of a request. The API reference says 1 MB since 2026, and the documentation of some partitions 256 KB.
MAX_REQUEST_BYTES = 256_000
MAX_UNREAD_BYTES = 200_000  # of the accounts in the event of a run
BUS_NAME_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,256}")
# Codes of entries that another attempt may deliver (API reference of PutEvents: errors of the service, and throttling).
RETRYABLE_CODES = ("ThrottlingException", "InternalFailure", "InternalException", "ServiceUnavailable")
HINTS_BY_CODE = {"ResourceNotFoundException": "Create the event bus, or correct its name."}


@dataclass
class EventBridgeTarget(AwsTarget):
    """An event bus: its name or ARN, and the region of the ARN, or '' for the session's region."""

    label: str
    bus: str
    region: str
    context: TargetContext
    takes_all: bool = False

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield requests with up to ten events, or none without changes."""
        if has_news(notice):
            for entries in _group_entries(self._event_entries(notice)):
                settles = [fingerprint for _, fingerprint in entries]
                body = {"Entries": [entry for entry, _ in entries]}
                yield Message("PutEvents", body, settles, f"{len(entries)} events")

    def send(self, message: Message) -> str:
        """Put the events on the bus, and those that failed again. Raise DeliveryError if events remain."""
        client = self.clients.client("events", self.region)
        entries, failed_entries = message.body["Entries"], []
        for delay in (*RETRY_DELAYS_SECONDS, None):
            with convert_aws_errors("events:PutEvents", f"the event bus {self.bus}", HINTS_BY_CODE):
                response = client.put_events(Entries=entries)
            results = zip(entries, response["Entries"], strict=True)
            failed_entries = [(entry, result) for entry, result in results if result.get("ErrorCode")]
            if not failed_entries:
                return f"{len(message.body['Entries'])} events"
            if delay is None or not all(result["ErrorCode"] in RETRYABLE_CODES for _, result in failed_entries):
                break
            entries = [entry for entry, _ in failed_entries]
            time.sleep(delay)
        code, text = failed_entries[0][1]["ErrorCode"], printable(failed_entries[0][1].get("ErrorMessage") or "")
        raise DeliveryError(
            f"PutEvents: {len(failed_entries)} of {len(message.body['Entries'])} events were not accepted: {code}: {text}\n"
            "Repeat the command later: it sends the request with these events again."
        )

    def _event_entries(self, notice: Notice) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield each event with the fingerprint of what it reports."""
        for change in notice.changes:
            detail = _change_detail(change, notice)
            resources = [change.resource] if parse_arn(change.resource) else []
            yield self._make_entry(DETAIL_TYPES[change.change_type], detail, notice.run, resources), change.fingerprint
        yield (
            self._make_entry(RUN_DETAIL_TYPE, _run_detail(notice), notice.run, []),
            digest(EVENT_SOURCE, notice.run.run_id),
        )

    def _make_entry(
        self, detail_type: str, detail: dict[str, Any], run: RunSummary, resources: list[str]
    ) -> dict[str, Any]:
        return {
            "EventBusName": self.bus,
            "Source": EVENT_SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps({"schema": SCHEMA, **detail}),
            "Resources": resources,
            "Time": run.started_at.isoformat(),
        }


def open_target(text: str, context: TargetContext) -> EventBridgeTarget:
    """Return the target of a bus name or ARN, '' for the default bus. Raise DeliveryError for another string."""
    arn = parse_arn(text)
    is_bus = arn and arn.service == "events" and arn.region and arn.name.startswith("event-bus/")
    if not is_bus and text and not BUS_NAME_PATTERN.fullmatch(text):
        raise DeliveryError(
            f"eventbridge:{printable(text)} is not the name or ARN of an event bus.\nExample: eventbridge:security"
        )
    return EventBridgeTarget(f"eventbridge:{text}".rstrip(":"), text or "default", arn.region if arn else "", context)


def _group_entries(entries: Iterable[tuple[dict[str, Any], str]]) -> Iterator[list[tuple[dict[str, Any], str]]]:
    """Yield entries in groups that a request accepts."""
    group: list[tuple[dict[str, Any], str]] = []
    size = 0
    for entry, fingerprint in entries:
        entry_bytes = entry_size(entry)
        if group and (len(group) == MAX_ENTRIES or size + entry_bytes > MAX_REQUEST_BYTES):
            yield group
            group, size = [], 0
        group.append((entry, fingerprint))
        size += entry_bytes
    if group:
        yield group


def entry_size(entry: dict[str, Any]) -> int:
    """Return the bytes of an entry as EventBridge counts them: its strings, and 14 for the time."""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return 14 + sum(len(text.encode()) for text in texts)


def _change_detail(change: Change, notice: Notice) -> dict[str, Any]:
    record = change.finding
    control = {"control": shorten(record.rule.id), "finding": record.fingerprint} if record else {}
    return {
        "kind": change.change_type,
        "fingerprint": change.fingerprint,
        "title": shorten(change.title),
        "severity": change.severity,
        "account_id": change.account_id,
        "account_name": shorten(change.account_name),
        "region": shorten(change.region),
        "resource": shorten(change.resource, 2_048),
        "reason": shorten(change.reason, 2_048),
        "first_seen": change.first_seen.isoformat() if change.first_seen else None,
        **control,
        **_run_identity(notice),
    }


def _run_detail(notice: Notice) -> dict[str, Any]:
    unread_accounts = [_account_detail(account) for account in notice.unread_accounts]
    listed_accounts = _first_that_fit(unread_accounts, MAX_UNREAD_BYTES)
    return {
        **_run_identity(notice),
        "counts": dict(notice.counts),
        "open_alarms": dict(notice.open_alarms),
        "unknown_results": notice.unknown_results,
        "accounts": notice.run.accounts,
        "accounts_read": notice.run.accounts_read,
        "accounts_not_read": len(unread_accounts),
        "not_read": listed_accounts,
        "not_read_left_out": len(unread_accounts) - len(listed_accounts),
        "benchmarks": [shorten(name) for name in notice.benchmarks],
        "link": notice.link or None,
    }


def _run_identity(notice: Notice) -> dict[str, Any]:
    earlier_run = notice.earlier
    return {
        "organization": notice.run.organization_id,
        "run": notice.run.run_id,
        "run_started_at": notice.run.started_at.isoformat(),
        "earlier_run": earlier_run.run_id if earlier_run else None,
    }


def _account_detail(account: UnreadAccount) -> dict[str, Any]:
    name, reason = shorten(account.account_name, 100), shorten(account.reason)
    identity = {"account_id": account.account_id, "account_name": name, "outcome": account.outcome}
    return {**identity, "reason": reason, "is_new": account.is_new}


def _first_that_fit(items: list[dict[str, Any]], max_bytes: int) -> list[dict[str, Any]]:
    """Return the first items whose JSON has `size` bytes at most."""
    for number, item in enumerate(items):
        max_bytes -= len(json.dumps(item)) + 2
        if max_bytes < 0:
            return items[:number]
    return items
