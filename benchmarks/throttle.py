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
        limits = f"IAM {rate}/s (burst {burst}), Organizations 5/s (10), LookupEvents 2/s (2), STS 20/s (40)"
        yield from compare(
            f"`sync`, {ACCOUNTS} accounts × {USERS} users, {limits}, first run", first, FIRST, rate == 15
        )
        yield from compare("The same, second run", second, SECOND, False)


def compare(
    name: str, syncs: list[MeasuredSync], targets: tuple[float, float], in_readme: bool
) -> Iterator[Measurement]:
    """Compare the sync with the median time with its minimum, and judge the throttled calls of all syncs."""
    wall = median_wall(syncs)
    median = min(syncs, key=lambda done: abs(done.cost.wall - wall))
    ratio, minimum = wall / median.traffic.minimum, median.traffic.minimum
    reference = f"{minimum:.1f} s for {median.traffic.busiest}"
    met = at_most(ratio, targets[0], "×")
    yield Measurement(name, f"{wall:.1f} s", reference, f"{ratio:.2f}×", *met, in_readme=in_readme)
    throttled, calls = (sum(getattr(done.traffic, count) for done in syncs) for count in ("throttled", "calls"))
    share = throttled / calls
    figures = (f"{share:.2%}", f"{throttled:,} of {calls:,} calls")
    yield Measurement("Throttled calls, the same", *figures, "", *below(share, targets[1], percent=True))
