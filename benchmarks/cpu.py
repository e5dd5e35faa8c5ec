"""CPU a call of a whole `iamsql sync` against a bare boto3 loop over the same reads; both answered by the same room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from benchmarks import bare
from benchmarks.rooms import ACCOUNTS, LATENCY, calls_of, collect, session_in
from benchmarks.rows import Row
from tests.fake_aws import FakeAws, Faults

USERS = 500
AIM = 1.3


def measure() -> Iterator[Row]:
    """Take the CPU time of this process, the room's share included in both; in turn, the lesser of two of each."""
    rounds = [(cost(lambda room: bare.read_all(session_in(room))), cost(collect)) for _ in range(2)]
    loop, ours = (min(costs) for costs in zip(*rounds, strict=True))
    ratio = ours / loop
    against = f"{loop * 1e6:.0f} µs, boto3 in {bare.THREADS} threads, nothing kept"
    what = f"CPU a call, {ACCOUNTS} accounts × {USERS} users, landing and shaping included"
    yield Row(what, f"{ours * 1e6:.0f} µs", against, f"{ratio:.2f}×", f"≤ {AIM}×", ratio <= AIM)


def cost(read: Callable[[FakeAws], object]) -> float:
    """Read a room and tell the CPU seconds a call."""
    room = FakeAws(accounts=ACCOUNTS, users_per_account=USERS, faults=Faults(latency=LATENCY))
    begun = time.process_time()
    read(room)
    return (time.process_time() - begun) / calls_of(room)
