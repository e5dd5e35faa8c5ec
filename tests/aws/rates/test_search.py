"""The rate is found, in simulated time: a table of servers, requests and accounts, with bounds of time and of throttling.

`python -m tests.aws.rates.test_search` writes the table, simulated_rates.csv.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.aws.rate_simulation import Case, run_case
from tests.tiers import slow_after, slow_but_every

TABLE = Path(__file__).with_name("simulated_rates.csv")
RATES = (5, 8, 10, 15, 20, 30, 40, 60, 100)
SIZES = [(requests, accounts) for requests in (132, 312, 1012) for accounts in (1, 8, 20)]
ALL = [
    *(Case(rate, rate * burst, *size) for rate in RATES for burst in (0.5, 1, 2, 3) for size in SIZES),
    *(Case(20, 40, *size, change=(5, 8, 16)) for size in SIZES),
    *(Case(15, 30, *size, change=(6, 30, 60)) for size in SIZES),
    *(Case(1e9, 1e9, *size) for size in SIZES),
    *(Case(15, 30, *size, stolen=5) for size in SIZES),
]
COLUMNS = (
    "server",
    "requests",
    "accounts",
    "seconds",
    "minimum",
    "ratio",
    "most",
    "throttled",
    "share",
    "highest",
    "exception",
)
FIND_OUT = 1.7  # seconds


def bounds(case: Case) -> tuple[float, float, str]:
    """Return the most seconds, the highest share of throttled requests, and the reason for more than 15 % and 1 %."""
    seconds, share, reasons = 1.15 * case.minimum(), 0.01, []
    if case.accounts == 1:
        # The search costs two to seven requests, which no other accounts share.
        share, reasons = max(share, (10.5 if case.change else 7.5) / case.requests), ["one account"]
    if case.minimum() < 6 and case.rate > 20:
        # Most requests are sent before the rate can be known: no algorithm finds it before a request is throttled.
        seconds, reasons = max(seconds, case.minimum() + FIND_OUT), [*reasons, "before the rate is known"]
    if case.burst < case.rate:
        # The bucket is full again before the guess, which assumes two seconds' worth, has grown to the rate: tokens are lost,
        # and the accounts have nothing left when the rate is measured.
        seconds, share, reasons = max(seconds, 1.4 * case.minimum()), max(share, 0.06), [*reasons, "small burst"]
    if case.change:
        # Each account has spent its tokens when the rate drops, so many are throttled before one can inform the others.
        seconds, share, reasons = max(seconds, 1.2 * case.minimum()), max(share, 0.015), [*reasons, "sudden change"]
    return seconds, share, ", ".join(reasons)


def row(case: Case) -> list[str]:
    """Simulate a case; return its row of the table."""
    outcome, minimum = run_case(case), case.minimum()
    seconds, share, exception = bounds(case)
    throttled = outcome.throttled / (case.requests * case.accounts)
    times = (outcome.seconds, minimum, outcome.seconds / minimum, seconds / minimum)
    head = (case.name, str(case.requests), str(case.accounts))
    return [
        *head,
        *(f"{time:.2f}" for time in times),
        str(outcome.throttled),
        f"{throttled:.4f}",
        f"{share:.4f}",
        exception,
    ]


def identity(case: Case) -> str:
    return f"{case.name} {case.requests}x{case.accounts}"


def by_cost() -> list[Any]:
    """Return the cases for `parametrize`; all but a sample of those with few requests are slow."""
    few, many = (
        [case for case in ALL if (case.requests * case.accounts > 3_000) == is_many] for is_many in (False, True)
    )
    return [*slow_but_every(25, few), *slow_after(0, many)]


@pytest.mark.parametrize("case", by_cost(), ids=identity)
def test_the_full_rate_is_used_and_few_requests_are_throttled(case: Case) -> None:
    outcome, (seconds, share, _) = run_case(case), bounds(case)
    assert outcome.seconds <= seconds, f"{outcome.seconds:.2f} s instead of {case.minimum():.2f} s"
    assert outcome.throttled <= share * case.requests * case.accounts


def test_the_table_lists_every_case_within_its_bounds() -> None:
    with TABLE.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [f"{row['server']} {row['requests']}x{row['accounts']}" for row in rows] == [*map(identity, ALL)]
    assert [row["exception"] for row in rows] == [bounds(case)[2] for case in ALL]
    for row in rows:
        assert float(row["ratio"]) <= float(row["most"]) and float(row["share"]) <= float(row["highest"]), row


if __name__ == "__main__":
    with TABLE.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *map(row, ALL)])
