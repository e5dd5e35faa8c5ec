"""CloudTrail: the look-up of events, and how the trails are set up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from iamsql.demo.data import Account, Item, Params
from iamsql.demo.errors import AwsError

DAYS = 90  # that LookupEvents reaches back
PAGE = 10
KEYS = ("EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId")


@lru_cache(maxsize=64)
def lookup_events(account: Account) -> dict[str, list[Item]]:
    """Return an account's management events of the last 90 days by region, newest first."""
    oldest = account.midnight - timedelta(days=DAYS)
    regions: dict[str, list[Item]] = {}
    for one in account.events:
        event = looked_up(one)
        if one["CloudTrailEvent"]["managementEvent"] and event["EventTime"] >= oldest:
            regions.setdefault(one["CloudTrailEvent"]["awsRegion"], []).append(event)
    for events in regions.values():
        events.sort(key=lambda event: (event["EventTime"], event["EventId"]), reverse=True)
    return regions


def looked_up(event: Item) -> Item:
    """Return an event as LookupEvents does; the file has user name and resources, which no rule derives."""
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


def lookup(account: Account, region: str, params: Params) -> Sequence[Item]:
    """Return the events for LookupEvents, or raise its errors."""
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and float(end) < float(start):
        raise AwsError("InvalidTimeRangeException", "The end time must not be before the start time.")
    if not 1 <= int(params.get("MaxResults", 50)) <= 50:
        raise AwsError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
    attributes = [dict(pair) for pair in params.get("LookupAttributes", ())]
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
    if params.get("EventCategory"):  # insight events, of which there are none
        return ()
    found: Sequence[Item] = lookup_events(account).get(region, ())
    for attribute in attributes:
        found = _having(found, attribute.get("AttributeKey", ""), attribute.get("AttributeValue", ""))
    if start is None and end is None:
        return found
    low, high = float(start or 0), float(end or 1e12)
    return [event for event in found if low <= event["EventTime"].timestamp() <= high]


def _having(events: Sequence[Item], key: str, value: str) -> Sequence[Item]:
    if key not in KEYS or not value or (key == "ReadOnly" and value not in ("true", "false")):
        raise AwsError("InvalidLookupAttributesException", f"The lookup attribute {key} is not valid.")
    if key.startswith("Resource"):
        return [event for event in events if any(one[key] == value for one in event["Resources"])]
    return [event for event in events if event.get(key) == value]


class Trails:
    """The trails of trails.json, each with its description, status and selectors, and the tags of resources by ARN."""

    def __init__(self, trails: Sequence[Item], tags: Item) -> None:
        self.trails, self._tags_by_arn = trails, tags
        self.singles = {
            "DescribeTrails": self.describe,
            "GetTrailStatus": self.status,
            "GetEventSelectors": self.selectors,
            "GetInsightSelectors": self.insights,
            "ListTags": self.tags,
        }

    def _seen(self, account: Account, region: str, shadows: bool = True) -> list[Item]:
        """Return the trails that an account sees in a region: its own, and shadows of other regions and the organization."""
        found = []
        for one in self.trails:
            trail = one["Trail"]
            own = _owner(trail) == account.id
            shadow = trail["IsMultiRegionTrail"] and (own or trail["IsOrganizationTrail"])
            if (own and trail["HomeRegion"] == region) or (shadows and shadow):
                found.append(one)
        return found

    def describe(self, account: Account, region: str, params: Params) -> Item:
        """Answer DescribeTrails: trails that do not exist are left out."""
        found = [one["Trail"] for one in self._seen(account, region, params.get("includeShadowTrails", True))]
        wanted = params.get("trailNameList")
        return {"trailList": [one for one in found if not wanted or {one["Name"], one["TrailARN"]} & set(wanted)]}

    def _find(self, account: Account, region: str, name: str) -> Item:
        """Return a trail by its ARN from every region, or by its name from its home region."""
        for one in self._seen(account, region):
            trail = one["Trail"]
            home = trail["HomeRegion"] == region and _owner(trail) == account.id
            if trail["TrailARN"] == name or (home and trail["Name"] == name):
                return one
        head = f"arn:{account.partition}:cloudtrail:{region}:{account.id}:trail/"
        arn = name if name.startswith("arn:") else f"{head}{name}"
        raise AwsError("TrailNotFoundException", f"Unknown trail: {arn} for the user: {account.id}")

    def status(self, account: Account, region: str, params: Params) -> Item:
        """Answer GetTrailStatus."""
        found: Item = self._find(account, region, params.get("Name", ""))["Status"]
        return found

    def selectors(self, account: Account, region: str, params: Params) -> Item:
        """Answer GetEventSelectors."""
        found: Item = self._find(account, region, params.get("TrailName", ""))["EventSelectors"]
        return found

    def insights(self, account: Account, region: str, params: Params) -> Item:
        """Answer GetInsightSelectors."""
        one = self._find(account, region, params.get("TrailName", ""))
        if "InsightSelectors" not in one:
            words = f"Insights is not enabled on the trail: {one['Trail']['TrailARN']}"
            raise AwsError("InsightNotEnabledException", words)
        found: Item = one["InsightSelectors"]
        return found

    def tags(self, account: Account, region: str, params: Params) -> Item:
        """Answer ListTags: tags are listed in the account and region of the resource only (assumed)."""
        arns = params.get("ResourceIdList", ())
        return {"ResourceTagList": [{"ResourceId": arn, "TagsList": self._tags(account, region, arn)} for arn in arns]}

    def _tags(self, account: Account, region: str, arn: str) -> list[Any]:
        parts = arn.split(":")
        if len(parts) != 6 or parts[2] != "cloudtrail":
            raise AwsError("CloudTrailARNInvalidException", f"The ARN is not valid: {arn}")
        if parts[3:5] == [region, account.id] and arn in self._tags_by_arn:
            return list(self._tags_by_arn[arn])
        raise AwsError("ResourceNotFoundException", f"The resource was not found: {arn}")


def _owner(trail: Item) -> str:
    return str(trail["TrailARN"]).split(":")[4]
