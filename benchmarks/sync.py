"""Wall time and calls of `iamsql sync`, compared with a script that reads user by user, one call after another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

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
        seconds, calls = script(unlimited)
        seconds_limited, _ = script(limited)
        first, later = cold_and_warm(limited)
        free, trusting = cold(unlimited), trusting_the_report(limited)
    yield faster(f"`sync`, {SIZE}, 2 LookupEvents/s, cold", first, seconds_limited, COLD)
    yield faster(f"`sync`, {SIZE}, 2 LookupEvents/s, warm", later, seconds_limited, WARM)
    yield faster(f"`sync`, {SIZE}, no limits, cold", free, seconds, COLD_UNLIMITED)
    syncs = [*first, *later, *free]
    yield fewer(f"Calls of `sync`, {ACCOUNTS} accounts × {USERS} users", syncs, calls, CALLS)
    yield fewer("Calls of `sync` with `trust_report`, the same organization", trusting, calls, CALLS_TRUSTING)
    repeated = max(done.traffic.repeated for done in [*syncs, *trusting])
    name = f"Successful requests that `sync` sends twice, {ACCOUNTS} accounts × {USERS} users"
    yield Measurement(name, f"{repeated}", target="0", is_met=repeated == 0)


def trusting_the_report(aws: AwsProcess) -> list[MeasuredSync]:
    """Repeat a cold sync whose configuration file trusts the credential report."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "iamsql.toml"
        file.write_text("[sync]\ntrust_report = true\n")
        return cold(aws, "--config", str(file))


def script(aws: AwsProcess) -> tuple[float, int]:
    """Run the script, and return its seconds and calls. botocore repeats the requests that are throttled."""
    with fresh_home() as home:
        cost = run_script("one_by_one", home, {**aws.environment, "AWS_MAX_ATTEMPTS": "20"})
    return cost.wall, aws.take_traffic().calls


def faster(name: str, syncs: list[MeasuredSync], seconds: float, target: float) -> Measurement:
    """Compare the median time of syncs with the time of the script."""
    figures = (f"{median_wall(syncs):.1f} s", f"{seconds:.0f} s, user by user")
    ratio = seconds / median_wall(syncs)
    return Measurement(name, *figures, f"{ratio:.1f}×", *at_least(ratio, target, "×"))


def fewer(name: str, syncs: list[MeasuredSync], script_calls: int, target: int) -> Measurement:
    """Compare the most calls of a sync with the calls of the script."""
    calls = max(done.traffic.calls for done in syncs)
    reference, ratio = f"{script_calls:,}, user by user", f"{script_calls / calls:.1f}× fewer"
    return Measurement(name, f"{calls:,}", reference, ratio, *at_most(calls, target))
