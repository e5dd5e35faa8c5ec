"""What a fake AWS received, as figures: requests by operation and outcome, repeated requests, the busiest rate limit."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.fake_aws.faults import THROTTLED, ServiceFaults

if TYPE_CHECKING:
    from tests.fake_aws.server import CallRecord

# Requests that are sent again on purpose: polls for the credential report, and what begins each session.
REPEATABLE = {"GenerateCredentialReport", "AssumeRole", "GetCallerIdentity"}


class Traffic:
    """Counts requests, without keeping them. It is not safe for threads."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self.times: dict[str, tuple[float, float]] = {}
        self.repeated = 0
        self._seen: set[int] = set()

    def add(self, call: CallRecord) -> None:
        """Count a request at the present time."""
        self.outcomes[call.service, call.operation, call.outcome] += 1
        now = time.monotonic()
        self.times[call.service] = (self.times.get(call.service, (now,))[0], now)
        if call.outcome == "ok" and call.operation not in REPEATABLE:
            # Hashes instead of requests, so a million requests need little memory.
            key = hash((call.account_id, call.region, call.service, call.operation, call.params))
            self.repeated += key in self._seen
            self._seen.add(key)

    @property
    def calls(self) -> int:
        """Return the number of requests."""
        return self.outcomes.total()

    @property
    def throttled(self) -> int:
        """Return the number of throttled requests."""
        return sum(count for (_, _, outcome), count in self.outcomes.items() if outcome in THROTTLED)

    def report(self, faults: ServiceFaults) -> dict[str, Any]:
        """Return all figures for JSON; times are seconds since the first request.

        `bound` is the limit that takes a client the longest: the least seconds for the requests that it let through.
        """
        operations: dict[str, dict[str, int]] = {}
        for (service, operation, outcome), count in sorted(self.outcomes.items()):
            operations.setdefault(f"{service}:{operation}", {})[outcome] = count
        start = min((first for first, _ in self.times.values()), default=0.0)
        times = {service: [round(at - start, 3) for at in pair] for service, pair in sorted(self.times.items())}
        counts = {"calls": self.calls, "throttled": self.throttled, "repeated": self.repeated}
        return counts | {"bound": _bound(faults), "services": times, "operations": operations}


def _bound(faults: ServiceFaults) -> dict[str, Any] | None:
    if (busiest := faults.busiest()) is None:
        return None
    (limit, account_id, region), bucket = busiest
    where = {"limit": limit, "account_id": account_id, "region": region}
    return where | {"requests": bucket.taken, "seconds": round(bucket.least_seconds(), 3)}
