"""The data of the sample organization: JSON in the shapes of AWS's responses, moved to the day of reading."""

from __future__ import annotations

import json
import re
from base64 import b32encode
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from iamsql.demo import regions
from iamsql.demo.files import list_data
from iamsql.demo.layers import Layers

Item = dict[str, Any]
Params = dict[str, Any]
STORY_START = date(2026, 1, 1)  # the first day of the story; all times in the files are relative to it
ORGANIZATION_ID = "o-demo123456"
EVENT_DATE_FORMAT = "%b %d, %Y"  # a date in the text of an event, as in `Jan 2, 2026 3:04:05 AM`
# A date without a time, such as the version 2012-10-17 of a policy, does not move.
DATE_PATTERN = re.compile(r"\b\d{4}-\d\d-\d\d(?=T\d\d:\d\d)|\b[A-Z][a-z]{2} \d{1,2}, \d{4}(?= \d)")


def unique_id(prefix: str, *words: str, size: int = 16) -> str:
    """Return an ID that depends on the words: the prefix and `size` characters of A-Z2-7."""
    return prefix + b32encode(sha256("/".join(words).encode()).digest()).decode()[:size]


def _fill_in_ids(event: Item) -> Item:
    """Return an event with the IDs of its record. The file has empty IDs for an event with a seed."""
    for name, suffix in (("requestID", "/request"), ("eventID", "")):
        if seed := event.get("Seed"):
            event["CloudTrailEvent"][name] = str(UUID(sha256(f"{seed}{suffix}".encode()).hexdigest()[:32]))
    return event


class DataFiles:
    """Reads the files as they are on a day of the story: `number` counts the days, and `day` is the date.

    Every date that has a time is moved by the days between `STORY_START` and `first_day`. With `hostile`, some names are hostile.
    """

    def __init__(self, day: date, number: int = 1, *, hostile: bool = False) -> None:
        self.day, self.number = day, number
        self.first_day = day - timedelta(days=number - 1)
        self._day_shift = self.first_day - STORY_START
        self._layers = Layers(number, hostile=hostile)
        self._moved_dates: dict[str, str] = {}

    def text(self, *path: str) -> str:
        """Return the text of a file, '' if it does not exist."""
        return DATE_PATTERN.sub(self._move_date, self._layers.read("/".join(path)))

    def json(self, *path: str) -> Any:
        """Return the content of a JSON file, None if it does not exist."""
        return json.loads(self.text(*path) or "null")

    @cached_property
    def responses(self) -> list[Item]:
        """Return the recorded responses of all accounts, from a file for each table."""
        return [item for name in list_data("responses") for item in self.json("responses", name)]

    def _move_date(self, match: re.Match[str]) -> str:
        original_date = match[0]
        if original_date not in self._moved_dates:
            iso = original_date[0].isdigit()
            moved_date = (
                date.fromisoformat(original_date) if iso else datetime.strptime(original_date, EVENT_DATE_FORMAT)
            ) + self._day_shift
            self._moved_dates[original_date] = (
                f"{moved_date:%Y-%m-%d}" if iso else f"{moved_date:%b} {moved_date.day}, {moved_date.year}"
            )
        return self._moved_dates[original_date]


def midnight(day: date) -> datetime:
    """Return the start of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Account:
    """An account: `item` is its entry in organization.json; the files of its folder are read on first use."""

    def __init__(self, item: Item, files: DataFiles) -> None:
        self.item, self.files = item, files
        self.id, self.name, self.state = str(item["Id"]), str(item["Name"]), str(item["State"])
        self.partition = str(item["Arn"]).split(":")[1]
        self.home_region = regions.HOME_REGIONS[self.partition]  # the region where CloudTrail records the events of IAM
        self.regions = regions.states(item.get("EnabledRegions", ()))
        self.midnight, self.first_midnight = midnight(files.day), midnight(files.first_day)
        self._indexes: dict[tuple[str, str], dict[str, list[Item]]] = {}

    @cached_property
    def iam(self) -> Item:
        """Return the lists of iam.json by name."""
        return self.files.json(self.id, "iam.json") or {}

    @cached_property
    def responses(self) -> list[Item]:
        """Return the recorded responses: first the responses of this account, then the defaults of all accounts."""
        recorded = self.files.responses
        return [item for account in (self.id, None) for item in recorded if item.get("Account") == account]

    @cached_property
    def events(self) -> list[Item]:
        """Return the events of the last 100 days, oldest first, each with the members that LookupEvents adds to the record."""
        return [_fill_in_ids(json.loads(line)) for line in self.files.text(self.id, "events.jsonl").split("\n") if line]

    @cached_property
    def credential_report(self) -> bytes:
        """Return the CSV of the credential report."""
        return self.files.text(self.id, "credential-report.csv").encode()

    def items(self, list_name: str) -> Sequence[Any]:
        """Return a list of iam.json."""
        items: Sequence[Any] = self.iam.get(list_name, ())
        return items

    def matching(self, list_name: str, member: str, value: str) -> Sequence[Item]:
        """Return the items of a list whose member has a value."""
        # A sync makes a request for each user, so a search of the list would take quadratic time.
        index = self._indexes.get((list_name, member))
        if index is None:
            index = {}
            for item in self.items(list_name):
                index.setdefault(item.get(member), []).append(item)
            self._indexes[list_name, member] = index
        return index.get(value, ())

    def denies(self, operation: str, region: str) -> bool:
        """Return whether a service control policy denies an operation in a region."""
        denied = self.item.get("DeniedOperations", ())
        return any(denial["Operation"] == operation and denial.get("Region", region) == region for denial in denied)
