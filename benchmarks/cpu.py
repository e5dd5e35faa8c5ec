"""CPU time per call of `iamsql sync`, compared with a loop of boto3 calls that reads the same data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from benchmarks import boto3_loop
from benchmarks.measurement import Measurement
from benchmarks.syncs import ACCOUNTS, LATENCY, boto3_session, call_count, sync_seconds
from tests.fake_aws import FakeAws, Faults

USERS = 500
TARGET = 1.3


def measure() -> Iterator[Measurement]:
    """Compare the lesser of two CPU times each, taken in turn. Both include the time of the test double of AWS."""
    rounds = [
        (cpu_per_call(lambda aws: boto3_loop.read_all(boto3_session(aws))), cpu_per_call(sync_seconds))
        for _ in range(2)
    ]
    loop, iamsql = (min(seconds) for seconds in zip(*rounds, strict=True))
    ratio = iamsql / loop
    reference = f"{loop * 1e6:.0f} µs, boto3 in {boto3_loop.THREADS} threads, nothing stored"
    name = f"CPU a call, {ACCOUNTS} accounts × {USERS} users, writing and table building included"
    yield Measurement(name, f"{iamsql * 1e6:.0f} µs", reference, f"{ratio:.2f}×", f"≤ {TARGET}×", ratio <= TARGET)


def cpu_per_call(read: Callable[[FakeAws], object]) -> float:
    """Read a new organization, and return the CPU seconds per call."""
    aws = FakeAws(accounts=ACCOUNTS, users_per_account=USERS, faults=Faults(latency=LATENCY))
    start = time.process_time()
    read(aws)
    return (time.process_time() - start) / call_count(aws)
