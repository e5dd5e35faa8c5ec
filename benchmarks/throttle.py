"""Wall time of `iamsql sync` under rate limits that it does not know, compared with the least time that the busiest one allows."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.aws_process import fake_aws
from benchmarks.measurement import Measurement, at_most, below
from benchmarks.syncs import MeasuredSync, cold_and_warm, median_wall

ACCOUNTS, USERS = 8, 120
IAM_LIMITS = ((15, 30), (40, 80), (8, 8))  # calls a second and burst
OTHER_LIMITS = {"cloudtrail:LookupEvents": (2, 2), "organizations": (5, 10), "sts": (20, 40)}
FIRST, SECOND = (1.15, 0.01), (1.08, 0.002)  # the ratio, and the share of throttled calls


def measure() -> Iterator[Measurement]:
    """Measure a first sync, and a second one into the same runs folder, which has what the first has learned."""
    for rate, burst in IAM_LIMITS:
        with fake_aws(ACCOUNTS, USERS, limits=OTHER_LIMITS | {"iam": (rate, burst)}) as aws:
            first, second = cold_and_warm(aws, same_runs=True)
        for syncs, targets, run in ((first, FIRST, "first run"), (second, SECOND, "second run")):
            yield from compare(f"IAM {rate}/s (burst {burst}), {run}", syncs, *targets)


def compare(limit: str, syncs: list[MeasuredSync], ratio_target: float, share_target: float) -> Iterator[Measurement]:
    """Compare the sync with the median time with its minimum, and judge the throttled calls of all syncs."""
    median = nearest(syncs, median_wall(syncs))
    wall, minimum = median.cost.wall, median.traffic.minimum
    ratio = wall / minimum
    reference = f"{minimum:.1f} s, the minimum for {median.traffic.busiest}"
    met = at_most(ratio, ratio_target, "×")
    name, figures = f"`sync` under limits, {ACCOUNTS} accounts × {USERS} users, {limit}", (f"{wall:.1f} s", reference)
    yield Measurement(name, *figures, f"{ratio:.2f}×", *met)
    throttled, calls = (sum(getattr(done.traffic, count) for done in syncs) for count in ("throttled", "calls"))
    share = throttled / calls
    counts = (f"{share:.2%}", f"{throttled:,} of {calls:,} calls")
    yield Measurement(f"Throttled calls, {limit}", *counts, "", *below(share, share_target, percent=True))


def nearest(syncs: list[MeasuredSync], seconds: float) -> MeasuredSync:
    """Return the sync whose time is nearest."""
    return min(syncs, key=lambda done: abs(done.cost.wall - seconds))
