"""Look-ups against a CloudTrail that is a dictionary: how many requests they take, and what each of them came to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import CallLimitReached, CallStats, Request
from iamsql.aws.errors import MAX_CALLS, Fault, RequestFailed
from iamsql.aws.plan import AccountItems, CallResult
from iamsql.aws.sessions import AccountSession
from iamsql.cloudtrail.lookup import EventLookup, PageEstimate
from iamsql.cloudtrail.lookup_plan import ROOT, WRITES, LookupAttribute, LookupPlan
from iamsql.runfile.rows import PriorWindow
from iamsql.schema.tables._calls import EVENTS

END = datetime(2026, 3, 2, tzinfo=UTC)
START = END - timedelta(days=90)
HOME, AWAY = "us-east-1", "eu-south-2"
NAMES = tuple(LookupAttribute("EventName", f"Name{number}") for number in range(6))
DENIED = Fault("denied", "AccessDeniedException", "No.")
ENDED = Fault("marker", "InvalidNextTokenException", "It has ended.")


@dataclass
class Trail:
    """Answers LookupEvents in pages, newest first; replaces API client and writer. `faults` says what befalls a request."""

    found: dict[str, list[datetime]] = field(default_factory=dict)
    size: int = 50
    faults: Callable[[str, dict[str, Any]], Fault | None] = lambda name, params: None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    landed: dict[str, list[str]] = field(default_factory=dict)
    expired: Fault | None = None

    async def send(self, _: AccountSession, request: Request, tally: CallStats, read: Callable[[Any], Any]) -> Any:
        """Give a page."""
        [one] = request.params["LookupAttributes"]
        name = f"{one['AttributeKey']}={one['AttributeValue']}"
        self.asked.append((name, request.params))
        tally.requests += 1
        await asyncio.sleep(0)
        if fault := self.faults(name, request.params):
            raise CallLimitReached if fault is MAX_CALLS else RequestFailed(fault)
        since, until = request.params["StartTime"], request.params["EndTime"]
        times = [time for time in self.found.get(name, ()) if since <= time <= until]
        first = int(request.params.get("NextToken", 0))
        events = [{"EventId": f"{name}@{time}", "EventTime": time.isoformat()} for time in times[first:][: self.size]]
        last = first + self.size
        return read({"Events": events} | ({"NextToken": str(last)} if last < len(times) else {}))

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Take items."""
        self.landed.setdefault(bound, []).extend(items)

    def delete_items(self, raw: str, account_id: str, region: str, bound: str) -> None:
        """Drop items."""
        self.landed.pop(bound, None)

    @property
    def requests(self) -> list[str]:
        """Name what was asked, in order."""
        return [name for name, _ in self.asked]


def every(hours: float, count: int) -> list[datetime]:
    return [END - timedelta(hours=hours * number) for number in range(1, count + 1)]


def looked(
    trail: Trail,
    plan: LookupPlan,
    prior: dict[str, PriorWindow] | None = None,
    region: str = HOME,
    expires: float | None = None,
) -> EventLookup:
    """Make the look-ups of a plan."""
    session = AccountSession("111122223333", None, "arn:role" if expires else "", expires)
    client = AccountClient(trail, session, HOME)  # type: ignore[arg-type]
    target = AccountItems(trail, session.account_id)  # type: ignore[arg-type]
    lookup = EventLookup(client, target, CallResult(EVENTS, region), (START, END), prior or {})
    asyncio.run(lookup.run(plan))
    return lookup


def told(lookup: EventLookup) -> dict[str, tuple[str, str | None]]:
    return {one.attribute.name: (one.status, one.fault.code if one.fault else None) for one in lookup.results}


THRIFTY = LookupPlan(NAMES, (ROOT,), tries_writes=True)


def test_a_quiet_account_takes_one_request_for_all_that_writes() -> None:
    trail = Trail({WRITES.name: every(24, 30), ROOT.name: every(24, 2)})
    lookup = looked(trail, THRIFTY)
    assert trail.requests == [WRITES.name, ROOT.name]
    assert told(lookup) == {WRITES.name: ("ok", None), ROOT.name: ("ok", None)}
    assert [one.items for one in lookup.results] == [30, 2]
    assert (lookup.result.status, lookup.result.stats.requests, lookup.result.stats.items) == ("ok", 2, 32)


