"""One process that reads an organization, compared with two processes that read a shard each, and the merge.

`python -m benchmarks.shards FOLDER [ACCOUNTS [USERS [SHARDS [READ]]]]` simulates 10,000 accounts × 200 users in eight shards, one
after the other, which takes half an hour. It reads READ shards, and writes the others without a sync.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.aws_process import AwsProcess, fake_aws
from benchmarks.measurement import Measurement
from benchmarks.processes import Cost, fresh_home, iamsql, run, run_script
from benchmarks.syncs import MeasuredSync, sync_once

ACCOUNTS, USERS, SHARDS = 10_000, 200, 8
COMPARED, PROCESSES = 200, 2  # accounts, and processes


def measure() -> Iterator[Measurement]:
    """Compare one process with several on this machine; the server of the fake AWS also needs a core."""
    size, as_of = (
        f"{COMPARED} accounts × {USERS} users, 0 ms a call, no limits",
        f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    with fake_aws(COMPARED, USERS, latency=0) as aws, fresh_home() as home:
        alone = sync_once(aws, home, home / "alone", "--as-of", as_of)
        yield shard_row(f"One process, {size}", alone)
        start = time.perf_counter()
        with ThreadPoolExecutor(PROCESSES) as threads:
            numbers = range(1, PROCESSES + 1)
            costs = list(threads.map(lambda number: _read(aws, home, f"{number}/{PROCESSES}", as_of), numbers))
        merge = run([iamsql(), "runs", "merge", "--quiet", "--runs", str(home / "runs")], home, {})
        wall, cpu = time.perf_counter() - start, sum(cost.cpu for cost in (*costs, merge))
    figures = f"{wall:.0f} s, {cpu:.0f} s CPU, {max(cost.memory for cost in (*costs, merge)):.0f} MiB"
    reference = f"shards {max(cost.wall for cost in costs):.0f} s, merge {merge.wall:.0f} s with {merge.cpu:.0f} s CPU"
    name = f"{PROCESSES} processes with a shard each, and the merge, {size}"
    yield Measurement(name, figures, reference, f"{wall / alone.cost.wall:.2f}×")


def _read(aws: AwsProcess, home: Path, shard: str, as_of: str) -> Cost:
    line = [iamsql(), "sync", "--quiet", "--shard", shard, "--as-of", as_of]
    return run(line, home, {**aws.environment, "IAMSQL_RUNS": str(home / "runs")})


def measured(home: Path, accounts: int, users: int, shards: int, read: int) -> Iterator[Measurement]:
    """Read the first `read` shards without latency and limits, copy the first for the others, and merge all."""
    runs, as_of = home / "runs", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    size = f"{accounts:,} accounts × {users} users"
    with fake_aws(accounts, users, latency=0) as aws:
        for number in range(1, read + 1):
            done = read_shard(aws, home, runs, f"{number}/{shards}", as_of)
            yield shard_row(f"Shard {number} of {shards}, {size}, 0 ms a call, no limits", done)
    written = run_script("shard_files", home, {}, str(runs), as_of, *map(str, (accounts, users, shards, read + 1)))
    if read < shards:
        yield Measurement(
            f"{shards - read} of {shards} shards written without a sync, {size}", f"{written.cpu:.0f} s CPU"
        )
    cost = run([iamsql(), "runs", "merge", "--quiet", "--runs", str(runs)], home, {})
    size_of_run = next(path for path in runs.glob("*.duckdb") if "-shard-" not in path.name).stat().st_size
    yield merge_row(f"`runs merge` of {shards} shards, {size}", cost, size_of_run)


def read_shard(aws: AwsProcess, home: Path, runs: Path, shard: str, as_of: str) -> MeasuredSync:
    """Read one shard, into the folder of all shards."""
    return sync_once(aws, home, runs, "--shard", shard, "--as-of", as_of)


def shard_row(name: str, done: MeasuredSync) -> Measurement:
    """Return the figures of a shard."""
    figures = f"{done.cost.wall:.0f} s, {done.cost.cpu:.0f} s CPU, {done.cost.memory:.0f} MiB"
    return Measurement(name, figures, f"{done.traffic.calls:,} calls, {done.size / 2**20:.0f} MiB file")


def merge_row(name: str, cost: Cost, size: int) -> Measurement:
    """Return the figures of a merge."""
    figures = f"{cost.wall:.0f} s, {cost.cpu:.0f} s CPU, {cost.memory:.0f} MiB"
    return Measurement(name, figures, f"{size / 2**20:.0f} MiB file")


def main() -> None:
    """Measure into a folder that stays: FOLDER [ACCOUNTS [USERS [SHARDS [READ]]]]."""
    folder, *sizes = sys.argv[1:]
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    given = dict(zip(("accounts", "users", "shards", "read"), map(int, sizes), strict=False))
    for row in measured(home, **{"accounts": ACCOUNTS, "users": USERS, "shards": SHARDS, "read": SHARDS} | given):
        print(f"{row.name}: {row.iamsql} | {row.reference}", flush=True)


if __name__ == "__main__":
    main()
