"""Wall time and calls of `iamsql sync`, compared with a script that reads user by user, one call after another."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.aws_process import LATENCY, AwsProcess, fake_aws
from benchmarks.measurement import Measurement, at_least, at_most
from benchmarks.processes import fresh_home, run_script
from benchmarks.syncs import MeasuredSync, cold, cold_and_warm, median_wall

ACCOUNTS, USERS = 20, 50
LOOKUPS = {"cloudtrail:LookupEvents": (2, 2)}
SIZE = f"{ACCOUNTS} accounts × {USERS} users, {LATENCY * 1000:.0f} ms a call"
COLD, COLD_UNLIMITED, WARM, CALLS, CALLS_TRUSTING = 33, 40, 36, 1_410, 1_050


def measure() -> Iterator[Measurement]:
    """Read the organization with the script and with iamsql: with AWS's limit of LookupEvents for both, and without limits.

    AWS allows 2 LookupEvents a second in an account and region, with a burst of 2, as the server does.
    """
    with fake_aws(ACCOUNTS, USERS) as unlimited, fake_aws(ACCOUNTS, USERS, limits=LOOKUPS) as limited:
        alone, calls = script(unlimited)
        with_limit, _ = script(limited)
        first, later = cold_and_warm(limited)
        yield faster(f"`sync`, {SIZE}, 2 LookupEvents/s, cold", first, with_limit, COLD, in_readme=True)
        yield faster("The same, warm", later, with_limit, WARM)
        yield faster("The same, cold; the script without a limit", first, alone, None)
        free = cold(unlimited)
        yield faster(f"`sync`, {SIZE}, no limits, cold", free, alone, COLD_UNLIMITED, in_readme=True)
        yield fewer("Calls, the same", [*first, *later, *free], calls, CALLS)
        yield fewer("Calls with `--trust-report`", cold(limited, "--trust-report"), calls, CALLS_TRUSTING)
        repeated = max(done.traffic.repeated for done in [*first, *later, *free])
        yield Measurement("Successful requests that were sent twice", f"{repeated}", target="0", is_met=repeated == 0)


def script(aws: AwsProcess) -> tuple[float, int]:
    """Run the script, and return its seconds and calls."""
    with fresh_home() as home:
        cost = run_script("one_by_one", home, aws.environment)
    return cost.wall, aws.take_traffic().calls


def faster(
    name: str, syncs: list[MeasuredSync], seconds: float, target: float | None, in_readme: bool = False
) -> Measurement:
    """Compare the median time of syncs with the time of the script."""
    figures = (f"{median_wall(syncs):.1f} s", f"{seconds:.0f} s, user by user")
    ratio = seconds / median_wall(syncs)
    return Measurement(name, *figures, f"{ratio:.1f}×", *at_least(ratio, target, "×"), in_readme=in_readme)


def fewer(name: str, syncs: list[MeasuredSync], script_calls: int, target: int) -> Measurement:
    """Compare the most calls of a sync with those of the script."""
    calls = max(done.traffic.calls for done in syncs)
    reference, ratio = f"{script_calls:,}, user by user", f"{script_calls / calls:.1f}× fewer"
    return Measurement(name, f"{calls:,}", reference, ratio, *at_most(calls, target), in_readme=True)
