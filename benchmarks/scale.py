"""CPU time, memory and file size of `iamsql sync` for large organizations; the largest is reckoned from two others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.aws_process import fake_aws
from benchmarks.measurement import Measurement, below
from benchmarks.processes import fresh_home, iamsql, run
from benchmarks.syncs import MeasuredSync, sync_once

USERS = 200
SMALL, LARGE = 40, 200  # accounts
CPU, MEMORY, CSV = 35, 700, 2.5  # seconds, MiB, seconds
RECKONED = 1_000  # accounts, and users in each


@dataclass(frozen=True)
class Point:
    """A measured size: the requests and the users of all accounts, and the figures of the sync."""

    calls: int
    users: int
    done: MeasuredSync


def measure() -> Iterator[Measurement]:
    """Measure two sizes, a report over the larger one, and reckon a third size."""
    small, _ = read(SMALL)
    large, report = read(LARGE)
    for accounts, point in ((SMALL, small), (LARGE, large)):
        yield from describe(accounts, point, judged=point is large)
    name = f"`audit_report` as CSV over {LARGE} accounts × {USERS} users"
    yield Measurement(name, f"{report:.1f} s", target=below(report, CSV, " s")[0], is_met=report < CSV)
    yield reckon(small, large)


def read(accounts: int) -> tuple[Point, float]:
    """Sync an organization without latency and limits; return its figures, and the seconds of a report as CSV."""
    with fake_aws(accounts, USERS, latency=0) as aws, fresh_home() as home:
        done = sync_once(aws, home, home / "runs")
        line = [iamsql(), "query", "audit_report", "--output", "csv", "--quiet"]
        report = run(line, home, {"IAMSQL_RUNS": str(home / "runs")}, output=home / "report.csv")
    return Point(done.traffic.calls, accounts * USERS, done), report.wall


def describe(accounts: int, point: Point, judged: bool) -> Iterator[Measurement]:
    """Return the CPU time and the memory of a size."""
    cost, name = point.done.cost, f"`sync`, {accounts} accounts × {USERS} users, 0 ms a call, no limits, cold"
    reference = f"{point.calls:,} calls, {cost.wall:.0f} s in all"
    cpu: tuple[str, bool | None] = below(cost.cpu, CPU, " s") if judged else ("", None)
    yield Measurement(f"CPU, {name}", f"{cost.cpu:.1f} s", reference, "", *cpu)
    memory: tuple[str, bool | None] = below(cost.memory, MEMORY, " MiB") if judged else ("", None)
    size = f"{point.done.size / 2**20:.0f} MiB file, {point.done.size / point.users / 1000:.1f} kB a user"
    yield Measurement(f"Peak memory, {name}", f"{cost.memory:.0f} MiB", size, "", *memory)


def reckon(small: Point, large: Point) -> Measurement:
    """Extend the line through two sizes to a third: CPU time and file size by call and user; the peak memory is not reckoned."""
    # Each account has the calls of the large size, and one more for each additional user.
    calls = RECKONED * (large.calls // LARGE - USERS + RECKONED)
    users = RECKONED * RECKONED
    cpu = extend(small.calls, small.done.cost.cpu, large.calls, large.done.cost.cpu, calls)
    size = extend(small.users, small.done.size, large.users, large.done.size, users)
    figures = f"about {cpu / 60:.0f} minutes of CPU, {size / 2**30:.1f} GiB file"
    name = f"Reckoned from the two sizes, not measured: {RECKONED:,} accounts × {RECKONED:,} users"
    return Measurement(name, figures, f"about {calls:,} calls")


def extend(x1: float, y1: float, x2: float, y2: float, x: float) -> float:
    """Return y at x on the line through two points."""
    return y1 + (y2 - y1) / (x2 - x1) * (x - x1)