def test_a_busy_account_is_asked_name_by_name_after_the_first_page() -> None:
    trail = Trail({WRITES.name: every(1, 2000), NAMES[2].name: every(24, 3)})
    lookup = looked(trail, THRIFTY)
    assert trail.requests[0] == WRITES.name
    assert sorted(trail.requests[1:]) == sorted([ROOT.name, *(one.name for one in NAMES)])
    assert WRITES.name not in told(lookup)  # it was not read to its end
    assert set(told(lookup).values()) == {("ok", None)} and len(lookup.results) == 7
    assert sum(map(len, trail.landed.values())) == 50 + 3


def test_as_many_pages_as_names_are_read_on() -> None:
    trail = Trail({WRITES.name: every(7.2, 299)})
    assert told(looked(trail, THRIFTY))[WRITES.name] == ("ok", None)
    assert trail.requests == [WRITES.name] * 6 + [ROOT.name]


@pytest.mark.parametrize(("days", "many"), [(10, True), (44, True), (46, False), (90, False)])
def test_how_far_a_page_reaches_tells_how_many_there_will_be(days: int, many: bool) -> None:
    oldest = [{"EventTime": f"{END - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"}]
    assert PageEstimate(START, END, max_pages=2, pages=1).is_exceeded(oldest) is many
    assert PageEstimate(START, END, max_pages=0, pages=99).is_exceeded(oldest) is False


def test_the_next_page_is_asked_with_the_same_parameters() -> None:
    trail = Trail({ROOT.name: every(1, 120)})
    looked(trail, LookupPlan(others=(ROOT,)))
    [first, second, third] = [params for _, params in trail.asked]
    assert (second, third) == (first | {"NextToken": "50"}, first | {"NextToken": "100"})
    assert first == ROOT.params | {"MaxResults": 50, "StartTime": START, "EndTime": END}


def test_of_what_an_earlier_run_has_only_the_rest_is_asked() -> None:
    until = END - timedelta(days=5)
    trail = Trail({WRITES.name: every(24, 30)})
    lookup = looked(trail, THRIFTY, {WRITES.name: PriorWindow(until, "earlier", WRITES.name)})
    since = {name: params["StartTime"] for name, params in trail.asked}
    assert since == {WRITES.name: until, ROOT.name: START}
    assert {one.attribute.name: bool(one.prior) for one in lookup.results} == {WRITES.name: True, ROOT.name: False}
    assert lookup.result.fault and lookup.result.fault.code == "carried"
    assert "2026-02-25T00:00:00Z were carried over from run earlier" in lookup.result.fault.message


def test_a_busy_account_asks_the_names_from_the_end_of_the_earlier_look_up_of_all() -> None:
    until = END - timedelta(days=5)
    trail = Trail({WRITES.name: every(0.01, 9000)})
    lookup = looked(
        trail, LookupPlan(NAMES, tries_writes=True), {WRITES.name: PriorWindow(until, "earlier", WRITES.name)}
    )
    assert {params["StartTime"] for _, params in trail.asked} == {until}
    assert {one.prior.name for one in lookup.results if one.prior} == {WRITES.name} and len(lookup.results) == 6


def test_names_that_an_earlier_run_asked_for_are_asked_by_name_again() -> None:
    until = END - timedelta(days=5)
    spans = {one.name: PriorWindow(until, "earlier", one.name) for one in NAMES}
    trail = Trail()
    looked(trail, LookupPlan(NAMES, tries_writes=True), spans)
    assert {name: params["StartTime"] for name, params in trail.asked} == dict.fromkeys(spans, until)


def test_a_few_names_of_an_earlier_run_do_not_make_a_quiet_account_ask_them_all() -> None:
    spans = {one.name: PriorWindow(END - timedelta(days=5), "earlier", one.name) for one in NAMES[:5]}
    trail = Trail()
    looked(trail, LookupPlan(NAMES, tries_writes=True), spans)
    assert {name: params["StartTime"] for name, params in trail.asked} == {WRITES.name: START}


def test_a_look_up_of_all_that_writes_has_nothing_of_names_that_may_read() -> None:
    trail = Trail()
    looked(
        trail,
        LookupPlan(NAMES[:1], NAMES[1:2]),
        {WRITES.name: PriorWindow(END - timedelta(days=5), "earlier", WRITES.name)},
    )
    since = {name: params["StartTime"] for name, params in trail.asked}
    assert since == {NAMES[0].name: END - timedelta(days=5), NAMES[1].name: START}


