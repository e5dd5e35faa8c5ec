"""Wall time of `iamsql sync` against what the throttle alone dictates, and the share of its calls that is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.rooms import ACCOUNTS, LATENCY, USERS, calls_of, collect, refused_by
from benchmarks.rows import Row
from tests.fake_aws import FakeAws, Faults

FAULTS = Faults(latency=LATENCY, iam_rate=20, iam_burst=40, lookup_rate=2)
LARGE = 500


def measure() -> Iterator[Row]:
    """Read small accounts, whose look-ups are the bound, and large ones, whose users are."""
    for users in (USERS, LARGE):
        room = FakeAws(accounts=ACCOUNTS, users_per_account=users, faults=FAULTS)
        seconds = collect(room)
        least = bound(room)
        ratio, share = seconds / least, refused_by(room) / calls_of(room)
        what = f"20 IAM calls/s (burst 40), 2 look-ups/s; {ACCOUNTS} accounts × {users} users"
        by_bound = f"{least:.1f} s by the throttle"
        yield Row(f"wall time, {what}", f"{seconds:.1f} s", by_bound, f"{ratio:.2f}×", "≤ 1.2×", ratio <= 1.2)
        refused = f"{refused_by(room)} of {calls_of(room):,} calls"
        yield Row("calls throttled, the same", f"{share:.2%}", refused, "", "< 1 %", share < 0.01)


def bound(room: FakeAws) -> float:
    """Tell the least seconds of the slowest account: by its IAM calls beyond the burst, or its look-ups at two a second."""
    iam: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for (account_id, operation, outcome), times in room.counts.items():
        if operation == "LookupEvents":
            looked[account_id] += times * (outcome == "ok")
        elif operation not in ("AssumeRole", "GetCallerIdentity") and not outcome.startswith("Throttling"):
            iam[account_id] += times
    by_iam = (max(iam.values()) - FAULTS.iam_burst) / FAULTS.iam_rate
    return max(by_iam, max(looked.values()) / FAULTS.lookup_rate)
