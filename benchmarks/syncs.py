"""Measured syncs: `iamsql sync` as a process against a fake AWS in another process, cold or warm; and syncs in this process."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.aws_process import AwsProcess, Traffic
from benchmarks.processes import Cost, fresh_home, iamsql, repeats, run
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.fake_aws import FakeAws


@dataclass(frozen=True)
class MeasuredSync:
    """A sync: the cost of its process, its requests, and the size of its run file in bytes."""

    cost: Cost
    traffic: Traffic
    size: int

    def describe(self) -> str:
        """Return the figures as a line, with the times of the first and last requests of each service."""
        times = ", ".join(
            f"{service} {first:.1f} to {last:.1f} s" for service, (first, last) in self.traffic.times.items()
        )
        calls = f"{self.traffic.calls:,} calls ({self.traffic.throttled} throttled): {times}"
        return f"{self.cost.wall:.2f} s, {self.cost.cpu:.2f} s CPU, {self.cost.memory:.0f} MiB, {calls}"


def sync_once(aws: AwsProcess, home: Path, runs: Path, *options: str) -> MeasuredSync:
    """Run `iamsql sync` into a runs folder, and return its figures."""
    cost = run([iamsql(), "sync", "--quiet", *options], home, {**aws.environment, "IAMSQL_RUNS": str(runs)})
    done = MeasuredSync(cost, aws.take_traffic(), max(path.stat().st_size for path in runs.glob("*.duckdb")))
    print(f"    {done.describe()}", file=sys.stderr)
    return done


def sync_in_turn(aws: AwsProcess, *options: str, same_runs: bool = False) -> Iterator[MeasuredSync]:
    """Yield a cold sync, whose home folder is empty, and a warm one after it; into the same runs folder or into another."""
    with fresh_home() as home:
        for number in count():
            runs = home / ("runs" if same_runs else f"runs-{number}")
            yield sync_once(aws, home, runs, *options)


def cold_and_warm(
    aws: AwsProcess, *options: str, same_runs: bool = False
) -> tuple[list[MeasuredSync], list[MeasuredSync]]:
    """Repeat a cold sync with a warm one after it, and return the cold and the warm ones."""
    pairs = []
    for _ in range(repeats()):
        turns = sync_in_turn(aws, *options, same_runs=same_runs)
        pairs.append((next(turns), next(turns)))
        turns.close()  # type: ignore[attr-defined]
    return [cold for cold, _ in pairs], [warm for _, warm in pairs]


def cold(aws: AwsProcess, *options: str) -> list[MeasuredSync]:
    """Repeat a cold sync."""
    found = []
    for _ in range(repeats()):
        with fresh_home() as home:
            found.append(sync_once(aws, home, home / "runs", *options))
    return found


def median_wall(syncs: Iterable[MeasuredSync]) -> float:
    """Return the median seconds of syncs from start to end."""
    return statistics.median(done.cost.wall for done in syncs)


def median_cpu(syncs: Iterable[MeasuredSync]) -> float:
    """Return the median CPU seconds of syncs."""
    return statistics.median(done.cost.cpu for done in syncs)


def sync_seconds(aws: FakeAws, **options: Any) -> float:
    """Run a sync in this process into a temporary folder, and return its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        sync(Options(runs=Path(folder), quiet=True, **options), Progress(), aws)
        return time.perf_counter() - start
