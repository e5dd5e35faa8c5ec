"""Look-ups against a simulated CloudTrail: the number of requests, and the result of each look-up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import MAX_CALLS_FAULT, Fault, RequestFailedError
from iamsql.aws.items import AccountItems
from iamsql.aws.plan import CallResult
from iamsql.aws.sessions import AccountSession
from iamsql.runs.file.rows import PriorWindow
from iamsql.sync.cloudtrail.lookup import EventLookup, PageEstimate
from iamsql.sync.cloudtrail.lookup_plan import ROOT, WRITES, LookupAttribute, LookupPlan
from iamsql.tables.calls.account import EVENTS

END = datetime(2026, 3, 2, tzinfo=UTC)
START = END - timedelta(days=90)
HOME, AWAY = "us-east-1", "eu-south-2"
NAMES = tuple(LookupAttribute("EventName", f"Name{number}") for number in range(6))
DENIED = Fault("denied", "AccessDeniedException", "No.")
ENDED = Fault("marker", "InvalidNextTokenException", "It has ended.")


@dataclass
class Trail:
    """Simulates LookupEvents in pages, newest first, and replaces API client and writer; `faults` are raised by request."""

    event_times: dict[str, list[datetime]] = field(default_factory=dict)
    size: int = 50
    faults: Callable[[str, dict[str, Any]], Fault | None] = lambda name, params: None
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    written: dict[str, list[str]] = field(default_factory=dict)
    expired: Fault | None = None

    async def send(self, _: AccountSession, request: Request, tally: CallStats, read: Callable[[Any], Any]) -> Any:
        """Return a page."""
        [attribute] = request.params["LookupAttributes"]
        name = f"{attribute['AttributeKey']}={attribute['AttributeValue']}"
        self.received.append((name, request.params))
        tally.requests += 1
        await asyncio.sleep(0)
        if fault := self.faults(name, request.params):
            raise RequestFailedError(fault)
        since, until = request.params["StartTime"], request.params["EndTime"]
        times = [time for time in self.event_times.get(name, ()) if since <= time <= until]
        first = int(request.params.get("NextToken", 0))
        events = [{"EventId": f"{name}@{time}", "EventTime": time.isoformat()} for time in times[first:][: self.size]]
        last = first + self.size
        return read({"Events": events} | ({"NextToken": str(last)} if last < len(times) else {}))

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Accept items."""
        self.written.setdefault(bound, []).extend(items)

    def delete_items(self, raw: str, account_id: str, region: str, bound: str) -> None:
        """Delete items."""
        self.written.pop(bound, None)

    @property
    def requests(self) -> list[str]:
        """Return the look-up attribute of each request, in order."""
        return [name for name, _ in self.received]


def times_every(hours: float, count: int) -> list[datetime]:
    return [END - timedelta(hours=hours * number) for number in range(1, count + 1)]


def run_lookups(
    trail: Trail,
    plan: LookupPlan,
    prior: dict[str, PriorWindow] | None = None,
    region: str = HOME,
    expires: float | None = None,
) -> EventLookup:
    """Run the look-ups of a plan."""
    session = AccountSession("111122223333", None, "arn:role" if expires else "", expires)
    client = AccountClient(trail, session, HOME)  # type: ignore[arg-type]
    items = AccountItems(trail, session.account_id)  # type: ignore[arg-type]
    lookup = EventLookup(client, items, CallResult(EVENTS, region), (START, END), prior or {})
    asyncio.run(lookup.run(plan))
    return lookup


def statuses(lookup: EventLookup) -> dict[str, tuple[str, str | None]]:
    """Return the status and error code of each look-up."""
    return {
        result.attribute.name: (result.status, result.fault.code if result.fault else None) for result in lookup.results
    }


THRIFTY = LookupPlan(NAMES, (ROOT,), tries_writes=True)


def test_an_account_with_few_write_events_takes_one_request_for_them() -> None:
    trail = Trail({WRITES.name: times_every(24, 30), ROOT.name: times_every(24, 2)})
    lookup = run_lookups(trail, THRIFTY)
    assert trail.requests == [WRITES.name, ROOT.name]
    assert statuses(lookup) == {WRITES.name: ("ok", None), ROOT.name: ("ok", None)}
    assert [result.items for result in lookup.results] == [30, 2]
    assert (lookup.result.status, lookup.result.stats.requests, lookup.result.stats.items) == ("ok", 2, 32)


