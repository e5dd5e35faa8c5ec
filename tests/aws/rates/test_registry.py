"""The limiters of a run: what they share, what an earlier run found, documented quotas, a whole command in simulated time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from iamsql.aws.rates.measured_rate import MeasuredRate
from iamsql.aws.rates.quotas import QUOTAS, KnownRate, find_quota, quota_key
from iamsql.aws.rates.registry import RateLimits
from iamsql.aws.rates.search import RateSearch
from tests.aws.rate_simulation import LATENCY, Case, Server, SimulatedLoop, run_case, simulate

LOOKUP = find_quota("cloudtrail", "LookupEvents")
NOW = datetime.now(UTC).isoformat(timespec="seconds")
HOME, REGIONS = "us-east-1", ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1")
COMMAND_LIMITS = {"cloudtrail:LookupEvents": (2, 2), "organizations": (5, 10), "sts": (20, 40)}
MANAGEMENT = "000000000000"
Requests = list[tuple[str, str, str, str, int]]  # account, service, operation, region, number


def command(accounts: int, iam: int) -> Requests:
    """Return the requests of a sync."""
    requests = [
        (MANAGEMENT, "organizations", "ListAccounts", HOME, 47),
        (MANAGEMENT, "sts", "AssumeRole", HOME, accounts),
    ]
    for number in range(accounts):
        account = f"{number:012}"
        requests.append((account, "iam", "ListAccessKeys", HOME, iam))
        requests += [(account, "cloudtrail", "LookupEvents", name, 9 if name == HOME else 1) for name in REGIONS]
    return requests


def run_command(
    requests: Requests, limits: dict[str, tuple[float, float]], known_rates: list[KnownRate] | None = None
) -> tuple[float, int, list[KnownRate]]:
    """Send requests, 10 at once of each quota; return the seconds, the throttled requests, and what was learned."""
    loop, servers, rng = SimulatedLoop(), dict[tuple[str, str, str], Server](), random.Random(1)
    rates = RateLimits(clock=loop.time)

    async def send(account: str, service: str, operation: str, region: str, number: int) -> None:
        key, remaining = quota_key(service, operation), iter(range(number))
        server = servers.setdefault((account, key, region), Server(loop, *limits.get(key, (1e9, 1e9))))

        async def work() -> None:
            for _ in remaining:
                passed = False
                while not passed:
                    limiter = rates.limiter(account, service, operation, region)
                    sent = await limiter.acquire()
                    latency = LATENCY * rng.uniform(0.9, 1.2)
                    await asyncio.sleep(latency / 2)
                    passed = server.ask()
                    await asyncio.sleep(latency / 2)
                    (limiter.succeeded if passed else limiter.throttled)(sent)

        await asyncio.gather(*(work() for _ in range(10)))

    async def everything() -> None:
        sending = asyncio.gather(*(send(*request) for request in requests))
        await asyncio.sleep(2 * LATENCY)
        rates.use(known_rates or [])  # known after the organization's ID
        await sending

    seconds = simulate(loop, everything())
    return seconds, sum(server.throttled for server in servers.values()), rates.known_rates()


@pytest.mark.parametrize(("rate", "burst"), [(15, 30), (40, 80), (8, 8)])
def test_a_command_takes_as_long_as_its_busiest_quota_and_the_next_one_starts_at_its_rates(
    rate: float, burst: float
) -> None:
    requests, limits = command(8, 131), {**COMMAND_LIMITS, "iam": (rate, burst)}
    busiest, number = max((131 - burst) / rate, (47 - 10) / 5), sum(request[-1] for request in requests)
    seconds, throttled, learned = run_command(requests, limits)
    assert seconds <= 1.08 * busiest
    assert throttled < 0.01 * number
    seconds, throttled, _ = run_command(requests, limits, learned)
    assert seconds <= 1.06 * busiest
    assert throttled <= 0.002 * number


@pytest.mark.slow
def test_without_limits_the_limiters_add_little_to_the_latency() -> None:
    latency = 62 / 10 * LATENCY
    seconds, throttled, _ = run_command(command(20, 62), {})
    assert throttled == 0
    assert seconds <= latency + 1.1
    requests: Requests = [(f"{number:012}", "iam", "ListAccessKeys", HOME, 512) for number in range(20)]
    seconds, _, learned = run_command(requests, {})
    assert 20 * 512 / seconds > 2000
    again, _, _ = run_command(requests, {}, learned)
    assert again < 0.9 * seconds


@pytest.mark.parametrize(("burst", "jitter", "most"), [(2, 0.0, 1), (2, 2.0, 1), (1, 0.0, 1), (5, 0.0, 4)])
def test_a_documented_quota_is_probed_once_in_a_run(burst: float, jitter: float, most: int) -> None:
    outcome = run_case(Case(2, burst, 9, 32), LOOKUP, jitter=jitter)
    assert outcome.throttled <= most
    assert outcome.seconds <= (9 - min(burst, 2)) / 2 + 0.4
    known_rate = (2, min(burst, 2), NOW)
    outcome = run_case(Case(2, burst, 9, 32), LOOKUP, known_rate, jitter=jitter)
    assert outcome.throttled == 0
    assert outcome.seconds <= (9 - min(burst, 2)) / 2 + 0.4


def test_lookups_without_a_limit_take_as_long_as_their_latency() -> None:
    outcome = run_case(Case(1e9, 1e9, 9, 32), LOOKUP, jitter=0.2)
    assert (outcome.throttled, outcome.seconds < 0.4) == (0, True)


def test_lookups_slow_down_while_another_client_spends_their_quota() -> None:
    outcome = run_case(Case(2, 2, 40, 4, stolen=1), LOOKUP)
    assert outcome.throttled < 12
    assert outcome.seconds < 1.35 * (40 - 2)  # one look-up a second is left


@pytest.mark.parametrize("known_rate", [None, (15, 30, NOW)])
def test_an_account_that_is_throttled_for_a_minute_does_not_slow_down_the_others(
    known_rate: tuple[float, float, str] | None,
) -> None:
    case = Case(15, 30, 132, 8, closed=60)
    outcome = run_case(case, known_rate=known_rate)
    assert max(outcome.ends[1:]) <= 1.15 * case.minimum()
    assert sum(outcome.throttles[1:]) <= 0.01 * 7 * 132
    assert outcome.throttles[0] < 120
    assert outcome.ends[0] < 60 + 30


def test_a_single_account_that_is_throttled_for_a_while_recovers() -> None:
    outcome = run_case(Case(5, 10, 47, 1, closed=20), find_quota("organizations"))
    assert outcome.ends[0] < 20 + 25
    assert outcome.throttled < 60


@pytest.mark.parametrize(("rate", "burst"), [(15, 30), (8, 8), (20, 20)])
def test_a_known_rate_that_is_too_high_is_searched_again(rate: float, burst: float) -> None:
    case = Case(rate, burst, 312, 8)
    outcome = run_case(case, known_rate=(30, 60, NOW), stagger=0.05)
    assert outcome.seconds <= 1.15 * case.minimum()
    assert outcome.throttled <= 0.02 * 312 * 8
    assert outcome.shared.rate_and_burst()[0] == pytest.approx(rate, rel=0.05)


@pytest.mark.slow
def test_a_known_rate_that_is_too_low_is_exceeded() -> None:
    case = Case(40, 80, 1012, 8)
    outcome = run_case(case, known_rate=(10, 20, NOW))
    assert outcome.shared.rate_and_burst()[0] == pytest.approx(40, rel=0.05)
    assert outcome.seconds <= 1.7 * case.minimum()


def test_what_was_learned_is_counted_by_account_region_and_quota() -> None:
    _, throttled, learned = run_command(command(3, 131), {**COMMAND_LIMITS, "iam": (15, 30)})
    assert sum(row.throttles for row in learned) == throttled > 0
    assert sum(row.requests for row in learned) == sum(request[-1] for request in command(3, 131)) + throttled
    rows = {(row.account_id, row.region, row.quota): row for row in learned}
    assert len(rows) == len(learned) == 2 + 3 * 5
    iam, lookups = rows["000000000002", HOME, "iam"], rows["000000000001", REGIONS[3], "cloudtrail:LookupEvents"]
    assert (iam.rate, iam.burst) == (pytest.approx(15, rel=0.04), pytest.approx(30, abs=2.5))
    assert iam.throttled_at and lookups.throttled_at
    assert (lookups.rate, lookups.burst, lookups.requests) == (2, 2, 1)
    assert rows[MANAGEMENT, HOME, "sts"].throttled_at is None


def with_limits(use: Callable[[RateLimits], None]) -> RateLimits:
    """Return limits after requests to IAM and LookupEvents in one account, and `use`."""
    limits = RateLimits(clock=lambda: 100.0)
    for service, operation in (("iam", "ListUsers"), ("cloudtrail", "LookupEvents")):
        limits.limiter("111122223333", service, operation, HOME)
    use(limits)
    return limits


def iam_row(rate: float, burst: float, age: timedelta | None = timedelta(0), time: str = "") -> KnownRate:
    found_at = time or (None if age is None else (datetime.now(UTC) - age).isoformat(timespec="seconds"))
    return KnownRate("111122223333", HOME, "iam", rate, burst, 10, 1, found_at)


def state_of(limits: RateLimits, service: str = "iam", operation: str = "ListUsers") -> RateSearch | MeasuredRate:
    return limits.limiter("111122223333", service, operation, HOME).shared.state  # type: ignore[attr-defined,no-any-return]


def test_rates_of_an_earlier_run_apply_to_limiters_that_exist_already() -> None:
    limits = with_limits(lambda limits: limits.use([iam_row(14, 28), iam_row(15, 30), iam_row(15, 31)]))
    state = state_of(limits)
    assert isinstance(state, MeasuredRate)
    assert (state.rate, state.burst, limits.rate("iam")) == (15, 30, (15, 30))
    assert limits.rate("sts") == (QUOTAS["sts"].rate, QUOTAS["sts"].burst)


def test_rates_of_an_earlier_run_apply_to_later_limiters() -> None:
    limits = RateLimits(clock=lambda: 100.0)
    limits.use([iam_row(15, 30)])
    assert isinstance(state_of(limits), MeasuredRate)


@pytest.mark.parametrize(
    "row",
    [
        iam_row(15, 30, timedelta(days=40)),
        iam_row(15, 30, -timedelta(days=40)),
        iam_row(0.5, 30),
        iam_row(-3, 30),
        iam_row(15, 0),
        iam_row(15, float("nan")),
        iam_row(float("nan"), 30),
        iam_row(float("inf"), 30),
        iam_row(1e9, 30),
        iam_row(15, 30, time="yesterday"),
        iam_row(15, 30, time="2026-11-28T00:00:00"),
    ],
)
def test_old_and_impossible_rates_are_not_used(row: KnownRate) -> None:
    state = state_of(with_limits(lambda limits: limits.use([row])))
    assert isinstance(state, RateSearch)
    assert state.guaranteed is None


def test_a_rate_that_was_reached_without_being_throttled_is_where_the_search_starts() -> None:
    state = state_of(with_limits(lambda limits: limits.use([iam_row(90, 20, None)])))
    assert isinstance(state, RateSearch)
    assert state.guaranteed == (81, 18)


def test_a_documented_quota_is_not_exceeded_after_an_earlier_run_was_throttled() -> None:
    known_rate = KnownRate("999900001111", "eu-west-1", "cloudtrail:LookupEvents", 55, 40, 3, 1, NOW)
    state = state_of(with_limits(lambda limits: limits.use([known_rate])), "cloudtrail", "LookupEvents")
    assert isinstance(state, MeasuredRate)
    assert (state.rate, state.burst) == (2, 2)


def test_a_quota_that_this_version_does_not_know_is_kept_for_its_service() -> None:
    limits = with_limits(lambda limits: limits.use([KnownRate("1", HOME, "a:b:c", 7, 9, 1, 1, NOW)]))
    assert limits.rate("iam") == (QUOTAS["iam"].rate, QUOTAS["iam"].burst)


def test_the_limiters_of_a_finished_account_are_dropped_and_still_counted() -> None:
    async def work() -> list[KnownRate]:
        limits = RateLimits()
        for account in ("111122223333", "444455556666"):
            limiter = limits.limiter(account, "iam", "ListUsers", HOME)
            limiter.succeeded(await limiter.acquire())
        limits.release_account("111122223333")
        assert limits.limiter("111122223333", "iam", "GetUser", HOME).passed == 0
        return limits.known_rates()

    assert [(row.account_id, row.requests) for row in asyncio.run(work())] == [("111122223333", 1), ("444455556666", 1)]


def test_nothing_is_learned_without_limits() -> None:
    async def work() -> list[KnownRate]:
        limits = RateLimits(limits=False)
        limiter = limits.limiter("111122223333", "iam", "ListUsers", HOME)
        limiter.succeeded(await limiter.acquire())
        return limits.known_rates()

    assert asyncio.run(work()) == []


def test_a_few_requests_of_an_earlier_run_show_no_rate() -> None:
    async def work() -> float:
        limits = RateLimits()
        limits.use([KnownRate(MANAGEMENT, HOME, "organizations", 0.0, 4.0, 4)])
        limiter = limits.limiter(MANAGEMENT, "organizations", "ListRoots", HOME)
        for _ in range(8):
            await limiter.acquire()
        return limiter.spent

    assert asyncio.run(asyncio.wait_for(work(), 10)) == 8


@pytest.mark.parametrize(("measured", "used"), [(14.4, 14), (14.8, 15), (7.6, 8), (4.7, 5), (5.4, 5.4)])
def test_a_rate_of_an_earlier_run_is_rounded_to_a_whole_number_near_it(measured: float, used: float) -> None:
    rates = RateLimits(clock=lambda: 0.0)
    rates.use([KnownRate(MANAGEMENT, HOME, "iam", measured, 30.0, 131, 1, NOW)])
    rates.limiter(MANAGEMENT, "iam", "ListUsers", HOME)
    [row] = rates.known_rates()
    assert (row.rate, row.burst) == (used, 30.0)
