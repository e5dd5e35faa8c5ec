"""Wall time and calls of `iamsql sync` against the walk that asks user by user, one request after another."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.predecessor import walk
from benchmarks.rooms import ACCOUNTS, LATENCY, USERS, calls_of, collect, repeated_in, session_in
from benchmarks.rows import Row
from tests.fake_aws import FakeAws, Faults

FASTER, FEWER, FEWER_TRUSTING = 40, 2.7, 4


def measure() -> Iterator[Row]:
    """Read the same organization four times: as the script does, by default, trusting the report, and at the room's pace.

    The default keeps to AWS's 2 look-ups a second although the room throttles nobody, and seven take three seconds: it is
    shown without a verdict. At the room's own pace, as --demo reads it, nothing but the machine and the latency counts.
    """
    room = new_room()
    begun = time.perf_counter()
    walk(session_in(room))
    serial, asked = time.perf_counter() - begun, calls_of(room)
    yield from compare("sync", {}, serial, asked, FEWER)
    yield next(iter(compare("sync at the room's own pace, as --demo", {"demo": True}, serial, asked, FEWER)))
    yield from compare("sync --trust-report", {"trust_report": True}, serial, asked, FEWER_TRUSTING)


def compare(what: str, wanted: dict[str, bool], serial: float, asked: int, fewer: float) -> Iterator[Row]:
    """Hold one way to read against the walk."""
    room = new_room()
    seconds, calls, twice = collect(room, **wanted), calls_of(room), repeated_in(room)
    size = f"{what}, {ACCOUNTS} accounts × {USERS} users, {LATENCY * 1000:.0f} ms a call"
    faster, less = serial / seconds, asked / calls
    walked = f"{serial:.0f} s user by user"
    judged = (f"≥ {FASTER}×", faster >= FASTER) if wanted.get("demo") else ("", None)
    yield Row(f"wall time, {size}", f"{seconds:.1f} s", walked, f"{faster:.0f}×", *judged)
    yield Row("calls, the same", f"{calls:,}", f"{asked:,} user by user", f"{less:.1f}×", f"≥ {fewer}×", less >= fewer)
    yield Row("successful requests made twice, the same", f"{twice}", "", "", "0", twice == 0)


def new_room() -> FakeAws:
    """Make the organization."""
    return FakeAws(accounts=ACCOUNTS, users_per_account=USERS, faults=Faults(latency=LATENCY))