def test_an_account_with_many_write_events_is_looked_up_by_event_name() -> None:
    trail = Trail({WRITES.name: times_every(1, 2000), NAMES[2].name: times_every(24, 3)})
    lookup = run_lookups(trail, THRIFTY)
    assert trail.requests[0] == WRITES.name
    assert sorted(trail.requests[1:]) == sorted([ROOT.name, *(name.name for name in NAMES)])
    assert WRITES.name not in statuses(lookup)  # it was not read to its end
    assert set(statuses(lookup).values()) == {("ok", None)} and len(lookup.results) == 7
    assert sum(map(len, trail.written.values())) == 50 + 3


def test_up_to_as_many_pages_as_event_names_are_read() -> None:
    trail = Trail({WRITES.name: times_every(7.2, 299)})
    assert statuses(run_lookups(trail, THRIFTY))[WRITES.name] == ("ok", None)
    assert trail.requests == [WRITES.name] * 6 + [ROOT.name]


@pytest.mark.parametrize(("days", "many"), [(10, True), (44, True), (46, False), (90, False)])
def test_the_time_span_of_a_page_predicts_the_number_of_pages(days: int, many: bool) -> None:
    oldest = [{"EventTime": f"{END - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"}]
    assert PageEstimate(START, END, max_pages=2, pages=1).is_exceeded(oldest) is many
    assert PageEstimate(START, END, max_pages=0, pages=99).is_exceeded(oldest) is False


def test_the_next_page_is_requested_with_the_same_parameters() -> None:
    trail = Trail({ROOT.name: times_every(1, 120)})
    run_lookups(trail, LookupPlan(others=(ROOT,)))
    [first, second, third] = [params for _, params in trail.received]
    assert (second, third) == (first | {"NextToken": "50"}, first | {"NextToken": "100"})
    assert first == ROOT.params | {"MaxResults": 50, "StartTime": START, "EndTime": END}


def test_only_the_time_after_an_earlier_run_is_looked_up() -> None:
    until = END - timedelta(days=5)
    trail = Trail({WRITES.name: times_every(24, 30)})
    lookup = run_lookups(trail, THRIFTY, {WRITES.name: PriorWindow(until, "earlier", WRITES.name)})
    since = {name: params["StartTime"] for name, params in trail.received}
    assert since == {WRITES.name: until, ROOT.name: START}
    assert {result.attribute.name: bool(result.prior) for result in lookup.results} == {
        WRITES.name: True,
        ROOT.name: False,
    }
    assert lookup.result.fault and lookup.result.fault.code == "reused"
    assert "2026-02-25T00:00:00Z were reused from run earlier" in lookup.result.fault.message


def test_event_names_are_looked_up_from_the_end_of_an_earlier_lookup_of_write_events() -> None:
    until = END - timedelta(days=5)
    trail = Trail({WRITES.name: times_every(0.01, 9000)})
    lookup = run_lookups(
        trail, LookupPlan(NAMES, tries_writes=True), {WRITES.name: PriorWindow(until, "earlier", WRITES.name)}
    )
    assert {params["StartTime"] for _, params in trail.received} == {until}
    assert {result.prior.name for result in lookup.results if result.prior} == {WRITES.name} and len(
        lookup.results
    ) == 6


def test_event_names_of_an_earlier_run_are_looked_up_by_name_again() -> None:
    until = END - timedelta(days=5)
    spans = {name.name: PriorWindow(until, "earlier", name.name) for name in NAMES}
    trail = Trail()
    run_lookups(trail, LookupPlan(NAMES, tries_writes=True), spans)
    assert {name: params["StartTime"] for name, params in trail.received} == dict.fromkeys(spans, until)


def test_few_event_names_in_an_earlier_run_do_not_force_a_lookup_by_name() -> None:
    spans = {name.name: PriorWindow(END - timedelta(days=5), "earlier", name.name) for name in NAMES[:5]}
    trail = Trail()
    run_lookups(trail, LookupPlan(NAMES, tries_writes=True), spans)
    assert {name: params["StartTime"] for name, params in trail.received} == {WRITES.name: START}


def test_a_lookup_of_write_events_does_not_cover_names_of_read_events() -> None:
    trail = Trail()
    run_lookups(
        trail,
        LookupPlan(NAMES[:1], NAMES[1:2]),
        {WRITES.name: PriorWindow(END - timedelta(days=5), "earlier", WRITES.name)},
    )
    since = {name: params["StartTime"] for name, params in trail.received}
    assert since == {NAMES[0].name: END - timedelta(days=5), NAMES[1].name: START}


def test_a_window_that_an_earlier_run_covers_is_not_looked_up() -> None:
    trail = Trail()
    lookup = run_lookups(trail, LookupPlan(others=(ROOT,)), {ROOT.name: PriorWindow(END, "earlier", ROOT.name)})
    assert (trail.received, statuses(lookup)) == ([], {ROOT.name: ("ok", None)})


