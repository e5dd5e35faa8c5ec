"""Eight shards of an organization of 10,000 accounts × 200 users, one after the other, and the run that they make.

It takes more than an hour, and is not among the benchmarks that run by default. `python -m benchmarks.shards FOLDER ACCOUNTS
USERS SHARDS READ` reads the first READ shards, and writes the others with the rows of the first, under other account IDs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.aws_process import AwsProcess, fake_aws
from benchmarks.measurement import Measurement
from benchmarks.processes import Cost, fresh_home, iamsql, run
from benchmarks.shard_copies import copy_shard
from benchmarks.syncs import MeasuredSync, sync_once

ACCOUNTS, USERS, SHARDS = 10_000, 200, 8


def measure() -> Iterator[Measurement]:
    """Read all shards and merge them."""
    with fresh_home() as home:
        yield from measured(home, ACCOUNTS, USERS, SHARDS, SHARDS)


def measured(home: Path, accounts: int, users: int, shards: int, read: int) -> Iterator[Measurement]:
    """Read the first `read` shards without latency and limits, copy the first for the others, and merge all."""
    runs, as_of = home / "runs", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    size = f"{accounts:,} accounts × {users} users"
    with fake_aws(accounts, users, latency=0) as aws:
        for number in range(1, read + 1):
            done = read_shard(aws, home, runs, f"{number}/{shards}", as_of)
            yield shard_row(f"Shard {number} of {shards}, {size}, 0 ms a call, no limits", done)
    for number in range(read + 1, shards + 1):
        copy_shard(runs, number)
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
