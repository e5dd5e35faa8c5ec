"""CloudTrail's LookupEvents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from iamsql.demo.data import Account, Item, Params

HISTORY_DAYS = 90  # the event history that LookupEvents covers
EVENTS_PER_PAGE = 10  # events; AWS returns up to 50


@lru_cache(maxsize=64)
def lookup_events(account: Account) -> dict[str, list[Item]]:
    """Return an account's management events of the last 90 days by region, newest first."""
    oldest_time = account.midnight - timedelta(days=HISTORY_DAYS)
    regions: dict[str, list[Item]] = {}
    for stored in account.events:
        event = lookup_event(stored)
        if stored["CloudTrailEvent"]["managementEvent"] and event["EventTime"] >= oldest_time:
            regions.setdefault(stored["CloudTrailEvent"]["awsRegion"], []).append(event)
    for events in regions.values():
        events.sort(key=lambda event: (event["EventTime"], event["EventId"]), reverse=True)
    return regions


def lookup_event(event: Item) -> Item:
    """Return an event as LookupEvents returns it. The user name and the resources come from the file."""
    record = event["CloudTrailEvent"]
    key = record["userIdentity"].get("accessKeyId")
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "EventTime": datetime.fromisoformat(record["eventTime"]),
        "EventSource": record["eventSource"],
        "Resources": event.get("Resources", []),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
        **({"Username": event["Username"]} if "Username" in event else {}),
        **({"AccessKeyId": key} if key else {}),
    }


def find_events(account: Account, region: str, params: Params) -> Sequence[Item]:
    """Return the events for LookupEvents."""
    if params.get("EventCategory"):  # the only category is `insight`, and the sample organization has no insight events
        return ()
    events: Sequence[Item] = lookup_events(account).get(region, ())
    for attribute in params.get("LookupAttributes", ()):
        condition = dict(attribute)
        key, value = condition["AttributeKey"], condition["AttributeValue"]
        events = [event for event in events if value in _attribute_values(event, key)]
    low, high = float(params.get("StartTime", 0)), float(params.get("EndTime", 1e12))
    return [event for event in events if low <= event["EventTime"].timestamp() <= high]


def _attribute_values(event: Item, key: str) -> list[Any]:
    return [resource[key] for resource in event["Resources"]] if key.startswith("Resource") else [event.get(key)]
