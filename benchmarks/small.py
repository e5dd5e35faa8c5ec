"""The fixed cost of `iamsql sync`: an account with one user, no look-ups, no latency."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.aws_process import fake_aws
from benchmarks.measurement import Measurement, below
from benchmarks.syncs import cold_and_warm, median_cpu, median_wall

WALL, CPU = 1.2, 0.9  # seconds, cold


def measure() -> Iterator[Measurement]:
    """Measure the time and the CPU time, cold and warm."""
    with fake_aws(1, 1, latency=0) as aws:
        first, later = cold_and_warm(aws, "--event", "none")
    calls = f"{first[0].traffic.calls} calls"
    wall, cpu = median_wall(first), median_cpu(first)
    name = "`sync --event none`, 1 account, 1 user, 0 ms a call"
    yield Measurement(f"{name}, cold", f"{wall:.2f} s", calls, "", *below(wall, WALL, " s"))
    yield Measurement(f"CPU, {name}, cold", f"{cpu:.2f} s", calls, "", *below(cpu, CPU, " s"))
    yield Measurement(f"{name}, warm", f"{median_wall(later):.2f} s, {median_cpu(later):.2f} s CPU", calls)