def test_after_several_denials_no_further_lookup_is_made() -> None:
    trail = Trail(faults=lambda name, params: DENIED)
    lookup = run_lookups(trail, LookupPlan((), NAMES * 3))
    assert 3 <= len(trail.received) <= 6
    assert lookup.result.status == "denied" and len(lookup.results) == 18
    statuses = Counter((result.status, result.fault and result.fault.code) for result in lookup.results)
    assert statuses == {
        ("denied", DENIED.code): len(trail.received),
        ("not_requested", "LookupEvents"): 18 - len(trail.received),
    }


def test_a_denied_lookup_does_not_stop_the_others() -> None:
    trail = Trail(faults=lambda name, params: DENIED if name == NAMES[0].name else None)
    lookup = run_lookups(trail, LookupPlan((), NAMES))
    assert statuses(lookup) == {name.name: ("ok", None) for name in NAMES} | {NAMES[0].name: ("denied", DENIED.code)}
    assert lookup.result.status == "partial"


def expired_token(token: str, times: int) -> Callable[[str, dict[str, Any]], Fault | None]:
    """Return a fault that expires the page token a number of times."""
    remaining = [times]

    def fault(_: str, params: dict[str, Any]) -> Fault | None:
        remaining[0] -= params.get("NextToken") == token
        return ENDED if params.get("NextToken") == token and remaining[0] >= 0 else None

    return fault


def test_an_expired_page_token_restarts_the_lookup_without_duplicates() -> None:
    trail = Trail({ROOT.name: times_every(1, 120)}, faults=expired_token("50", 1))
    lookup = run_lookups(trail, LookupPlan(others=(ROOT,)))
    assert [params.get("NextToken") for _, params in trail.received] == [None, "50", None, "50", "100"]
    [items] = trail.written.values()
    assert len(items) == len(set(items)) == 120
    assert statuses(lookup) == {ROOT.name: ("ok", None)} and lookup.results[0].items == 120


def test_a_page_token_that_expires_twice_is_an_error_and_events_that_were_read_stay() -> None:
    trail = Trail({ROOT.name: times_every(1, 120)}, faults=expired_token("50", 2))
    lookup = run_lookups(trail, LookupPlan(others=(ROOT,)))
    assert statuses(lookup) == {ROOT.name: ("partial", ENDED.code)}
    assert lookup.results[0].items == sum(map(len, trail.written.values())) == 50


@pytest.mark.parametrize(
    ("fault", "region", "status", "code"),
    [
        (MAX_CALLS_FAULT, HOME, "skipped", "max_calls"),
        (Fault("rejected", "UnrecognizedClientException", "?"), AWAY, "not_applicable", "region_not_enabled"),
        (Fault("rejected", "UnrecognizedClientException", "?"), HOME, "expired", "UnrecognizedClientException"),
        (Fault("expired", "ExpiredTokenException", "?"), HOME, "expired", "ExpiredTokenException"),
    ],
)
def test_a_fault_of_the_credentials_ends_all_lookups(fault: Fault, region: str, status: str, code: str) -> None:
    trail = Trail(faults=lambda name, params: fault)
    lookup = run_lookups(trail, LookupPlan(others=NAMES * 3), region=region)
    assert lookup.result.status == status
    statuses = {(result.status, result.fault and result.fault.code) for result in lookup.results}
    assert statuses - {("not_requested", "LookupEvents")} == {(status, code)}
    assert (len(statuses) == 2) == (status == "expired")  # the others are not requested
    assert len(lookup.results) == 18 and len(trail.received) <= 4  # those that were under way together
    assert bool(trail.expired) == (status == "expired")


def test_a_session_that_expires_early_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def renewed(_: Any, session: AccountSession) -> AccountSession:
        return AccountSession(session.account_id, None, session.role_arn, expires=1e12)

    monkeypatch.setattr("iamsql.aws.account_client.renew_session", renewed)
    remaining = [1]

    def once(_: str, __: dict[str, Any]) -> Fault | None:
        remaining[0] -= 1
        return Fault("expired", "ExpiredTokenException", "?") if remaining[0] >= 0 else None

    trail = Trail({ROOT.name: times_every(1, 3)}, faults=once)
    lookup = run_lookups(trail, LookupPlan(others=(ROOT,)), expires=1e12)
    assert statuses(lookup) == {ROOT.name: ("ok", None)} and not trail.expired
    assert trail.requests == [ROOT.name] * 2
