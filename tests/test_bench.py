"""The arithmetic of the benchmarks: minimums under rate limits, sizes that are reckoned, verdicts. No speed is measured here."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks import __main__ as bench
from benchmarks import scale, sync, throttle
from benchmarks.aws_process import Traffic, fake_aws, traffic
from benchmarks.measurement import Measurement, at_least, at_most, below, markdown, missed, save
from benchmarks.processes import Cost, ProcessFailed, fresh_home, run, run_script
from benchmarks.syncs import MeasuredSync, median_wall
from iamsql.demo.errors import AwsError
from tests.fake_aws import Faults
from tests.fake_aws.faults import ServiceFaults

MONOTONIC = "tests.fake_aws.faults.time.monotonic"


def measured(
    wall: float, *, calls: int = 100, throttled: int = 0, repeated: int = 0, minimum: float = 1.0, size: int = 0
) -> MeasuredSync:
    """Return the figures of a sync whose CPU time is half of its wall time."""
    return MeasuredSync(
        Cost(wall, wall / 2, 100.0), Traffic(calls, throttled, repeated, minimum, "7 requests to iam"), size
    )


def ask(
    limits: ServiceFaults, service: str, operation: str = "", account: str = "1", region: str = "us-east-1"
) -> bool:
    """Send a request to limits, and return whether it is let through."""
    with suppress(AwsError):
        limits.check((account,), service, operation, region)
        return True
    return False


@pytest.mark.parametrize(
    ("rate", "burst", "requests"), [(2, 2, 9), (15, 30, 131), (40, 80, 131), (8, 8, 131), (5, 10, 9)]
)
def test_no_client_is_faster_than_the_minimum_and_a_greedy_client_needs_no_more(
    rate: float, burst: float, requests: int
) -> None:
    now = 100.0
    with patch(MONOTONIC, lambda: now):
        limits = ServiceFaults(Faults(limits={"iam": (rate, burst)}))
        sent = refused = 0
        while sent < requests:
            if ask(limits, "iam"):
                sent += 1
            else:
                refused += 1
                now += 0.001
        busiest = limits.busiest()
    assert busiest
    (name, account, region), bucket = busiest
    assert (name, account, region, bucket.taken) == ("iam", "1", "", requests)
    assert bucket.least_seconds() == pytest.approx(max(0.0, (requests - burst) / rate))
    assert 0 <= (now - 100.0) - bucket.least_seconds() < 0.01 * max(1.0, now - 100.0)
    assert (refused > 0) == (requests > burst)


def test_the_busiest_limit_takes_the_longest_and_is_not_the_one_with_most_requests() -> None:
    faults = Faults(limits={"iam": (20, 40), "cloudtrail:LookupEvents": (2, 2), "sts": (20, 40)})
    limits = ServiceFaults(faults)
    assert limits.busiest() is None
    with patch(MONOTONIC, lambda: 100.0):
        for _ in range(39):
            assert ask(limits, "iam", "ListUsers")
        assert ask(limits, "cloudtrail", "DescribeTrails")  # has no limit
    for number in range(4):
        with patch(MONOTONIC, lambda number=number: 200.0 + number):
            assert ask(limits, "cloudtrail", "LookupEvents", "2", "eu-west-1")
            assert ask(limits, "cloudtrail", "LookupEvents", "2", "us-east-1") or number > 2
    busiest = limits.busiest()
    assert busiest and busiest[0] == ("cloudtrail:LookupEvents", "2", "eu-west-1")
    assert busiest[1].least_seconds() == (4 - 2) / 2


@pytest.mark.slow
def test_a_report_of_the_server_becomes_traffic() -> None:
    with fake_aws(2, 3, latency=0, limits={"iam": (1000, 1)}) as aws, fresh_home() as home:
        run_script("one_by_one", home, aws.environment)
        first, second = aws.take_traffic(), aws.take_traffic()
    # Both accounts: summary, list, three users with password and devices and keys, the last use of each key, six look-ups.
    assert first.calls > 2 * (1 + 1 + 3 * 3 + 6) and first.repeated == 0
    assert first.busiest.endswith("requests to iam") and first.minimum > 0
    assert second == Traffic(0, 0, 0, 0.0, "0 requests to ")
    counts = {"calls": 8, "throttled": 2, "repeated": 0, "services": {"iam": [0.0, 4.2], "sts": [0.1, 0.2]}}
    result = traffic(counts | {"bound": {"limit": "sts", "requests": 6, "seconds": 0.5}})
    assert result == Traffic(8, 2, 0, 0.5, "6 requests to sts", {"iam": (0.0, 4.2), "sts": (0.1, 0.2)})
    line = MeasuredSync(Cost(3.0, 1.5, 99.9), result, 0).describe()
    assert line == "3.00 s, 1.50 s CPU, 100 MiB, 8 calls (2 throttled): iam 0.0 to 4.2 s, sts 0.1 to 0.2 s"


def test_the_median_sync_is_compared_with_its_own_minimum_and_throttled_calls_of_all_count() -> None:
    syncs = [measured(9.0, minimum=3.0), measured(4.0, minimum=2.0, throttled=3), measured(5.0, minimum=4.0)]
    wall, throttled = throttle.compare("IAM 15/s (burst 30), first run", syncs, 1.25, 0.01)
    assert (wall.iamsql, wall.ratio, wall.is_met) == ("5.0 s", "1.25×", True)
    assert wall.reference == "4.0 s, the minimum for 7 requests to iam"
    assert (throttled.iamsql, throttled.reference, throttled.is_met) == ("1.00%", "3 of 300 calls", False)
    [wall, throttled] = throttle.compare("IAM 8/s (burst 8), second run", syncs, 1.2, 0.011)
    assert (wall.is_met, throttled.is_met) == (False, True)


def test_a_sync_is_compared_with_the_script() -> None:
    syncs = [measured(5.0, calls=900), measured(2.0, calls=901), measured(4.0, calls=700)]
    assert median_wall(syncs) == 4.0
    row = sync.faster("`sync`", syncs, 132.0, 33)
    assert (row.iamsql, row.ratio, row.target, row.is_met) == ("4.0 s", "33.0×", "at least 33×", True)
    assert not sync.faster("`sync`", syncs, 131.9, 33).is_met
    calls = sync.fewer("Calls", syncs, 1802, 900)
    assert (calls.iamsql, calls.ratio, calls.target, calls.is_met) == ("901", "2.0× fewer", "at most 900", False)


def test_a_size_is_reckoned_on_the_line_through_two_sizes() -> None:
    assert scale.extend(10, 5.0, 20, 7.0, 100) == 23.0
    # 220 calls an account of 200 users, 2 ms CPU a call and 4 s in all, 3 kB a user and 1 MiB in all.
    points = [
        scale.Point(
            accounts * 220, accounts * 200, measured(2 * (4 + 0.44 * accounts), size=2**20 + accounts * 600_000)
        )
        for accounts in (scale.SMALL, scale.LARGE)
    ]
    row = scale.reckon(*points)
    assert row.reference == "about 1,020,000 calls" and row.is_met is None
    assert row.iamsql == f"about {(4 + 2.04e3) / 60:.0f} minutes of CPU, {(2**20 + 3e9) / 2**30:.1f} GiB file"
    assert "not measured" in row.name


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (at_least(33.0, 33, "×"), ("at least 33×", True)),
        (at_least(32.9, 33, "×"), ("at least 33×", False)),
        (at_most(1_410, 1_410), ("at most 1,410", True)),
        (at_most(1.16, 1.15, "×"), ("at most 1.15×", False)),
        (below(700.0, 700, " MiB"), ("under 700 MiB", False)),
        (below(0.0019, 0.002, percent=True), ("under 0.2 %", True)),
    ],
)
def test_verdicts(verdict: tuple[str, bool], expected: tuple[str, bool]) -> None:
    assert verdict == expected


def test_missed_targets_are_listed_and_end_the_command_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Measurement("slow", "9 s", "1 s", "9.0×", "at most 2×", False), Measurement("plain", "3 s")]
    monkeypatch.setattr(bench.importlib, "import_module", lambda _: SimpleNamespace(measure=lambda: iter(rows)))
    assert bench.main(["sync"]) == 1
    printed = capsys.readouterr().out
    assert "| slow | 9 s | 1 s | 9.0× | at most 2× | **no** |" in printed
    assert printed.endswith("1 target is missed:\n- slow: 9.0×, at most 2×\n")
    rows.pop(0)
    assert bench.main(["sync"]) == 0
    assert capsys.readouterr().out.endswith("All targets are met.\n")
    with pytest.raises(SystemExit, match="2"):
        bench.main(["wall"])


def test_a_process_that_fails_is_a_missed_target_and_the_figures_before_it_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure() -> Any:
        yield Measurement("first", "1 s")
        with fresh_home() as home:
            run([sys.executable, "-c", "raise SystemExit('no such table')"], home, {})

    monkeypatch.setattr(bench.importlib, "import_module", lambda _: SimpleNamespace(measure=measure))
    assert bench.main(["small"]) == 1
    printed = capsys.readouterr()
    assert "| first | 1 s |" in printed.out and "- `small`: failed, no failure" in printed.out
    assert "ended with 1: no such table" in printed.err


def test_a_process_has_its_own_home_and_nothing_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    program = "import os, json; print(json.dumps(dict(os.environ))); sum(range(3_000_000))"
    with fresh_home() as home:
        cost = run([sys.executable, "-c", program], home, {"IAMSQL_RUNS": "runs"}, output=home / "out.json")
        variables = json.loads((home / "out.json").read_text())
        assert list(home.iterdir()) == [home / "out.json"]
        with pytest.raises(ProcessFailed, match="ended with 3"):
            run([sys.executable, "-c", "raise SystemExit(3)"], home, {})
    assert variables.keys() - {"LC_CTYPE"} == {"PATH", "LANG", "HOME", "IAMSQL_RUNS"} and variables["HOME"] == str(home)
    assert cost.cpu > 0 and cost.wall > 0 and cost.memory > 2
    assert not home.exists()


def test_saved_figures_replace_figures_of_the_same_group(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    save("sync", [Measurement("a", "1 s")], 0.0, path)
    save("cpu", [Measurement("b", "2 s")], 0.0, path)
    save("sync", [Measurement("c", "3 s")], 2.5, path)
    groups = json.loads(path.read_text(encoding="utf-8"))
    assert [row["name"] for group in groups.values() for row in group["rows"]] == ["c", "b"]
    assert groups["sync"]["date"] and (groups["sync"]["load"], groups["cpu"]["load"]) == (2.5, 0.0)
    assert markdown([]).count("\n") == 1 and missed([Measurement("a", "1 s", is_met=True)]) == ""
