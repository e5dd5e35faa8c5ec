"""Wall time and calls of `iamsql sync`, compared with a script that reads user by user, one call after another."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.measurement import Measurement
from benchmarks.one_by_one import read_organization
from benchmarks.syncs import ACCOUNTS, LATENCY, USERS, boto3_session, call_count, repeated_count, sync_seconds
from tests.fake_aws import FakeAws, Faults

FASTER, FEWER, FEWER_TRUSTING = 40, 2.7, 4


def measure() -> Iterator[Measurement]:
    """Read the same organization with the script, and with three kinds of sync.

    A sync makes 2 look-ups a second, the limit of AWS, although the test double has no limit. Seven look-ups take three
    seconds, so that only the sync with `demo`, which has no limit either, has a target for its time.
    """
    aws = new_organization()
    start = time.perf_counter()
    read_organization(boto3_session(aws))
    seconds, calls = time.perf_counter() - start, call_count(aws)
    yield from compare("sync", {}, seconds, calls, FEWER)
    yield next(compare("sync without rate limits, as --demo", {"demo": True}, seconds, calls, FEWER))
    yield from compare("sync --trust-report", {"trust_report": True}, seconds, calls, FEWER_TRUSTING)


def compare(
    name: str, options: dict[str, bool], script_seconds: float, script_calls: int, target: float
) -> Iterator[Measurement]:
    """Run a sync, and compare its time, its calls and its repeated calls with the script."""
    aws = new_organization()
    seconds, calls, repeated = sync_seconds(aws, **options), call_count(aws), repeated_count(aws)
    size = f"{name}, {ACCOUNTS} accounts × {USERS} users, {LATENCY * 1000:.0f} ms a call"
    faster, fewer = script_seconds / seconds, script_calls / calls
    time_target = (f"≥ {FASTER}×", faster >= FASTER) if options.get("demo") else ("", None)
    by_script = f"{script_seconds:.0f} s user by user"
    yield Measurement(f"wall time, {size}", f"{seconds:.1f} s", by_script, f"{faster:.0f}×", *time_target)
    by_script = f"{script_calls:,} user by user"
    yield Measurement("calls, the same", f"{calls:,}", by_script, f"{fewer:.1f}×", f"≥ {target}×", fewer >= target)
    yield Measurement("successful requests sent twice, the same", f"{repeated}", "", "", "0", repeated == 0)


def new_organization() -> FakeAws:
    """Return an organization whose calls were not made yet."""
    return FakeAws(accounts=ACCOUNTS, users_per_account=USERS, faults=Faults(latency=LATENCY))
