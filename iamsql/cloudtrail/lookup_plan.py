"""What a sync looks up, region by region: the default names, the user's own, or all that writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iamsql.cloudtrail.lookup import ROOT, WRITES, LookupAttribute, LookupPlan
from iamsql.schema.tables import _event_names as names

ALL_WRITES = "all-writes"
NONE = "none"
Agendas = Callable[[str], LookupPlan]


def agendas(events: Sequence[str], regions: Sequence[str], home: str) -> Agendas:
    """Give the agenda of each region; `events` are the user's names, `regions` those that the user named."""
    if events:
        own = tuple(WRITES if one == ALL_WRITES else LookupAttribute("EventName", one) for one in events if one != NONE)
        return lambda region: LookupPlan(others=own)

    def default(region: str) -> LookupPlan:
        if region == home:
            return LookupPlan(_by_name([*names.GLOBAL, *names.REGIONAL]), (*_by_name(names.STS), ROOT), thrifty=True)
        if not regions:
            return LookupPlan(others=_by_name(names.SIGN_IN))
        return LookupPlan(_by_name(names.REGIONAL), _by_name(names.STS), thrifty=True)

    return default


def _by_name(events: Sequence[str]) -> tuple[LookupAttribute, ...]:
    return tuple(LookupAttribute("EventName", one) for one in events)
