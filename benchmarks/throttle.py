"""Wall time of `iamsql sync`, compared with the minimum that the rate limits of AWS allow, and its throttled calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.measurement import Measurement
from benchmarks.syncs import ACCOUNTS, LATENCY, USERS, call_count, sync_seconds, throttled_count
from tests.fake_aws import FakeAws, Faults

FAULTS = Faults(latency=LATENCY, iam_rate=20, iam_burst=40, lookup_rate=2)
LARGE = 500


def measure() -> Iterator[Measurement]:
    """Measure small accounts, whose minimum comes from look-ups, and large accounts, whose minimum comes from IAM calls."""
    for users in (USERS, LARGE):
        aws = FakeAws(accounts=ACCOUNTS, users_per_account=users, faults=FAULTS)
        seconds = sync_seconds(aws)
        minimum = minimum_seconds(aws)
        ratio, share = seconds / minimum, throttled_count(aws) / call_count(aws)
        name = f"wall time, 20 IAM calls/s (burst 40), 2 look-ups/s; {ACCOUNTS} accounts × {users} users"
        reference = f"{minimum:.1f} s, the minimum of the rate limit"
        yield Measurement(name, f"{seconds:.1f} s", reference, f"{ratio:.2f}×", "≤ 1.2×", ratio <= 1.2)
        counts = f"{throttled_count(aws)} of {call_count(aws):,} calls"
        yield Measurement("throttled calls, the same", f"{share:.2%}", counts, "", "< 1 %", share < 0.01)


def minimum_seconds(aws: FakeAws) -> float:
    """Return the least seconds of the slowest account, for its IAM calls beyond the burst or its look-ups."""
    iam_calls: Counter[str] = Counter()
    lookups: Counter[str] = Counter()
    for (account_id, operation, outcome), count in aws.counts.items():
        if operation == "LookupEvents":
            lookups[account_id] += count * (outcome == "ok")
        elif operation not in ("AssumeRole", "GetCallerIdentity") and not outcome.startswith("Throttling"):
            iam_calls[account_id] += count
    by_iam = (max(iam_calls.values()) - FAULTS.iam_burst) / FAULTS.iam_rate
    return max(by_iam, max(lookups.values()) / FAULTS.lookup_rate)
