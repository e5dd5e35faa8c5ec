"""Which events a sync looks up in each region: the default names, the user's names, or all write events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iamsql.runs.file.rows import PriorWindow
from iamsql.tables.calls import event_names

ALL_WRITES = "all-writes"  # value of --event
NONE = "none"  # value of --event


@dataclass(frozen=True)
class LookupAttribute:
    """The attribute of a look-up, and its value."""

    key: str
    value: str

    @property
    def name(self) -> str:
        """Return the name of the look-up in iamsql.event_coverage."""
        return f"{self.key}={self.value}"

    @property
    def params(self) -> dict[str, Any]:
        """Return the parameters of LookupEvents."""
        return {"LookupAttributes": [{"AttributeKey": self.key, "AttributeValue": self.value}]}


WRITES = LookupAttribute("ReadOnly", "false")
ROOT = LookupAttribute("Username", "root")


@dataclass(frozen=True)
class LookupPlan:
    """The look-ups of a region: `names` of write events, and `others`. `tries_writes`: try WRITES instead of `names`."""

    names: tuple[LookupAttribute, ...] = ()
    others: tuple[LookupAttribute, ...] = ()
    tries_writes: bool = False


@dataclass(frozen=True)
class LookupConfig:
    """What to look up. `events` and `regions` are the options of the user.

    `prior` has the windows of earlier runs by account, region and look-up.
    """

    events: Sequence[str]
    regions: Sequence[str]
    home_region: str
    window: tuple[datetime, datetime]
    prior: Mapping[str, Mapping[str, Mapping[str, PriorWindow]]]

    def plan_of(self, region: str) -> LookupPlan:
        """Return the plan of a region."""
        if self.events:
            requested = [event for event in self.events if event != NONE]
            attributes = (WRITES if event == ALL_WRITES else LookupAttribute("EventName", event) for event in requested)
            return LookupPlan(others=tuple(attributes))
        # The home region alone records the events of global services such as IAM (CloudTrail User Guide).
        if region == self.home_region:
            others = (*_lookup_attributes(event_names.STS), ROOT)
            return LookupPlan(
                _lookup_attributes([*event_names.GLOBAL, *event_names.REGIONAL]), others, tries_writes=True
            )
        # Users may sign in at the endpoint of any region, so every region has sign-in events.
        if not self.regions:
            return LookupPlan(others=_lookup_attributes(event_names.SIGN_IN))
        return LookupPlan(
            _lookup_attributes(event_names.REGIONAL), _lookup_attributes(event_names.STS), tries_writes=True
        )


def _lookup_attributes(events: Sequence[str]) -> tuple[LookupAttribute, ...]:
    return tuple(LookupAttribute("EventName", event) for event in events)
