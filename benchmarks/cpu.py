"""CPU time per call of `iamsql sync`, compared with a loop of boto3 calls that reads the same data and stores nothing."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import boto3_loop
from benchmarks.aws_process import LATENCY, AwsProcess, fake_aws
from benchmarks.measurement import Measurement, at_most
from benchmarks.processes import fresh_home, run_script
from benchmarks.syncs import sync_once

ACCOUNTS = 20
TARGETS = {150: 1.0, 500: 0.7}  # by users in an account
ROUNDS = 2


def measure() -> Iterator[Measurement]:
    """Compare the lesser of two CPU times each, taken in turn. Both include the start of Python, its imports and all else."""
    for users, target in TARGETS.items():
        with fake_aws(ACCOUNTS, users) as aws:
            rounds = [(loop_cpu(aws), sync_cpu(aws)) for _ in range(ROUNDS)]
        loop, iamsql = (min(seconds) for seconds in zip(*rounds, strict=True))
        ratio = iamsql / loop
        reference = f"{loop * 1e3:.2f} ms, boto3 in {boto3_loop.THREADS} threads, nothing stored"
        estate = f"{ACCOUNTS} accounts × {users} users, {LATENCY * 1000:.0f} ms a call"
        name = f"CPU time per call, {estate}, all overhead included, cold"
        met = at_most(ratio, target, "×")
        yield Measurement(name, f"{iamsql * 1e3:.2f} ms", reference, f"{ratio:.2f}×", *met)


def loop_cpu(aws: AwsProcess) -> float:
    """Run the loop of boto3 calls, and return the CPU seconds per call."""
    with fresh_home() as home:
        cost = run_script("boto3_loop", home, aws.environment)
    return cost.cpu / aws.take_traffic().calls


def sync_cpu(aws: AwsProcess) -> float:
    """Run a cold sync, and return the CPU seconds per call."""
    with fresh_home() as home:
        done = sync_once(aws, home, home / "runs")
    return done.cost.cpu / done.traffic.calls