def test_what_an_earlier_run_has_whole_is_not_asked() -> None:
    trail = Trail()
    lookup = looked(trail, LookupPlan(others=(ROOT,)), {ROOT.name: PriorWindow(END, "earlier", ROOT.name)})
    assert (trail.asked, told(lookup)) == ([], {ROOT.name: ("ok", None)})


def test_denied_again_and_again_it_gives_up() -> None:
    trail = Trail(faults=lambda name, params: DENIED)
    lookup = looked(trail, LookupPlan((), NAMES * 3))
    assert 3 <= len(trail.asked) <= 6
    assert lookup.result.status == "denied" and len(lookup.results) == 18
    found = Counter((one.status, one.fault and one.fault.code) for one in lookup.results)
    assert found == {("denied", DENIED.code): len(trail.asked), ("not_asked", "LookupEvents"): 18 - len(trail.asked)}


def test_one_that_is_denied_stops_no_other() -> None:
    trail = Trail(faults=lambda name, params: DENIED if name == NAMES[0].name else None)
    lookup = looked(trail, LookupPlan((), NAMES))
    assert told(lookup) == {one.name: ("ok", None) for one in NAMES} | {NAMES[0].name: ("denied", DENIED.code)}
    assert lookup.result.status == "partial"


def ends_at(token: str, times: int) -> Callable[[str, dict[str, Any]], Fault | None]:
    """Give the fault of a marker that has ended, so many times."""
    left = [times]

    def fault(_: str, params: dict[str, Any]) -> Fault | None:
        left[0] -= params.get("NextToken") == token
        return ENDED if params.get("NextToken") == token and left[0] >= 0 else None

    return fault


def test_a_marker_that_has_ended_starts_the_look_up_again_and_doubles_nothing() -> None:
    trail = Trail({ROOT.name: every(1, 120)}, faults=ends_at("50", 1))
    lookup = looked(trail, LookupPlan(others=(ROOT,)))
    assert [params.get("NextToken") for _, params in trail.asked] == [None, "50", None, "50", "100"]
    [items] = trail.landed.values()
    assert len(items) == len(set(items)) == 120
    assert told(lookup) == {ROOT.name: ("ok", None)} and lookup.results[0].items == 120


def test_a_marker_that_ends_twice_is_an_error_and_what_was_read_stays() -> None:
    trail = Trail({ROOT.name: every(1, 120)}, faults=ends_at("50", 2))
    lookup = looked(trail, LookupPlan(others=(ROOT,)))
    assert told(lookup) == {ROOT.name: ("partial", ENDED.code)}
    assert lookup.results[0].items == sum(map(len, trail.landed.values())) == 50


@pytest.mark.parametrize(
    ("fault", "region", "status", "code"),
    [
        (MAX_CALLS, HOME, "skipped", "max_calls"),
        (Fault("rejected", "UnrecognizedClientException", "?"), AWAY, "not_applicable", "region_not_enabled"),
        (Fault("rejected", "UnrecognizedClientException", "?"), HOME, "expired", "UnrecognizedClientException"),
        (Fault("expired", "ExpiredTokenException", "?"), HOME, "expired", "ExpiredTokenException"),
    ],
)
def test_what_makes_all_further_asking_vain(fault: Fault, region: str, status: str, code: str) -> None:
    trail = Trail(faults=lambda name, params: fault)
    lookup = looked(trail, LookupPlan(others=NAMES * 3), region=region)
    assert lookup.result.status == status
    found = {(one.status, one.fault and one.fault.code) for one in lookup.results}
    assert found - {("not_asked", "LookupEvents")} == {(status, code)}
    assert (len(found) == 2) == (status == "expired")  # the others are not asked
    assert len(lookup.results) == 18 and len(trail.asked) <= 4  # those that were under way together
    assert bool(trail.expired) == (status == "expired")


def test_a_session_that_ended_early_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def renewed(_: Any, session: AccountSession) -> AccountSession:
        return AccountSession(session.account_id, None, session.role_arn, expires=1e12)

    monkeypatch.setattr("iamsql.aws.account_client.renew", renewed)
    left = [1]

    def once(_: str, __: dict[str, Any]) -> Fault | None:
        left[0] -= 1
        return Fault("expired", "ExpiredTokenException", "?") if left[0] >= 0 else None

    trail = Trail({ROOT.name: every(1, 3)}, faults=once)
    lookup = looked(trail, LookupPlan(others=(ROOT,)), expires=1e12)
    assert told(lookup) == {ROOT.name: ("ok", None)} and not trail.expired
    assert trail.requests == [ROOT.name] * 2
